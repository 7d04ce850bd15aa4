import { describe, expect, it } from "vitest";
import { UniqueId } from "../xml/index.ts";
import { Acknowledger } from "./acknowledger.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import { defaultReliableSessionOptions } from "./options.ts";
import { OutgoingMessages } from "./outgoing-messages.ts";
import type { RmDestinationState } from "./rm-destination.ts";
import { abortedFault } from "./session-failures.ts";
import type { Transmission } from "./transmission.ts";

const inputId = UniqueId.parse("urn:input");
const outputId = UniqueId.parse("urn:output");
const requestId = UniqueId.parse("urn:request");
const address = "net.tcp://host/a";
const received = {
  ranges: [{ lower: 1, upper: 3 }],
  finalRanges: [{ lower: 1, upper: 5 }],
  highest: 5,
  bufferRemaining: 8,
  tellRoom: () => 8,
} as unknown as RmDestinationState;

interface Given {
  readonly role?: "initiator" | "acceptor";
  readonly isLinkUp?: boolean;
}

/** The messages of a session that sends and receives, an acknowledgement being due at 0. */
function messagesOf(version: RmVersion, { role = "initiator", isLinkUp = true }: Given = {}) {
  const sent: Transmission[] = [];
  const out = new OutgoingMessages({
    dialect: dialects[version],
    role,
    address,
    emit: (transmission) => sent.push(transmission),
  });
  const acknowledger = new Acknowledger({ ...defaultReliableSessionOptions, version }, received, inputId);
  acknowledger.now(0);
  out.isLinkUp = isLinkUp;
  out.outputId = outputId;
  out.acknowledger = acknowledger;
  return { out, acknowledger, sent };
}

const numbered = {
  messageNumber: 7,
  message: { addressing: { action: "urn:a" }, body: "body", byteLength: 4 },
  isLastMessage: false,
  requestsAck: false,
  sentAtMs: 0,
  attemptCount: 2,
  retryCount: 0,
  isTransferred: false,
};
const body = { type: "close-sequence", identifier: outputId, lastMessageNumber: undefined } as const;
const acknowledgement = { identifier: inputId, ranges: received.ranges, isFinal: false, bufferRemaining: 8 };

describe("a numbered message", () => {
  it("carries the acknowledgement that is due, once, and asks for one of its own only when it should", () => {
    const { out, sent } = messagesOf("1.0");
    out.sequenced(numbered);
    out.sequenced({ ...numbered, requestsAck: true });
    const common = {
      addressing: { action: "urn:a" },
      content: { type: "application", body: "body" },
      sequenceId: outputId,
      messageNumber: 7,
      isLastMessage: false,
      attempt: 2,
    };
    expect(sent).toEqual([
      { ...common, ackRequestedId: undefined, acknowledgement },
      { ...common, ackRequestedId: outputId, acknowledgement: undefined },
    ]);
  });

  it("has no content when it is the last one of 1.0", () => {
    const { out, sent } = messagesOf("1.0");
    out.sequenced({ ...numbered, isLastMessage: true });
    expect(sent).toMatchObject([{ content: { type: "empty" }, isLastMessage: true }]);
  });
});

describe("a message about a sequence", () => {
  it("that only asks what arrived has a sequence to ask about", () => {
    const { out, sent } = messagesOf("1.0");
    out.ackRequested();
    expect(sent).toEqual([
      {
        addressing: { action: dialects["1.0"].ackRequested },
        content: { type: "empty" },
        sequenceId: undefined,
        messageNumber: 0,
        isLastMessage: false,
        ackRequestedId: outputId,
        acknowledgement: undefined,
        attempt: 0,
      },
    ]);
    out.outputId = undefined;
    out.ackRequested();
    expect(sent).toHaveLength(1);
  });

  it("that only tells what arrived has the last word in 1.1 alone, once the peer has closed its sequence", () => {
    for (const [version, isInputClosed, isFinal] of [
      ["1.1", true, true],
      ["1.1", false, false],
      ["1.0", true, false],
    ] as const) {
      const { out, acknowledger, sent } = messagesOf(version);
      out.acknowledgement(isInputClosed);
      expect(sent).toMatchObject([
        {
          addressing: { action: dialects[version].sequenceAcknowledgement },
          content: { type: "empty" },
          acknowledgement: { isFinal },
        },
      ]);
      expect(acknowledger.dueAtMs).toBeUndefined();
    }
    const { out, sent } = messagesOf("1.1");
    out.acknowledger = undefined;
    out.acknowledgement(false);
    expect(sent).toEqual([]);
  });

  it("has the final acknowledgement when it is a response, and none when it is a request", () => {
    const { out, sent } = messagesOf("1.1");
    const { closeSequence: action } = dialects["1.1"];
    out.protocol(action, body, { messageId: requestId });
    out.protocol(action, body, { relatesTo: requestId });
    out.acknowledger = undefined;
    out.protocol(action, body, { relatesTo: requestId });
    expect(sent.map(({ acknowledgement }) => acknowledgement?.isFinal)).toEqual([undefined, true, undefined]);
    expect(sent[1]).toMatchObject({
      addressing: { action, relatesTo: requestId },
      content: { type: "protocol", body },
    });
  });

  it("has the service's own address as ReplyTo when the service asks, and only then (R-WCF-CLOSE11-2)", () => {
    const replyTos = (role: "initiator" | "acceptor"): unknown[] => {
      const { out, sent } = messagesOf("1.1", { role });
      const { closeSequence: action } = dialects["1.1"];
      out.protocol(action, body, { messageId: requestId });
      out.protocol(action, body, { relatesTo: requestId });
      return sent.map(({ addressing }) => addressing.replyTo);
    };
    expect(replyTos("acceptor")).toEqual([address, undefined]);
    expect(replyTos("initiator")).toEqual([undefined, undefined]);
  });
});

describe("a fault", () => {
  it("of 1.1 after the peer closed its sequence has the final acknowledgement, and offers no room in it", () => {
    const { out, sent } = messagesOf("1.1");
    out.fault({ ...abortedFault, identifier: inputId }, true);
    out.fault({ ...abortedFault, identifier: inputId }, false);
    out.acknowledger = undefined;
    out.fault({ ...abortedFault, identifier: inputId }, true);
    expect(sent[0]?.acknowledgement).toMatchObject({ isFinal: true, ranges: [{ lower: 1, upper: 5 }] });
    expect(sent[0]?.acknowledgement?.bufferRemaining).toBeUndefined();
    expect(sent.slice(1).map(({ acknowledgement }) => acknowledgement)).toEqual([undefined, undefined]);
  });

  it("of 1.0 has no acknowledgement", () => {
    const { out, sent } = messagesOf("1.0");
    out.fault(abortedFault, true);
    expect(sent).toMatchObject([{ acknowledgement: undefined, content: { type: "fault", fault: abortedFault } }]);
  });
});

it("nothing leaves without a connection, and what is due stays due", () => {
  const { out, acknowledger, sent } = messagesOf("1.1", { isLinkUp: false });
  out.ackRequested();
  out.acknowledgement(true);
  out.protocol(dialects["1.1"].closeSequenceResponse, body, { relatesTo: requestId });
  out.createSequenceResponse(body, requestId);
  out.fault(abortedFault, true);
  expect([sent, acknowledger.dueAtMs]).toEqual([[], 0]);
});
