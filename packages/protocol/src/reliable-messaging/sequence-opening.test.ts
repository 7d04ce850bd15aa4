import { describe, expect, it } from "vitest";
import { anonymousAddress, MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import type { Offer, RmBody } from "./protocol-message.ts";
import { RmHeaders } from "./rm-headers.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import {
  type AcceptedOpening,
  checkCreateSequence,
  createSequenceResponseBody,
  type SessionShape,
} from "./sequence-opening.ts";
import type { IncomingMessage } from "./transmission.ts";

const messageId = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-0000000000bb");
const offeredId = UniqueId.parse("urn:offered");
const inputId = UniqueId.parse("urn:input");
const anonymous = anonymousAddress.value;
const address = "net.tcp://host/a";

const offerAt = (endpoint: string | undefined): Offer => ({
  identifier: offeredId,
  endpoint,
  incompleteSequenceBehavior: undefined,
});
const creation = (offer: Offer | undefined): RmBody => ({
  type: "create-sequence",
  acksTo: anonymous,
  expires: "PT10M",
  offer,
});

function check(
  body: RmBody | undefined,
  shape: SessionShape,
  version: RmVersion = "1.1",
  headers: Partial<MessageHeaders> = {},
): AcceptedOpening | SequenceFault {
  const message: IncomingMessage = {
    headers: Object.assign(new MessageHeaders(), { messageId, to: address, ...headers }),
    rm: new RmHeaders(dialects[version]),
    kind: "create-sequence",
    byteLength: 0,
    body,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
  };
  return checkCreateSequence(message, version, shape);
}

const refusal = (reason: string): SequenceFault => ({ name: "CreateSequenceRefused", code: "Sender", reason });

describe("a CreateSequence (R-WCF-CS-2)", () => {
  it("becomes a session with the sequence that it offers for the way back", () => {
    const opening = { messageId, offeredId, expires: "PT10M", address };
    expect(check(creation(offerAt(anonymous)), "duplex")).toEqual(opening);
    expect(check(creation(offerAt(undefined)), "duplex", "1.0")).toEqual(opening);
  });

  it("becomes a one-way session, in 1.1 also when it makes an offer that nobody takes (R-WCF-CS-3)", () => {
    const opening = { messageId, offeredId: undefined, expires: "PT10M", address };
    expect(check(creation(undefined), "one-way")).toEqual(opening);
    expect(check(creation(offerAt(anonymous)), "one-way")).toEqual(opening);
  });

  it.each<[string, RmBody | undefined]>([
    ["no body of the protocol", undefined],
    ["the body of another message", { type: "close-sequence-response", identifier: inputId }],
  ])("is refused when it has %s", (_name, body) => {
    expect(check(body, "duplex")).toEqual(refusal("The CreateSequence message could not be read."));
  });

  it("is refused when no answer can relate to it", () => {
    const fault = check(creation(offerAt(anonymous)), "duplex", "1.1", { messageId: undefined });
    expect(fault).toEqual(refusal("The CreateSequence message has no MessageID."));
  });

  it("is refused when its addresses differ, with both of them", () => {
    expect(check(creation(offerAt(anonymous)), "duplex", "1.1", { replyTo: "urn:elsewhere" })).toEqual(
      refusal(`AcksTo (${anonymous}) differs from ReplyTo (urn:elsewhere); both must be the same address.`),
    );
    expect(check(creation(offerAt("urn:elsewhere")), "duplex")).toEqual(
      refusal(`Offer/Endpoint (urn:elsewhere) differs from AcksTo (${anonymous}); both must be the same address.`),
    );
  });

  it("is refused when its offer does not fit the operations of the endpoint", () => {
    expect(check(creation(undefined), "duplex")).toEqual(
      refusal(
        "This endpoint has two-way or callback operations and needs a sequence back, but CreateSequence makes no Offer; the client's contract has one-way operations only.",
      ),
    );
    expect(check(creation(offerAt(undefined)), "one-way", "1.0")).toEqual(
      refusal(
        "This endpoint has one-way operations only, but CreateSequence makes an Offer; the client's contract has two-way operations.",
      ),
    );
  });
});

describe("the answer to a CreateSequence (R-WCF-CS-3)", () => {
  const opening: AcceptedOpening = { messageId, offeredId, expires: "PT10M", address };

  it.each([
    ["1.0", true, undefined],
    ["1.0", false, undefined],
    ["1.1", true, "DiscardFollowingFirstGap"],
    ["1.1", false, "NoDiscard"],
  ] as const)("says in %s, ordered %s, of a sequence with gaps: %s", (version, isOrdered, behavior) => {
    expect(createSequenceResponseBody(version, isOrdered, inputId, opening)).toEqual({
      type: "create-sequence-response",
      identifier: inputId,
      expires: "PT10M",
      incompleteSequenceBehavior: behavior,
      acceptAcksTo: address,
    });
  });

  it("accepts nothing where nothing was offered", () => {
    const body = createSequenceResponseBody("1.1", true, inputId, { ...opening, offeredId: undefined });
    expect(body).toMatchObject({ acceptAcksTo: undefined });
  });
});
