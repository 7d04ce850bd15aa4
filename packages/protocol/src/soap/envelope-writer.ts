import type { DictionaryString, UniqueId, XmlName, XmlWriter } from "../xml/index.ts";
import type { SoapHeader } from "./message-headers.ts";
import { addressing10, names, soap12 } from "./names.ts";

/** The addressing headers of a message to send. `To` is the session's matter and comes apart. */
export interface OutgoingAddressing {
  readonly action: XmlName;
  readonly messageId?: UniqueId | undefined;
  /** Address of ReplyTo; `anonymousAddress` for calls on a duplex connection, undefined to leave it out. */
  readonly replyTo?: XmlName | undefined;
  readonly relatesTo?: UniqueId | undefined;
  /** Header blocks of the application, after those of addressing. */
  readonly headers?: readonly SoapHeader[] | undefined;
}

/**
 * Writes the envelope's start up to the open Header. `extensionPrefix`/`extensionNamespace` are declared between `s` and `a` when a
 * layer above writes header blocks of its own first, as WCF orders them.
 */
export function startEnvelope(
  writer: XmlWriter,
  extensionPrefix?: string,
  extensionNamespace?: DictionaryString,
): void {
  writer.startElement("s", names.Envelope);
  writer.declareNamespace("s", soap12);
  if (extensionPrefix !== undefined && extensionNamespace !== undefined)
    writer.declareNamespace(extensionPrefix, extensionNamespace);
  writer.declareNamespace("a", addressing10);
  writer.startElement("s", names.Header);
}

/** Writes the addressing headers in WCF's order (Action, MessageID, ReplyTo, RelatesTo, To), closes Header and opens Body. */
export function writeAddressingAndStartBody(writer: XmlWriter, addressing: OutgoingAddressing, to: XmlName): void {
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
  writer.startElement("a", names.To);
  writer.attribute("s", names.mustUnderstand, "1");
  writer.text(to);
  writer.endElement();
  for (const header of addressing.headers ?? none) writeHeader(writer, header);
  writer.endElement();
  writer.startElement("s", names.Body);
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

const none: readonly SoapHeader[] = [];
