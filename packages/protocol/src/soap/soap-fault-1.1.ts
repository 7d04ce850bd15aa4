import type { XmlReader, XmlWriter } from "../xml/index.ts";
import { SoapError } from "./errors.ts";
import { names, soap11 } from "./names.ts";
import type { DetailReader, DetailWriter, QualifiedName, SoapFault } from "./soap-fault.ts";

/** What the codes of SOAP 1.1 [SOAP 1.1] 4.4.1 are called in 1.2; the others have the same name. */
const codesOf12: Readonly<Record<string, string>> = { Client: "Sender", Server: "Receiver" };
const codesOf11: Readonly<Record<string, string>> = { Sender: "Client", Receiver: "Server" };

/**
 * As `readSoapFault`, for a fault of SOAP 1.1, whose elements have no namespace.
 *
 * It has one code. One of another namespace is what WCF's services write for a fault with a subcode (R-SOAP11-FAULT-2): it becomes the
 * subcode, and since nothing says whose fault it was, the code is then `Receiver`.
 */
export function readSoapFault11<Detail>(
  reader: XmlReader,
  readDetail: DetailReader<Detail>,
): { readonly fault: SoapFault; readonly detail: Detail | undefined } {
  let name: QualifiedName | undefined;
  let reason = "";
  let reasonLanguage = "";
  let detail: Detail | undefined;
  while (reader.nextChild()) {
    switch (reader.namespaceUri === "" ? reader.localName : "") {
      case "faultcode":
        name = reader.readQName();
        break;
      case "faultstring":
        reasonLanguage = reader.attribute("lang", "http://www.w3.org/XML/1998/namespace") ?? "";
        reason = reader.readString();
        break;
      case "detail":
        while (reader.nextChild()) detail = readDetail(reader) ?? detail;
        break;
      default:
        reader.skip();
    }
  }
  if (name === undefined) throw new SoapError("SOAP_ILL_FORMED", "a fault has no faultcode");
  return { fault: { ...codesFrom(name), reason, reasonLanguage }, detail };
}

function codesFrom(name: QualifiedName): Pick<SoapFault, "code" | "subcodes"> {
  // Some services write the predefined codes without a prefix, so that they have no namespace.
  if (name.namespaceUri !== soap11.value && name.namespaceUri !== "") return { code: "Receiver", subcodes: [name] };
  // What follows a dot is a finer code of the same kind.
  const code = name.localName.split(".", 1)[0]!;
  return { code: Object.hasOwn(codesOf12, code) ? codesOf12[code]! : code, subcodes: [] };
}

/** As `writeSoapFault`: the first subcode is the faultcode, where there is one, as WCF does. */
export function writeSoapFault11(writer: XmlWriter, fault: SoapFault, writeDetail: DetailWriter | undefined): void {
  const subcode = fault.subcodes[0];
  writer.startElement("s", names.Fault);
  writer.startElement("", names.faultcode);
  if (subcode === undefined) {
    const code = Object.hasOwn(codesOf11, fault.code) ? codesOf11[fault.code]! : fault.code;
    writer.text(`s:${code}`);
  } else {
    writer.declareNamespace("a", subcode.namespaceUri);
    writer.qname("a", subcode.localName);
  }
  writer.endElement();
  writer.startElement("", names.faultstring);
  writer.attribute("xml", "lang", fault.reasonLanguage);
  writer.text(fault.reason);
  writer.endElement();
  if (writeDetail) {
    writer.startElement("", names.detail);
    writeDetail(writer);
    writer.endElement();
  }
  writer.endElement();
}
