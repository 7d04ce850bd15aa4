import type { UniqueId } from "../xml/index.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { IncomingMessage } from "./transmission.ts";

/** The sequences of one session, seen from this side. */
export interface SessionIdentifiers {
  /** What we send; undefined while it is not opened or in the one-way shape's acceptor. */
  readonly outputId: UniqueId | undefined;
  /** What we receive; undefined in the one-way shape's initiator. */
  readonly inputId: UniqueId | undefined;
}

/**
 * Checks in WCF's order that every identifier in the message is one of this session's, in the right direction (R-WCF-VERIFY-1).
 * Returns the fault to end the session with, or undefined.
 */
export function verifyIdentifiers(message: IncomingMessage, ids: SessionIdentifiers): SequenceFault | undefined {
  const { rm, body } = message;
  if (rm.acknowledgement !== undefined && !rm.acknowledgement.identifier.equals(ids.outputId)) {
    return unknown(rm.acknowledgement.identifier, "SequenceAcknowledgement");
  }
  if (rm.ackRequestedId !== undefined && !rm.ackRequestedId.equals(ids.inputId))
    return unknown(rm.ackRequestedId, "AckRequested");
  if (rm.sequenceId !== undefined && !rm.sequenceId.equals(ids.inputId)) return unknown(rm.sequenceId, "Sequence");
  switch (body?.type) {
    case "terminate-sequence":
    case "close-sequence":
      if (body.identifier.equals(ids.inputId)) return undefined;
      if (body.identifier.equals(ids.outputId)) {
        return violation(
          ids,
          `${body.type === "close-sequence" ? "CloseSequence" : "TerminateSequence"} names a sequence that its receiver sends; only the sender of a sequence may end it.`,
        );
      }
      return unknown(body.identifier, body.type === "close-sequence" ? "CloseSequence" : "TerminateSequence");
    case "close-sequence-response":
    case "terminate-sequence-response":
      return body.identifier.equals(ids.outputId) ? undefined : unknown(body.identifier, "a close response");
    default:
      return undefined;
  }
}

/** The sequence by which a server finds the session of a message that is the first on its connection (R-WCF-ROUTE-1). */
export function routingIdentifier(
  message: IncomingMessage,
): { readonly of: "input" | "output"; readonly identifier: UniqueId } | undefined {
  const { rm, body, sequenceFault } = message;
  if (body?.type === "terminate-sequence") return { of: "input", identifier: body.identifier };
  if (rm.sequenceId !== undefined) return { of: "input", identifier: rm.sequenceId };
  if (rm.ackRequestedId !== undefined) return { of: "input", identifier: rm.ackRequestedId };
  if (body?.type === "close-sequence") return { of: "input", identifier: body.identifier };
  if (rm.acknowledgement !== undefined) return { of: "output", identifier: rm.acknowledgement.identifier };
  if (body?.type === "terminate-sequence-response" || body?.type === "close-sequence-response") {
    return { of: "output", identifier: body.identifier };
  }
  if (sequenceFault?.identifier !== undefined) return { of: "input", identifier: sequenceFault.identifier };
  return undefined;
}

export function unknownSequenceFault(identifier: UniqueId, element: string): SequenceFault {
  return unknown(identifier, element);
}

function unknown(identifier: UniqueId, element: string): SequenceFault {
  return {
    name: "UnknownSequence",
    code: "Sender",
    reason: `The sequence ${identifier} named by ${element} is not known here.`,
    identifier,
  };
}

function violation(ids: SessionIdentifiers, reason: string): SequenceFault {
  return { name: "SequenceTerminated", code: "Sender", reason, identifier: ids.inputId ?? ids.outputId };
}
