import { expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import {
  checkCreateSequence,
  dialects,
  type Exchange,
  type ExchangeEffect,
  type IncomingMessage,
  messageKindOf,
  type ReliableSessionEffect,
  type ReliableSessionOptions,
  ReplySession,
  RequestSession,
  RmHeaders,
  type RmVersion,
  reliableSessionOptions,
  type SequenceFault,
  type SessionShape,
  type Transmission,
  unknownSequenceFault,
} from "./index.ts";

const address = "http://host/service";
const seedCount = 25;

const cases: readonly (readonly [RmVersion, SessionShape, Partial<ReliableSessionOptions>])[] = [
  ["1.0", "duplex", {}],
  ["1.1", "duplex", {}],
  ["1.0", "one-way", {}],
  ["1.1", "one-way", {}],
  ["1.0", "duplex", { ordered: false, maxAckRangeCount: 3 }],
  ["1.1", "duplex", { ackOn: "processed" }],
  ["1.0", "one-way", { ackOn: "processed", ordered: false }],
  ["1.1", "duplex", { maxTransferWindowSize: 2 }],
  ["1.0", "duplex", { maxTransferWindowSize: 3, flowControlEnabled: false }],
  ["1.1", "one-way", { maxTransferWindowByteLength: 25 }],
];

it.each(cases)(
  "handles each request once and brings each reply once over a bad network, and comes to rest: version %s, %s, %j (R-HTTP-REQ-1, R-HTTP-REPLY-1)",
  (version, shape, given) => {
    for (let seed = 1; seed <= seedCount; seed++) {
      const world = new World(seed, shape, reliableSessionOptions({ version, ...given }));
      world.run();
      const { handled, replied, asked, expected, ended, client, server } = world;
      const inOrder = given.ordered === false ? [...handled].sort((one, other) => one - other) : handled;
      const said = `seed ${seed}`;
      expect(ended, said).toEqual({ client: "closed", server: "closed" });
      expect(inOrder, said).toEqual(asked);
      expect(
        replied.sort((one, other) => one - other),
        said,
      ).toEqual(expected);
      expect([client.nextDeadlineMs, server?.nextDeadlineMs], said).toEqual([undefined, undefined]);
      expect([client.output?.pendingCount, server?.output.pendingCount, world.waitingCount], said).toEqual([0, 0, 0]);
      expect(world.acknowledgedUpTo, said).toBeGreaterThanOrEqual(asked.length);
    }
  },
);

type Effect = ReliableSessionEffect<IncomingMessage> | ExchangeEffect;

/** Numbers below 1 that follow from a seed (a linear congruence is random enough for fates). */
function numbersFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A request on its way; `isOver` when the client has its answer, or wants none any more. */
interface Trip extends Exchange {
  readonly request: Transmission;
  isOver: boolean;
}

/** A client and a service, their applications, and a bad network between them. */
class World {
  readonly client: RequestSession<IncomingMessage>;
  server: ReplySession<IncomingMessage> | undefined;
  /** Numbers that the application of the client sent, and those of them that want a reply. */
  readonly asked: number[] = [];
  readonly expected: number[] = [];
  /** Numbers that the service's application was given, and those whose replies came. */
  readonly handled: number[] = [];
  readonly replied: number[] = [];
  readonly ended: { client?: string; server?: string } = {};
  acknowledgedUpTo = 0;
  readonly #version: RmVersion;
  readonly #shape: SessionShape;
  readonly #options: ReliableSessionOptions;
  readonly #random: () => number;
  readonly #trips = new Set<Trip>();
  #events: { readonly atMs: number; readonly run: (nowMs: number) => void }[] = [];
  #idCount = 0;
  /** Messages delivered to the service's application that it has not handled. */
  #heldCount = 0;

  constructor(seed: number, shape: SessionShape, options: ReliableSessionOptions) {
    this.#version = options.version;
    this.#shape = shape;
    this.#options = options;
    this.#random = numbersFrom(seed);
    this.client = new RequestSession<IncomingMessage>({ ...this.#setup("initiator"), maxRequestCount: 4 });
  }

  /** Exchanges of numbered requests that the client neither has an answer of nor gave up. */
  get waitingCount(): number {
    return [...this.#trips].filter(({ isOver, request }) => !isOver && request.messageNumber > 0).length;
  }

  run(): void {
    this.#after(0, 0, (nowMs) => this.#toClient({ type: "open" }, nowMs));
    this.#after(0, 0, (nowMs) => this.#toClient({ type: "link-up" }, nowMs));
    for (let nowMs = 0, count = 0; count < 20_000; count++) {
      const next = this.#events.reduce((first, event) => (event.atMs < first.atMs ? event : first), {
        atMs: Number.POSITIVE_INFINITY,
        run: (): void => undefined,
      });
      const deadlines = [this.client.nextDeadlineMs, this.server?.nextDeadlineMs, next.atMs];
      const atMs = Math.min(...deadlines.map((deadline) => deadline ?? Number.POSITIVE_INFINITY));
      if (atMs === Number.POSITIVE_INFINITY) return;
      nowMs = Math.max(nowMs, atMs);
      if (next.atMs <= nowMs) {
        this.#events = this.#events.filter((event) => event !== next);
        next.run(nowMs);
      } else {
        this.#toClient({ type: "timeout" }, nowMs);
        this.#toServer({ type: "timeout" }, nowMs);
      }
    }
    throw new Error("the conversation does not come to an end");
  }

  #setup(role: "initiator" | "acceptor") {
    return {
      role,
      shape: this.#shape,
      address,
      openTimeoutMs: Number.POSITIVE_INFINITY,
      closeTimeoutMs: Number.POSITIVE_INFINITY,
      nextId: () => UniqueId.parse(`urn:id:${++this.#idCount}`),
      retain: (kept: IncomingMessage) => kept,
      options: this.#options,
    } as const;
  }

  #after(nowMs: number, mostMs: number, run: (nowMs: number) => void): void {
    this.#events.push({ atMs: nowMs + Math.floor(this.#random() * mostMs), run });
  }

  #toClient(input: Parameters<RequestSession<IncomingMessage>["handle"]>[0], nowMs: number): void {
    for (const effect of this.client.handle(input, nowMs)) this.#performForClient(effect, nowMs);
  }

  #toServer(input: Parameters<ReplySession<IncomingMessage>["handle"]>[0], nowMs: number): void {
    for (const effect of this.server?.handle(input, nowMs) ?? []) this.#performForServer(effect, nowMs);
  }

  #performForClient(effect: Effect, nowMs: number): void {
    switch (effect.type) {
      case "transmit":
        return this.#sendRequest(effect.transmission, nowMs);
      case "abandon":
        for (const trip of this.#trips) {
          if (trip.request !== effect.request) continue;
          trip.isOver = true;
          this.#after(nowMs, 50, (atMs) => this.#toServer({ type: "exchange-lost", exchange: trip }, atMs));
        }
        return;
      case "opened":
        return this.#ask(nowMs);
      case "deliver":
        this.replied.push(Number(effect.message.headers.relatesTo?.toString().split(":").at(-1)));
        return;
      case "acknowledged":
        this.acknowledgedUpTo = effect.upTo;
        return;
      case "closed":
      case "faulted":
        this.ended.client = effect.type;
        return;
      default:
    }
  }

  #performForServer(effect: Effect, nowMs: number): void {
    switch (effect.type) {
      case "answer":
        return this.#sendAnswer(effect.exchange as Trip, effect.transmission, nowMs);
      case "deliver":
        this.handled.push(effect.messageNumber);
        this.#heldCount += 1;
        this.#toServer({ type: "held", count: this.#heldCount }, nowMs);
        // Now and then an operation takes longer than the client waits before it asks again.
        return this.#after(nowMs, this.#random() < 0.1 ? 8000 : 100, (atMs) => this.#handled(effect, atMs));
      case "input-ended":
        return this.#after(nowMs, 500, (atMs) => this.#toServer({ type: "close" }, atMs));
      case "closed":
      case "faulted":
        this.ended.server = effect.type;
        return;
      default:
    }
  }

  /** The client's application: a few messages, most of which want a reply, and the end. */
  #ask(nowMs: number): void {
    const count = 1 + Math.floor(this.#random() * 12);
    for (let number = 1; number <= count; number++) {
      this.asked.push(number);
      const wantsReply = this.#shape === "duplex" && this.#random() < 0.8;
      if (wantsReply) this.expected.push(number);
      const addressing = { action: "urn:a", messageId: wantsReply ? UniqueId.parse(`urn:ask:${number}`) : undefined };
      const message = { addressing, body: number, byteLength: 10 };
      this.#events.push({ atMs: nowMs + number * 30, run: (atMs) => this.#toClient({ type: "send", message }, atMs) });
    }
    this.#events.push({ atMs: nowMs + 400, run: (atMs) => this.#toClient({ type: "close" }, atMs) });
  }

  /** The service's application is done with a request. */
  #handled({ message, messageNumber }: Extract<Effect, { type: "deliver" }>, nowMs: number): void {
    this.#heldCount -= 1;
    this.#toServer({ type: "held", count: this.#heldCount }, nowMs);
    this.#toServer({ type: "processed", messageNumber }, nowMs);
    const { messageId: relatesTo } = message.headers;
    if (relatesTo === undefined) return;
    const reply = { addressing: { action: "urn:reply", relatesTo }, body: messageNumber, byteLength: 10 };
    this.#toServer({ type: "send", message: reply }, nowMs);
  }

  /** Some requests are lost, known or unknown to the client, and some arrive twice, since something between repeats them. */
  #sendRequest(request: Transmission, nowMs: number): void {
    const trip: Trip = { request, isOver: false };
    this.#trips.add(trip);
    const fate = this.#random();
    if (fate < 0.1) return;
    if (fate < 0.2 && request.content.type !== "protocol") return this.#breakDown(trip, nowMs);
    this.#after(nowMs, 200, (atMs) => this.#receiveRequest(trip, atMs));
    if (fate > 0.9) this.#after(nowMs, 400, (atMs) => this.#receiveRequest({ request, isOver: true }, atMs));
  }

  #receiveRequest(trip: Trip, nowMs: number): void {
    const message = arrived(trip.request, this.#version);
    if (this.server === undefined && message.kind === "create-sequence") {
      const opening = checkCreateSequence(message, this.#version, this.#shape);
      if ("name" in opening) throw new Error(opening.reason);
      const accepted = { opening, inputId: UniqueId.parse("urn:to-service") };
      this.server = new ReplySession<IncomingMessage>({ ...this.#setup("acceptor"), accepted }, nowMs);
    }
    if (this.server?.state !== "closed") return this.#toServer({ type: "request", message, exchange: trip }, nowMs);
    // The host answers for a session that is over.
    const fault = unknownSequenceFault(this.server.inputId, "Sequence");
    this.#sendAnswer(trip, faultTransmission(fault, this.#version), nowMs);
  }

  #sendAnswer(trip: Trip, answer: Transmission | undefined, nowMs: number): void {
    if (trip.isOver) return;
    const fate = this.#random();
    if (fate < 0.1) return;
    if (fate < 0.2 && trip.request.content.type !== "protocol") return this.#breakDown(trip, nowMs);
    this.#after(nowMs, 200, (atMs) => {
      if (trip.isOver) return;
      trip.isOver = true;
      const { request } = trip;
      if (answer === undefined)
        this.#toClient({ type: "no-response", request, failure: undefined, isLasting: false }, atMs);
      else this.#toClient({ type: "response", request, message: arrived(answer, this.#version) }, atMs);
    });
  }

  /** The connection of an exchange breaks, and both sides hear of it. */
  #breakDown(trip: Trip, nowMs: number): void {
    const failure = { code: "SESSION_CONNECTION_LOST", reason: "reset", isRemote: false } as const;
    this.#after(nowMs, 100, (atMs) => {
      if (trip.isOver) return;
      trip.isOver = true;
      this.#toServer({ type: "exchange-lost", exchange: trip }, atMs);
      this.#toClient({ type: "no-response", request: trip.request, failure, isLasting: false }, atMs);
    });
  }
}

/** What arrives of a message that was sent. */
function arrived(sent: Transmission, version: RmVersion): IncomingMessage {
  const { addressing, content, sequenceId, messageNumber, isLastMessage, ackRequestedId, acknowledgement } = sent;
  const action = typeof addressing.action === "string" ? addressing.action : addressing.action.value;
  const { messageId, relatesTo } = addressing;
  const rm = { sequenceId, messageNumber, isLastMessage, ackRequestedId, acknowledgement };
  return {
    headers: Object.assign(new MessageHeaders(), { action, messageId, relatesTo, to: address }),
    rm: Object.assign(new RmHeaders(dialects[version]), rm),
    kind: messageKindOf(action, dialects[version]),
    byteLength: 10,
    body: content.type === "protocol" ? content.body : undefined,
    isFault: content.type === "fault",
    soapFault: undefined,
    sequenceFault: content.type === "fault" ? content.fault : undefined,
  };
}

function faultTransmission(fault: SequenceFault, version: RmVersion): Transmission {
  return {
    addressing: { action: dialects[version].fault },
    sequenceId: undefined,
    messageNumber: 0,
    isLastMessage: false,
    ackRequestedId: undefined,
    acknowledgement: undefined,
    content: { type: "fault", fault },
    attempt: 0,
  };
}
