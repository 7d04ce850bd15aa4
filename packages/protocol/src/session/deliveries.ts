import type { UniqueId, XmlReader } from "../xml/index.ts";
import type { Correlation, PendingCall } from "./correlation.ts";
import { NotUnderstoodError } from "./errors.ts";
import type { PassedMessages } from "./passed-messages.ts";
import { ReceivedEnvelope } from "./received-envelope.ts";
import type { LaterBody, SessionEffect, SessionSetup } from "./session-types.ts";

/** What of a session's setup tells how its messages are read. */
export type DeliveriesSetup = Pick<SessionSetup, "codec" | "reliable" | "readBody" | "defersBodies" | "passOn">;

/** Reads the bodies of delivered messages: replies for the calls that wait for them, everything else for the application. */
export class Deliveries<Call extends PendingCall> {
  readonly #setup: DeliveriesSetup;
  readonly #calls: Correlation<Call>;
  readonly #reread: ReceivedEnvelope;
  /** With `passOn`. */
  readonly passed: PassedMessages | undefined;
  /** Stands on the Body of the message that is being handled; undefined between messages. */
  bodyReader: XmlReader | undefined;

  constructor(setup: DeliveriesSetup, calls: Correlation<Call>, like: ReceivedEnvelope) {
    this.#setup = setup;
    this.#calls = calls;
    this.passed = setup.passOn?.();
    this.#reread = new ReceivedEnvelope(like.dialect, like.maxAckRangeCount);
  }

  /** The news that `message` is; undefined for a reply that nobody waits for any more. */
  deliver(message: ReceivedEnvelope, messageNumber: number, nowMs: number): SessionEffect<Call> | undefined {
    if (this.passed !== undefined)
      return { type: "message", message: this.passed.deliver(message.document, messageNumber, nowMs) };
    const { headers, reader } = this.#open(message);
    const { relatesTo, action, messageId } = headers;
    const call = this.#callOf(relatesTo, action);
    if (call !== undefined) return settled(call, () => call.readReply(reader, action, headers.others));
    if (relatesTo !== undefined) return undefined;
    let body: unknown;
    let error: unknown;
    try {
      const refused = headers.others.find((block) => block.mustUnderstand);
      if (refused !== undefined) throw new NotUnderstoodError(refused.namespaceUri, refused.localName);
      body = this.#setup.defersBodies === true ? this.#later(message) : this.#setup.readBody(action, reader);
    } catch (thrown) {
      error = thrown ?? new Error("the body could not be read");
    }
    const { others } = headers;
    const delivered = { action, messageId, messageNumber, deliveredAtMs: nowMs, headers: others, body, error };
    return { type: "message", message: delivered };
  }

  /** The message's Body, for later: it must first be found out what it is to be read as. */
  #later(message: ReceivedEnvelope): LaterBody {
    const kept = message.isRetained ? message : message.retain();
    return (read) => {
      const again = new ReceivedEnvelope(kept.dialect, kept.maxAckRangeCount);
      return read(this.#setup.codec.readAgain(again, kept.document));
    };
  }

  /** The call that a message answers. Mono's faults do not say which: then it is the oldest that they can be for (R-LIVE-MONO-1). */
  #callOf(relatesTo: UniqueId | undefined, action: string): Call | undefined {
    if (relatesTo !== undefined) return this.#calls.take(relatesTo);
    return this.#setup.reliable === undefined ? this.#calls.takeOldest(action) : undefined;
  }

  /** The reader on the Body of `message`: the one at hand, or a new one over the bytes of a message that waited. */
  #open(message: ReceivedEnvelope): { headers: ReceivedEnvelope["headers"]; reader: XmlReader } {
    if (!message.isRetained && this.bodyReader !== undefined)
      return { headers: message.headers, reader: this.bodyReader };
    const reader = this.#setup.codec.readAgain(this.#reread, message.document);
    return { headers: this.#reread.headers, reader };
  }
}

function settled<Call extends PendingCall>(call: Call, read: () => unknown): SessionEffect<Call> {
  try {
    return { type: "reply", call, value: read() };
  } catch (error) {
    return { type: "call-failed", call, error };
  }
}
