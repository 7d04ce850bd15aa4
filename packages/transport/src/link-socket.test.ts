import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { FramedLink } from "@bowline/protocol/session";
import { expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { LinkSocket } from "./link-socket.ts";

it("hands on plain byte arrays, whose slice() is a copy, where Node gives a Buffer", () => {
  const socket = new EventEmitter();
  const received: Uint8Array[] = [];
  const owner = { received: (_link: FramedLink, bytes: Uint8Array) => received.push(bytes), closed: () => undefined };
  new LinkSocket(socket as Socket, {} as FramedLink, owner, systemClock);
  socket.emit("data", Buffer.from([1, 2, 3]));
  expect(Object.getPrototypeOf(received[0])).toBe(Uint8Array.prototype);
  expect(received[0]).toEqual(Uint8Array.of(1, 2, 3));
});
