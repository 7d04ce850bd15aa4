import { dictionaryString, WriterDictionary } from "@bowline/protocol/binary-xml";
import type { DuplexSession, EncodedBody, PendingCall, SessionEffect, SessionFault } from "@bowline/protocol/session";
import { UniqueId } from "@bowline/protocol/xml";
import { type Clock, type Endpoint, SessionDriver, type Wire } from "@bowline/transport";
import { SessionPeer } from "../session-peer.ts";
import { errorOf, imageOf } from "./error-image.ts";
import type { Outbox, Reporter } from "./outbox.ts";
import type { PassedEnvelope } from "./passed-envelope.ts";
import type { FaultImage, IdImage, MessageNews, News, SendOrder, SessionNews, SessionOrder } from "./records.ts";
import { toSharedMs } from "./shared-time.ts";

export interface CarriedSessionOptions {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly outbox: Outbox<News>;
  /** The session is over. */
  onEnded(): void;
}

/** A session whose application is in another thread: what it receives goes there, what is ordered there goes out here. */
export class CarriedSession implements Reporter<News> {
  readonly number: number;
  readonly #session: DuplexSession<PendingCall>;
  readonly #options: CarriedSessionOptions;
  readonly #driver: SessionDriver<PendingCall>;
  readonly #peer = new SessionPeer();
  /** What the ids in the application's bodies mean; it numbers strings as the application's own does. */
  readonly #bodyStrings: WriterDictionary | undefined;
  /** The strings of the connection that the last message came over, and how many the application knows. */
  #strings: PassedEnvelope["dictionary"];
  #knownStringCount = 0;
  #wire: Wire | undefined;
  #isPaused = false;
  #passedCount = 0;
  #takenCount = 0;
  #runningCount = 0;
  #isBusy = false;
  #accepted = 0;
  #acknowledged = 0;

  constructor(number: number, session: DuplexSession<PendingCall>, options: CarriedSessionOptions) {
    const { endpoint, clock } = options;
    this.number = number;
    this.#session = session;
    this.#options = options;
    if (endpoint.encoding === "binary")
      this.#bodyStrings = new WriterDictionary({ maxSessionByteLength: endpoint.maxSessionByteLength });
    this.#driver = new SessionDriver<PendingCall>({ session, clock, perform: (effect) => this.#perform(effect) });
  }

  /** A connection of the client, new or again. @throws ServerError when it is somebody else's */
  bind(wire: Wire, first: Uint8Array | undefined): void {
    const { remoteAddress, identity } = wire;
    this.#peer.bind(wire, this.#session.id?.toString());
    this.#post({ type: "bound", session: this.number, peer: { remoteAddress, identity } });
    this.#wire = wire;
    if (first === undefined) this.#driver.bind(wire);
    else this.#driver.adopt(wire, first, 0, first.length);
  }

  handle(order: SessionOrder, bytes: Uint8Array): void {
    switch (order.type) {
      case "send":
        return this.#send(order, bytes);
      case "progress":
        this.#takenCount = order.taken;
        this.#runningCount = order.running;
        this.#driver.dispatch({ type: "taken", count: order.taken });
        this.#tellBusy();
        return this.#holdBack();
      case "processed":
        return this.#driver.dispatch({ type: "processed", messageNumber: order.messageNumber });
      case "close":
        return this.#driver.dispatch({ type: "close" });
      case "abort":
        return this.#driver.dispatch({ type: "abort", reason: order.reason });
      case "break":
        return this.#driver.dispatch({ type: "break", cause: errorOf(order.cause) });
      default:
    }
  }

  report(): SessionNews {
    this.#tellBusy();
    return {
      type: "progress",
      session: this.number,
      accepted: this.#accepted,
      acknowledged: this.#acknowledged,
      dropped: this.#session.droppedCount,
    };
  }

  #perform(effect: SessionEffect<PendingCall>): void {
    const session = this.number;
    switch (effect.type) {
      case "message":
        return this.#passOn(effect.message.body as PassedEnvelope, effect.message);
      case "accepted":
        this.#accepted = effect.upTo;
        return this.#options.outbox.reportLater(this);
      case "acknowledged":
        this.#acknowledged = effect.upTo;
        return this.#options.outbox.reportLater(this);
      case "input-ended":
        return this.#post({ type: "input-ended", session });
      case "closed":
        this.#post(this.report());
        this.#post({ type: "closed", session });
        return this.#options.onEnded();
      case "faulted":
        this.#post(this.report());
        this.#post({ type: "faulted", session, fault: faultImage(effect.fault) });
        return this.#options.onEnded();
      default:
    }
  }

  #post(news: SessionNews): void {
    this.#options.outbox.post(news);
  }

  #passOn(
    { from, to, dictionary }: PassedEnvelope,
    { messageNumber, deliveredAtMs }: { readonly messageNumber: number; readonly deliveredAtMs: number },
  ): void {
    const isNewConnection = this.#passedCount > 0 && dictionary !== this.#strings;
    if (dictionary !== this.#strings) {
      this.#strings = dictionary;
      this.#knownStringCount = 0;
    }
    const news: MessageNews = {
      type: "message",
      session: this.number,
      messageNumber,
      atMs: toSharedMs(deliveredAtMs),
      from,
      to,
      isNewConnection,
      strings: this.#newStrings(),
    };
    this.#post(news);
    this.#passedCount += 1;
    this.#options.outbox.reportLater(this);
    this.#holdBack();
  }

  /** Strings of the connection that the application does not know yet. */
  #newStrings(): readonly string[] | undefined {
    const dictionary = this.#strings;
    if (dictionary === undefined || dictionary.size === this.#knownStringCount) return undefined;
    const strings: string[] = [];
    for (; this.#knownStringCount < dictionary.size; this.#knownStringCount++)
      strings.push(dictionary.lookup(this.#knownStringCount * 2 + 1)!.value);
    return strings;
  }

  #send(
    { action, messageId, relatesTo, isCall, isFault, headers, strings, from, to }: SendOrder,
    bytes: Uint8Array,
  ): void {
    for (const value of strings ?? []) this.#bodyStrings?.idOf(dictionaryString(value));
    const addressing = {
      action: dictionaryString(action),
      messageId: idOf(messageId),
      replyTo: isCall ? this.#session.replyTo : undefined,
      relatesTo: idOf(relatesTo),
      isFault,
      headers,
    };
    const body: EncodedBody = { bytes: bytes.subarray(from, to), dictionary: this.#bodyStrings };
    this.#driver.dispatch({ type: "send", addressing, body });
  }

  /** A session whose messages the application has not taken is no more idle than one whose operations run. */
  #tellBusy(): void {
    const isBusy = this.#runningCount > 0 || this.#passedCount > this.#takenCount;
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    this.#driver.dispatch({ type: "running", count: isBusy ? 1 : 0 });
  }

  /** Without a transfer window only the connection itself can hold the client back (R-HOST-THREAD-2). */
  #holdBack(): void {
    if (this.#session.isReliable) return;
    const isFull = this.#passedCount - this.#takenCount >= maxPassedOnPlain;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#wire?.pause?.();
    else this.#wire?.resume?.();
  }
}

/** Messages of one plain session that the application has not taken; then its connection is not read any more. */
const maxPassedOnPlain = 256;

function idOf(image: IdImage | undefined): UniqueId | undefined {
  return image === undefined ? undefined : UniqueId.like(image);
}

function faultImage({ cause, fault: _, ...fault }: SessionFault): FaultImage {
  return {
    ...fault,
    atMs: toSharedMs(fault.atMs),
    lastApplicationMessageAtMs: toSharedMs(fault.lastApplicationMessageAtMs),
    lastInfrastructureMessageAtMs: toSharedMs(fault.lastInfrastructureMessageAtMs),
    cause: cause === undefined ? undefined : imageOf(cause),
  };
}
