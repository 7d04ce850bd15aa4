import { anonymousAddress } from "../soap/index.ts";
import type { UniqueId } from "../xml/index.ts";
import type { RmVersion } from "./dialect.ts";
import type { IncompleteSequenceBehavior, RmBody } from "./protocol-message.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { IncomingMessage } from "./transmission.ts";

/** `"duplex"`: a sequence each way. `"one-way"`: contracts of one-way operations only, no sequence back. */
export type SessionShape = "duplex" | "one-way";

/** The CreateSequence body that WCF writes (R-WCF-CS-1). */
export function createSequenceBody(version: RmVersion, isOrdered: boolean, offeredId: UniqueId | undefined): RmBody {
  const anonymous = anonymousAddress.value;
  const isRm11 = version === "1.1";
  return {
    type: "create-sequence",
    acksTo: anonymous,
    expires: undefined,
    offer:
      offeredId === undefined
        ? undefined
        : {
            identifier: offeredId,
            endpoint: isRm11 ? anonymous : undefined,
            incompleteSequenceBehavior: isRm11 ? behaviorFor(isOrdered) : undefined,
          },
  };
}

export function behaviorFor(isOrdered: boolean): IncompleteSequenceBehavior {
  return isOrdered ? "DiscardFollowingFirstGap" : "NoDiscard";
}

/** A CreateSequence that may become a session. */
export interface AcceptedOpening {
  readonly messageId: UniqueId;
  /** The sequence that the client offers for the way back; undefined for one-way contracts. */
  readonly offeredId: UniqueId | undefined;
  readonly expires: string | undefined;
  /** To of the CreateSequence, verbatim: what Accept/AcksTo must echo. */
  readonly address: string;
}

/** Checks a CreateSequence as WCF's listener does (R-WCF-CS-2). */
export function checkCreateSequence(
  message: IncomingMessage,
  version: RmVersion,
  shape: SessionShape,
): AcceptedOpening | SequenceFault {
  const { body, headers } = message;
  if (body?.type !== "create-sequence") return refused("The CreateSequence message could not be read.");
  if (headers.messageId === undefined) return refused("The CreateSequence message has no MessageID.");
  const replyTo = headers.replyTo ?? anonymousAddress.value;
  if (body.acksTo !== replyTo) {
    return refused(`AcksTo (${body.acksTo}) differs from ReplyTo (${replyTo}); both must be the same address.`);
  }
  const { offer } = body;
  if (shape === "duplex" && offer === undefined) {
    return refused(
      "This endpoint has two-way or callback operations and needs a sequence back, but CreateSequence makes no Offer; the client's contract has one-way operations only.",
    );
  }
  if (shape === "one-way" && offer !== undefined && version === "1.0") {
    return refused(
      "This endpoint has one-way operations only, but CreateSequence makes an Offer; the client's contract has two-way operations.",
    );
  }
  if (version === "1.1" && offer !== undefined && offer.endpoint !== body.acksTo) {
    return refused(
      `Offer/Endpoint (${offer.endpoint}) differs from AcksTo (${body.acksTo}); both must be the same address.`,
    );
  }
  return {
    messageId: headers.messageId,
    offeredId: shape === "duplex" ? offer?.identifier : undefined,
    expires: body.expires,
    address: headers.to ?? anonymousAddress.value,
  };
}

/** The answer to a CreateSequence. */
export function createSequenceResponseBody(
  version: RmVersion,
  isOrdered: boolean,
  inputId: UniqueId,
  opening: AcceptedOpening,
): RmBody {
  return {
    type: "create-sequence-response",
    identifier: inputId,
    expires: opening.expires,
    incompleteSequenceBehavior: version === "1.1" ? behaviorFor(isOrdered) : undefined,
    acceptAcksTo: opening.offeredId === undefined ? undefined : opening.address,
  };
}

function refused(reason: string): SequenceFault {
  return { name: "CreateSequenceRefused", code: "Sender", reason };
}
