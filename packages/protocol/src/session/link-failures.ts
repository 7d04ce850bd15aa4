import { FramingError } from "../framing/index.ts";
import { RmError, type SessionFailure } from "../reliable-messaging/index.ts";
import { SoapError } from "../soap/index.ts";
import { XmlError } from "../xml/index.ts";
import { LinkError } from "./link.ts";

/** What the end of a connection means for a session that cannot go on without it. */
export function linkFailure(error: unknown, address: string): SessionFailure {
  if (error instanceof FramingError || error instanceof LinkError) {
    switch (error.code) {
      case "FRAMING_ENDPOINT_NOT_FOUND":
      case "LINK_ENDPOINT_NOT_FOUND":
        return {
          code: "SESSION_ENDPOINT_NOT_FOUND",
          reason: `The host runs, but no endpoint of it serves ${address}; check path, and host name if the service compares it.`,
          isRemote: true,
        };
      case "FRAMING_MAX_MESSAGE_SIZE_EXCEEDED":
      case "LINK_MESSAGE_TOO_LARGE":
        return {
          code: "SESSION_MESSAGE_TOO_LARGE",
          reason: `${error.message}. Raise maxReceivedMessageSize on the side that refused it, or send less at once.`,
          isRemote: error instanceof LinkError ? error.isRemote : error.receivedFaultUri !== undefined,
        };
      case "FRAMING_SERVER_TOO_BUSY":
      case "LINK_SERVER_TOO_BUSY":
        return {
          code: "SESSION_SERVER_TOO_BUSY",
          reason: `The service at ${address} is too busy for another session now; try again later.`,
          isRemote: true,
        };
      case "FRAMING_CONTENT_TYPE_INVALID":
        return {
          code: "SESSION_REFUSED",
          reason: `The service at ${address} speaks another encoding: ${error.message}. Give both sides the same encoding.`,
          isRemote: true,
        };
      case "LINK_SECURITY_FAILED":
        return {
          code: "SESSION_SECURITY_FAILED",
          reason: `No secure connection with ${address}: ${error.message}.`,
          isRemote: error.isRemote,
        };
      case "LINK_REFUSED":
        return {
          code: "SESSION_REFUSED",
          reason: `The service at ${address} refused the connection: ${error.message}.`,
          isRemote: true,
        };
      default:
        return {
          code: "SESSION_CONNECTION_LOST",
          reason: `The connection to ${address} broke: ${error.message}.`,
          isRemote: false,
        };
    }
  }
  const said = error instanceof Error ? error.message : "the peer closed the connection";
  return {
    code: "SESSION_CONNECTION_LOST",
    reason: `No session with ${address}: ${said}. Is the service running, and is this its address and port?`,
    isRemote: false,
  };
}

/** The peer's message could not be read. */
export function malformedFailure(error: Error): SessionFailure {
  return {
    code: "SESSION_PROTOCOL_VIOLATION",
    reason: `A message of the peer could not be read: ${error.message}`,
    isRemote: false,
    cause: error,
  };
}

/** Told by the layers below: the peer sent what it must not. */
export function isPeerMistake(error: unknown): error is Error {
  return error instanceof XmlError || error instanceof SoapError || error instanceof RmError;
}
