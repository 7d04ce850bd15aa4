import { pureUtf8 } from "../bytes/index.ts";
import { faultNameOf } from "./fault-uri.ts";
import { contentTypeOfKnownEncoding } from "./known-encoding.ts";
import { modeOfOctet } from "./mode.ts";
import { type FramingRecordType, framingRecordTypes } from "./record.ts";

/** What a run of bytes of a framing stream is. */
export interface FramingExplanation {
  /** From the start of the explained bytes. */
  readonly offset: number;
  readonly byteLength: number;
  readonly meaning: string;
  /** Section of [MC-NMF]. */
  readonly clause: string;
}

/**
 * Says what every byte of one direction of a framing stream is, from any record boundary on.
 *
 * The explanations follow each other without gap or overlap and end where the bytes end. Never throws: bytes that are no
 * record, and all after them, are explained as such. Limits and the order of records are not judged.
 */
export function explainFraming(bytes: Uint8Array): readonly FramingExplanation[] {
  return new FramingExplainer(bytes).explain();
}

class FramingExplainer {
  readonly #bytes: Uint8Array;
  readonly #explanations: FramingExplanation[] = [];
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  explain(): readonly FramingExplanation[] {
    while (this.#at < this.#bytes.length) this.#record();
    return this.#explanations;
  }

  #record(): void {
    const octet = this.#bytes[this.#at]!;
    const type = framingRecordTypes[octet];
    if (type === undefined) {
      this.#say(this.#left, `not framing: 0x${octet.toString(16).padStart(2, "0")} is no record type`, "2.2.1");
      return;
    }
    const clause = clauses[type];
    this.#say(1, `${titles[type]} record`, clause);
    if (type === "unsized-envelope") this.#chunks();
    else if (type === "sized-envelope") this.#payload(clause, () => "message");
    else if (type === "fault")
      this.#payload(clause, (payload) => `fault ${faultNameOf(textOf(payload)) ?? textOf(payload)}`);
    else if (type === "version") this.#octets(2, ([major, minor]) => `version ${major}.${minor}`, clause);
    else if (type === "mode") this.#octets(1, ([mode]) => `mode ${modeOfOctet(mode!) ?? "undefined"}`, clause);
    else if (type === "known-encoding") {
      this.#octets(1, ([encoding]) => `content type ${contentTypeOfKnownEncoding(encoding!)}`, clause);
    } else if (textTypes.has(type)) this.#payload(clause, textOf);
  }

  #octets(byteLength: number, meaning: (octets: Uint8Array) => string, clause: string): void {
    if (this.#left < byteLength) this.#cut(byteLength, clause);
    else this.#say(byteLength, meaning(this.#bytes.subarray(this.#at, this.#at + byteLength)), clause);
  }

  #chunks(): void {
    while (this.#left > 0) {
      if (this.#payload("2.2.4.2", () => "chunk of a message", "end of the chunks") === 0) return;
    }
  }

  /** A size and as many bytes; returns the size, undefined when there is none. */
  #payload(
    clause: string,
    meaning: (payload: Uint8Array) => string,
    zeroMeaning = "size 0, which is not allowed",
  ): number | undefined {
    const size = this.#size(zeroMeaning);
    if (size === undefined || size === 0) return size;
    if (this.#left < size) this.#cut(size, clause);
    else this.#say(size, meaning(this.#bytes.subarray(this.#at, this.#at + size)), clause);
    return size;
  }

  #size(zeroMeaning: string): number | undefined {
    let size = 0;
    for (let index = 0; index < this.#left; index++) {
      const octet = this.#bytes[this.#at + index]!;
      if (index === 4 && (octet & 0xf8) !== 0) {
        this.#say(this.#left, "not framing: a size over 2147483647", "2.2.2");
        return undefined;
      }
      size |= (octet & 0x7f) << (7 * index);
      if (octet >= 0x80) continue;
      this.#say(index + 1, size === 0 ? zeroMeaning : `size ${size}`, "2.2.2");
      return size;
    }
    if (this.#left > 0) this.#say(this.#left, "start of a size, cut short", "2.2.2");
    return undefined;
  }

  #cut(byteLength: number, clause: string): void {
    if (this.#left > 0) this.#say(this.#left, `cut short: ${this.#left} of ${byteLength} bytes`, clause);
  }

  #say(byteLength: number, meaning: string, clause: string): void {
    this.#explanations.push({ offset: this.#at, byteLength, meaning, clause });
    this.#at += byteLength;
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }
}

function textOf(payload: Uint8Array): string {
  try {
    return JSON.stringify(pureUtf8.decode(payload, 0, payload.length)).slice(1, -1);
  } catch {
    return "text that is not UTF-8";
  }
}

const textTypes: ReadonlySet<FramingRecordType> = new Set(["via", "extensible-encoding", "upgrade-request"]);

const titles: { readonly [Type in FramingRecordType]: string } = {
  version: "Version",
  mode: "Mode",
  via: "Via",
  "known-encoding": "Known Encoding",
  "extensible-encoding": "Extensible Encoding",
  "unsized-envelope": "Unsized Envelope",
  "sized-envelope": "Sized Envelope",
  end: "End",
  fault: "Fault",
  "upgrade-request": "Upgrade Request",
  "upgrade-response": "Upgrade Response",
  "preamble-ack": "Preamble Ack",
  "preamble-end": "Preamble End",
};

const clauses: { readonly [Type in FramingRecordType]: string } = {
  version: "2.2.3.1",
  mode: "2.2.3.2",
  via: "2.2.3.3",
  "known-encoding": "2.2.3.4.1",
  "extensible-encoding": "2.2.3.4.2",
  "unsized-envelope": "2.2.4.3",
  "sized-envelope": "2.2.4.1",
  end: "2.2.3.9",
  fault: "2.2.5",
  "upgrade-request": "2.2.3.5",
  "upgrade-response": "2.2.3.6",
  "preamble-ack": "2.2.3.8",
  "preamble-end": "2.2.3.7",
};
