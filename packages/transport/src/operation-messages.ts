import { ContractError, ContractFault, type Operation } from "@bowline/protocol/contract";
import { type BodyWriter, NotUnderstoodError } from "@bowline/protocol/session";
import {
  addressing10,
  addressingFaultAction,
  dispatcherFaultAction,
  dispatcherFaultNamespace,
  isOnSoapFault,
  readSoapFault,
  type SoapFault,
  soapFaultAction,
  writeSoapFault,
} from "@bowline/protocol/soap";
import { XmlError, type XmlName, type XmlReader } from "@bowline/protocol/xml";
import { SoapFaultError } from "./errors.ts";

const generalFaultActions = [soapFaultAction.value, addressingFaultAction.value, dispatcherFaultAction.value];

/** A request for an operation, read. */
export interface OperationRequest {
  readonly operation: Operation;
  readonly args: unknown;
}

/** No operation of the contract has this action. */
export class UnknownActionError extends Error {
  override readonly name = "UnknownActionError";
  readonly code = "ACTION_NOT_SUPPORTED";

  constructor(action: string, known: Iterable<string>) {
    super(`no operation has the action ${action}; the contract has ${[...known].join(", ") || "none"}`);
  }
}

/** Reads a request for one of `operations`; the reader stands on the Body. */
export function readRequest(
  operations: ReadonlyMap<string, Operation>,
  action: string,
  reader: XmlReader,
): OperationRequest {
  const operation = operations.get(action);
  if (operation === undefined) throw new UnknownActionError(action, operations.keys());
  if (!reader.nextChild()) throw new ContractError("CONTRACT_MISSING_MEMBER", `the body of ${operation.name} is empty`);
  return { operation, args: operation.request.read(reader) };
}

/** Reads a reply to `operation`; the reader stands on the Body. @throws the fault that it is */
export function readReply(operation: Operation, action: string, reader: XmlReader): unknown {
  if (!reader.nextChild())
    throw new ContractError("CONTRACT_MISSING_MEMBER", `the reply to ${operation.name} is empty`);
  if (isOnSoapFault(reader)) throw readFault(operation, action, reader);
  return operation.reply?.read(reader);
}

/** Whether a message with this action is a reply to `operation`, or a fault that it can be answered with. */
export function isAnswerTo(operation: Operation, action: string): boolean {
  return (
    operation.replyAction?.value === action ||
    operation.faults.some((fault) => fault.action.value === action) ||
    generalFaultActions.includes(action)
  );
}

function readFault(operation: Operation, action: string, reader: XmlReader): Error {
  const { fault, detail } = readSoapFault(reader, (child) => {
    const declared = operation.faultBy(action, child.localName, child.namespaceUri);
    if (declared === undefined) {
      child.skip();
      return undefined;
    }
    return { declared, value: declared.detail.read(child) };
  });
  if (detail !== undefined) {
    const faultCode = fault.code === "Receiver" ? "Receiver" : "Sender";
    return new ContractFault(detail.declared.type, detail.value, { reason: fault.reason, faultCode });
  }
  return new SoapFaultError(fault.reason, { faultCode: fault.code, subcodes: fault.subcodes });
}

/** A fault to answer with. */
export interface FaultReply {
  readonly action: XmlName;
  readonly write: BodyWriter;
  /** True when the caller is told less than the error says: someone on this side has to hear of it. */
  readonly isReticent: boolean;
}

/**
 * The fault that tells the caller what went wrong: the declared one with its detail, a `SoapFaultError` as it is, everything else
 * without the server's inner affairs unless `includeExceptionDetailInFaults`.
 */
export function faultReplyOf(
  error: unknown,
  operation: Operation | undefined,
  includeExceptionDetailInFaults: boolean,
): FaultReply {
  if (error instanceof ContractFault) {
    const declared = operation?.faultOf(error);
    if (declared !== undefined) {
      const fault: SoapFault = { code: error.faultCode, subcodes: [], reason: error.reason, reasonLanguage: "" };
      return {
        action: declared.action,
        write: (writer, version) =>
          writeSoapFault(writer, version, fault, (detailWriter) => declared.detail.write(detailWriter, error.detail)),
        isReticent: false,
      };
    }
  }
  if (error instanceof SoapFaultError) return reply(soapFaultAction, error.faultCode, error.reason, error.subcodes);
  if (error instanceof UnknownActionError) {
    return reply(addressingFaultAction, "Sender", error.message, [
      { namespaceUri: addressing10.value, localName: "ActionNotSupported" },
    ]);
  }
  if (error instanceof NotUnderstoodError) return reply(soapFaultAction, "MustUnderstand", error.message, []);
  if (error instanceof RequestError)
    return reply(dispatcherFaultAction, "Sender", error.message, [dispatcherCode("DeserializationFailed")]);
  const reason = includeExceptionDetailInFaults
    ? `${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
    : "The service met an error of its own and could not handle the request; its log has more. (Set includeExceptionDetailInFaults on the host to see it here.)";
  // Without WCF's subcode InternalServiceFault: a WCF peer that reads it faults its own side of the session, and ours is to live on.
  return { ...reply(dispatcherFaultAction, "Receiver", reason, []), isReticent: !includeExceptionDetailInFaults };
}

/** The request itself was wrong, so the caller is told all of it. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code = "REQUEST_UNREADABLE";
}

/** Tells a caller's mistake in a request's body from a mistake of ours. */
export function asRequestError(error: unknown): unknown {
  if (error instanceof ContractError || error instanceof XmlError) {
    return new RequestError(`the request's body could not be read: ${error.message}`, { cause: error });
  }
  return error;
}

/** Whether an error is about a message that the peer should not have sent, and not one of our own code. */
export function isPeerMistake(error: unknown): boolean {
  return error instanceof UnknownActionError || error instanceof RequestError || error instanceof NotUnderstoodError;
}

function dispatcherCode(localName: string): SoapFault["subcodes"][number] {
  return { namespaceUri: dispatcherFaultNamespace, localName };
}

function reply(action: XmlName, code: string, reason: string, subcodes: SoapFault["subcodes"]): FaultReply {
  return {
    action,
    write: (writer, version) =>
      writeSoapFault(writer, version, { code, subcodes, reason, reasonLanguage: "" }, undefined),
    isReticent: false,
  };
}
