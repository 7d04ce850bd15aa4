export {
  DuplexFraming,
  type DuplexFramingEvent,
  type DuplexFramingState,
  duplexTransitions,
  type FramingRole,
} from "./duplex-framing.ts";
export { FramingError, type FramingErrorCode, type FramingErrorDetails } from "./errors.ts";
export { explainFraming, type FramingExplanation } from "./explain-framing.ts";
export {
  errorOfFault,
  type FramingFaultMeaning,
  type FramingFaultName,
  faultNameOf,
  faultUriOf,
  framingFaultBaseUri,
  framingFaults,
} from "./fault-uri.ts";
export {
  acceptsContentType,
  binaryContentType,
  binarySessionContentType,
  contentTypeOfKnownEncoding,
  contentTypesOfText,
  knownEncodingOf,
  knownEncodings,
} from "./known-encoding.ts";
export { defaultFramingLimits, type FramingLimits, maxRecordByteLength, resolveFramingLimits } from "./limits.ts";
export { type FramingMode, modeOfOctet, octetOfMode } from "./mode.ts";
export {
  defaultInitiatorPreambleTimeoutMs,
  initiatorTransitions,
  PreambleInitiator,
  type PreambleInitiatorEffect,
  type PreambleInitiatorEvent,
  type PreambleInitiatorInput,
  type PreambleInitiatorOptions,
  type PreambleInitiatorState,
} from "./preamble-initiator.ts";
export {
  defaultPreambleReceiverOptions,
  faultDrainByteLength,
  type PreambleEndpoint,
  PreambleReceiver,
  type PreambleReceiverEffect,
  type PreambleReceiverEvent,
  type PreambleReceiverInput,
  type PreambleReceiverOptions,
  type PreambleReceiverState,
  receiverTransitions,
} from "./preamble-receiver.ts";
export {
  type ChunkRecord,
  type ChunksEndRecord,
  type EndRecord,
  type ExtensibleEncodingRecord,
  type FaultRecord,
  type FramingRecord,
  type FramingRecordType,
  framingRecordTypes,
  type KnownEncodingRecord,
  type ModeRecord,
  octetOfRecordType,
  type PreambleAckRecord,
  type PreambleEndRecord,
  type SizedEnvelopeRecord,
  type UnsizedEnvelopeRecord,
  type UpgradeRequestRecord,
  type UpgradeResponseRecord,
  type VersionRecord,
  type ViaRecord,
} from "./record.ts";
export { FramingRecordDecoder } from "./record-decoder.ts";
export {
  maxSizedEnvelopeHeaderByteLength,
  type Preamble,
  placeSizedEnvelopeHeader,
  writeChunk,
  writeChunksEnd,
  writeEncoding,
  writeEnd,
  writeFault,
  writeMode,
  writePreamble,
  writePreambleAck,
  writePreambleEnd,
  writeRecord,
  writeSizedEnvelope,
  writeSizedEnvelopeHeader,
  writeUnsizedEnvelope,
  writeUpgradeRequest,
  writeUpgradeResponse,
  writeVersion,
  writeVia,
} from "./record-encoder.ts";
