import { dictionaryString } from "../binary-xml/index.ts";
import type { XmlName, XmlReader, XmlWriter } from "../xml/index.ts";
import { SoapError } from "./errors.ts";
import type { MessageVersion } from "./message-version.ts";
import { names, soap11, soap12 } from "./names.ts";
import { readSoapFault11, writeSoapFault11 } from "./soap-fault-1.1.ts";

/** A name in a namespace, as fault codes are. */
export interface QualifiedName {
  readonly namespaceUri: string;
  readonly localName: string;
}

/** A fault in the terms of SOAP 1.2 ([SOAP 1.2] 5.4), without its detail's content; one of SOAP 1.1 is told in these terms too. */
export interface SoapFault {
  /** `Sender` or `Receiver` as a rule; `MustUnderstand`, `VersionMismatch`, `DataEncodingUnknown` exist too. */
  readonly code: string;
  /** Outermost first. */
  readonly subcodes: readonly QualifiedName[];
  readonly reason: string;
  readonly reasonLanguage: string;
}

/** What a fault's detail holds, told by whoever knows its type. */
export type DetailReader<Detail> = (reader: XmlReader) => Detail | undefined;
export type DetailWriter = (writer: XmlWriter) => void;

/** How deep Subcode elements may stand in each other. */
const maxSubcodeDepth = 8;

/** Whether the reader stands on a fault, of either version of SOAP. */
export function isOnSoapFault(reader: XmlReader): boolean {
  return reader.is("Fault", soap12.value) || reader.is("Fault", soap11.value);
}

/**
 * Stands on `s:Fault` in the Body, whose namespace says of which version it is, and ends on its end tag. `readDetail` is called for each child element of Detail, standing on it, and
 * must end on its end tag (returning undefined keeps what an earlier child gave).
 */
export function readSoapFault<Detail>(
  reader: XmlReader,
  readDetail: DetailReader<Detail>,
): { readonly fault: SoapFault; readonly detail: Detail | undefined } {
  if (reader.namespaceUri === soap11.value) return readSoapFault11(reader, readDetail);
  let code = "";
  let subcodes: readonly QualifiedName[] = [];
  let reason = "";
  let reasonLanguage = "";
  let detail: Detail | undefined;
  while (reader.nextChild()) {
    if (reader.namespaceUri !== soap12.value) {
      reader.skip();
      continue;
    }
    switch (reader.localName) {
      case "Code":
        ({ code, subcodes } = readCode(reader));
        break;
      case "Reason":
        ({ reason, reasonLanguage } = readReason(reader));
        break;
      case "Detail":
        while (reader.nextChild()) detail = readDetail(reader) ?? detail;
        break;
      default:
        reader.skip();
    }
  }
  if (code === "") throw new SoapError("SOAP_ILL_FORMED", "a fault has no Code");
  return { fault: { code, subcodes, reason, reasonLanguage }, detail };
}

function readCode(reader: XmlReader): { code: string; subcodes: readonly QualifiedName[] } {
  let code = "";
  const subcodes: QualifiedName[] = [];
  let openSubcodes = 0;
  for (;;) {
    if (!reader.nextChild()) {
      if (openSubcodes === 0) return { code, subcodes };
      openSubcodes -= 1;
    } else if (reader.localName === "Value") {
      const value = reader.readQName();
      if (openSubcodes === 0) code = value.localName;
      else subcodes.push(value);
    } else if (reader.localName === "Subcode") {
      openSubcodes += 1;
      if (openSubcodes > maxSubcodeDepth)
        throw new SoapError("SOAP_ILL_FORMED", `a fault has more than ${maxSubcodeDepth} nested subcodes`);
    } else reader.skip();
  }
}

function readReason(reader: XmlReader): { reason: string; reasonLanguage: string } {
  let reason: string | undefined;
  let reasonLanguage = "";
  while (reader.nextChild()) {
    if (reader.localName !== "Text" || reason !== undefined) {
      reader.skip();
      continue;
    }
    reasonLanguage = reader.attribute("lang", "http://www.w3.org/XML/1998/namespace") ?? "";
    reason = reader.readString();
  }
  return { reason: reason ?? "", reasonLanguage };
}

/** A namespace that the envelope has declared already. */
export interface NamespaceInScope {
  readonly prefix: string;
  readonly namespaceUri: string;
}

/**
 * Writes `s:Fault` as content of the Body; prefix `s` is in scope. `writeDetail` writes the children of Detail. Subcodes of
 * `inScope`'s namespace use its prefix, as WCF's do.
 */
export function writeSoapFault(
  writer: XmlWriter,
  version: MessageVersion,
  fault: SoapFault,
  writeDetail: DetailWriter | undefined,
  inScope?: NamespaceInScope,
): void {
  if (version.soap === "1.1") return writeSoapFault11(writer, fault, writeDetail);
  writer.startElement("s", names.Fault);
  writer.startElement("s", names.Code);
  writer.startElement("s", names.Value);
  writer.text(`s:${fault.code}`);
  writer.endElement();
  for (const subcode of fault.subcodes) {
    writer.startElement("s", names.Subcode);
    writer.startElement("s", names.Value);
    if (subcode.namespaceUri === inScope?.namespaceUri) writer.qname(inScope.prefix, nameOf(subcode.localName));
    else {
      // Prefix a in the Value element, as WCF writes it; it hides the addressing prefix only in here.
      writer.declareNamespace("a", nameOf(subcode.namespaceUri));
      writer.qname("a", nameOf(subcode.localName));
    }
    writer.endElement();
  }
  for (const _ of fault.subcodes) writer.endElement();
  writer.endElement();
  writer.startElement("s", names.Reason);
  writer.startElement("s", names.Text);
  writer.attribute("xml", "lang", fault.reasonLanguage);
  writer.text(fault.reason);
  writer.endElement();
  writer.endElement();
  if (writeDetail) {
    writer.startElement("s", names.Detail);
    writeDetail(writer);
    writer.endElement();
  }
  writer.endElement();
}

/** Names of the static dictionary go by number; others are not worth a place in the session's table. */
function nameOf(text: string): XmlName {
  const name = dictionaryString(text);
  return name.staticId >= 0 ? name : text;
}
