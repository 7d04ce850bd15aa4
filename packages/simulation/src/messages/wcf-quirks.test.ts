import { dialects, type Transmission } from "@bowline/protocol/reliable-messaging";
import { expect, it } from "vitest";
import { address } from "../address.ts";
import { CountedIds } from "../ids.ts";
import { SeededRandom } from "../seeded-random.ts";
import { Timeline } from "../timeline.ts";
import { Totals } from "../totals.ts";
import { SimulatedMessage } from "./simulated-message.ts";
import { type Cause, noQuirks, type QuirkSettings, WcfQuirks } from "./wcf-quirks.ts";

const dialect = dialects["1.0"];
const ids = new CountedIds();
const [inputId, outputId] = [ids.next(), ids.next()];

it("repeats the oldest message over and over when an acknowledgement makes it repeat, until the connection changes (R-LIVE-RM-1)", () => {
  const { quirks, out, sent, run } = peer({ headBurst: 1 });
  quirks.connecting();

  out(application(3, 2), "received");
  out(application(4, 2), "received");
  run(0);
  const atOnce = sent.length;
  run(10);

  expect(atOnce).toBeLessThan(sent.length);
  expect(sent.slice(2).every((text) => text === "Count 3 again")).toBe(true);
  expect(sent.length).toBeGreaterThanOrEqual(4);
  const beforeSwap = peer({ headBurst: 1 });
  beforeSwap.quirks.connecting();
  beforeSwap.out(application(3, 2), "received");
  beforeSwap.quirks.connecting();
  beforeSwap.run(10);
  expect(beforeSwap.sent).toEqual(["Count 3 again"]);
});

it("repeats neither over a gap nor on a new connection before its timer says so (R-LIVE-RM-2)", () => {
  const { quirks, out, sent } = peer({ repeatsByTimerAlone: true });
  quirks.connecting();

  out(application(1, 2), "link-up");
  out(application(1, 3), "received");
  out(application(2, 1), "send");
  expect(sent).toEqual(["Count 2"]);

  out(application(1, 4), "timeout");
  out(application(2, 2), "received");
  expect(sent).toEqual(["Count 2", "Count 1 again", "Count 2 again"]);
});

it("does not acknowledge on a new connection, nor what waited for the old one (R-LIVE-RM-3)", () => {
  const { quirks, out, sent, run } = peer({ lossOnSwap: 1, lateAcknowledgement: 1, lateMs: 100 });
  quirks.connecting();

  out(acknowledgement(8), "received");
  quirks.connecting();
  out(acknowledgement(8), "link-up");
  run(1_000);

  expect(sent).toEqual([]);
});

it("asks for acknowledgements that it has, behind messages and before it closes (R-LIVE-RM-4)", () => {
  const { out, sent } = peer({ surplusAckRequested: 1 });

  out(application(1, 1), "send");
  out(message({ addressing: { action: dialect.terminateSequence } }), "close");

  expect(sent).toEqual(["Count 1", "AckRequested", "AckRequested", "TerminateSequence"]);
});

it("tells of less room for ever, but never of none where there is some (R-LIVE-RM-5)", () => {
  const { out, rooms } = peer({ stuckCount: 3 });

  for (const bufferRemaining of [8, 4, 3, 1, 0]) out(acknowledgement(bufferRemaining), "received");

  expect(rooms()).toEqual([5, 1, 1, 1, 0]);
});

it("handles what it receives in another order than it came (R-LIVE-RM-6)", () => {
  const { quirks, run } = peer({ shuffleMs: 50 });
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  const handled: number[] = [];

  for (const number of numbers) quirks.incoming(() => handled.push(number));
  run(50);

  expect(handled).not.toEqual(numbers);
  expect(handled.toSorted((a, b) => a - b)).toEqual(numbers);
});

it("comes back late when its connection is gone (R-LIVE-RM-7)", () => {
  const { quirks } = peer({ lateReturnMs: 60_000 });

  const returns = Array.from({ length: 20 }, () => quirks.returnAfterMs() ?? 0);

  expect(Math.max(...returns)).toBeGreaterThan(30_000);
  expect(Math.max(...returns)).toBeLessThan(60_000);
  expect(peer({}).quirks.returnAfterMs()).toBeUndefined();
});

it("does nothing odd, and counts nothing, when nothing is asked of it", () => {
  const { quirks, out, sent, totals } = peer({});
  quirks.connecting();
  quirks.connected(() => expect.fail("nothing to repeat"));

  out(application(1, 2), "received");
  out(acknowledgement(8), "link-up");

  expect(sent).toEqual(["Count 1 again", "SequenceAcknowledgement"]);
  expect(totals.quirkCount).toBe(0);
});

function peer(settings: Partial<QuirkSettings>) {
  const timeline = new Timeline();
  const totals = new Totals();
  const messages: SimulatedMessage[] = [];
  const quirks = new WcfQuirks({
    settings: { ...noQuirks, ...settings },
    random: new SeededRandom(1),
    timeline,
    totals,
    ackRequested: () => message({ addressing: { action: dialect.ackRequested }, ackRequestedId: outputId }),
  });
  const sent: string[] = [];
  const send = (outgoing: SimulatedMessage): void => {
    messages.push(outgoing);
    sent.push(textOf(outgoing));
  };
  return {
    quirks,
    totals,
    sent,
    out: (outgoing: SimulatedMessage, cause: Cause): void => quirks.outgoing(outgoing, cause, send),
    rooms: () => messages.map(({ rm }) => rm.acknowledgement?.bufferRemaining),
    run: (untilMs: number): void => timeline.run(untilMs),
  };
}

function textOf({ sighting: { name, number, attempt } }: SimulatedMessage): string {
  return [name, ...(number === undefined ? [] : [number]), ...((attempt ?? 0) > 1 ? ["again"] : [])].join(" ");
}

function application(messageNumber: number, attempt: number): SimulatedMessage {
  const body = { number: messageNumber, byteLength: 1 };
  const content = { type: "application", body } as const;
  return message({ sequenceId: outputId, messageNumber, attempt, content });
}

function acknowledgement(bufferRemaining: number): SimulatedMessage {
  return message({
    addressing: { action: dialect.sequenceAcknowledgement },
    acknowledgement: { identifier: inputId, ranges: [{ lower: 1, upper: 1 }], isFinal: false, bufferRemaining },
  });
}

function message(of: Partial<Transmission>): SimulatedMessage {
  const transmission: Transmission = {
    addressing: { action: "urn:simulation/Count" },
    sequenceId: undefined,
    messageNumber: 0,
    isLastMessage: false,
    ackRequestedId: undefined,
    acknowledgement: undefined,
    content: { type: "empty" },
    attempt: 0,
    ...of,
  };
  return new SimulatedMessage(transmission, dialect, address);
}
