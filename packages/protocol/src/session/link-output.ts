import { ByteWriter, Slab, type Utf8Codec } from "../bytes/index.ts";

/** Blocks that small outputs of all links share. */
const writtenBlocks = new Slab(16 * 1024);
const copiedByteLength = 2048;
const smallestByteLength = 512;
const largestByteLength = 128 * 1024;

/** What a link has to write: gathered in one buffer during a turn, taken at its end. */
export class LinkOutput {
  readonly #utf8: Utf8Codec;
  #writer: ByteWriter | undefined;
  /** What the last turns wrote: the next one as a rule writes about as much, and growing copies. */
  #usualByteLength = smallestByteLength;

  constructor(utf8: Utf8Codec) {
    this.#utf8 = utf8;
  }

  get isEmpty(): boolean {
    return this.byteLength === 0;
  }

  get byteLength(): number {
    return this.#writer === undefined ? 0 : this.#writer.position;
  }

  get writer(): ByteWriter {
    this.#writer ??= new ByteWriter(this.#usualByteLength, this.#utf8);
    return this.#writer;
  }

  /** Takes what is to be written now; the bytes stay as they are until the next writing. */
  borrow(): Uint8Array | undefined {
    const writer = this.#writer;
    if (writer === undefined || writer.position === 0) return undefined;
    const bytes = writer.view();
    if (bytes.length > largestByteLength) this.#writer = undefined;
    else writer.reset();
    return bytes;
  }

  /** Takes what is to be written now; the bytes stay as they are. */
  take(): Uint8Array | undefined {
    const writer = this.#writer;
    if (writer === undefined || writer.position === 0) return undefined;
    if (writer.position <= copiedByteLength && writer.bytes.length <= copiedByteLength) {
      // A few messages: copying them out costs less than a new buffer each turn.
      const bytes = writtenBlocks.keep(writer.bytes, 0, writer.position);
      writer.reset();
      return bytes;
    }
    this.#writer = undefined;
    const usual = Math.max(writer.position, this.#usualByteLength >> 1, smallestByteLength);
    this.#usualByteLength = Math.min(usual, largestByteLength);
    return writer.view();
  }
}
