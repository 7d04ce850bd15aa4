import type { BinaryXmlReader, WriterDictionary } from "../binary-xml/index.ts";
import type { Dialect, Transmission } from "../reliable-messaging/index.ts";
import type { UniqueId, XmlName } from "../xml/index.ts";
import { surveyHeader } from "./header-survey.ts";
import { type HeaderTemplate, HoleValues } from "./header-template.ts";

/** Messages of a connection that are written record by record before templates are made: most sessions are idle ones. */
const firstMessageCount = 8;

/** The headers that are written over one connection: one template for each combination of headers, made when it is needed again. */
export class HeaderTemplates {
  readonly #dictionary: WriterDictionary;
  readonly #byShape: (SentHeader | undefined)[] = [];
  readonly values: HoleValues = new HoleValues();
  #messageCount = 0;
  #lastAction: XmlName | undefined;
  #lastActionId = -1;

  constructor(dictionary: WriterDictionary) {
    this.#dictionary = dictionary;
  }

  /** The template for this message's header, `values` filled for it; undefined when it must be written record by record. */
  find(transmission: Transmission, to: XmlName | undefined): HeaderTemplate | undefined {
    const header = this.#byShape[shapeOf(transmission)];
    if (header === undefined || !header.isFor(transmission, to)) return undefined;
    const { addressing, acknowledgement, messageNumber } = transmission;
    if (!takesIds(transmission)) return undefined;
    const actionId = this.#actionId(addressing.action);
    if (actionId < 0) return undefined;
    const { values } = this;
    values.actionId = actionId;
    values.messageId = addressing.messageId;
    values.relatesTo = addressing.relatesTo;
    values.messageNumber = messageNumber;
    if (acknowledgement !== undefined) {
      const range = acknowledgement.ranges[0]!;
      values.lower = range.lower;
      values.upper = range.upper;
      values.bufferRemaining = acknowledgement.bufferRemaining ?? 0;
    }
    return header.template;
  }

  /** Makes a template of the header `bytes[0, headerByteLength)` that was written for `transmission`. */
  learn(
    transmission: Transmission,
    to: XmlName | undefined,
    dialect: Dialect | undefined,
    bytes: Uint8Array,
    headerByteLength: number,
    surveyor: () => BinaryXmlReader,
  ): void {
    this.#messageCount += 1;
    const shape = shapeOf(transmission);
    if (shape < 0 || this.#byShape[shape] !== undefined) return;
    if (this.#messageCount <= firstMessageCount || !takesIds(transmission)) return;
    const reader = surveyor();
    reader.reset(bytes, 0, headerByteLength, this.#dictionary);
    const template = surveyHeader(reader, 0, dialect);
    if (template !== undefined) this.#byShape[shape] = new SentHeader(template, transmission, to);
  }

  /** The id of an action that travels by number, and that the peer knows already; else -1. */
  #actionId(action: XmlName): number {
    if (action === this.#lastAction) return this.#lastActionId;
    if (typeof action === "string") return -1;
    const id = this.#dictionary.idOf(action);
    if (id < 0 || id >= 0x4000 || this.#dictionary.pendingByteLength > 0) return -1;
    this.#lastAction = action;
    this.#lastActionId = id;
    return id;
  }
}

/** A template, and what its fixed bytes say. */
class SentHeader {
  readonly template: HeaderTemplate;
  readonly #to: XmlName | undefined;
  readonly #replyTo: XmlName | undefined;
  readonly #sequenceId: UniqueId | undefined;
  readonly #ackRequestedId: UniqueId | undefined;
  readonly #acknowledgedId: UniqueId | undefined;

  constructor(template: HeaderTemplate, transmission: Transmission, to: XmlName | undefined) {
    this.template = template;
    this.#to = to;
    this.#replyTo = transmission.addressing.replyTo;
    this.#sequenceId = transmission.sequenceId;
    this.#ackRequestedId = transmission.ackRequestedId;
    this.#acknowledgedId = transmission.acknowledgement?.identifier;
  }

  isFor({ addressing, sequenceId, ackRequestedId, acknowledgement }: Transmission, to: XmlName | undefined): boolean {
    return (
      to === this.#to &&
      addressing.replyTo === this.#replyTo &&
      sequenceId === this.#sequenceId &&
      ackRequestedId === this.#ackRequestedId &&
      acknowledgement?.identifier === this.#acknowledgedId
    );
  }
}

/** Which headers the message has, as bits; -1 for a message that has no template: one that comes once, or with gaps to tell. */
function shapeOf({
  addressing,
  sequenceId,
  ackRequestedId,
  acknowledgement,
  isLastMessage,
  content,
}: Transmission): number {
  if (isLastMessage || addressing.headers !== undefined || (content.type !== "application" && content.type !== "empty"))
    return -1;
  let shape = 0;
  if (acknowledgement !== undefined) {
    if (acknowledgement.isFinal || acknowledgement.ranges.length !== 1) return -1;
    shape = acknowledgement.bufferRemaining === undefined ? 1 : 3;
  }
  if (ackRequestedId !== undefined) shape |= 4;
  if (sequenceId !== undefined) shape |= 8;
  if (addressing.messageId !== undefined) shape |= 16;
  if (addressing.relatesTo !== undefined) shape |= 32;
  if (addressing.replyTo !== undefined) shape |= 64;
  return shape;
}

/** Identifiers that are no GUIDs are of any length. */
function takesIds({ addressing }: Transmission): boolean {
  return addressing.messageId?.isGuid !== false && addressing.relatesTo?.isGuid !== false;
}
