import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FramingRecordDecoder } from "@bowline/protocol/framing";
import { EnvelopeReader } from "./envelope-tree.mjs";
import { WebSocketStepReader } from "./websocket-steps.mjs";

/**
 * A recorded run as a list of steps in the order in which they passed.
 *
 * @typedef {import("./envelope-tree.mjs").Element} Element
 * @typedef {"client" | "server"} Side
 * @typedef {"tcp" | "websocket"} Transport
 * @typedef {"envelope" | "preamble" | "preamble-ack" | "handshake" | "end" | "cut" | "gone"} StepKind `handshake`: of a WebSocket, one
 *   from each side; `end`: an End record or a close frame; `cut` and `gone`: the connection broke or ended, where `from` is who did it
 *   (for `cut` it was the network, so it is both)
 * @typedef {object} Step
 * @property {number} index position in the run
 * @property {number} connection from 1
 * @property {number} atMs since the first connection was opened
 * @property {Side | "network"} from
 * @property {StepKind} kind
 * @property {Uint8Array} bytes of the whole framing record (of all records for the preamble) or WebSocket frame; empty for cut and gone
 * @property {number} [maskAt] of a masked WebSocket frame: where in bytes the mask is, behind which is the payload
 * @property {boolean} [isReset] of `gone`: by a reset, not an orderly end
 * @property {Element} [tree] of an envelope
 * @property {Record<string, string>} [fields] start line and header fields of a handshake, code and reason of a close frame
 * @typedef {Pick<Step, "kind" | "bytes" | "maskAt" | "tree" | "fields">} ReadStep
 * @typedef {{ name: string, transport: Transport, steps: Step[] }} Recording
 */

const capturesPath = fileURLToPath(new URL("../../captures/", import.meta.url));
const nothing = new Uint8Array(0);

/** The names of the recorded net.tcp and WebSocket runs. */
export function runNames() {
  return readdirSync(capturesPath)
    .filter((name) => /^(?:tcp|ws)-/.test(name))
    .sort();
}

/** @param {Transport} transport of the connection of which the reader gets one direction */
export function newStepReader(transport) {
  return transport === "tcp" ? new RecordStepReader() : new WebSocketStepReader();
}

/**
 * Cuts one direction of a net.tcp connection into steps as its bytes come.
 */
class RecordStepReader {
  #decoder = new FramingRecordDecoder();
  #envelopes = new EnvelopeReader();
  /** @type {Uint8Array[]} */
  #unused = [];
  #recordFrom = 0;
  #chunkAt = 0;

  /**
   * @param {Uint8Array} chunk
   * @returns {ReadStep[]} the steps that the chunk completed
   */
  push(chunk) {
    const steps = [];
    this.#unused.push(chunk);
    this.#decoder.push(chunk);
    for (let record = this.#decoder.next(); record !== undefined; record = this.#decoder.next()) {
      switch (record.type) {
        case "version":
        case "mode":
        case "via":
        case "known-encoding":
          break;
        case "preamble-end":
          steps.push({ kind: /** @type {const} */ ("preamble"), bytes: this.#take() });
          break;
        case "preamble-ack":
          steps.push({ kind: /** @type {const} */ ("preamble-ack"), bytes: this.#take() });
          break;
        case "end":
          steps.push({ kind: /** @type {const} */ ("end"), bytes: this.#take() });
          break;
        case "sized-envelope": {
          const tree = this.#envelopes.read(record.bytes.slice(record.from, record.to));
          steps.push({ kind: /** @type {const} */ ("envelope"), bytes: this.#take(), tree });
          break;
        }
        default:
          throw new Error(`a ${record.type} record is not expected here: ${JSON.stringify(record)}`);
      }
    }
    return steps;
  }

  /** The bytes from the end of the last step up to where the decoder stands now. */
  #take() {
    const byteLength = this.#decoder.streamOffset - this.#recordFrom;
    const bytes = Buffer.concat(this.#unused).subarray(this.#chunkAt, this.#chunkAt + byteLength);
    this.#recordFrom += byteLength;
    this.#chunkAt += byteLength;
    return new Uint8Array(bytes);
  }
}

/**
 * @param {string} name
 * @returns {Recording}
 */
export function loadRecording(name) {
  const lines = readFileSync(`${capturesPath}${name}/recording.jsonl`, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const transport = name.startsWith("ws-") ? "websocket" : "tcp";
  /** @type {Map<string, ReturnType<typeof newStepReader>>} */
  const readers = new Map();
  /** @type {Step[]} */
  const steps = [];
  for (const { connection, atMs, from, hex, event } of lines) {
    const add = (/** @type {Omit<Step, "index" | "connection" | "atMs">} */ step) =>
      steps.push({ index: steps.length, connection, atMs, ...step });
    if (event !== undefined) {
      const broken = /^(end|error)-(client|server)$/.exec(event);
      if (event === "cut") add({ kind: "cut", from: "network", bytes: nothing });
      else if (broken !== null) {
        const from = /** @type {Side} */ (broken[2]);
        add({ kind: "gone", from, bytes: nothing, isReset: broken[1] === "error" });
      }
      continue;
    }
    const key = `${connection} ${from}`;
    const reader = readers.get(key) ?? newStepReader(transport);
    readers.set(key, reader);
    for (const step of reader.push(Buffer.from(hex, "hex"))) add({ ...step, from });
  }
  return { name, transport, steps };
}
