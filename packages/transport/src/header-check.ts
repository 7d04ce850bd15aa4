import { checkHeaderNames, type SoapHeader, writeHeaders } from "@bowline/protocol/soap";
import type { ChannelSession } from "./channel-session.ts";

/**
 * Sees to it that the session's encoding can write header blocks: they go out with their message, when an error would be the session's.
 * @throws RangeError
 */
export function checkHeaders(session: ChannelSession, headers: readonly SoapHeader[] | undefined): void {
  if (headers === undefined) return;
  checkHeaderNames(headers);
  session.encodeBody((writer) => writeHeaders(writer, headers));
}
