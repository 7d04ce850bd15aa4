import { createServer, Socket } from "node:net";

/**
 * Raw sockets that play a side of a recording.
 *
 * @typedef {import("./playback.mjs").Playback} Playback
 * @typedef {import("./playback.mjs").Wire} Wire
 */

/** A port that was free a moment ago. @returns {Promise<number>} */
export async function freePort() {
  const { server, port } = await listen(() => undefined);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * @param {(socket: Socket) => void} onSocket
 * @returns {Promise<{ server: import("node:net").Server, port: number }>}
 */
function listen(onSocket) {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, onSocket);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = /** @type {import("node:net").AddressInfo} */ (server.address());
      resolve({ server, port: address.port });
    });
  });
}

/** @param {Socket} socket @param {number} connection @param {Playback} playback */
function report(socket, connection, playback) {
  const reader = playback.newReader();
  socket.on("data", (chunk) => {
    try {
      playback.received(connection, reader.push(new Uint8Array(chunk)));
    } catch (error) {
      playback.problems.push(`what our side sent cannot be read: ${error}`);
      socket.destroy();
    }
  });
  // Cut connections are part of the play; what is missing for them shows in the comparison.
  socket.on("error", () => undefined);
}

/** @param {Socket | undefined} socket @param {boolean} isReset */
function part(socket, isReset) {
  if (isReset) socket?.resetAndDestroy();
  else socket?.end();
}

/**
 * The recorded client's connections to our host.
 * @param {number} port
 * @param {Playback} playback
 * @returns {Wire & { stop: () => void, isOver: () => boolean }}
 */
export function clientWire(port, playback) {
  /** @type {Map<number, Socket>} */
  const sockets = new Map();
  return {
    async open(connection) {
      if (sockets.has(connection)) return;
      const socket = new Socket({ allowHalfOpen: true });
      sockets.set(connection, socket);
      report(socket, connection, playback);
      await new Promise((resolve, reject) => {
        socket.once("error", reject);
        socket.connect(port, "127.0.0.1", () => resolve(undefined));
      });
      socket.setNoDelay(true);
    },
    send: (connection, bytes) => sockets.get(connection)?.write(bytes),
    close: (connection, isReset) => part(sockets.get(connection), isReset),
    isOver: () => [...sockets.values()].every((socket) => socket.readableEnded || socket.destroyed),
    stop() {
      for (const socket of sockets.values()) socket.destroy();
    },
  };
}

/**
 * The recorded host's end of our client's connections.
 * @param {Playback} playback
 * @returns {Promise<Wire & { port: number, stop: () => void, isOver: () => boolean }>}
 */
export async function serverWire(playback) {
  /** @type {Map<number, Socket>} */
  const sockets = new Map();
  const { server, port } = await listen((socket) => {
    const connection = sockets.size + 1;
    sockets.set(connection, socket);
    playback.started();
    report(socket, connection, playback);
  });
  return {
    port,
    // What our client did to get here was waited for already.
    async open() {},
    send: (connection, bytes) => sockets.get(connection)?.write(bytes),
    close: (connection, isReset) => part(sockets.get(connection), isReset),
    isOver: () => [...sockets.values()].every((socket) => socket.readableEnded || socket.destroyed),
    stop() {
      server.close();
      for (const socket of sockets.values()) socket.destroy();
    },
  };
}
