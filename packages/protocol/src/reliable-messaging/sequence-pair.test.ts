import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects } from "./dialect.ts";
import { type ReliableSessionOptions, reliableSessionOptions } from "./options.ts";
import { OutgoingMessages } from "./outgoing-messages.ts";
import type { RmBody } from "./protocol-message.ts";
import { RmHeaders } from "./rm-headers.ts";
import { SequencePair } from "./sequence-pair.ts";
import type { IncomingMessage, Transmission } from "./transmission.ts";

const outputId = UniqueId.parse("urn:output");
const inputId = UniqueId.parse("urn:input");

function pairOf(
  ids: { readonly outputId?: UniqueId; readonly inputId?: UniqueId },
  given: Partial<ReliableSessionOptions> = {},
) {
  const options = reliableSessionOptions(given);
  const dialect = dialects[options.version];
  const sent: Transmission[] = [];
  const retries: string[] = [];
  const out = new OutgoingMessages({
    dialect,
    role: "initiator",
    address: "net.tcp://host/a",
    emit: (transmission) => sent.push(transmission),
  });
  out.isLinkUp = true;
  let idCount = 0;
  const pair = new SequencePair<string>({
    options,
    dialect,
    out,
    outputId: ids.outputId,
    inputId: ids.inputId,
    roundTripMs: 10,
    deliver: () => undefined,
    retain: (message) => message,
    sending: () => undefined,
    endInput: () => undefined,
    violate: (fault) => expect.fail(fault.reason),
    armCloseRetry: (nowMs) => retries.push(`armed at ${nowMs}`),
    disarmCloseRetry: () => retries.push("disarmed"),
    nextId: () => UniqueId.parse(`urn:message:${++idCount}`),
  });
  return { pair, sent, retries };
}

function response(body: RmBody, relatesTo: UniqueId | undefined): IncomingMessage {
  const rm = new RmHeaders(dialects["1.1"]);
  rm.acknowledgement = { identifier: outputId, ranges: [], isFinal: true, bufferRemaining: undefined };
  return {
    headers: Object.assign(new MessageHeaders(), { relatesTo }),
    rm,
    kind: body.type,
    byteLength: 0,
    body,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
  };
}

describe("the sequences of a session", () => {
  it("acknowledge what the application is done with only where acknowledgements mean that", () => {
    const received = pairOf({ inputId }).pair;
    received.processed(1, 1000);
    expect(received.acknowledger?.dueAtMs).toBeUndefined();
    expect(received.destination?.ranges).toEqual([]);

    const processed = pairOf({ inputId }, { ackOn: "processed" }).pair;
    processed.processed(1, 1000);
    expect(processed.acknowledger?.dueAtMs).toBe(1200);
    expect(processed.destination?.ranges).toEqual([{ lower: 1, upper: 1 }]);
  });

  it("tell the peer at once that there is room again, when it was told that there is none", () => {
    const { pair } = pairOf({ inputId }, { maxTransferWindowSize: 2 });
    pair.held(2, 1000);
    expect(pair.acknowledger?.take(false).bufferRemaining).toBe(0);
    pair.held(1, 1100);
    expect(pair.acknowledger?.dueAtMs).toBe(1100);
    expect(pair.acknowledger?.take(false).bufferRemaining).toBe(1);
  });

  it("have nothing to count where nothing is received", () => {
    const { pair, sent } = pairOf({ outputId }, { ackOn: "processed" });
    expect(pair.destination).toBeUndefined();
    expect(() => pair.held(1, 1000)).not.toThrow();
    expect(() => pair.processed(1, 1000)).not.toThrow();
    expect(sent).toEqual([]);
  });

  it("repeat the requests of the close handshake until the last one is answered, and then no more (R-WCF-CLOSE11-1)", () => {
    const { pair, sent, retries } = pairOf({ outputId }, { version: "1.1" });
    pair.closing.start(1000);
    pair.closing.receive(
      response({ type: "close-sequence-response", identifier: outputId }, sent[0]?.addressing.messageId),
      1010,
    );
    expect(retries).toEqual(["armed at 1000", "armed at 1010"]);
    pair.closing.receive(
      response({ type: "terminate-sequence-response", identifier: outputId }, sent[1]?.addressing.messageId),
      1020,
    );
    expect(retries).toEqual(["armed at 1000", "armed at 1010", "disarmed"]);
    expect(pair.closing.isOutputDone).toBe(true);
  });
});
