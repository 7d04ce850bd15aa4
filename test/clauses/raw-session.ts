import { BinaryXmlWriter } from "@bowline/protocol/binary-xml";
import { ByteWriter, pureUtf8 } from "@bowline/protocol/bytes";
import type {
  Acknowledgement,
  RmBody,
  RmVersion,
  SequenceFault,
  SequenceFaultName,
} from "@bowline/protocol/reliable-messaging";
import { appendDocument } from "@bowline/protocol/session";
import { endEnvelope, soap12Addressing10, startEnvelope, writeAddressingAndStartBody } from "@bowline/protocol/soap";
import { UniqueId, type XmlWriter } from "@bowline/protocol/xml";
import { type RawMessage, RawPeer, textIn } from "../session/raw-peer.ts";
import { type SessionPeer, writeText } from "../session/session-peer.ts";
import { address, World, type WorldOptions } from "../session/world.ts";

export const note = "urn:echo/Note";

export type Range = readonly [lower: number, upper: number];

/**
 * An open session of our service whose client is a raw peer: what the peer says is up to the test. Seen from us, `theirs` is the
 * sequence that we receive (we are its RM Destination), `ours` the one that we send (we are its RM Source).
 */
export class RawSession {
  readonly world: World;
  readonly version: RmVersion;
  readonly theirs: UniqueId;
  readonly ours: UniqueId;
  raw: RawPeer;
  #heardCount: number;

  constructor(version: RmVersion, options: WorldOptions = {}) {
    this.version = version;
    this.world = new World({ ...options, server: { version, ...options.server } });
    this.raw = new RawPeer(this.world, version, "client");
    const { outputId, inputId } = this.raw.create();
    this.theirs = outputId;
    this.ours = inputId;
    this.service.closesWithPeer = false;
    this.#heardCount = this.raw.envelopes.length;
  }

  /** Our side. */
  get service(): SessionPeer {
    return this.world.server;
  }

  get state(): string {
    return this.service.session.state;
  }

  /** Envelopes that we sent since the test last looked. */
  hear(): string[] {
    this.world.run(0);
    const news = this.raw.envelopes.slice(this.#heardCount);
    this.#heardCount = this.raw.envelopes.length;
    return news;
  }

  /** As `hear`, by the names at the end of their actions, with message numbers. */
  hearNames(): string[] {
    return this.hear().map(nameOf);
  }

  /** The peer comes back on a connection of its own. */
  reconnect(): this {
    this.raw = new RawPeer(this.world, this.version, "client");
    this.#heardCount = 0;
    return this;
  }

  send(message: RawMessage): this {
    this.raw.send(message);
    return this;
  }

  /** An application message of the peer. */
  say(messageNumber: number, parts: Partial<RawMessage> = {}): this {
    const body = this.world.codec.encodeBody(this.raw.link!.strings, (writer) => {
      writeText(writer, `${messageNumber}`);
    });
    const content = { type: "application", body } as const;
    return this.send({ action: note, sequenceId: this.theirs, messageNumber, content, ...parts });
  }

  /** 1.0's empty LastMessage. */
  sayLast(messageNumber: number): this {
    const action = this.raw.dialect.lastMessage;
    return this.send({ action, sequenceId: this.theirs, messageNumber, isLastMessage: true });
  }

  ask(identifier: UniqueId = this.theirs): this {
    return this.send({ action: this.raw.dialect.ackRequested, ackRequestedId: identifier });
  }

  acknowledge(ranges: readonly Range[], parts: Partial<Acknowledgement> = {}): this {
    const acknowledgement = { ...acknowledgementOf(this.ours, ranges), ...parts };
    return this.send({ action: this.raw.dialect.sequenceAcknowledgement, acknowledgement });
  }

  close(lastMessageNumber?: number, identifier: UniqueId = this.theirs): this {
    return this.#request("closeSequence", { type: "close-sequence", identifier, lastMessageNumber });
  }

  terminate(lastMessageNumber?: number, identifier: UniqueId = this.theirs): this {
    return this.#request("terminateSequence", { type: "terminate-sequence", identifier, lastMessageNumber });
  }

  /** `relatesTo` is the MessageID of the request that is answered; as a rule that of the last envelope. */
  answerClose(ranges: readonly Range[], relatesTo: UniqueId = this.lastMessageId, identifier = this.ours): this {
    const action = this.raw.dialect.closeSequenceResponse;
    return this.send({
      action,
      addressing: { action, relatesTo },
      acknowledgement: { ...acknowledgementOf(this.ours, ranges), isFinal: true },
      content: { type: "protocol", body: { type: "close-sequence-response", identifier } },
    });
  }

  answerTerminate(relatesTo: UniqueId = this.lastMessageId, identifier = this.ours): this {
    const action = this.raw.dialect.terminateSequenceResponse;
    return this.send({
      action,
      addressing: { action, relatesTo },
      content: { type: "protocol", body: { type: "terminate-sequence-response", identifier } },
    });
  }

  /** A second answer to CreateSequence. */
  answerCreate(): this {
    const action = this.raw.dialect.createSequenceResponse;
    return this.send({
      action,
      addressing: { action, relatesTo: this.world.nextId() },
      content: {
        type: "protocol",
        body: {
          type: "create-sequence-response",
          identifier: this.world.nextId(),
          expires: undefined,
          incompleteSequenceBehavior: undefined,
          acceptAcksTo: address,
        },
      },
    });
  }

  tell(name: SequenceFaultName, identifier: UniqueId = this.ours): this {
    const fault: SequenceFault = { name, code: "Sender", reason: "because", identifier };
    return this.send({ action: this.raw.dialect.fault, content: { type: "fault", fault } });
  }

  /** A message with header blocks, and an empty Body, that nobody but this test would write; prefix `r` is declared. */
  sendHeader(action: string, write: (writer: XmlWriter) => void): this {
    const { link, dialect } = this.raw;
    const out = new ByteWriter(1024, pureUtf8);
    const writer = new BinaryXmlWriter(out);
    writer.reset(out, link!.strings.writer);
    startEnvelope(writer, soap12Addressing10, "r", dialect.namespace);
    write(writer);
    writeAddressingAndStartBody(writer, soap12Addressing10, { action }, address);
    endEnvelope(writer);
    appendDocument(link!, out.bytes, out.position);
    this.world.run(0);
    return this;
  }

  /** An acknowledgement that only says which numbers of ours are missing. */
  refuseNumbers(...numbers: readonly number[]): this {
    return this.sendHeader(this.raw.dialect.sequenceAcknowledgement.value, (writer) => {
      writer.startElement("r", "SequenceAcknowledgement");
      writeElement(writer, "Identifier", () => writer.uniqueId(this.ours));
      for (const messageNumber of numbers) writeElement(writer, "Nack", () => writer.integer(messageNumber));
      writer.endElement();
    });
  }

  /** A message whose number a JavaScript number cannot hold. */
  sayHuge(messageNumber: bigint): this {
    return this.sendHeader(note, (writer) => {
      writer.startElement("r", "Sequence");
      writeElement(writer, "Identifier", () => writer.uniqueId(this.theirs));
      writeElement(writer, "MessageNumber", () => writer.bigint(messageNumber));
      writer.endElement();
    });
  }

  /** MessageID of the last envelope that we sent. */
  get lastMessageId(): UniqueId {
    return UniqueId.parse(textIn(this.raw.last, "a:MessageID"));
  }

  #request(actionName: "closeSequence" | "terminateSequence", body: RmBody): this {
    const action = this.raw.dialect[actionName];
    const messageId = this.version === "1.1" ? this.world.nextId() : undefined;
    return this.send({ action, addressing: { action, messageId }, content: { type: "protocol", body } });
  }
}

export function acknowledgementOf(identifier: UniqueId, ranges: readonly Range[]): Acknowledgement {
  return {
    identifier,
    ranges: ranges.map(([lower, upper]) => ({ lower, upper })),
    isFinal: false,
    bufferRemaining: undefined,
  };
}

/** "Note 3", "SequenceAcknowledgement", or of a fault the name of its subcode. */
export function nameOf(xml: string): string {
  if (xml.includes("<s:Fault>")) return /<s:Subcode><s:Value[^>]*>[^:<]*:([^<]*)</.exec(xml)?.[1] ?? "(a fault)";
  const name = textIn(xml, "a:Action").split("/").at(-1)!;
  const messageNumber = /<r:MessageNumber>(\d+)</.exec(xml)?.[1];
  return messageNumber === undefined ? name : `${name} ${messageNumber}`;
}

/** The ranges of the acknowledgement in an envelope, as "1-3 5-5", "None" or "0-0", with "Final" behind. */
export function rangesIn(xml: string): string {
  const block = /<r:SequenceAcknowledgement>.*<\/r:SequenceAcknowledgement>/.exec(xml)?.[0];
  if (block === undefined) return "(no acknowledgement)";
  const ranges = [...block.matchAll(/Lower="(\d+)" Upper="(\d+)"/g)].map(([, lower, upper]) => `${lower}-${upper}`);
  if (block.includes("<r:None>")) ranges.push("None");
  if (block.includes("<r:Final>")) ranges.push("Final");
  return ranges.join(" ");
}

function writeElement(writer: XmlWriter, name: string, write: () => void): void {
  writer.startElement("r", name);
  write();
  writer.endElement();
}
