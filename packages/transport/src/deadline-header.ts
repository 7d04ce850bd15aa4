import type { HeaderBlock, SoapHeader } from "@bowline/protocol/soap";

const namespaceUri = "urn:bowline:dispatch";
const localName = "RemainingMs";

/** The header that tells how long the caller waits from now, in ms; whoever does not know it passes over it (R-HOST-DEADLINE-1). */
export function deadlineHeader(remainingMs: number): SoapHeader {
  return { namespaceUri, localName, value: String(Math.max(0, Math.round(remainingMs))) };
}

/** How long the caller waits, in ms; undefined when it does not say, or says it in no way that is understood. */
export function remainingMsOf(headers: readonly HeaderBlock[]): number | undefined {
  for (const header of headers) {
    if (header.localName !== localName || header.namespaceUri !== namespaceUri) continue;
    const text = header.value?.trim() ?? "";
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }
  return undefined;
}

/** What a call sends as headers of its own. */
export function headersOf(
  options: { readonly headers?: readonly SoapHeader[] | undefined; readonly sendsDeadline?: boolean | undefined },
  timeoutMs: number,
  sendsDeadline: boolean,
): readonly SoapHeader[] | undefined {
  if (!(options.sendsDeadline ?? sendsDeadline) || !Number.isFinite(timeoutMs)) return options.headers;
  return [...(options.headers ?? []), deadlineHeader(timeoutMs)];
}
