import { integerRecordByteLength, RecordType, writeIntegerRecord } from "../binary-xml/index.ts";
import type { ByteWriter } from "../bytes/index.ts";
import { UniqueId } from "../xml/index.ts";

/** The values in a header that differ from message to message; in the numbers of these kinds a template knows its holes. */
export const HoleKind = {
  action: 0,
  messageId: 1,
  relatesTo: 2,
  messageNumber: 3,
  bufferRemaining: 4,
  /** Bounds of the one range of an acknowledgement. */
  lower: 5,
  upper: 6,
} as const;
export type HoleKind = (typeof HoleKind)[keyof typeof HoleKind];

/** A record that holds such a value: `bytes[from, to)`. */
export interface HeaderHole {
  readonly kind: HoleKind;
  readonly from: number;
  readonly to: number;
}

/** What stands in the holes of one header. */
export class HoleValues {
  /** Dictionary id of the action. */
  actionId = 0;
  messageId: UniqueId | undefined;
  relatesTo: UniqueId | undefined;
  messageNumber = 0;
  bufferRemaining = 0;
  lower = 0;
  upper = 0;
}

/**
 * The bytes of a message from its start up to and including the start tag of Body, with holes for what changes. Messages of one
 * kind on one connection differ in nothing else, so that reading a header is a comparison and writing one a copy.
 */
export class HeaderTemplate {
  readonly #fixed: Uint8Array;
  readonly #kinds: readonly HoleKind[];
  /** Where in `#fixed` each hole stands. */
  readonly #cuts: readonly number[];

  /** @param holes in the order of the document; each is one whole record of the right kind, see `fittingEnd` */
  constructor(bytes: Uint8Array, from: number, to: number, holes: readonly HeaderHole[]) {
    const fixed = new Uint8Array(to - from - holes.reduce((sum, hole) => sum + hole.to - hole.from, 0));
    const cuts: number[] = [];
    let start = from;
    let length = 0;
    for (const hole of holes) {
      fixed.set(bytes.subarray(start, hole.from), length);
      length += hole.from - start;
      cuts.push(length);
      start = hole.to;
    }
    fixed.set(bytes.subarray(start, to), length);
    this.#fixed = fixed;
    this.#kinds = holes.map(({ kind }) => kind);
    this.#cuts = cuts;
  }

  /** Where the header ends that starts at `from`, and in `values` what its holes hold; -1 when it is another header. */
  match(bytes: Uint8Array, from: number, to: number, values: HoleValues): number {
    const fixed = this.#fixed;
    values.lower = 0;
    values.upper = 0;
    let at = from;
    let index = 0;
    for (let hole = 0; hole < this.#kinds.length; hole++) {
      const cut = this.#cuts[hole]!;
      while (index < cut) if (bytes[at++] !== fixed[index++]) return -1;
      at = readHole(this.#kinds[hole]!, bytes, at, values);
      if (at < 0) return -1;
    }
    while (index < fixed.length) if (bytes[at++] !== fixed[index++]) return -1;
    return at <= to && values.lower <= values.upper ? at : -1;
  }

  byteLength(values: HoleValues): number {
    let byteLength = this.#fixed.length;
    for (const kind of this.#kinds) byteLength += holeByteLength(kind, values);
    return byteLength;
  }

  write(out: ByteWriter, values: HoleValues): void {
    let from = 0;
    for (let hole = 0; hole < this.#kinds.length; hole++) {
      const cut = this.#cuts[hole]!;
      out.write(this.#fixed, from, cut);
      writeHole(out, this.#kinds[hole]!, values);
      from = cut;
    }
    out.write(this.#fixed, from);
  }
}

/** Where the record at `from` ends when a hole of this kind can hold it; -1 when it cannot. */
export function fittingEnd(kind: HoleKind, bytes: Uint8Array, from: number): number {
  return readHole(kind, bytes, from, new HoleValues());
}

/** Where the record ends that fills the hole, its value in `values`; -1 when it is of another type or out of bounds. */
function readHole(kind: HoleKind, bytes: Uint8Array, at: number, values: HoleValues): number {
  switch (kind) {
    case HoleKind.action:
      return readActionId(bytes, at, values);
    case HoleKind.messageId:
    case HoleKind.relatesTo:
      if (bytes[at] !== RecordType.uniqueIdText + 1 || at + 17 > bytes.length) return -1;
      if (kind === HoleKind.messageId) values.messageId = UniqueId.fromGuidBytes(bytes, at + 1);
      else values.relatesTo = UniqueId.fromGuidBytes(bytes, at + 1);
      return at + 17;
    default:
      return readNumber(kind, bytes, at, values);
  }
}

function readActionId(bytes: Uint8Array, at: number, values: HoleValues): number {
  if (bytes[at] !== RecordType.dictionaryText + 1) return -1;
  const first = bytes[at + 1]!;
  if (first < 0x80) {
    values.actionId = first;
    return at + 2;
  }
  const second = bytes[at + 2]!;
  // Three groups and more: no dictionary is that long.
  if (!(second < 0x80)) return -1;
  values.actionId = (first & 0x7f) | (second << 7);
  return at + 3;
}

type NumberKind = Exclude<HoleKind, typeof HoleKind.action | typeof HoleKind.messageId | typeof HoleKind.relatesTo>;

function readNumber(kind: NumberKind, bytes: Uint8Array, at: number, values: HoleValues): number {
  // Bounds are attributes, whose records close nothing.
  const closes = kind >= HoleKind.lower ? 0 : 1;
  let value: number;
  let next: number;
  switch (bytes[at]! - closes) {
    case RecordType.zeroText:
      value = 0;
      next = at + 1;
      break;
    case RecordType.oneText:
      value = 1;
      next = at + 1;
      break;
    case RecordType.int8Text:
      value = (bytes[at + 1]! << 24) >> 24;
      next = at + 2;
      break;
    case RecordType.int16Text:
      value = ((bytes[at + 1]! | (bytes[at + 2]! << 8)) << 16) >> 16;
      next = at + 3;
      break;
    case RecordType.int32Text:
      value = bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 24);
      next = at + 5;
      break;
    default:
      return -1;
  }
  return setNumber(kind, value, values) ? next : -1;
}

/** False for a number that the protocol refuses: saying why is not for here. */
function setNumber(kind: NumberKind, value: number, values: HoleValues): boolean {
  switch (kind) {
    case HoleKind.messageNumber:
      values.messageNumber = value;
      return value >= 1;
    case HoleKind.bufferRemaining:
      values.bufferRemaining = value;
      return value >= 0;
    case HoleKind.lower:
      values.lower = value;
      return value >= 1;
    default:
      values.upper = value;
      return value >= 1;
  }
}

function holeByteLength(kind: HoleKind, values: HoleValues): number {
  switch (kind) {
    case HoleKind.action:
      return values.actionId < 0x80 ? 2 : 3;
    case HoleKind.messageId:
    case HoleKind.relatesTo:
      return 17;
    default:
      return integerRecordByteLength(numberOf(kind, values));
  }
}

function writeHole(out: ByteWriter, kind: HoleKind, values: HoleValues): void {
  switch (kind) {
    case HoleKind.action:
      out.byte(RecordType.dictionaryText + 1);
      out.multiByteInt31(values.actionId);
      return;
    case HoleKind.messageId:
      return writeUniqueId(out, values.messageId!);
    case HoleKind.relatesTo:
      return writeUniqueId(out, values.relatesTo!);
    default:
      return writeIntegerRecord(out, numberOf(kind, values), kind >= HoleKind.lower ? 0 : 1);
  }
}

function writeUniqueId(out: ByteWriter, id: UniqueId): void {
  out.ensure(17);
  out.bytes[out.position] = RecordType.uniqueIdText + 1;
  id.copyGuidBytes(out.bytes, out.position + 1);
  out.position += 17;
}

function numberOf(kind: NumberKind, values: HoleValues): number {
  switch (kind) {
    case HoleKind.messageNumber:
      return values.messageNumber;
    case HoleKind.bufferRemaining:
      return values.bufferRemaining;
    case HoleKind.lower:
      return values.lower;
    default:
      return values.upper;
  }
}
