// The yardstick: raw node:net, 4-byte length prefix, one write per message, no protocol at all.
import { connect, createServer } from "node:net";

/** Calls `frame(bytes, from, to)` for each whole frame of a stream. */
function frames(socket, frame) {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32LE(at);
      if (bytes.length - at - 4 < length) break;
      frame(bytes, at + 4, at + 4 + length);
      at += 4 + length;
    }
    rest = bytes.subarray(at);
  });
}

function write(socket, body) {
  const bytes = Buffer.allocUnsafe(4 + body.length);
  bytes.writeUInt32LE(body.length, 0);
  bytes.set(body, 4);
  socket.write(bytes);
}

/** First byte of a frame: 1 wants an echo, 2 counts, 3 wants the count. */
export function serveFrames() {
  const server = createServer({ noDelay: true }, (socket) => {
    let count = 0;
    socket.on("error", () => undefined);
    frames(socket, (bytes, from, to) => {
      if (bytes[from] === 1) write(socket, bytes.subarray(from, to));
      else if (bytes[from] === 2) count += 1;
      else {
        const reply = Buffer.alloc(5);
        reply.writeUInt32LE(count, 1);
        count = 0;
        write(socket, reply);
      }
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

export async function framesClient(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await new Promise((resolve) => socket.once("connect", resolve));
  const waiting = [];
  frames(socket, () => waiting.shift()());
  return {
    call(body) {
      return new Promise((resolve) => {
        waiting.push(resolve);
        write(socket, body);
      });
    },
    /** One-way messages, then one round trip that proves they all arrived. */
    async sendAll(body, count) {
      for (let sent = 0; sent < count; sent++) {
        write(socket, body);
        if (socket.writableNeedDrain) await new Promise((resolve) => socket.once("drain", resolve));
      }
      await new Promise((resolve) => {
        waiting.push(resolve);
        write(socket, Buffer.from([3]));
      });
    },
    close: () => socket.destroy(),
  };
}
