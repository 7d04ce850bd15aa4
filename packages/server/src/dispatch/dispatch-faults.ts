import { dispatcherFaultNamespace } from "@bowline/protocol/soap";
import { SoapFaultError } from "@bowline/transport";
import { ServerError } from "../errors.ts";

const securityNamespace = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

/** The fault that .NET's clients know as SecurityAccessDeniedException (R-WCF-DISPATCH-5). */
export function accessDenied(reason = "Access is denied."): SoapFaultError {
  const subcodes = [{ namespaceUri: securityNamespace, localName: "FailedAuthentication" }];
  return new SoapFaultError(reason, { faultCode: "Sender", subcodes });
}

export function isAccessDenied(error: unknown): boolean {
  return (
    error instanceof SoapFaultError && error.subcodes.some(({ localName }) => localName === "FailedAuthentication")
  );
}

/** The error that a caller is told of, where the host knows it by another: a call that was not served for want of time or room. */
export function asFault(error: unknown): unknown {
  if (!(error instanceof ServerError)) return error;
  switch (error.code) {
    case "SERVER_CALL_DEADLINE":
      return receiverFault(error, "DeadlineExceeded");
    case "SERVER_TOO_BUSY":
      return receiverFault(error, "ServerTooBusy");
    default:
      return error;
  }
}

function receiverFault(cause: ServerError, localName: string): SoapFaultError {
  const subcodes = [{ namespaceUri: dispatcherFaultNamespace, localName }];
  return new SoapFaultError(cause.message, { faultCode: "Receiver", subcodes, cause });
}
