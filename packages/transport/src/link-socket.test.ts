import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { FramedLink } from "@bowline/protocol/session";
import { expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { LinkSocket } from "./link-socket.ts";

it("hands on plain byte arrays, whose slice() is a copy, where Node gives a Buffer", () => {
  const socket = new EventEmitter();
  const received: Uint8Array[] = [];
  const owner = { received: (_link: unknown, bytes: Uint8Array) => received.push(bytes), closed: () => undefined };
  const link = { takeOutput: () => undefined } as unknown as FramedLink;
  new LinkSocket(socket as Socket, link, owner, systemClock);
  socket.emit("data", Buffer.from([1, 2, 3]));
  expect(Object.getPrototypeOf(received[0])).toBe(Uint8Array.prototype);
  expect(received[0]).toEqual(Uint8Array.of(1, 2, 3));
});

it("resets a connection that is not closed in order (R-LIVE-FAULT-2)", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const failed = once(client, "error");
  const [socket] = (await once(server, "connection")) as [Socket];
  const link = { takeOutput: () => undefined } as unknown as FramedLink;
  const owner = { received: () => undefined, closed: () => undefined };
  new LinkSocket(socket, link, owner, systemClock).close(false);
  expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
  server.close();
});
