import { createHash } from "node:crypto";
import { EnvelopeReader } from "./envelope-tree.mjs";

/**
 * WebSocket connections [RFC 6455] as steps.
 *
 * @typedef {import("./recording.mjs").Step} Step
 * @typedef {Pick<Step, "kind" | "bytes" | "tree" | "fields" | "maskAt">} WebSocketStep
 */

const endOfHead = "\r\n\r\n";
const opcodes = { binary: 0x2, close: 0x8 };
const finBit = 0x80;
const maskedBit = 0x80;

/**
 * Cuts one direction of a connection into steps as its bytes come: the handshake, then one step for each frame. An envelope is one
 * binary message of one frame, and no recording is long enough for a ping.
 */
export class WebSocketStepReader {
  #envelopes = new EnvelopeReader();
  #unused = Buffer.alloc(0);
  #isOpen = false;

  /**
   * @param {Uint8Array} chunk
   * @returns {WebSocketStep[]} the steps that the chunk completed
   */
  push(chunk) {
    this.#unused = Buffer.concat([this.#unused, chunk]);
    const steps = [];
    for (let step = this.#next(); step !== undefined; step = this.#next()) steps.push(step);
    return steps;
  }

  /** @returns {WebSocketStep | undefined} */
  #next() {
    if (this.#isOpen) return this.#nextFrame();
    const end = this.#unused.indexOf(endOfHead);
    if (end < 0) return undefined;
    this.#isOpen = true;
    const head = this.#unused.subarray(0, end).toString("latin1");
    return { kind: "handshake", bytes: this.#take(end + endOfHead.length), fields: fieldsOfHead(head) };
  }

  /** @returns {WebSocketStep | undefined} */
  #nextFrame() {
    const frame = readFrame(this.#unused);
    if (frame === undefined) return undefined;
    const bytes = this.#take(frame.byteLength);
    const { maskAt } = frame;
    const plain = Buffer.from(bytes);
    mask(plain, maskAt);
    const payload = new Uint8Array(plain.subarray(frame.payloadAt));
    const opcode = plain.readUInt8(0) & ~finBit;
    switch (opcode) {
      case opcodes.binary:
        return { kind: "envelope", bytes, maskAt, tree: this.#envelopes.read(payload) };
      case opcodes.close:
        return { kind: "end", bytes, maskAt, fields: fieldsOfClose(payload) };
      default:
        throw new Error(`a frame of opcode ${opcode} is not expected here: ${plain.toString("hex")}`);
    }
  }

  /** @param {number} byteLength */
  #take(byteLength) {
    const bytes = new Uint8Array(this.#unused.subarray(0, byteLength));
    this.#unused = this.#unused.subarray(byteLength);
    return bytes;
  }
}

/**
 * Where the parts of the frame are that begins here, RFC 6455 5.2; undefined when more bytes are needed.
 * @param {Buffer} bytes
 */
function readFrame(bytes) {
  if (bytes.length < 2) return undefined;
  if ((bytes.readUInt8(0) & finBit) === 0) throw new Error("a fragment is not expected here");
  const second = bytes.readUInt8(1);
  const short = second & ~maskedBit;
  if (short === 127) throw new Error("a frame of 64 KiB is not expected here");
  const headByteLength = short === 126 ? 4 : 2;
  if (bytes.length < headByteLength) return undefined;
  const payloadByteLength = short === 126 ? bytes.readUInt16BE(2) : short;
  const maskAt = (second & maskedBit) === 0 ? undefined : headByteLength;
  const payloadAt = headByteLength + (maskAt === undefined ? 0 : 4);
  const byteLength = payloadAt + payloadByteLength;
  return bytes.length < byteLength ? undefined : { byteLength, maskAt, payloadAt };
}

/**
 * Masks the payload of a frame, or takes the mask off again, RFC 6455 5.3.
 * @param {Uint8Array} frame
 * @param {number | undefined} maskAt where the four bytes of the mask are, behind which is the payload
 */
export function mask(frame, maskAt) {
  if (maskAt === undefined) return;
  for (let index = 0; maskAt + 4 + index < frame.length; index++) {
    const at = maskAt + 4 + index;
    frame[at] = /** @type {number} */ (frame[at]) ^ /** @type {number} */ (frame[maskAt + (index & 3)]);
  }
}

/**
 * The start line and the header fields, of which neither order nor the case of names means anything.
 * @param {string} head
 */
function fieldsOfHead(head) {
  const [startLine = "", ...lines] = head.split("\r\n");
  /** @type {Record<string, string>} */
  const fields = { "start line": startLine };
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (name in fields) throw new Error(`the header field ${name} comes twice`);
    fields[name] = line.slice(colon + 1).trim();
  }
  return fields;
}

/**
 * @param {Uint8Array} payload of a close frame
 * @returns {Record<string, string>}
 */
function fieldsOfClose(payload) {
  const bytes = Buffer.from(payload);
  if (bytes.length < 2) return { code: "none" };
  return { code: String(bytes.readUInt16BE(0)), reason: bytes.toString("utf8", 2) };
}

/**
 * What a service must answer to a Sec-WebSocket-Key, RFC 6455 4.2.2.
 * @param {string} key
 */
export function acceptOf(key) {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
