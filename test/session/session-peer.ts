import { dictionaryString } from "@bowline/protocol/binary-xml";
import {
  callEnded,
  callUnanswered,
  type DuplexSession,
  type ExchangeLink,
  type FramedLink,
  type Link,
  type SessionEffect,
  type SessionInput,
} from "@bowline/protocol/session";
import type { UniqueId, XmlReader, XmlWriter } from "@bowline/protocol/xml";
import type { Network, Pipe, PipeEnd, Side, Sleeper } from "./network.ts";

const echoNamespace = "urn:echo";
const elementName = dictionaryString("Note");
const namespaceName = dictionaryString(echoNamespace);

/** A call of a test, and what became of it. */
export interface WorldCall {
  readonly messageId: UniqueId;
  readonly action: string;
  readonly deadlineMs: number;
  readReply(reader: XmlReader): string;
  reply: string | undefined;
  error: unknown;
}

export type WorldEffect = SessionEffect<WorldCall>;

/** One session with its connections and a small application: it echoes requests and closes when the peer has. */
export class SessionPeer implements Sleeper {
  readonly session: DuplexSession<WorldCall>;
  /** Texts of the application messages that came, in order. */
  readonly texts: string[] = [];
  /** All effects with their times. */
  readonly log: { readonly atMs: number; readonly effect: WorldEffect }[] = [];
  /** Whether requests are answered by themselves, and a peer's close by our own. */
  echoes = true;
  closesWithPeer = true;
  /** Whether messages are taken as they come; those that are not fill the buffer, until `take`. */
  takes = true;
  /** Client: gets another connection. */
  connect: ((delayMs: number) => void) | undefined;
  /** Client over exchanges: sends what is in the output of the link. */
  startExchange: ((link: ExchangeLink) => void) | undefined;
  /** Over exchanges: one is answered, or given up. */
  endExchange: ((link: Link, isGraceful: boolean) => void) | undefined;
  /** Hears that the session has ended. */
  onOver: (() => void) | undefined;
  readonly #side: Side;
  readonly #network: Network;
  readonly #pipes = new Map<Link, Pipe>();
  readonly #nextId: () => UniqueId;
  #heldCount = 0;

  constructor(session: DuplexSession<WorldCall>, side: Side, network: Network, nextId: () => UniqueId) {
    this.session = session;
    this.#side = side;
    this.#network = network;
    this.#nextId = nextId;
    network.sleepers.push(this);
  }

  get nextDeadlineMs(): number | undefined {
    return this.session.nextDeadlineMs;
  }

  wake(): void {
    this.dispatch({ type: "timeout" });
  }

  /** How often an effect of this type came. */
  count(type: WorldEffect["type"]): number {
    return this.log.filter(({ effect }) => effect.type === type).length;
  }

  /** The first effect of this type. */
  effect<Type extends WorldEffect["type"]>(type: Type): Extract<WorldEffect, { type: Type }> | undefined {
    return this.log.find(({ effect }) => effect.type === type)?.effect as
      | Extract<WorldEffect, { type: Type }>
      | undefined;
  }

  get fault(): Extract<WorldEffect, { type: "faulted" }>["fault"] | undefined {
    return this.effect("faulted")?.fault;
  }

  own(link: FramedLink, pipe: Pipe): void {
    this.#pipes.set(link, pipe);
  }

  dispatch(input: SessionInput<WorldCall>): void {
    this.perform(this.session.handle(input, this.#network.nowMs));
  }

  /** Sends a request; its answer appears in the call that is returned. */
  call(text: string, timeoutMs = Number.POSITIVE_INFINITY): WorldCall {
    const messageId = this.#nextId();
    const deadlineMs = this.#network.nowMs + timeoutMs;
    const call: WorldCall = {
      messageId,
      action: `${echoNamespace}/Echo`,
      deadlineMs,
      readReply: readText,
      reply: undefined,
      error: undefined,
    };
    const addressing = { action: call.action, messageId, replyTo: "http://www.w3.org/2005/08/addressing/anonymous" };
    this.dispatch({ type: "request", call, addressing, body: this.body(text) });
    return call;
  }

  /** Sends a one-way message. */
  notify(text: string): void {
    this.dispatch({ type: "send", addressing: { action: `${echoNamespace}/Note` }, body: this.body(text) });
  }

  perform(effects: readonly WorldEffect[]): void {
    for (const effect of effects) {
      this.log.push({ atMs: this.#network.nowMs, effect });
      switch (effect.type) {
        case "open-link":
          this.connect?.(effect.delayMs);
          break;
        case "close-link":
          if (this.#pipes.has(effect.link))
            this.#network.close(this.#pipes.get(effect.link)!, this.#side, effect.isGraceful);
          else this.endExchange?.(effect.link, effect.isGraceful);
          break;
        case "exchange":
          this.startExchange?.(effect.link);
          break;
        case "reply":
          effect.call.reply = effect.value as string;
          break;
        case "call-failed":
          effect.call.error = effect.error;
          break;
        case "message":
          this.#answer(effect.message.messageId, effect.message.body as string);
          break;
        case "faulted":
          for (const { call } of effect.remaining)
            if (call !== undefined) call.error = callEnded(call, "the session ended", effect.fault);
          this.onOver?.();
          break;
        case "closed":
          this.onOver?.();
          break;
        case "input-ended":
          for (const call of effect.unanswered) call.error = callUnanswered(call);
          if (this.closesWithPeer) this.#network.after(0, () => this.dispatch({ type: "close" }));
          break;
        default:
      }
    }
  }

  /** Takes messages that were left in the buffer. */
  take(count: number): void {
    this.#heldCount -= count;
    this.dispatch({ type: "held", count: this.#heldCount });
  }

  /** This session's end of a connection. */
  endOf(link: FramedLink): PipeEnd {
    return {
      takeOutput: () => link.takeOutput(),
      received: (bytes) => this.dispatch({ type: "received", link, bytes }),
      ended: (error) => this.dispatch({ type: "link-closed", link, error }),
    };
  }

  #answer(relatesTo: UniqueId | undefined, text: string): void {
    this.texts.push(text);
    if (!this.takes) this.take(-1);
    if (relatesTo === undefined || !this.echoes) return;
    const addressing = { action: `${echoNamespace}/EchoResponse`, relatesTo };
    this.dispatch({ type: "send", addressing, body: this.body(`${text}!`) });
  }

  /** A body with this text, for `request` and `send`. */
  body(text: string): ReturnType<DuplexSession<WorldCall>["encodeBody"]> {
    return this.session.encodeBody((writer) => writeText(writer, text));
  }
}

/** The body of every message here: one element with one text, under names that go into the session's string table. */
export function writeText(writer: XmlWriter, text: string): void {
  writer.startElement("", elementName);
  writer.declareNamespace("", namespaceName);
  writer.text(text);
  writer.endElement();
}

/** Stands on the Body. */
export function readText(reader: XmlReader): string {
  if (!reader.nextChild() || !reader.is("Note", echoNamespace)) throw new Error("the body is no Note");
  return reader.readString();
}
