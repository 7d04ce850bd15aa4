import { TimerTable, unreachable } from "../machine/index.ts";
import type {
  IncomingMessage,
  ReliableSessionEffect,
  ReliableSessionInput,
  ReliableSessionState,
  Transmission,
} from "../reliable-messaging/index.ts";
import type { Channel } from "./channel.ts";

export interface PlainSessionSetup {
  readonly role: "initiator" | "acceptor";
  readonly address: string;
  readonly openTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

/**
 * A session without WS-ReliableMessaging: it lives and ends with its one connection. Same inputs and effects as `ReliableSession`,
 * so that everything above is the same for both.
 */
export class PlainSession<Message extends IncomingMessage> implements Channel<Message> {
  readonly outputId: undefined = undefined;
  readonly inputId: undefined = undefined;
  readonly output: undefined = undefined;
  readonly keepAliveCount = 0;
  readonly droppedCount = 0;
  readonly #setup: PlainSessionSetup;
  readonly #timers = new TimerTable<"open" | "close">();
  #state: ReliableSessionState = "created";
  #sentCount = 0;
  #hasPeerEnded = false;

  constructor(setup: PlainSessionSetup) {
    this.#setup = setup;
    if (setup.role === "acceptor") this.#state = "open";
  }

  get state(): ReliableSessionState {
    return this.#state;
  }

  get nextDeadlineMs(): number | undefined {
    return this.#timers.nextDeadlineMs;
  }

  handle(input: ReliableSessionInput<Message>, nowMs: number): readonly ReliableSessionEffect<Message>[] {
    if (this.#state === "closed" || this.#state === "faulted") return none;
    switch (input.type) {
      case "open":
        this.#state = "opening";
        if (Number.isFinite(this.#setup.openTimeoutMs)) this.#timers.set("open", nowMs + this.#setup.openTimeoutMs);
        return none;
      case "link-up":
        if (this.#state !== "opening") return none;
        this.#state = "open";
        this.#timers.stop("open");
        return [{ type: "opened" }];
      case "send":
        this.#sentCount += 1;
        return [
          { type: "transmit", transmission: plainTransmission(input.message.addressing, input.message.body) },
          { type: "accepted", upTo: this.#sentCount },
        ];
      case "received":
        return [{ type: "deliver", message: input.message, messageNumber: 0 }];
      case "close":
        if (this.#state !== "open" && this.#state !== "closing") return this.#finish();
        this.#state = "closing";
        if (this.#hasPeerEnded) return this.#finish();
        if (Number.isFinite(this.#setup.closeTimeoutMs)) this.#timers.set("close", nowMs + this.#setup.closeTimeoutMs);
        return none;
      case "link-lost": {
        // A peer that has ended its side, and then its connection, wanted no more.
        if (this.#state === "closing" || (this.#hasPeerEnded && input.cause === undefined)) return this.#finish();
        const reason =
          "The connection was lost; without a reliable session it is not opened again. Use reliableSession to survive this.";
        return this.#fault({ code: "SESSION_CONNECTION_LOST", reason, isRemote: false, cause: input.cause });
      }
      case "fail":
        return this.#fault(input.failure);
      case "timeout":
        return this.#timeout(nowMs);
      case "held":
      case "processed":
      case "blocked":
        return none;
      default:
        return unreachable(input);
    }
  }

  /** The peer's End record came: it sends no more. */
  peerEnded(): readonly ReliableSessionEffect<Message>[] {
    this.#hasPeerEnded = true;
    return this.#state === "closing" ? this.#finish() : [{ type: "input-ended" }];
  }

  #timeout(nowMs: number): readonly ReliableSessionEffect<Message>[] {
    const [timer] = this.#timers.takeExpired(nowMs);
    if (timer === undefined) return none;
    const { openTimeoutMs, closeTimeoutMs, address } = this.#setup;
    if (timer === "close") {
      const reason = `The peer did not end its side within closeTimeoutMs ${closeTimeoutMs}.`;
      return this.#fault({ code: "SESSION_CLOSE_TIMEOUT", reason, isRemote: false });
    }
    const reason = `The connection to ${address} did not open within openTimeoutMs ${openTimeoutMs}.`;
    return this.#fault({ code: "SESSION_OPEN_TIMEOUT", reason, isRemote: false });
  }

  #finish(): readonly ReliableSessionEffect<Message>[] {
    this.#state = "closed";
    this.#timers.stopAll();
    return [{ type: "closed" }];
  }

  #fault(
    failure: Extract<ReliableSessionEffect<Message>, { type: "faulted" }>["failure"],
  ): readonly ReliableSessionEffect<Message>[] {
    this.#state = "faulted";
    this.#timers.stopAll();
    return [{ type: "faulted", failure }];
  }
}

/** A message without sequences. */
export function plainTransmission(addressing: Transmission["addressing"], body: unknown): Transmission {
  return {
    addressing,
    sequenceId: undefined,
    messageNumber: 0,
    isLastMessage: false,
    ackRequestedId: undefined,
    acknowledgement: undefined,
    content: { type: "application", body },
    attempt: 1,
  };
}

const none: readonly never[] = [];
