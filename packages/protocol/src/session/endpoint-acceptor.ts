import {
  type AcceptedOpening,
  checkCreateSequence,
  type Dialect,
  dialects,
  type ReliableSessionOptions,
  routingIdentifier,
  type SequenceFault,
  unknownSequenceFault,
} from "../reliable-messaging/index.ts";
import { anonymousAddress } from "../soap/index.ts";
import type { UniqueId } from "../xml/index.ts";
import type { PendingCall } from "./correlation.ts";
import { DuplexSession } from "./duplex-session.ts";
import { ExchangeLink } from "./exchange-link.ts";
import type { Link } from "./link.ts";
import { ReceivedEnvelope } from "./received-envelope.ts";
import type { SessionSetup, TraceRecord } from "./session-types.ts";

/** What the sessions of one reliable endpoint have in common. */
export interface EndpointAcceptorSetup<Call extends PendingCall>
  extends Omit<SessionSetup, "role" | "reliable" | "trace"> {
  readonly reliable: ReliableSessionOptions;
  /**
   * Asked when another session is wanted: whether there is room, whether it has to wait for some, or why it is to be refused, as
   * "server too busy". Without this function there always is room.
   */
  admission?(): "free" | "wait" | { readonly refusal: string };
  /** Who sees the messages of a session; undefined costs nothing. */
  readonly trace?: ((record: TraceRecord, session: DuplexSession<Call>) => void) | undefined;
}

/** What the first envelope on a connection leads to. */
export type FirstMessageVerdict<Call extends PendingCall> =
  /** Bind the link to the session, then hand it the envelope with `receiveEnvelope`. */
  | {
      readonly type: "session";
      readonly session: DuplexSession<Call>;
      readonly isNew: boolean;
      /** Where the document starts, behind its string table, which is taken already. */
      readonly documentAt: number;
    }
  /** There is no room yet: `resume` makes the session once there is, as if it had been asked for then. */
  | {
      readonly type: "waiting";
      readonly documentAt: number;
      /** Identifier that the session's first sequence will have. */
      readonly inputId: UniqueId;
      /** Identifier of the sequence that the client offered: CreateSequence comes again with the same. */
      readonly offeredId: UniqueId | undefined;
      readonly resume: (nowMs: number) => Extract<FirstMessageVerdict<Call>, { type: "session" }>;
      /** There will be none: puts the answer that says why into the link's output. */
      readonly refuse: (reason: string) => void;
    }
  /** The answer is in the link's output already; close it politely. */
  | { readonly type: "refused"; readonly fault: SequenceFault }
  /** Not a message that names a sequence: drop the connection without a word, as WCF does. */
  | { readonly type: "dropped"; readonly reason: string };

/**
 * The sessions of one reliable endpoint, and the way of a new connection to the one it belongs to.
 *
 * The first message decides: CreateSequence makes a session (the same one again for the same offer), any other finds its session
 * by a sequence identifier in it (R-WCF-ROUTE-1).
 */
export class EndpointAcceptor<Call extends PendingCall> {
  readonly #setup: EndpointAcceptorSetup<Call>;
  readonly #dialect: Dialect;
  readonly #first: ReceivedEnvelope;
  readonly #sessions = new Set<DuplexSession<Call>>();
  readonly #byInputId = new Map<string, DuplexSession<Call>>();
  readonly #byOfferedId = new Map<string, DuplexSession<Call>>();

  constructor(setup: EndpointAcceptorSetup<Call>) {
    this.#setup = setup;
    this.#dialect = dialects[setup.reliable.version];
    this.#first = new ReceivedEnvelope(this.#dialect, setup.reliable.maxAckRangeCount);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** @throws XmlError, SoapError, RmError when the envelope is not what it should be: drop the connection */
  admit(link: Link, bytes: Uint8Array, from: number, to: number, nowMs: number): FirstMessageVerdict<Call> {
    const message = this.#first;
    this.#setup.codec.read(message, bytes, from, to, link);
    const documentAt = message.document.from;
    if (message.kind === "create-sequence") return this.#create(link, documentAt, nowMs);
    const named = routingIdentifier(message);
    if (named === undefined) return this.#refusePlain(link, message.headers.messageId);
    const { key } = named.identifier;
    // A fault may name either sequence: a client that aborts names the one that it receives (R-WCF-ABORT-1).
    const [first, other] =
      named.of === "input" ? [this.#byInputId, this.#byOfferedId] : [this.#byOfferedId, this.#byInputId];
    const session = first.get(key) ?? other.get(key);
    if (session !== undefined) return { type: "session", session, isNew: false, documentAt };
    return this.#refuse(
      link,
      unknownSequenceFault(named.identifier, "the first message on this connection"),
      message.headers.messageId,
    );
  }

  /** The session is over: its sequences are unknown from now on. */
  remove(session: DuplexSession<Call>): void {
    this.#sessions.delete(session);
    if (session.id !== undefined) this.#byInputId.delete(session.id.key);
    if (session.offeredId !== undefined) this.#byOfferedId.delete(session.offeredId.key);
  }

  #create(link: Link, documentAt: number, nowMs: number): FirstMessageVerdict<Call> {
    const { reliable, shape, admission } = this.#setup;
    const opening = checkCreateSequence(this.#first, reliable.version, shape);
    if ("name" in opening) return this.#refuse(link, opening, this.#first.headers.messageId);
    const known = this.#sessionOf(opening);
    if (known !== undefined) return { type: "session", session: known, isNew: false, documentAt };
    const answer = admission?.() ?? "free";
    const inputId = this.#setup.nextId();
    if (answer === "free") return this.#open(opening, inputId, documentAt, nowMs);
    if (answer === "wait") {
      return {
        type: "waiting",
        documentAt,
        inputId,
        offeredId: opening.offeredId,
        resume: (laterMs) => this.#open(opening, inputId, documentAt, laterMs),
        refuse: (reason) => void this.#refuse(link, tooManySessions(reason), opening.messageId),
      };
    }
    return this.#refuse(link, tooManySessions(answer.refusal), opening.messageId);
  }

  /** The session that was made for the same offer before: CreateSequence comes again when its answer was lost. */
  #sessionOf({ offeredId }: AcceptedOpening): DuplexSession<Call> | undefined {
    return offeredId === undefined ? undefined : this.#byOfferedId.get(offeredId.key);
  }

  #open(
    opening: AcceptedOpening,
    inputId: UniqueId,
    documentAt: number,
    nowMs: number,
  ): Extract<FirstMessageVerdict<Call>, { type: "session" }> {
    const known = this.#sessionOf(opening);
    if (known !== undefined) return { type: "session", session: known, isNew: false, documentAt };
    const { trace } = this.#setup;
    const traced = trace === undefined ? undefined : (record: TraceRecord): void => trace(record, session);
    const session: DuplexSession<Call> = new DuplexSession<Call>(
      { ...this.#setup, role: "server", address: opening.address, trace: traced },
      nowMs,
      { opening, inputId },
    );
    this.#sessions.add(session);
    this.#byInputId.set(inputId.key, session);
    if (opening.offeredId !== undefined) this.#byOfferedId.set(opening.offeredId.key, session);
    return { type: "session", session, isNew: true, documentAt };
  }

  #refusePlain(link: Link, relatesTo: UniqueId | undefined): FirstMessageVerdict<Call> {
    const isRm11 = this.#dialect.version === "1.1";
    const reason = `This endpoint requires WS-ReliableMessaging ${this.#dialect.version}; enable the reliable session, in this version, in the client's binding.`;
    return this.#refuse(
      link,
      { name: isRm11 ? "WsrmRequired" : "ActionNotSupported", code: "Sender", reason },
      relatesTo,
    );
  }

  #refuse(link: Link, fault: SequenceFault, relatesTo: UniqueId | undefined): FirstMessageVerdict<Call> {
    if (link instanceof ExchangeLink) link.isFault = true;
    const to = this.#setup.exchanges === undefined ? anonymousAddress : undefined;
    this.#setup.codec.write(link, this.#dialect, to, {
      addressing: { action: this.#dialect.fault, relatesTo, isFault: true },
      sequenceId: undefined,
      messageNumber: 0,
      isLastMessage: false,
      ackRequestedId: undefined,
      acknowledgement: undefined,
      content: { type: "fault", fault },
      attempt: 0,
    });
    link.end();
    return { type: "refused", fault };
  }
}

function tooManySessions(reason: string): SequenceFault {
  return { name: "CreateSequenceRefused", code: "Receiver", reason, isConnectionLimitReached: true };
}
