import { FramingError } from "@bowline/protocol/framing";
import { LinkError } from "@bowline/protocol/session";
import { UniqueId } from "@bowline/protocol/xml";
import type { ServerSession } from "../server-session.ts";
import type { ServiceEndpoint } from "../service-endpoint.ts";
import { FarDriver } from "./far-driver.ts";
import { FarSession } from "./far-session.ts";
import type { Outbox } from "./outbox.ts";
import type { AskNews, Order, RefusalOrder, SessionNews } from "./records.ts";
import { fromSharedMs } from "./shared-time.ts";

export interface ThreadSessionsOptions {
  readonly outbox: Outbox<Order>;
  endpointOf(index: number): ServiceEndpoint;
  /** There is no session for a client that asked, because of an error of the service's own. */
  onRefused(error: unknown, remoteAddress: string | undefined): void;
}

interface Entry {
  readonly session: FarSession;
  readonly driver: FarDriver;
  readonly serverSession: ServerSession;
  readonly endpoint: ServiceEndpoint;
}

/** The application's halves of all sessions of a protocol thread, and the clients that wait for a place. */
export class ThreadSessions {
  readonly #options: ThreadSessionsOptions;
  readonly #entries = new Map<number, Entry>();
  readonly #waiting = new Map<number, Disposable>();

  constructor(options: ThreadSessionsOptions) {
    this.#options = options;
  }

  /** A client wants a session. */
  ask(news: AskNews): void {
    const endpoint = this.#options.endpointOf(news.endpoint);
    const answer = endpoint.ask();
    if (answer === "free") {
      endpoint.take();
      this.#admit(news, endpoint);
    } else if (answer === "wait") {
      const waiting = endpoint.wait(() => {
        this.#waiting.delete(news.session);
        const refusal = endpoint.refusalNow();
        if (refusal === undefined) this.#admit(news, endpoint);
        else this.#refuse(news.session, "full", refusal);
      });
      this.#waiting.set(news.session, waiting);
    } else this.#refuse(news.session, "busy", answer.refusal);
  }

  /** Who asked is gone. */
  left(number: number): void {
    this.#waiting.get(number)?.[Symbol.dispose]();
    this.#waiting.delete(number);
    const entry = this.#entries.get(number);
    if (entry === undefined) return;
    const reason = "The client's connection was gone before its session began.";
    entry.driver.end({ code: "SESSION_CONNECTION_LOST", reason, isRemote: false });
    this.#entries.delete(number);
  }

  hear(news: SessionNews, bytes: Uint8Array): void {
    const entry = this.#entries.get(news.session);
    if (entry === undefined) return;
    if (news.type === "bound") entry.serverSession.boundBy(news.peer);
    else if (news.type === "trace")
      entry.endpoint.trace(entry.session, { ...news.record, atMs: fromSharedMs(news.record.atMs) });
    else entry.driver.hear(news, bytes);
    if (entry.session.isOver) this.#entries.delete(news.session);
  }

  /** The protocol thread is gone. */
  lost(cause: Error): void {
    for (const waiting of this.#waiting.values()) waiting[Symbol.dispose]();
    this.#waiting.clear();
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    const reason = `${cause.message}. The session went with it.`;
    for (const { driver } of entries) driver.end({ code: "SESSION_INTERNAL_ERROR", reason, isRemote: false, cause });
  }

  /** A place is taken for it already. */
  #admit({ session: number, id, peer }: AskNews, endpoint: ServiceEndpoint): void {
    const { outbox, onRefused } = this.#options;
    const session = new FarSession({
      number,
      id: id === undefined ? undefined : UniqueId.like(id),
      endpoint: endpoint.endpoint,
      setup: endpoint.readingSetup,
      outbox,
    });
    let driver: FarDriver;
    try {
      const serverSession = endpoint.add({
        session,
        newDriver: (perform) => (driver = new FarDriver(session, endpoint.clock, perform)),
      });
      this.#entries.set(number, { session, driver: driver!, serverSession, endpoint });
      outbox.post({ type: "admit", session: number });
    } catch (error) {
      const { message } = error as Error;
      // What the client can be told of, the thread reports.
      if (error instanceof FramingError || error instanceof LinkError) return this.#refuse(number, "full", message);
      onRefused(error, peer.remoteAddress);
      this.#refuse(number, "drop", message);
    }
  }

  #refuse(session: number, how: RefusalOrder["how"], reason: string): void {
    this.#options.outbox.post({ type: "refuse", session, how, reason });
  }
}
