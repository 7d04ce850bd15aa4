import { type DictionaryString, dictionaryString } from "../binary-xml/index.ts";

/** SOAP 1.2 envelope namespace; prefix `s`. */
export const soap12: DictionaryString = dictionaryString("http://www.w3.org/2003/05/soap-envelope");
/** SOAP 1.1 envelope namespace; prefix `s`. */
export const soap11: DictionaryString = dictionaryString("http://schemas.xmlsoap.org/soap/envelope/");
/** WS-Addressing 1.0 namespace; prefix `a`. */
export const addressing10: DictionaryString = dictionaryString("http://www.w3.org/2005/08/addressing");
/** "Where this connection leads": the address of replies on a duplex connection. */
export const anonymousAddress: DictionaryString = dictionaryString("http://www.w3.org/2005/08/addressing/anonymous");
/** Action of faults that are not about addressing. */
export const soapFaultAction: DictionaryString = dictionaryString("http://www.w3.org/2005/08/addressing/soap/fault");
/** Action of faults about addressing headers themselves. */
export const addressingFaultAction: DictionaryString = dictionaryString("http://www.w3.org/2005/08/addressing/fault");
/** WCF's namespace for faults of its dispatcher: InternalServiceFault, DeserializationFailed. */
export const dispatcherFaultNamespace =
  "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher";
export const dispatcherFaultAction: DictionaryString = dictionaryString(`${dispatcherFaultNamespace}/fault`);

/** Local names of the envelope and of addressing headers. */
export type SoapName =
  | "Envelope"
  | "Header"
  | "Body"
  | "mustUnderstand"
  | "Action"
  | "MessageID"
  | "RelatesTo"
  | "ReplyTo"
  | "FaultTo"
  | "From"
  | "To"
  | "Address"
  | "Fault"
  | "Code"
  | "Value"
  | "Subcode"
  | "Reason"
  | "Text"
  | "Node"
  | "Role"
  | "Detail"
  | "faultcode"
  | "faultstring"
  | "detail";

export const names: Readonly<Record<SoapName, DictionaryString>> = {
  Envelope: dictionaryString("Envelope"),
  Header: dictionaryString("Header"),
  Body: dictionaryString("Body"),
  mustUnderstand: dictionaryString("mustUnderstand"),
  Action: dictionaryString("Action"),
  MessageID: dictionaryString("MessageID"),
  RelatesTo: dictionaryString("RelatesTo"),
  ReplyTo: dictionaryString("ReplyTo"),
  FaultTo: dictionaryString("FaultTo"),
  From: dictionaryString("From"),
  To: dictionaryString("To"),
  Address: dictionaryString("Address"),
  Fault: dictionaryString("Fault"),
  Code: dictionaryString("Code"),
  Value: dictionaryString("Value"),
  Subcode: dictionaryString("Subcode"),
  Reason: dictionaryString("Reason"),
  Text: dictionaryString("Text"),
  Node: dictionaryString("Node"),
  Role: dictionaryString("Role"),
  Detail: dictionaryString("Detail"),
  faultcode: dictionaryString("faultcode"),
  faultstring: dictionaryString("faultstring"),
  detail: dictionaryString("detail"),
};
