import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { BinaryXmlReader, BinaryXmlWriter, toXmlText } from "@bowline/protocol/binary-xml";
import { ByteWriter, pureUtf8 } from "@bowline/protocol/bytes";
import {
  type AckRange,
  dialects,
  type RmVersion,
  writeAcknowledgement,
  writeRmBody,
  writeSequence,
} from "@bowline/protocol/reliable-messaging";
import { appendDocument, FramedLink } from "@bowline/protocol/session";
import { endEnvelope, soap12Addressing10, startEnvelope, writeAddressingAndStartBody } from "@bowline/protocol/soap";
import { UniqueId, type XmlWriter } from "@bowline/protocol/xml";
import { onTestFinished } from "vitest";
import { until } from "./loopback.ts";

const anonymous = "http://www.w3.org/2005/08/addressing/anonymous";

/** A part of a message that a test writes itself. */
export type Part = (writer: XmlWriter) => void;

/** A client of the desk that follows no limit: it sends what a test writes, and keeps what comes as XML. */
export class RawClient {
  readonly envelopes: string[] = [];
  /** Set when the connection is gone. */
  isClosed = false;
  readonly link: FramedLink;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #reader = new BinaryXmlReader();
  #messageCount = 0;
  #idCount = 0;

  private constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.#address = address;
    this.link = FramedLink.initiator({
      via: address,
      preambleTimeoutMs: 1_000,
      utf8: pureUtf8,
      limits: {},
      maxSessionByteLength: 1 << 20,
    });
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
    });
    socket.on("end", () => socket.end());
  }

  /** Connects and sends the preamble. */
  static async to(port: number, address: string): Promise<RawClient> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    await once(socket, "connect");
    onTestFinished(() => void socket.destroy());
    const client = new RawClient(socket, address);
    client.link.connected(0);
    client.#flush();
    await until(() => client.link.isEstablished, "the preamble is acknowledged");
    return client;
  }

  /** What `work` sends leaves in one piece. */
  together(work: () => void): void {
    this.#socket.cork();
    work();
    this.#socket.uncork();
  }

  nextId(): UniqueId {
    return UniqueId.parse(`urn:uuid:00000000-0000-0000-0000-${String(++this.#idCount).padStart(12, "0")}`);
  }

  /** Sends one envelope; `headers` go in front of the addressing headers. */
  send(action: string, parts: { headers?: Part; body?: Part; messageId?: UniqueId; rm?: RmVersion }): void {
    const out = new ByteWriter(4096, pureUtf8);
    const writer = new BinaryXmlWriter(out);
    writer.reset(out, this.link.strings.writer);
    if (parts.rm === undefined) startEnvelope(writer, soap12Addressing10);
    else startEnvelope(writer, soap12Addressing10, "r", dialects[parts.rm].namespace);
    parts.headers?.(writer);
    const { messageId } = parts;
    const replyTo = messageId === undefined ? undefined : anonymous;
    writeAddressingAndStartBody(writer, soap12Addressing10, { action, messageId, replyTo }, this.#address);
    parts.body?.(writer);
    endEnvelope(writer);
    appendDocument(this.link, out.bytes, out.position);
    this.#flush();
  }

  /** Calls Add with 1 and 2 and returns the envelope that comes back; undefined when the connection ends instead. */
  async add(
    parts: { headers?: Part; more?: Part; attributes?: Part; rm?: RmVersion } = {},
  ): Promise<string | undefined> {
    const { more, attributes, ...rest } = parts;
    const before = this.envelopes.length;
    const body: Part = (writer) => {
      writer.startElement("", "Add");
      writer.declareNamespace("", "http://tempuri.org/");
      attributes?.(writer);
      for (const [name, value] of [
        ["a", 1],
        ["b", 2],
      ] as const) {
        writer.startElement("", name);
        writer.integer(value);
        writer.endElement();
      }
      more?.(writer);
      writer.endElement();
    };
    this.send("http://tempuri.org/IDesk/Add", { ...rest, body, messageId: this.nextId() });
    await until(() => this.envelopes.length > before || this.isClosed, "an answer to Add");
    return this.envelopes[before];
  }

  /** Opens a reliable session of version 1.1. Returns the identifiers of both sequences. */
  async create(): Promise<{ readonly outputId: UniqueId; readonly inputId: UniqueId }> {
    const dialect = dialects["1.1"];
    const inputId = this.nextId();
    const offer = { identifier: inputId, endpoint: anonymous, incompleteSequenceBehavior: undefined };
    this.send(dialect.createSequence.value, {
      messageId: this.nextId(),
      body: (writer) =>
        writeRmBody(writer, { type: "create-sequence", acksTo: anonymous, expires: undefined, offer }, dialect),
    });
    await until(() => this.envelopes.length === 1, "the session opens");
    return { outputId: UniqueId.parse(/<Identifier>([^<]*)</.exec(this.envelopes[0]!)?.[1] ?? ""), inputId };
  }

  /** The header of the next message of a sequence. */
  sequence(identifier: UniqueId): Part {
    const messageNumber = ++this.#messageCount;
    return (writer) => writeSequence(writer, identifier, messageNumber, false);
  }

  /** Acknowledges messages of the service in a message of its own. */
  acknowledge(identifier: UniqueId, ranges: readonly AckRange[]): void {
    const dialect = dialects["1.1"];
    const acknowledgement = { identifier, ranges, isFinal: false, bufferRemaining: undefined };
    this.send(dialect.sequenceAcknowledgement.value, {
      rm: "1.1",
      headers: (writer) => writeAcknowledgement(writer, dialect, acknowledgement),
    });
  }

  #flush(): void {
    const bytes = this.link.takeOutput();
    if (bytes !== undefined) this.#socket.write(bytes);
  }

  #receive(bytes: Uint8Array): void {
    this.link.push(bytes, 0);
    this.#flush();
    for (let record = this.link.next(); record !== undefined; record = this.link.next()) {
      if (record.type === "end") continue;
      const documentAt = this.link.strings.reader.readTable(record.bytes, record.from, record.to);
      this.#reader.reset(record.bytes, documentAt, record.to, this.link.strings.reader);
      this.envelopes.push(toXmlText(this.#reader));
    }
  }
}
