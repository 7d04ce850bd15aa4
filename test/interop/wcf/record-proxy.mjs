import { once } from "node:events";
import { connect, createServer } from "node:net";
import { FramingRecordDecoder } from "@bowline/protocol/framing";

/** A side that was told of the end of its connection and does not close in turn is not waited for longer than this. */
const closeGraceMs = 200;

/**
 * @typedef {import("node:net").Socket} Socket
 *
 * One record with an envelope on its way.
 * @typedef {{
 *   from: "client" | "host",
 *   connection: number,
 *   byteLength: number,
 *   hasStringTable: boolean,
 * }} PassingEnvelope `connection` counts from 1; `byteLength` is the whole record's. An envelope with a string table teaches its
 *   receiver what later ones refer to, so that it must arrive, once, and in its place.
 *
 * What becomes of it; undefined lets it pass. A cut ends the connection after so many bytes of the record.
 * @typedef {{ copyCount?: number, delayMs?: number } | { cut: "reset" | "close", afterByteLength: number } | undefined} Fate
 */

/** A proxy for net.tcp that knows where records begin and end, and lets `fateOf` decide about each that carries an envelope. */
export class RecordProxy {
  #targetPort;
  #fateOf;
  #connectionCount = 0;
  /** @type {Set<Passage>} */
  #passages = new Set();
  #server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));

  /** @param {{ targetPort: number, fateOf: (envelope: PassingEnvelope) => Fate }} options */
  constructor({ targetPort, fateOf }) {
    this.#targetPort = targetPort;
    this.#fateOf = fateOf;
  }

  /** Connections so far. */
  get connectionCount() {
    return this.#connectionCount;
  }

  /** Listens on a free port, and gives the part of the services' addresses before their path. */
  async open() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    return `net.tcp://127.0.0.1:${port}`;
  }

  close() {
    this.#server.close();
    for (const passage of this.#passages) passage.drop();
  }

  /** @param {Socket} client */
  #accept(client) {
    this.#connectionCount += 1;
    const connection = this.#connectionCount;
    const host = connect({ host: "127.0.0.1", port: this.#targetPort, noDelay: true, allowHalfOpen: true });
    const passage = new Passage({
      client,
      host,
      fateOf: (from, record) => this.#fateOf({ from, connection, ...record }),
      onOver: () => this.#passages.delete(passage),
    });
    this.#passages.add(passage);
  }
}

/** One connection through the proxy. */
class Passage {
  #client;
  #host;
  #fateOf;
  #onOver;
  #isOver = false;

  /**
   * @param {{
   *   client: Socket, host: Socket, onOver: () => void,
   *   fateOf: (from: "client" | "host", record: { byteLength: number, hasStringTable: boolean }) => Fate,
   * }} options
   */
  constructor({ client, host, fateOf, onOver }) {
    this.#client = client;
    this.#host = host;
    this.#fateOf = fateOf;
    this.#onOver = onOver;
    this.#carry(client, host, "client");
    this.#carry(host, client, "host");
  }

  get isOver() {
    return this.#isOver;
  }

  /** Ends the connection by force, for both sides alike. @param {"reset" | "close"} how */
  cut(how) {
    this.#over();
    for (const socket of [this.#client, this.#host]) {
      if (how === "reset") socket.resetAndDestroy();
      else socket.end();
      // What is still sent meets nobody.
      socket.resume();
    }
    setTimeout(() => this.drop(), closeGraceMs).unref();
  }

  /** The end of both sockets, however far they are. */
  drop() {
    this.#over();
    this.#client.destroy();
    this.#host.destroy();
  }

  /** @param {Socket} source @param {Socket} target @param {"client" | "host"} from */
  #carry(source, target, from) {
    const decoder = new FramingRecordDecoder();
    let pending = Buffer.alloc(0);
    let pendingOffset = 0;
    source.on("error", () => this.drop());
    source.on("end", () => {
      if (!this.#isOver) target.end();
    });
    source.on("close", () => {
      if (!this.#isOver && target.destroyed) this.drop();
    });
    source.on("data", (chunk) => {
      if (this.#isOver) return;
      pending = Buffer.concat([pending, chunk]);
      decoder.push(chunk);
      for (let record = decoder.next(); record !== undefined && !this.#isOver; record = decoder.next()) {
        const byteLength = decoder.streamOffset - pendingOffset;
        const isEnvelope = record.type === "sized-envelope";
        const hasStringTable = isEnvelope && record.bytes[record.from] !== 0;
        const bytes = pending.subarray(0, byteLength);
        pending = pending.subarray(byteLength);
        pendingOffset += byteLength;
        if (isEnvelope) this.#suffer(target, bytes, this.#fateOf(from, { byteLength, hasStringTable }));
        else target.write(bytes);
      }
    });
  }

  /** @param {Socket} target @param {Buffer} bytes @param {Fate} fate */
  #suffer(target, bytes, fate) {
    if (fate !== undefined && "cut" in fate) {
      // Nothing passes any more; what did is not to be lost with a reset.
      this.#over();
      target.write(bytes.subarray(0, fate.afterByteLength), () => this.cut(fate.cut));
      return;
    }
    const { copyCount = 1, delayMs = 0 } = fate ?? {};
    const send = () => {
      if (!this.#isOver && target.writable) for (let copy = 0; copy < copyCount; copy++) target.write(bytes);
    };
    if (delayMs === 0) send();
    else setTimeout(send, delayMs);
  }

  #over() {
    this.#isOver = true;
    this.#onOver();
  }
}
