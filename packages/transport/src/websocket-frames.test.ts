import type { Writable } from "node:stream";
import { expect, it } from "vitest";
import * as ws from "ws";
import { framesOf } from "./websocket-frames.ts";

/** The frames' reader of ws, which its types leave out. */
const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => Writable };

const byteLengths = [0, 1, 2, 3, 4, 5, 125, 126, 127, 1000, 65_535, 65_536, 70_001];

it.each([false, true])(
  "frames are read as the messages that they were made of (masked: %s, RFC 6455 5.2)",
  (isMasked) => {
    const messages = byteLengths.map((byteLength, seed) =>
      Uint8Array.from({ length: byteLength }, (_, index) => index * 31 + seed),
    );
    // One after the other in one piece, so that every alignment is met.
    const sent = [...messages, ...messages.slice(0, 7), ...messages];
    const receiver = new Receiver({ isServer: isMasked, allowSynchronousEvents: true });
    const received: Uint8Array[] = [];
    receiver.on("message", (data: Uint8Array, isBinary: boolean) => {
      expect(isBinary).toBe(true);
      received.push(new Uint8Array(data));
    });

    receiver.write(framesOf(sent, isMasked));

    expect(received).toEqual(sent);
  },
);

it("each masked frame has a mask of its own (RFC 6455 5.3)", () => {
  const message = new Uint8Array(16);
  const frames = framesOf([message, message], true);
  const [first, second] = [frames.subarray(2, 6), frames.subarray(24, 28)];
  expect(first).not.toEqual(second);
});
