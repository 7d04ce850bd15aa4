import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import type { AckRange } from "./ack-ranges.ts";
import type { Closing, ClosingContext } from "./closing.ts";
import { Closing10 } from "./closing-1.0.ts";
import { Closing11 } from "./closing-1.1.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import { type IncomingMessage, type RmBody, RmDestination, RmHeaders, reliableSessionOptions } from "./index.ts";
import { RmSource } from "./rm-source.ts";

const outputId = UniqueId.parse("urn:output");
const inputId = UniqueId.parse("urn:input");
const requestId = UniqueId.parse("urn:request");

interface Directions {
  readonly sends?: boolean;
  readonly receives?: boolean;
}

/** A handshake alone, and what it asked of its session. */
function handshakeOf(version: RmVersion, { sends = true, receives = true }: Directions = {}) {
  const options = reliableSessionOptions({ version });
  const events: unknown[] = [];
  const source = new RmSource(options, 100, () => undefined);
  source.linkUp(0);
  const destination = new RmDestination<string>(
    options,
    () => undefined,
    (message) => message,
  );
  let idCount = 0;
  const context: ClosingContext = {
    source: sends ? source : undefined,
    destination: receives ? destination : undefined,
    outputId: sends ? outputId : undefined,
    inputId: receives ? inputId : undefined,
    sendLastMessage: () => events.push("LastMessage"),
    sendAckRequested: () => events.push("AckRequested"),
    sendProtocol: (action, body, correlation) => events.push({ action: action.value, body, ...correlation }),
    acknowledgeNow: () => events.push("acknowledgement"),
    endInput: () => events.push("input ended"),
    violate: (fault) => events.push(fault),
    armCloseRetry: (nowMs) => events.push(`retry armed at ${nowMs}`),
    disarmCloseRetry: () => events.push("retry disarmed"),
    nextId: () => UniqueId.parse(`urn:id:${++idCount}`),
  };
  const closing: Closing =
    version === "1.0" ? new Closing10(dialects[version], context) : new Closing11(dialects[version], context);
  return {
    closing,
    source,
    destination,
    /** What was asked since the last call. */
    taken: (): unknown[] => events.splice(0),
    send: (): void => source.send({ addressing: { action: "urn:a" }, body: "", byteLength: 1 }, false, 0),
    arrive: (...messageNumbers: number[]): void => {
      for (const messageNumber of messageNumbers) destination.receive(messageNumber, "", 1);
    },
    receive: (parts: Parts, nowMs: number = 0): void => closing.receive(message(version, parts), nowMs),
  };
}

interface Parts {
  readonly kind?: IncomingMessage["kind"];
  readonly body?: RmBody;
  readonly rm?: Partial<RmHeaders>;
  readonly relatesTo?: UniqueId;
}

function message(version: RmVersion, { kind, body, rm = {}, relatesTo }: Parts): IncomingMessage {
  return {
    headers: Object.assign(new MessageHeaders(), { messageId: requestId, relatesTo }),
    rm: Object.assign(new RmHeaders(dialects[version]), rm),
    kind: kind ?? body?.type ?? "application",
    byteLength: 0,
    body,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
  };
}

const ending = (type: "close-sequence" | "terminate-sequence", lastMessageNumber?: number): Parts => ({
  body: { type, identifier: inputId, lastMessageNumber },
});
const terminated = (reason: string, identifier: UniqueId = inputId) => ({
  name: "SequenceTerminated",
  code: "Sender",
  reason,
  identifier,
});

describe("the close handshake of version 1.0", () => {
  const lastMessage = (messageNumber: number): Parts => ({
    kind: "last-message",
    rm: { sequenceId: inputId, messageNumber },
  });

  it("sends one LastMessage, and TerminateSequence when all is acknowledged (R-WCF-CLOSE10-1)", () => {
    const { closing, source, send, taken } = handshakeOf("1.0");
    send();
    closing.start(0);
    closing.start(1);
    expect(taken()).toEqual(["LastMessage"]);
    expect(closing.isOutputDone).toBe(false);
    source.acknowledge([{ lower: 1, upper: 1 }], undefined, 2);
    closing.advance(2);
    closing.advance(3);
    expect(taken()).toEqual([
      {
        action: dialects["1.0"].terminateSequence.value,
        body: { type: "terminate-sequence", identifier: outputId, lastMessageNumber: undefined },
      },
    ]);
    expect(closing.isOutputDone).toBe(true);
  });

  it("has nothing to send where there is no sequence to send", () => {
    const { closing, taken } = handshakeOf("1.0", { sends: false });
    closing.start(0);
    expect(taken()).toEqual([]);
    expect([closing.isOutputDone, closing.isInputDone]).toEqual([true, false]);
  });

  it("has nothing to wait for where there is no sequence to receive", () => {
    const { closing } = handshakeOf("1.0", { receives: false });
    expect([closing.isOutputDone, closing.isInputDone, closing.isInputClosed]).toEqual([false, true, false]);
  });

  it("closes the input at LastMessage, ends it when complete, and is done at TerminateSequence", () => {
    const { closing, receive, arrive, taken } = handshakeOf("1.0");
    arrive(1);
    expect(closing.isInputClosed).toBe(false);
    receive(lastMessage(3));
    closing.advance(0);
    expect(closing.isInputClosed).toBe(true);
    expect(taken()).toEqual(["acknowledgement"]);
    arrive(2);
    closing.advance(0);
    closing.advance(0);
    expect(taken()).toEqual(["input ended"]);
    expect(closing.isInputDone).toBe(false);
    receive(ending("terminate-sequence"));
    expect(closing.isInputDone).toBe(true);
    expect(taken()).toEqual([]);
  });

  it("refuses a LastMessage without a number, or below one that arrived", () => {
    const { closing, receive, arrive, taken } = handshakeOf("1.0");
    arrive(1, 3);
    receive({ kind: "last-message" });
    receive(lastMessage(2));
    expect(taken()).toEqual([
      terminated("A LastMessage came without a Sequence header."),
      {
        name: "LastMessageNumberExceeded",
        code: "Sender",
        reason: "Message 2 claims to be the last, but message 3 was received.",
        identifier: inputId,
      },
    ]);
    expect(closing.isInputClosed).toBe(false);
  });

  it("refuses a TerminateSequence that comes too early (R-WCF-CLOSE10-2)", () => {
    const { closing, receive, arrive, taken } = handshakeOf("1.0");
    arrive(1);
    receive(ending("terminate-sequence"));
    expect(taken()).toEqual([terminated("TerminateSequence came before all messages up to the LastMessage.")]);
    expect(closing.isInputDone).toBe(false);
  });
});

describe("how version 1.1 ends what it sends", () => {
  const closeRequest = {
    action: dialects["1.1"].closeSequence.value,
    body: { type: "close-sequence", identifier: outputId, lastMessageNumber: 3 },
    messageId: UniqueId.parse("urn:id:1"),
  };
  const terminateRequest = {
    action: dialects["1.1"].terminateSequence.value,
    body: { type: "terminate-sequence", identifier: outputId, lastMessageNumber: 3 },
    messageId: UniqueId.parse("urn:id:2"),
  };
  const acknowledgementOf = (ranges: readonly AckRange[], isFinal: boolean) => ({
    identifier: outputId,
    ranges,
    isFinal,
    bufferRemaining: undefined,
  });
  const closeResponse = (ranges: readonly AckRange[], isFinal: boolean, relatesTo = closeRequest.messageId): Parts => ({
    body: { type: "close-sequence-response", identifier: outputId },
    rm: { acknowledgement: acknowledgementOf(ranges, isFinal) },
    relatesTo,
  });
  const terminateResponse = (relatesTo?: UniqueId): Parts => ({
    body: { type: "terminate-sequence-response", identifier: outputId },
    ...(relatesTo === undefined ? {} : { relatesTo }),
  });
  const all = [{ lower: 1, upper: 3 }];

  /** Three messages, acknowledged, and CloseSequence on its way. */
  function closingAfterThree() {
    const handshake = handshakeOf("1.1");
    const { closing, source, send, taken } = handshake;
    for (let count = 0; count < 3; count++) send();
    closing.start(0);
    expect(taken()).toEqual(["AckRequested"]);
    source.acknowledge(all, undefined, 5);
    closing.advance(5);
    expect(taken()).toEqual([closeRequest, "retry armed at 5"]);
    return handshake;
  }

  it("is CloseSequence, then TerminateSequence, each until its own response (R-WCF-CLOSE11-1)", () => {
    const { closing, receive, taken } = closingAfterThree();
    closing.start(6);
    closing.advance(6);
    receive(closeResponse(all, true, requestId));
    receive({ ...closeResponse(all, true), relatesTo: undefined as never });
    receive(terminateResponse(terminateRequest.messageId));
    expect(taken()).toEqual([]);
    receive(closeResponse(all, true), 7);
    expect(taken()).toEqual([terminateRequest, "retry armed at 7"]);
    receive(closeResponse(all, true), 8);
    receive(terminateResponse(closeRequest.messageId));
    receive(terminateResponse());
    expect(taken()).toEqual([]);
    expect(closing.isOutputDone).toBe(false);
    receive(terminateResponse(terminateRequest.messageId));
    receive(terminateResponse(terminateRequest.messageId));
    expect(taken()).toEqual(["retry disarmed"]);
    expect(closing.isOutputDone).toBe(true);
  });

  it("repeats the request under way on a new connection and by the timer (R-WCF-CLOSE11-7)", () => {
    const { closing, receive, taken } = closingAfterThree();
    closing.linkUp(20);
    expect(taken()).toEqual([closeRequest, "retry armed at 20"]);
    receive(closeResponse(all, true), 30);
    taken();
    closing.retry(40);
    expect(taken()).toEqual([terminateRequest, "retry armed at 40"]);
    receive(terminateResponse(terminateRequest.messageId));
    taken();
    closing.linkUp(50);
    expect(taken()).toEqual([]);
  });

  it("needs the final acknowledgement in the response (R-WCF-CLOSE11-6)", () => {
    const reason = "CloseSequenceResponse carries no final acknowledgement.";
    for (const response of [closeResponse(all, false), { ...closeResponse(all, true), rm: {} }]) {
      const { closing, receive, taken } = closingAfterThree();
      receive(response);
      expect(taken()).toEqual([{ ...terminated(reason, outputId), acknowledgement: undefined }]);
      closing.retry(9);
      expect(taken()).toEqual([closeRequest, "retry armed at 9"]);
    }
  });

  it.each<[string, AckRange[]]>([
    ["nothing", []],
    ["not the first", [{ lower: 2, upper: 3 }]],
    ["not the last", [{ lower: 1, upper: 2 }]],
    [
      "all but one",
      [
        { lower: 1, upper: 1 },
        { lower: 3, upper: 3 },
      ],
    ],
    [
      "more than all",
      [
        { lower: 1, upper: 3 },
        { lower: 5, upper: 5 },
      ],
    ],
  ])("refuses a final acknowledgement of %s (R-WCF-CLOSE11-6)", (_name, ranges) => {
    const { receive, taken } = closingAfterThree();
    receive(closeResponse(ranges, true));
    expect(taken()).toEqual([
      {
        name: "InvalidAcknowledgement",
        code: "Sender",
        reason: "The final acknowledgement does not cover messages 1 to 3.",
        identifier: outputId,
        acknowledgement: acknowledgementOf(ranges, true),
      },
    ]);
  });

  it("of a sequence without a message is acknowledged by no range at all (R-WCF-CLOSE11-3)", () => {
    for (const [ranges, expected] of [
      [[], { body: { type: "terminate-sequence", lastMessageNumber: undefined } }],
      [[{ lower: 1, upper: 1 }], { name: "InvalidAcknowledgement" }],
    ] as const) {
      const { closing, receive, taken } = handshakeOf("1.1");
      closing.start(0);
      expect(taken()).toMatchObject([{ body: { lastMessageNumber: undefined } }, "retry armed at 0"]);
      receive(closeResponse(ranges, true));
      expect(taken()[0]).toMatchObject(expected);
    }
  });

  it("needs no more of a peer that has forgotten the sequence, once it was asked to", () => {
    const { closing, receive, taken } = closingAfterThree();
    expect(closing.acceptsUnknownSequence()).toBe(false);
    receive(closeResponse(all, true));
    taken();
    expect(closing.acceptsUnknownSequence()).toBe(true);
    expect(taken()).toEqual(["retry disarmed"]);
    expect(closing.isOutputDone).toBe(true);
  });
});

describe("how version 1.1 ends what it receives", () => {
  const response = (type: "close-sequence-response" | "terminate-sequence-response") => ({
    action:
      dialects["1.1"][type === "close-sequence-response" ? "closeSequenceResponse" : "terminateSequenceResponse"].value,
    body: { type, identifier: inputId },
    relatesTo: requestId,
  });
  const closed = response("close-sequence-response");
  const done = response("terminate-sequence-response");

  it("answers each repetition, and ends the input once", () => {
    const { closing, destination, receive, arrive, taken } = handshakeOf("1.1");
    arrive(1, 2, 3);
    receive(ending("close-sequence", 5));
    expect(taken()).toEqual([closed, "input ended"]);
    receive(ending("close-sequence"));
    expect(taken()).toEqual([closed]);
    expect([destination.lastNumber, closing.isInputClosed, closing.isInputDone]).toEqual([5, true, false]);
    receive(ending("terminate-sequence"));
    expect(taken()).toEqual([done]);
    receive(ending("close-sequence", 5));
    expect(taken()).toEqual([closed]);
    expect([destination.lastNumber, closing.isInputDone]).toEqual([5, true]);
  });

  it("takes a TerminateSequence alone when it names the last message and none is missing (R-WCF-CLOSE11-4)", () => {
    const { closing, destination, receive, arrive, taken } = handshakeOf("1.1");
    arrive(1, 2, 3);
    receive(ending("terminate-sequence", 3));
    expect(taken()).toEqual([done, "input ended"]);
    expect([destination.lastNumber, closing.isInputDone]).toEqual([3, true]);
  });

  it.each<[string, number[], number | undefined, number]>([
    ["no number", [1, 2, 3], undefined, 3],
    ["a message that did not arrive", [1, 2, 3], 5, 5],
    ["the last message, but not all before it", [1, 3], 3, 3],
  ])("refuses a TerminateSequence alone that names %s (R-WCF-CLOSE11-4)", (_name, arrived, number, lastNumber) => {
    const { destination, receive, arrive, taken } = handshakeOf("1.1");
    arrive(...arrived);
    receive(ending("terminate-sequence", number));
    expect(taken()).toEqual([
      done,
      terminated("TerminateSequence came before all messages and without CloseSequence."),
    ]);
    expect(destination.lastNumber).toBe(lastNumber);
  });

  it("refuses a last number that contradicts what came before, and answers nothing (R-WCF-CLOSE11-5)", () => {
    const { closing, receive, arrive, taken } = handshakeOf("1.1");
    arrive(1, 2, 3);
    receive(ending("close-sequence", 2));
    expect(taken()).toEqual([terminated("CloseSequence names 2 as last message, but message 3 was received.")]);
    expect(closing.isInputClosed).toBe(false);
    receive(ending("close-sequence", 4));
    taken();
    receive(ending("terminate-sequence", 5));
    expect(taken()).toEqual([
      terminated("TerminateSequence names 5 as last message, but the sequence was closed at 4."),
    ]);
    expect(closing.isInputDone).toBe(false);
  });
});
