import { FramingError, type FramingErrorCode } from "./errors.ts";

/** The faults of [MC-NMF] 2.2.5; only `MaxMessageSizeExceededFault` carries "Fault" in its name. */
export type FramingFaultName =
  | "UnsupportedVersion"
  | "UnsupportedMode"
  | "EndpointNotFound"
  | "ContentTypeInvalid"
  | "UpgradeInvalid"
  | "MaxMessageSizeExceededFault"
  | "ServiceActivationFailed"
  | "ViaTooLong"
  | "ContentTypeTooLong"
  | "ConnectionDispatchFailed"
  | "EndpointUnavailable"
  | "ServerTooBusy"
  | "EndpointAccessDenied"
  | "EndpointPaused"
  | "InvalidRecordSequence";

/** What a fault means to the initiator that receives it. */
export interface FramingFaultMeaning {
  readonly code: FramingErrorCode;
  /** What happened and what to change, as a clause that follows "the server refused the connection: ". */
  readonly explanation: string;
}

/** Every fault has this in front of its name. */
export const framingFaultBaseUri = "http://schemas.microsoft.com/ws/2006/05/framing/faults/";

/** Every named fault, with the error that it is for a client. */
export const framingFaults: { readonly [Name in FramingFaultName]: FramingFaultMeaning } = {
  UnsupportedVersion: {
    code: "FRAMING_UNSUPPORTED_VERSION",
    explanation: "it does not speak version 1.0 of the framing protocol",
  },
  UnsupportedMode: {
    code: "FRAMING_UNSUPPORTED_MODE",
    explanation: "the endpoint does not offer the requested mode; compare the transfer modes of the two bindings",
  },
  EndpointNotFound: {
    code: "FRAMING_ENDPOINT_NOT_FOUND",
    explanation: "no endpoint listens at the requested address; check its path and port",
  },
  ContentTypeInvalid: {
    code: "FRAMING_CONTENT_TYPE_INVALID",
    explanation: "the endpoint does not accept the message encoding; compare the encodings of the two bindings",
  },
  UpgradeInvalid: {
    code: "FRAMING_UPGRADE_INVALID",
    explanation: "the endpoint does not offer the requested security upgrade; compare the security of the two bindings",
  },
  MaxMessageSizeExceededFault: {
    code: "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED",
    explanation: "a message was larger than it accepts; send less or raise its maxReceivedMessageSize",
  },
  ServiceActivationFailed: {
    code: "FRAMING_SERVICE_ACTIVATION_FAILED",
    explanation: "the service could not be started; its own log says why",
  },
  ViaTooLong: {
    code: "FRAMING_VIA_TOO_LONG",
    explanation: "the address is longer than it accepts; shorten it or raise the server's maxViaByteLength",
  },
  ContentTypeTooLong: {
    code: "FRAMING_CONTENT_TYPE_TOO_LONG",
    explanation:
      "the content type is longer than it accepts; shorten it or raise the server's maxContentTypeByteLength",
  },
  ConnectionDispatchFailed: {
    code: "FRAMING_CONNECTION_DISPATCH_FAILED",
    explanation: "its port-sharing service could not hand the connection to the endpoint; try again",
  },
  EndpointUnavailable: {
    code: "FRAMING_ENDPOINT_UNAVAILABLE",
    explanation: "the endpoint exists but cannot be reached now; try again later",
  },
  ServerTooBusy: {
    code: "FRAMING_SERVER_TOO_BUSY",
    explanation: "it has no room for another connection; try again later",
  },
  EndpointAccessDenied: {
    code: "FRAMING_ENDPOINT_ACCESS_DENIED",
    explanation: "access to the endpoint is denied",
  },
  EndpointPaused: {
    code: "FRAMING_ENDPOINT_PAUSED",
    explanation: "the endpoint is paused; try again later",
  },
  InvalidRecordSequence: {
    code: "FRAMING_INVALID_RECORD_SEQUENCE",
    explanation: "it received records in an order that the framing protocol does not allow",
  },
};

/** The URI that a Fault record carries for `name`. */
export function faultUriOf(name: FramingFaultName): string {
  return framingFaultBaseUri + name;
}

/** The name in a fault URI, compared exactly; undefined for a fault that [MC-NMF] does not name. */
export function faultNameOf(faultUri: string): FramingFaultName | undefined {
  if (!faultUri.startsWith(framingFaultBaseUri)) return undefined;
  const name = faultUri.slice(framingFaultBaseUri.length);
  return Object.hasOwn(framingFaults, name) ? (name as FramingFaultName) : undefined;
}

/** The error that a received Fault record is for an initiator; an unknown fault is `FRAMING_FAULT_UNKNOWN`. */
export function errorOfFault(faultUri: string, streamOffset: number): FramingError {
  const name = faultNameOf(faultUri);
  const details = { streamOffset, receivedFaultUri: faultUri };
  if (name === undefined) {
    const message = `the server refused the connection with a fault that [MC-NMF] does not name: ${JSON.stringify(faultUri)}`;
    return new FramingError("FRAMING_FAULT_UNKNOWN", message, details);
  }
  const { code, explanation } = framingFaults[name];
  return new FramingError(code, `the server refused the connection: ${explanation} (fault ${name})`, details);
}
