import { NodeKind, type XmlReader } from "../xml/index.ts";
import { SoapError } from "./errors.ts";
import type { HeaderBlock, HeaderExtension, MessageHeaders } from "./message-headers.ts";
import type { MessageVersion } from "./message-version.ts";
import { addressing10 } from "./names.ts";

/** Default of `maxHeaderCount`: header blocks in one message. WCF bounds them by bytes (64 KiB) alone. */
export const defaultMaxHeaderCount = 64;

const addressingNamespace = addressing10.value;
const ultimateReceiver = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";

/**
 * Reads an envelope of `version` up to its Body, and ends standing on the Body element.
 *
 * `headers` is filled anew; blocks of `extension` go there. Only blocks addressed to the ultimate receiver count (R-SOAP-HDR-1). Without
 * addressing the action stays empty, and addressing headers are header blocks like all others.
 * @throws SoapError when it is no envelope, lacks an Action or passes a limit
 * @throws XmlError when it is not well-formed
 */
export function readEnvelope(
  reader: XmlReader,
  version: MessageVersion,
  headers: MessageHeaders,
  extension: HeaderExtension | undefined,
  maxHeaderCount: number = defaultMaxHeaderCount,
): void {
  const soapNamespace = version.envelopeNamespace.value;
  headers.clear();
  extension?.clear();
  if (reader.next() !== NodeKind.element || !reader.is("Envelope", soapNamespace)) {
    throw new SoapError(
      "SOAP_ILL_FORMED",
      `the root element is {${reader.namespaceUri}}${reader.localName}, not a SOAP ${version.soap} Envelope`,
    );
  }
  let isAtBody = reader.nextChild();
  if (isAtBody && reader.is("Header", soapNamespace)) {
    let headerCount = 0;
    while (reader.nextChild()) {
      if (++headerCount > maxHeaderCount) {
        throw new SoapError(
          "SOAP_TOO_MANY_HEADERS",
          `the message has more than ${maxHeaderCount} header blocks (maxHeaderCount); raise maxHeaderCount if they are wanted`,
        );
      }
      readBlock(reader, version, headers, extension);
    }
    isAtBody = reader.nextChild();
  }
  if (!isAtBody || !reader.is("Body", soapNamespace))
    throw new SoapError("SOAP_ILL_FORMED", "the envelope has no Body");
  if (version.hasAddressing && headers.action === "")
    throw new SoapError("SOAP_ADDRESSING_INVALID", "the message has no Action header");
}

function readBlock(
  reader: XmlReader,
  version: MessageVersion,
  headers: MessageHeaders,
  extension: HeaderExtension | undefined,
): void {
  const soapNamespace = version.envelopeNamespace.value;
  const isSoap11 = version.soap === "1.1";
  const role = reader.attributeCount === 0 ? undefined : reader.attribute(isSoap11 ? "actor" : "role", soapNamespace);
  // SOAP 1.1 has no name for the ultimate receiver: it is meant where nobody else is.
  if (role !== undefined && role !== "" && (isSoap11 || role !== ultimateReceiver)) return reader.skip();
  if (version.hasAddressing && reader.namespaceUri === addressingNamespace && readAddressing(reader, headers)) return;
  if (extension?.read(reader)) return;
  const mustUnderstand = reader.attribute("mustUnderstand", soapNamespace);
  const { namespaceUri, localName } = reader;
  const block: HeaderBlock = {
    namespaceUri,
    localName,
    mustUnderstand: mustUnderstand === "1" || mustUnderstand === "true",
    value: readTextContent(reader),
  };
  headers.others = [...headers.others, block];
}

/** Passes over the element stood on, whatever it holds, and returns its content when that is text alone. */
function readTextContent(reader: XmlReader): string | undefined {
  const { depth } = reader;
  let text = "";
  let hasElements = false;
  for (let kind = reader.next(); kind !== NodeKind.endElement || reader.depth !== depth; kind = reader.next()) {
    if (kind === NodeKind.element) hasElements = true;
    else if (kind === NodeKind.text && !hasElements) text += reader.text;
  }
  return hasElements ? undefined : text;
}

function readAddressing(reader: XmlReader, headers: MessageHeaders): boolean {
  switch (reader.localName) {
    case "Action":
      if (headers.action !== "") throw twice("Action");
      headers.action = reader.readString();
      return true;
    case "To":
      if (headers.to !== undefined) throw twice("To");
      headers.to = reader.readString();
      return true;
    case "MessageID":
      if (headers.messageId !== undefined) throw twice("MessageID");
      headers.messageId = reader.readUniqueId();
      return true;
    case "RelatesTo":
      // More than one RelatesTo is legal; the one of a reply is the first.
      if (headers.relatesTo === undefined) headers.relatesTo = reader.readUniqueId();
      else reader.skip();
      return true;
    case "ReplyTo":
      if (headers.replyTo !== undefined) throw twice("ReplyTo");
      headers.replyTo = readEndpointAddress(reader);
      return true;
    case "FaultTo":
      headers.faultTo = readEndpointAddress(reader);
      return true;
    case "From":
      reader.skip();
      return true;
    default:
      return false;
  }
}

/** Stands on an element of type EndpointReference: returns its Address and ends on its end tag. */
export function readEndpointAddress(reader: XmlReader): string {
  const element = reader.localName;
  let address: string | undefined;
  while (reader.nextChild()) {
    if (reader.is("Address", addressingNamespace)) address = reader.readString();
    else reader.skip();
  }
  if (address === undefined) throw new SoapError("SOAP_ADDRESSING_INVALID", `${element} has no Address`);
  return address;
}

function twice(name: string): SoapError {
  return new SoapError("SOAP_ADDRESSING_INVALID", `the header ${name} stands twice`);
}
