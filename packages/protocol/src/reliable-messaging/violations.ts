import { addressing10 } from "../soap/index.ts";
import type { UniqueId } from "../xml/index.ts";
import type { RmVersion } from "./dialect.ts";
import type { Acknowledgement } from "./rm-headers.ts";
import type { AcknowledgementProblem } from "./rm-source.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { SessionShape } from "./sequence-opening.ts";
import { failureOfRefusal, type SessionFailure } from "./session-failure.ts";
import { violated } from "./session-failures.ts";
import type { IncomingMessage } from "./transmission.ts";

/** WS-Addressing's address of nobody. */
const noneAddress = `${addressing10.value}/none`;

/** The faults with which a session answers a peer that breaks the protocol. */

export function beyondLast(
  messageNumber: number,
  lastNumber: number | undefined,
  identifier: UniqueId | undefined,
): SequenceFault {
  const reason = `Message ${messageNumber} came after the last message ${lastNumber}.`;
  return { name: "LastMessageNumberExceeded", code: "Sender", reason, identifier };
}

export function sequenceClosed(messageNumber: number, identifier: UniqueId | undefined): SequenceFault {
  const reason = `The sequence is closed and takes no message ${messageNumber}.`;
  return { name: "SequenceClosed", code: "Sender", reason, identifier };
}

export function invalidAcknowledgement(
  problem: AcknowledgementProblem,
  acknowledgement: Acknowledgement,
  lastSent: number,
): SequenceFault {
  const reason =
    problem === "beyond-last-sent"
      ? `The acknowledgement covers message ${acknowledgement.ranges.at(-1)?.upper}, but ${lastSent} is the last one sent.`
      : "The acknowledgement leaves out messages that were acknowledged before.";
  return {
    name: "InvalidAcknowledgement",
    code: "Sender",
    reason,
    identifier: acknowledgement.identifier,
    acknowledgement,
  };
}

export function plainMessage(version: RmVersion): SequenceFault {
  const reason = "A message without a Sequence header came within a reliable session.";
  return { name: version === "1.1" ? "WsrmRequired" : "ActionNotSupported", code: "Sender", reason };
}

export function secondOpening(identifier: UniqueId | undefined): SequenceFault {
  const reason = "A second CreateSequence with another offer came within a session.";
  return { name: "SequenceTerminated", code: "Sender", reason, identifier };
}

/** A fault outside the sequence that is none of RM's: nobody else can take it, so it ends the session. */
export function strayFault(message: IncomingMessage): SequenceFault {
  return { name: "SequenceTerminated", code: "Receiver", reason: wordsOf(message) };
}

/** What a fault says that is not in the RM namespace of this version. */
function wordsOf({ headers, soapFault }: IncomingMessage): string {
  const subcode = soapFault?.subcodes[0]?.localName ?? soapFault?.code ?? "fault";
  return `a SOAP fault ${subcode} with action ${headers.action}: ${soapFault?.reason || "(no reason)"}`;
}

/** What the answer to our CreateSequence means. */
export type OpeningAnswer =
  | { readonly type: "opened"; readonly outputId: UniqueId }
  | { readonly type: "failed"; readonly failure: SessionFailure; readonly fault: SequenceFault | undefined };

/** Checks the answer as WCF's client does (R-WCF-CS-3). */
export function judgeOpeningAnswer(
  message: IncomingMessage,
  createMessageId: UniqueId | undefined,
  shape: SessionShape,
  version: RmVersion,
): OpeningAnswer {
  const { body, headers } = message;
  if (message.isFault) {
    const fault = message.sequenceFault ?? {
      name: "CreateSequenceRefused",
      code: "Sender",
      reason: `${wordsOf(message)}; check that both sides use the same reliableSession.version`,
    };
    return { type: "failed", failure: failureOfRefusal(fault), fault: undefined };
  }
  if (body?.type !== "create-sequence-response" || !headers.relatesTo?.equals(createMessageId)) {
    const reason = `The service answered CreateSequence with ${headers.action}; expected CreateSequenceResponse. Is reliableSession.version ${version} right?`;
    return {
      type: "failed",
      failure: { code: "SESSION_PROTOCOL_VIOLATION", reason, isRemote: false },
      fault: undefined,
    };
  }
  // Some peers decline an offer by an Accept that leads nowhere.
  const problem = problemOfAccept(shape, body.acceptAcksTo !== undefined && body.acceptAcksTo !== noneAddress);
  if (problem === undefined) return { type: "opened", outputId: body.identifier };
  const fault: SequenceFault = {
    name: "SequenceTerminated",
    code: "Sender",
    reason: problem,
    identifier: body.identifier,
  };
  return { type: "failed", failure: violated(fault), fault };
}

function problemOfAccept(shape: SessionShape, hasAccept: boolean): string | undefined {
  if (shape === "duplex" && !hasAccept) {
    return "The service did not accept the offered sequence; its contract has one-way operations only.";
  }
  return shape === "one-way" && hasAccept ? "The service accepted a sequence that was not offered." : undefined;
}
