export { defaultMaxHeaderCount, readEndpointAddress, readEnvelope } from "./envelope-reader.ts";
export {
  checkHeaderNames,
  endEnvelope,
  type OutgoingAddressing,
  startEnvelope,
  writeAddressingAndStartBody,
  writeHeaders,
} from "./envelope-writer.ts";
export { SoapError, type SoapErrorCode } from "./errors.ts";
export { type HeaderBlock, type HeaderExtension, MessageHeaders, type SoapHeader } from "./message-headers.ts";
export { type MessageVersion, soap11WithoutAddressing, soap12Addressing10 } from "./message-version.ts";
export {
  addressing10,
  addressingFaultAction,
  anonymousAddress,
  dispatcherFaultAction,
  dispatcherFaultNamespace,
  names as soapNames,
  soap11,
  soap12,
  soapFaultAction,
} from "./names.ts";
export {
  type DetailReader,
  type DetailWriter,
  isOnSoapFault,
  type NamespaceInScope,
  type QualifiedName,
  readSoapFault,
  type SoapFault,
  writeSoapFault,
} from "./soap-fault.ts";
