import { pureUtf8 } from "@bowline/protocol/bytes";
import { closeErrorOf, FramedLink, type Link, MessageLink } from "@bowline/protocol/session";
import { address } from "../address.ts";

/** What keeps messages apart in the bytes of a connection: net.tcp's framing, or frames as a WebSocket has them. */
export type Framing = "net.tcp" | "websocket";

/** The link of one end of a connection, and how it becomes bytes. */
export interface Carriage {
  readonly link: Link;
  takeOutput(): Uint8Array | undefined;
  /** Bytes came; `push` gives the link's owner what they make. */
  received(bytes: Uint8Array, push: (bytes: Uint8Array) => void): void;
}

/** The client's end. */
export function newCarriage(framing: Framing): Carriage {
  if (framing === "websocket") return new MessageCarriage();
  return framedCarriage(FramedLink.initiator({ utf8: pureUtf8, limits: {}, via: address, preambleTimeoutMs: 30_000 }));
}

export function framedCarriage(link: FramedLink): Carriage {
  return { link, takeOutput: () => link.takeOutput(), received: (bytes, push) => push(bytes) };
}

const headByteLength = 4;
/** Set in a head that stands for a close frame, with its code. */
const closeFlag = 0x8000_0000;

/** Each message is a frame, its length in front, and may be cut anywhere. */
export class MessageCarriage implements Carriage {
  readonly link: MessageLink = new MessageLink({ utf8: pureUtf8, maxMessageByteLength: 1 << 20 });
  #waiting = new Uint8Array(0);

  takeOutput(): Uint8Array | undefined {
    const frames = this.link.takeMessages().flatMap((message) => [headOf(message.length), message]);
    const closeCode = this.link.takeClose();
    if (closeCode !== undefined) frames.push(headOf((closeFlag | closeCode) >>> 0));
    return frames.length === 0 ? undefined : joined(frames);
  }

  received(bytes: Uint8Array, push: (bytes: Uint8Array) => void): void {
    this.#waiting = joined([this.#waiting, bytes]);
    while (this.#waiting.length >= headByteLength) {
      const head = new DataView(this.#waiting.buffer, this.#waiting.byteOffset).getUint32(0);
      if (head >= closeFlag) {
        this.#waiting = new Uint8Array(0);
        const error = closeErrorOf(head - closeFlag, "");
        if (error === undefined) this.link.peerEnded();
        else this.link.break(error);
        return push(this.#waiting);
      }
      if (this.#waiting.length < headByteLength + head) return;
      const message = this.#waiting.slice(headByteLength, headByteLength + head);
      this.#waiting = this.#waiting.slice(headByteLength + head);
      push(message);
      // Bytes are lent for the call only.
      message.fill(0xa5);
    }
  }
}

function headOf(value: number): Uint8Array {
  const head = new Uint8Array(headByteLength);
  new DataView(head.buffer).setUint32(0, value);
  return head;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
