import { once } from "node:events";
import { connect, createServer } from "node:net";
import { SeededRandom } from "./seeded-random.mjs";

/** How a connection ends. In the middle of a message, as a rule. */
const endings = ["cut", "reset", "half-close", "one-sided reset"];

/**
 * A TCP proxy between client and host that does to connections what bad networks do, as a seed draws it: the n-th connection of a
 * proxy always suffers the same, by the bytes that have passed through it in both directions.
 */
export class ChaosProxy {
  /** What was done so far. */
  counts = { cuts: 0, resets: 0, halfCloses: 0, stalls: 0, throttles: 0 };
  #seed;
  #targetPort;
  #meanByteLength;
  #isStormy = false;
  #planCount = 0;
  #server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  #passages = new Set();
  #onPassing;

  /** @param {{ targetPort: number, seed: number, meanByteLength: number }} options `meanByteLength`: of a connection's life */
  constructor({ targetPort, seed, meanByteLength }) {
    this.#targetPort = targetPort;
    this.#seed = seed;
    this.#meanByteLength = meanByteLength;
  }

  /** Connections that were ended by force. */
  get endedCount() {
    return this.counts.cuts + this.counts.resets + this.counts.halfCloses;
  }

  /** Listens on a free port and returns it. */
  async open() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this.#server.address().port;
  }

  /** From now on connections suffer, those that are open already included. */
  startStorm() {
    this.#isStormy = true;
    for (const passage of this.#passages) passage.suffer(this.#nextPlan());
  }

  /** Resets every connection once bytes are to pass over one: a client between two requests would not notice. */
  resetInPassing() {
    return new Promise((resolve) => {
      this.#onPassing = () => {
        this.#onPassing = undefined;
        for (const passage of this.#passages) passage.end("reset");
        resolve();
      };
    });
  }

  close() {
    this.#server.close();
    for (const passage of this.#passages) passage.drop();
  }

  #accept(client) {
    const host = connect({ host: "127.0.0.1", port: this.#targetPort, noDelay: true, allowHalfOpen: true });
    const passage = new Passage(client, host, this.counts, {
      onPassing: () => this.#onPassing?.(),
      onOver: () => this.#passages.delete(passage),
    });
    this.#passages.add(passage);
    if (this.#isStormy) passage.suffer(this.#nextPlan());
  }

  #nextPlan() {
    return drawPlan(new SeededRandom(this.#seed, ++this.#planCount), this.#meanByteLength);
  }
}

/**
 * What a connection will suffer, by the bytes passed until then: some trouble first, then its end.
 * @param {SeededRandom} random
 */
function drawPlan(random, meanByteLength) {
  // One in five ends young: inside the preamble, or in the first messages, which say whose the connection is.
  const lifeByteLength = random.isTrue(0.2)
    ? random.between(1, 700)
    : random.between(Math.ceil(meanByteLength / 10), Math.ceil(meanByteLength * 1.9));
  const plan = [];
  for (let count = random.between(0, 2); count > 0; count--) {
    const afterByteLength = random.between(1, lifeByteLength);
    plan.push(
      random.isTrue(0.5)
        ? {
            kind: "stall",
            afterByteLength,
            forMs: random.isTrue(0.05) ? random.between(500, 900) : random.between(2, 100),
          }
        : {
            kind: "throttle",
            afterByteLength,
            forByteLength: random.between(200, 4000),
            piece: random.between(1, 500),
          },
    );
  }
  plan.sort((a, b) => a.afterByteLength - b.afterByteLength);
  plan.push({ kind: random.pick(endings), afterByteLength: lifeByteLength, delayMs: random.between(0, 150) });
  return plan;
}

/** One connection through the proxy: two sockets, and what passes between them. */
class Passage {
  #client;
  #host;
  #counts;
  #onPassing;
  #onOver;
  #plan = [];
  #plannedAt = 0;
  #passedByteLength = 0;
  #throttled = { untilByteLength: 0, piece: 1 };
  /** Resolves when a stall is over. */
  #stalled;
  #isOver = false;

  constructor(client, host, counts, { onPassing, onOver }) {
    this.#client = client;
    this.#host = host;
    this.#counts = counts;
    this.#onPassing = onPassing;
    this.#onOver = onOver;
    for (const socket of [client, host]) socket.on("error", () => this.drop());
    this.#carry(client, host).catch(() => this.drop());
    this.#carry(host, client).catch(() => this.drop());
  }

  suffer(plan) {
    this.#plan = plan;
    this.#plannedAt = this.#passedByteLength;
  }

  /** The end of both sockets, however far they are. */
  drop() {
    this.#over();
    this.#client.destroy();
    this.#host.destroy();
  }

  /** Ends the connection by force. `towards` is the side that bytes were flowing to. */
  end(kind, towards = this.#client, delayMs = 0) {
    if (this.#isOver) return;
    const other = towards === this.#client ? this.#host : this.#client;
    switch (kind) {
      case "cut":
        this.#counts.cuts += 1;
        this.#over();
        towards.end();
        other.end();
        // What they still send meets nobody; a side that does not close in turn is not waited for.
        for (const socket of [towards, other]) socket.resume();
        this.#dropAfter(delayMs);
        return;
      case "half-close":
        // The other direction stays open until the side that was told closes it, or the time is over.
        this.#counts.halfCloses += 1;
        this.#plan = [];
        towards.end();
        this.#dropAfter(delayMs);
        return;
      case "one-sided reset":
        // The other side talks to nobody for a while, as behind a router that was restarted.
        this.#counts.resets += 1;
        this.#over();
        towards.resetAndDestroy();
        other.resume();
        setTimeout(() => other.resetAndDestroy(), delayMs);
        return;
      default:
        this.#counts.resets += 1;
        this.#over();
        towards.resetAndDestroy();
        other.resetAndDestroy();
    }
  }

  async #carry(source, target) {
    // Without `destroyOnReturn` a half-closed connection would lose its other half.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      for (let rest = chunk; rest.length > 0; ) {
        await this.#stalled;
        this.#onPassing();
        if (this.#isOver || !target.writable) return;
        const byteLength = Math.min(rest.length, this.#untilNextEvent());
        await this.#write(target, rest.subarray(0, byteLength));
        rest = rest.subarray(byteLength);
        this.#passedByteLength += byteLength;
        this.#happen(target);
      }
    }
    if (!this.#isOver) target.end();
    if (source.destroyed || (this.#client.readableEnded && this.#host.readableEnded)) this.#over();
  }

  /** Bytes that may pass at once. */
  #untilNextEvent() {
    const { untilByteLength, piece } = this.#throttled;
    const untilEvent = this.#plannedAt + (this.#plan[0]?.afterByteLength ?? Infinity) - this.#passedByteLength;
    return Math.max(1, Math.min(untilEvent, this.#passedByteLength < untilByteLength ? piece : Infinity));
  }

  async #write(target, bytes) {
    const hasRoom = target.write(bytes);
    if (this.#passedByteLength < this.#throttled.untilByteLength)
      await new Promise((resolve) => setTimeout(resolve, 1));
    else if (!hasRoom) await Promise.race([once(target, "drain"), once(target, "close")]);
  }

  #happen(target) {
    while (this.#plan.length > 0 && this.#plannedAt + this.#plan[0].afterByteLength <= this.#passedByteLength) {
      const event = this.#plan.shift();
      if (event.kind === "stall") {
        this.#counts.stalls += 1;
        this.#stalled = new Promise((resolve) => setTimeout(resolve, event.forMs));
      } else if (event.kind === "throttle") {
        this.#counts.throttles += 1;
        this.#throttled = { untilByteLength: this.#passedByteLength + event.forByteLength, piece: event.piece };
      } else return this.end(event.kind, target, event.delayMs);
    }
  }

  #dropAfter(delayMs) {
    setTimeout(() => this.drop(), delayMs);
  }

  #over() {
    this.#isOver = true;
    this.#onOver();
  }
}
