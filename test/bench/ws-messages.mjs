// The yardstick over WebSocket: the ws package, one message per body, nothing else.
import { WebSocket, WebSocketServer } from "ws";

/** First byte of a message: 1 wants an echo, 2 counts, 3 wants the count. */
export async function serveMessages() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  server.on("connection", (socket) => {
    let count = 0;
    socket.on("error", () => undefined);
    socket.on("message", (bytes) => {
      if (bytes[0] === 1) socket.send(bytes);
      else if (bytes[0] === 2) count += 1;
      else {
        const reply = Buffer.alloc(4);
        reply.writeUInt32LE(count);
        count = 0;
        socket.send(reply);
      }
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return server.address().port;
}

export async function messagesClient(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await new Promise((resolve) => socket.once("open", resolve));
  const waiting = [];
  socket.on("message", () => waiting.shift()());
  return {
    call(body) {
      return new Promise((resolve) => {
        waiting.push(resolve);
        socket.send(body);
      });
    },
    /** One-way messages, then one round trip that proves they all arrived. */
    async sendAll(body, count) {
      for (let sent = 0; sent < count; sent++) {
        if (sent % 512 === 511) await new Promise((resolve) => socket.send(body, resolve));
        else socket.send(body);
      }
      await new Promise((resolve) => {
        waiting.push(resolve);
        socket.send(Buffer.from([3]));
      });
    },
    close: () => socket.terminate(),
  };
}
