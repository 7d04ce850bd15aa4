export { defaultMaxHeaderCount, readEndpointAddress, readEnvelope } from "./envelope-reader.ts";
export { endEnvelope, type OutgoingAddressing, startEnvelope, writeAddressingAndStartBody } from "./envelope-writer.ts";
export { SoapError, type SoapErrorCode } from "./errors.ts";
export { type HeaderBlock, type HeaderExtension, MessageHeaders, type SoapHeader } from "./message-headers.ts";
export {
  addressing10,
  addressingFaultAction,
  anonymousAddress,
  dispatcherFaultAction,
  dispatcherFaultNamespace,
  names as soapNames,
  soap12,
  soapFaultAction,
} from "./names.ts";
export {
  type DetailReader,
  type DetailWriter,
  type NamespaceInScope,
  type QualifiedName,
  readSoapFault,
  type SoapFault,
  writeSoapFault,
} from "./soap-fault.ts";
