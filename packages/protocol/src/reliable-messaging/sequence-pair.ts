import type { DictionaryString, UniqueId } from "../xml/index.ts";
import { Acknowledger } from "./acknowledger.ts";
import type { Closing, ClosingContext } from "./closing.ts";
import { Closing10 } from "./closing-1.0.ts";
import { Closing11 } from "./closing-1.1.ts";
import type { Dialect } from "./dialect.ts";
import type { ReliableSessionOptions } from "./options.ts";
import type { OutgoingMessages, ProtocolCorrelation } from "./outgoing-messages.ts";
import type { RmBody } from "./protocol-message.ts";
import { RmDestination } from "./rm-destination.ts";
import { RmSource } from "./rm-source.ts";
import type { ApplicationMessage, SentMessage } from "./sent-window.ts";
import type { SequenceFault } from "./sequence-fault.ts";

/** What the sequences of an open session need. */
export interface SequencePairSetup<Message> {
  readonly options: ReliableSessionOptions;
  readonly dialect: Dialect;
  readonly out: OutgoingMessages;
  /** The sequence we send; undefined when there is none. */
  readonly outputId: UniqueId | undefined;
  /** The sequence we receive; undefined when there is none. */
  readonly inputId: UniqueId | undefined;
  readonly roundTripMs: number;
  deliver(message: Message, messageNumber: number): void;
  retain(message: Message): Message;
  /** A numbered message leaves. */
  sending(nowMs: number): void;
  endInput(): void;
  violate(fault: SequenceFault): void;
  armCloseRetry(nowMs: number): void;
  disarmCloseRetry(): void;
  nextId(): UniqueId;
}

/** The parts of an open session: a sequence each way, or one, and the handshake that ends them. */
export class SequencePair<Message> {
  readonly source: RmSource | undefined;
  readonly destination: RmDestination<Message> | undefined;
  readonly acknowledger: Acknowledger | undefined;
  readonly closing: Closing;
  readonly #options: ReliableSessionOptions;

  constructor(setup: SequencePairSetup<Message>) {
    const { options, dialect, out, outputId, inputId } = setup;
    this.#options = options;
    out.outputId = outputId;
    if (outputId !== undefined) {
      this.source = new RmSource(options, setup.roundTripMs, (sent: SentMessage, nowMs: number) => {
        setup.sending(nowMs);
        out.sequenced(sent);
      });
    }
    if (inputId !== undefined) {
      this.destination = new RmDestination<Message>(options, setup.deliver, setup.retain);
      this.acknowledger = new Acknowledger(options, this.destination, inputId);
      out.acknowledger = this.acknowledger;
    }
    this.closing = this.#closing(dialect, setup);
  }

  /** So many delivered messages wait for the application. */
  held(count: number, nowMs: number): void {
    if (this.destination !== undefined) this.destination.heldCount = count;
    this.acknowledger?.roomMade(nowMs);
  }

  /** The application is done with a message. */
  processed(messageNumber: number, nowMs: number): void {
    if (this.#options.ackOn !== "processed") return;
    this.destination?.processed(messageNumber);
    this.acknowledger?.processed(nowMs);
  }

  #closing(dialect: Dialect, setup: SequencePairSetup<Message>): Closing {
    const { out } = setup;
    const lastMessage: ApplicationMessage = {
      addressing: { action: dialect.lastMessage },
      body: undefined,
      byteLength: 0,
    };
    const context: ClosingContext = {
      source: this.source,
      destination: this.destination,
      outputId: setup.outputId,
      inputId: setup.inputId,
      sendLastMessage: (nowMs: number) => this.source?.send(lastMessage, true, nowMs),
      sendAckRequested: () => out.ackRequested(),
      sendProtocol: (action: DictionaryString, body: RmBody, correlation: ProtocolCorrelation) =>
        out.protocol(action, body, correlation),
      acknowledgeNow: (nowMs: number) => this.acknowledger?.now(nowMs),
      endInput: () => setup.endInput(),
      violate: (fault) => setup.violate(fault),
      armCloseRetry: (nowMs: number) => setup.armCloseRetry(nowMs),
      disarmCloseRetry: () => setup.disarmCloseRetry(),
      nextId: () => setup.nextId(),
    };
    return dialect.version === "1.0" ? new Closing10(dialect, context) : new Closing11(dialect, context);
  }
}
