import type { DictionaryString, UniqueId, XmlName, XmlWriter } from "../xml/index.ts";
import type { SoapHeader } from "./message-headers.ts";
import type { MessageVersion } from "./message-version.ts";
import { addressing10, names } from "./names.ts";

/** The addressing headers of a message to send. `To` is the session's matter and comes apart. */
export interface OutgoingAddressing {
  readonly action: XmlName;
  readonly messageId?: UniqueId | undefined;
  /** Address of ReplyTo; `anonymousAddress` for calls on a duplex connection, undefined to leave it out. */
  readonly replyTo?: XmlName | undefined;
  readonly relatesTo?: UniqueId | undefined;
  /** The Body holds a SOAP fault; where HTTP carries the message, its status says so. */
  readonly isFault?: boolean | undefined;
  /** Header blocks of the application, after those of addressing. */
  readonly headers?: readonly SoapHeader[] | undefined;
}

/**
 * Writes the envelope's start up to the open Header, which only a version with addressing has. `extensionPrefix`/`extensionNamespace` are declared between `s` and `a` when a
 * layer above writes header blocks of its own first, as WCF orders them.
 */
export function startEnvelope(
  writer: XmlWriter,
  version: MessageVersion,
  extensionPrefix?: string,
  extensionNamespace?: DictionaryString,
): void {
  writer.startElement("s", names.Envelope);
  writer.declareNamespace("s", version.envelopeNamespace);
  if (!version.hasAddressing) return;
  if (extensionPrefix !== undefined && extensionNamespace !== undefined)
    writer.declareNamespace(extensionPrefix, extensionNamespace);
  writer.declareNamespace("a", addressing10);
  writer.startElement("s", names.Header);
}

/**
 * Writes the addressing headers in WCF's order (Action, MessageID, ReplyTo, RelatesTo, To), closes Header and opens Body. `to` is
 * undefined in the response of an exchange, which goes to whoever asked.
 */
export function writeAddressingAndStartBody(
  writer: XmlWriter,
  version: MessageVersion,
  addressing: OutgoingAddressing,
  to: XmlName | undefined,
): void {
  if (version.hasAddressing) writeAddressing(writer, addressing, to);
  else if (addressing.headers !== undefined && addressing.headers.length > 0) {
    writer.startElement("s", names.Header);
    writeHeaders(writer, addressing.headers);
    writer.endElement();
  }
  writer.startElement("s", names.Body);
}

function writeAddressing(writer: XmlWriter, addressing: OutgoingAddressing, to: XmlName | undefined): void {
  writer.startElement("a", names.Action);
  writer.attribute("s", names.mustUnderstand, "1");
  writer.text(addressing.action);
  writer.endElement();
  if (addressing.messageId !== undefined) {
    writer.startElement("a", names.MessageID);
    writer.uniqueId(addressing.messageId);
    writer.endElement();
  }
  if (addressing.replyTo !== undefined) {
    writer.startElement("a", names.ReplyTo);
    writer.startElement("a", names.Address);
    writer.text(addressing.replyTo);
    writer.endElement();
    writer.endElement();
  }
  if (addressing.relatesTo !== undefined) {
    writer.startElement("a", names.RelatesTo);
    writer.uniqueId(addressing.relatesTo);
    writer.endElement();
  }
  if (to !== undefined) {
    writer.startElement("a", names.To);
    writer.attribute("s", names.mustUnderstand, "1");
    writer.text(to);
    writer.endElement();
  }
  if (addressing.headers !== undefined) writeHeaders(writer, addressing.headers);
  writer.endElement();
}

/** Letters first; what else a name has of rare signs, no header needs. */
const headerName = /^[\p{L}_][\p{L}\p{M}\p{N}._-]*$/u;

/** @throws RangeError for a name that XML does not have: text would be torn apart by it */
export function checkHeaderNames(headers: readonly SoapHeader[]): void {
  for (const { localName } of headers) {
    if (headerName.test(localName)) continue;
    throw new RangeError(
      `a header block has the name ${JSON.stringify(localName)}; it must begin with a letter or _, and go on with letters, digits, . - _`,
    );
  }
}

/** Writes header blocks of the application. @throws RangeError when the encoding has no way to write one of them */
export function writeHeaders(writer: XmlWriter, headers: readonly SoapHeader[]): void {
  for (const header of headers) writeHeader(writer, header);
}

function writeHeader(writer: XmlWriter, { namespaceUri, localName, value, mustUnderstand }: SoapHeader): void {
  writer.startElement("", localName);
  if (mustUnderstand === true) writer.attribute("s", names.mustUnderstand, "1");
  writer.declareNamespace("", namespaceUri);
  writer.text(value);
  writer.endElement();
}

/** Closes Body and Envelope. */
export function endEnvelope(writer: XmlWriter): void {
  writer.endElement();
  writer.endElement();
}
