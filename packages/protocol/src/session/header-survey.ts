import type { BinaryXmlReader } from "../binary-xml/index.ts";
import { type Dialect, flowControlNamespace } from "../reliable-messaging/index.ts";
import { addressing10, soap12 } from "../soap/index.ts";
import { NodeKind } from "../xml/index.ts";
import { fittingEnd, type HeaderHole, HeaderTemplate, HoleKind } from "./header-template.ts";

/**
 * Finds the values in a header that change from message to message, and makes a template of the rest.
 *
 * `reader` stands before the document, which was read or written as an envelope before, so that it is known to be a sound one.
 * Undefined when a value lies in a record that no template has a hole for, or stands twice.
 */
export function surveyHeader(
  reader: BinaryXmlReader,
  from: number,
  dialect: Dialect | undefined,
): HeaderTemplate | undefined {
  const survey = new HeaderSurvey(reader, dialect);
  return survey.run() ? new HeaderTemplate(reader.bytes, from, reader.position, survey.holes) : undefined;
}

class HeaderSurvey {
  readonly #reader: BinaryXmlReader;
  readonly #rmNamespace: string | undefined;
  readonly holes: HeaderHole[] = [];
  #isSound = true;

  constructor(reader: BinaryXmlReader, dialect: Dialect | undefined) {
    this.#reader = reader;
    this.#rmNamespace = dialect?.namespace.value;
  }

  /** Ends on the start tag of Body. */
  run(): boolean {
    const reader = this.#reader;
    reader.next();
    if (!reader.nextChild() || !reader.is("Header", soap12.value)) return false;
    while (this.#isSound && reader.nextChild()) this.#block();
    if (!this.#isSound || !reader.nextChild() || reader.attributeCount > 0) return false;
    this.holes.sort((a, b) => a.from - b.from);
    return new Set(this.holes.map(({ kind }) => kind)).size === this.holes.length;
  }

  #block(): void {
    const reader = this.#reader;
    const { namespaceUri, localName } = reader;
    // A block for somebody else is passed over, whatever it says: all of it is fixed.
    if (reader.attribute("role", soap12.value) !== undefined) reader.skip();
    else if (namespaceUri === addressing10.value && localName === "Action") this.#value(HoleKind.action);
    else if (namespaceUri === addressing10.value && localName === "MessageID") this.#value(HoleKind.messageId);
    else if (namespaceUri === addressing10.value && localName === "RelatesTo") this.#value(HoleKind.relatesTo);
    else if (namespaceUri === this.#rmNamespace && localName === "Sequence") this.#sequence();
    else if (namespaceUri === this.#rmNamespace && localName === "SequenceAcknowledgement") this.#acknowledgement();
    else reader.skip();
  }

  #sequence(): void {
    const reader = this.#reader;
    while (this.#isSound && reader.nextChild()) {
      if (reader.is("MessageNumber", this.#rmNamespace!)) this.#value(HoleKind.messageNumber);
      else reader.skip();
    }
  }

  #acknowledgement(): void {
    const reader = this.#reader;
    while (this.#isSound && reader.nextChild()) {
      if (reader.is("BufferRemaining", flowControlNamespace.value)) this.#value(HoleKind.bufferRemaining);
      else if (reader.is("AcknowledgementRange", this.#rmNamespace!)) {
        this.#bound("Lower", HoleKind.lower);
        this.#bound("Upper", HoleKind.upper);
        reader.skip();
      } else reader.skip();
    }
  }

  /** The value of the element stood on, which must be one record that closes it. */
  #value(kind: HoleKind): void {
    const reader = this.#reader;
    const isText = reader.next() === NodeKind.text;
    const to = reader.position;
    if (isText) this.#hole(kind, reader.startPosition);
    // The end tag is part of the record; anything else is more content.
    this.#isSound &&= isText && reader.next() === NodeKind.endElement && this.holes.at(-1)?.to === to;
  }

  #bound(name: string, kind: HoleKind): void {
    const reader = this.#reader;
    for (let index = 0; index < reader.attributeCount; index++) {
      if (reader.attributeLocalName(index) === name && reader.attributeNamespaceUri(index) === "")
        this.#hole(kind, reader.attributeValueOffset(index));
    }
  }

  #hole(kind: HoleKind, from: number): void {
    const to = fittingEnd(kind, this.#reader.bytes, from);
    if (to < 0) this.#isSound = false;
    else this.holes.push({ kind, from, to });
  }
}
