import {
  DuplexSession,
  EndpointAcceptor,
  PassedMessages,
  type PendingCall,
  type SessionSetup,
} from "@bowline/protocol/session";
import type { UniqueId } from "@bowline/protocol/xml";
import { type Clock, type Endpoint, systemClock, type Wire } from "@bowline/transport";
import type { Acceptor, Admitted } from "../acceptor.ts";
import { endpointSetup } from "../endpoint-setup.ts";
import { ServerError } from "../errors.ts";
import { tooBusy } from "../too-busy.ts";
import { CarriedSession } from "./carried-session.ts";
import type { Outbox } from "./outbox.ts";
import { passEnvelope } from "./passed-envelope.ts";
import type { EndpointImage, News, RefusalOrder } from "./records.ts";
import { toSharedMs } from "./shared-time.ts";

export interface ThreadEndpointOptions {
  /** Its place among the host's endpoints. */
  readonly index: number;
  readonly image: EndpointImage;
  readonly isTraced: boolean;
  readonly outbox: Outbox<News>;
  /** All sessions of the thread by their numbers. */
  readonly sessions: Map<number, CarriedSession>;
  /** Those that wait for the application's answer. */
  readonly asked: Map<number, AskedSession>;
  newNumber(): number;
}

/** A connection that waits for the session it asked for. */
interface Waiter {
  readonly wire: Wire;
  readonly admitted: Admitted;
  open(number: number): void;
  refuse(reason: string): void;
}

/** A session that the application has been asked for, and the connections that want it: CreateSequence may come again over another. */
export interface AskedSession {
  readonly waiters: Set<Waiter>;
  readonly endpoint: ThreadEndpoint;
  readonly offeredKey: string | undefined;
}

/** An endpoint in the protocol thread: accepts its connections, and asks the application for each new session. */
export class ThreadEndpoint implements Acceptor {
  readonly endpoint: Endpoint;
  readonly #options: ThreadEndpointOptions;
  readonly #clock: Clock = systemClock;
  readonly #setup: Omit<SessionSetup, "role" | "reliable" | "trace">;
  readonly #acceptor: EndpointAcceptor<PendingCall> | undefined;
  readonly #carried = new Map<DuplexSession<PendingCall>, CarriedSession>();
  /** By the sequence that the client offered. */
  readonly #askedByOffer = new Map<string, number>();

  constructor(options: ThreadEndpointOptions) {
    const { endpoint, isOneWayOnly } = options.image;
    const windowSize = endpoint.reliable?.maxTransferWindowSize ?? Number.POSITIVE_INFINITY;
    this.endpoint = endpoint;
    this.#options = options;
    this.#setup = {
      ...endpointSetup(endpoint, isOneWayOnly),
      readBody: () => undefined,
      passOn: () => new PassedMessages(windowSize, (document) => passEnvelope(document, options.outbox.bytes)),
    };
    if (endpoint.reliable === undefined) return;
    this.#acceptor = new EndpointAcceptor<PendingCall>({
      ...this.#setup,
      reliable: endpoint.reliable,
      admission: () => "wait",
      trace: options.isTraced ? (record, session) => this.#trace(session, record) : undefined,
    });
  }

  get isReliable(): boolean {
    return this.#acceptor !== undefined;
  }

  acceptPlain(wire: Wire, admitted: Admitted): Disposable {
    const open = (number: number): void => {
      let session: DuplexSession<PendingCall>;
      const trace: SessionSetup["trace"] = this.#options.isTraced
        ? (record) => this.#trace(session, record)
        : undefined;
      const setup: SessionSetup = { ...this.#setup, role: "server", reliable: undefined, trace };
      session = new DuplexSession<PendingCall>(setup, this.#clock.nowMs());
      wire.resume?.();
      this.#add(number, session).bind(wire, undefined);
    };
    const refuse = (reason: string): void => {
      throw tooBusy(this.endpoint, reason);
    };
    // Its messages may follow at once.
    wire.pause?.();
    return this.#ask({ wire, admitted, open, refuse }, undefined, undefined);
  }

  acceptFirst(wire: Wire, bytes: Uint8Array, from: number, to: number, admitted: Admitted): boolean | Disposable {
    const verdict = this.#acceptor!.admit(wire.link, bytes, from, to, this.#clock.nowMs());
    if (verdict.type === "waiting") {
      const first = bytes.slice(verdict.documentAt, to);
      const open = (number: number): void => {
        const { session, isNew } = verdict.resume(this.#clock.nowMs());
        (isNew ? this.#add(number, session) : this.#carried.get(session))?.bind(wire, first);
      };
      const refuse = (reason: string): void => {
        verdict.refuse(reason);
        wire.close(true);
      };
      return this.#ask({ wire, admitted, open, refuse }, verdict.inputId, verdict.offeredId);
    }
    if (verdict.type !== "session") {
      wire.close(verdict.type === "refused");
      return false;
    }
    this.#carried.get(verdict.session)?.bind(wire, bytes.slice(verdict.documentAt, to));
    return true;
  }

  /** The application has made the session. */
  admit(number: number, { waiters }: AskedSession): void {
    this.#answered(number);
    for (const { admitted, open } of [...waiters]) {
      admitted(() => {
        open(number);
        return true;
      });
    }
    // Who asked first may be refused by its own connection: then there is no session after all.
    if (!this.#options.sessions.has(number)) this.#options.outbox.post({ type: "left", session: number });
  }

  /** The application has refused it. */
  refuse({ session: number, how, reason }: RefusalOrder, { waiters }: AskedSession): void {
    this.#answered(number);
    for (const { admitted, refuse } of [...waiters]) {
      admitted(() => {
        if (how === "drop") throw new RefusedByApplication(reason);
        if (how === "full") throw tooBusy(this.endpoint, reason);
        refuse(reason);
        return false;
      });
    }
  }

  #ask(waiter: Waiter, id: UniqueId | undefined, offeredId: UniqueId | undefined): Disposable {
    const { outbox, asked, index, newNumber } = this.#options;
    const offeredKey = offeredId?.key;
    let number = offeredKey === undefined ? undefined : this.#askedByOffer.get(offeredKey);
    if (number === undefined) {
      number = newNumber();
      asked.set(number, { waiters: new Set(), endpoint: this, offeredKey });
      if (offeredKey !== undefined) this.#askedByOffer.set(offeredKey, number);
      const { remoteAddress, identity } = waiter.wire;
      const image = id === undefined ? undefined : { key: id.key, isGuid: id.isGuid };
      outbox.post({ type: "ask", session: number, endpoint: index, id: image, peer: { remoteAddress, identity } });
    }
    asked.get(number)!.waiters.add(waiter);
    return { [Symbol.dispose]: () => this.#leave(number, waiter) };
  }

  /** A connection is gone, or has what it waited for. */
  #leave(number: number, waiter: Waiter): void {
    const { asked, outbox } = this.#options;
    const entry = asked.get(number);
    if (entry === undefined) return;
    entry.waiters.delete(waiter);
    if (entry.waiters.size > 0) return;
    this.#answered(number);
    outbox.post({ type: "left", session: number });
  }

  #answered(number: number): void {
    const { asked } = this.#options;
    const offeredKey = asked.get(number)?.offeredKey;
    if (offeredKey !== undefined) this.#askedByOffer.delete(offeredKey);
    asked.delete(number);
  }

  #add(number: number, session: DuplexSession<PendingCall>): CarriedSession {
    const { outbox, sessions } = this.#options;
    const carried = new CarriedSession(number, session, {
      endpoint: this.endpoint,
      clock: this.#clock,
      outbox,
      onEnded: () => {
        sessions.delete(number);
        this.#carried.delete(session);
        this.#acceptor?.remove(session);
      },
    });
    sessions.set(number, carried);
    this.#carried.set(session, carried);
    return carried;
  }

  #trace(session: DuplexSession<PendingCall>, record: Parameters<NonNullable<SessionSetup["trace"]>>[0]): void {
    const carried = this.#carried.get(session);
    if (carried === undefined) return;
    const shared = { ...record, atMs: toSharedMs(record.atMs) };
    this.#options.outbox.post({ type: "trace", session: carried.number, record: shared });
  }
}

/** The application has heard already why. */
export class RefusedByApplication extends ServerError {
  constructor(reason: string) {
    super("SERVER_TOO_BUSY", reason);
  }
}
