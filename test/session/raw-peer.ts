import { BinaryXmlReader, toXmlText } from "@bowline/protocol/binary-xml";
import { type Dialect, dialects, type RmVersion, type Transmission } from "@bowline/protocol/reliable-messaging";
import type { FramedLink } from "@bowline/protocol/session";
import { UniqueId, type XmlName } from "@bowline/protocol/xml";
import type { PipeEnd } from "./network.ts";
import { address, type World } from "./world.ts";

const anonymous = "http://www.w3.org/2005/08/addressing/anonymous";

/** What a raw peer says: a transmission of which only the parts that matter are named. */
export type RawMessage = Partial<Transmission> & { readonly action: XmlName };

/** A peer that follows no protocol above framing: it sends what a test tells it to, and keeps what comes as XML. */
export class RawPeer {
  readonly dialect: Dialect;
  readonly envelopes: string[] = [];
  isEnded = false;
  link: FramedLink | undefined;
  readonly #world: World;
  readonly #to: string;
  readonly #reader = new BinaryXmlReader();

  /** The scripted service of a world, or with `role` "client" a connection to its real one. */
  constructor(world: World, version: RmVersion, role: "client" | "server") {
    this.#world = world;
    this.dialect = dialects[version];
    this.#to = role === "client" ? address : anonymous;
    if (role === "server") world.scriptedServer = this;
    else {
      const { link } = world.plug((plugged) => this.attach(plugged));
      link.connected(world.nowMs);
      world.run(world.network.latencyMs * 2);
    }
  }

  /** The last envelope that came. */
  get last(): string {
    return this.envelopes.at(-1) ?? "";
  }

  attach(link: FramedLink): PipeEnd {
    this.link = link;
    return {
      takeOutput: () => link.takeOutput(),
      received: (bytes) => this.#receive(link, bytes),
      ended: () => {
        this.isEnded = true;
      },
    };
  }

  send({ action, ...parts }: RawMessage): this {
    this.#world.codec.write(this.link!, this.dialect, this.#to, {
      addressing: { action },
      sequenceId: undefined,
      messageNumber: 0,
      isLastMessage: false,
      ackRequestedId: undefined,
      acknowledgement: undefined,
      content: { type: "empty" },
      attempt: 1,
      ...parts,
    });
    this.#world.run(this.#world.network.latencyMs * 2);
    return this;
  }

  /** Client: opens a session with an offer. Returns the identifiers of both sequences. */
  create(): { readonly outputId: UniqueId; readonly inputId: UniqueId } {
    const inputId = this.#world.nextId();
    const isRm11 = this.dialect.version === "1.1";
    const endpoint = isRm11 ? anonymous : undefined;
    const offer = { identifier: inputId, endpoint, incompleteSequenceBehavior: undefined };
    this.send({
      action: this.dialect.createSequence,
      addressing: { action: this.dialect.createSequence, messageId: this.#world.nextId() },
      content: { type: "protocol", body: { type: "create-sequence", acksTo: anonymous, expires: undefined, offer } },
    });
    return { outputId: UniqueId.parse(textIn(this.last, "Identifier")), inputId };
  }

  /** Server: answers the client's CreateSequence and passes over its offer. */
  acceptNothing(): void {
    this.#answer(undefined);
  }

  /** Server: takes the client's CreateSequence. Returns the identifiers of both sequences. */
  accept(acceptAcksTo: string = address): { readonly outputId: UniqueId; readonly inputId: UniqueId } {
    return this.#answer(acceptAcksTo);
  }

  #answer(acceptAcksTo: string | undefined): { readonly outputId: UniqueId; readonly inputId: UniqueId } {
    const inputId = this.#world.nextId();
    const outputId = UniqueId.parse(textIn(this.last, "Identifier"));
    const relatesTo = UniqueId.parse(textIn(this.last, "a:MessageID"));
    this.send({
      action: this.dialect.createSequenceResponse,
      addressing: { action: this.dialect.createSequenceResponse, relatesTo },
      content: {
        type: "protocol",
        body: {
          type: "create-sequence-response",
          identifier: inputId,
          expires: undefined,
          incompleteSequenceBehavior: undefined,
          acceptAcksTo,
        },
      },
    });
    return { outputId, inputId };
  }

  #receive(link: FramedLink, bytes: Uint8Array): void {
    link.push(bytes, this.#world.nowMs);
    for (let record = link.next(); record !== undefined; record = link.next()) {
      if (record.type === "end") {
        this.isEnded = true;
        continue;
      }
      const documentAt = link.strings.reader.readTable(record.bytes, record.from, record.to);
      this.#reader.reset(record.bytes, documentAt, record.to, link.strings.reader);
      this.envelopes.push(toXmlText(this.#reader));
    }
  }
}

/** The text of the first element with this qualified name. */
export function textIn(xml: string, name: string): string {
  return new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(xml)?.[1] ?? `(no ${name})`;
}
