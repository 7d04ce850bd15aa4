// node client.mjs OPTIONS: opens sessions, and when told to go sends on each its share of calls and one-way messages.
import { connect } from "@bowline/client";
import { SeededRandom } from "./seeded-random.mjs";
import { hostWindowSizes, Ledger, ledgerEndpoint, paddingOf, replyTo } from "./service.mjs";

const options = JSON.parse(process.argv[2]);
const { port, transport, version, seed, sessionCount, callCount, oneWayCount, largestByteLength } = options;
const windowSizes = [1, 2, 8, 32, 128];
const inFlightLimits = [1, 4, 16, 64];
/** Errors of one session that are kept word for word. */
const keptErrorCount = 5;

class LoadedSession {
  constructor(index) {
    this.index = index;
    this.random = new SeededRandom(seed, 1000 + index);
    this.windowSize = this.random.pick(windowSizes);
    this.inFlightLimit = this.random.pick(inFlightLimits);
    this.hostWindowSize = hostWindowSizes[index % hostWindowSizes.length];
    this.callsLeft = share(callCount, index);
    this.oneWaysLeft = share(oneWayCount, index);
    this.tally = { sent: 0, answered: 0, accepted: 0, errorCount: 0, errors: [], closed: false };
    this.inFlight = 0;
  }

  async open() {
    const { windowSize, hostWindowSize } = this;
    this.client = await connect(
      Ledger,
      ledgerEndpoint({ port, transport, version, windowSize, path: `ledger-${hostWindowSize}` }),
    );
  }

  async run() {
    try {
      while (this.callsLeft + this.oneWaysLeft > 0) {
        this.#sendOne();
        if (this.random.isTrue(0.005)) await pause(this.random.between(1, 5));
        while (this.inFlight >= this.inFlightLimit) await this.#somethingSettled();
      }
      while (this.inFlight > 0) await this.#somethingSettled();
      await this.client.session.acknowledged();
      await this.client.close();
      this.tally.closed = true;
    } catch (error) {
      this.#note(error);
    }
  }

  get report() {
    const { index, windowSize, hostWindowSize, inFlightLimit, inFlight, tally } = this;
    const reconnectCount = this.client?.session.reconnectCount ?? 0;
    return { index, windowSize, hostWindowSize, inFlightLimit, inFlight, reconnectCount, ...tally };
  }

  #sendOne() {
    const number = ++this.tally.sent;
    const byteLength = this.#paddingByteLength();
    const message = { session: this.index, number, padding: paddingOf(number, byteLength) };
    const isCall = this.random.next() * (this.callsLeft + this.oneWaysLeft) < this.callsLeft;
    if (isCall) {
      this.callsLeft -= 1;
      this.#track(this.client.Ask(message), (reply) => {
        if (reply !== replyTo(this.index, number, byteLength % 100))
          throw new Error(`call ${number} was answered with ${reply}`);
        this.tally.answered += 1;
      });
    } else {
      this.oneWaysLeft -= 1;
      this.#track(this.client.Tell(message), () => {
        this.tally.accepted += 1;
      });
    }
  }

  /** Mostly small; one in thirty large enough to take several packets. */
  #paddingByteLength() {
    const draw = this.random.next();
    const [least, most] = draw < 0.7 ? [0, 64] : draw < 0.97 ? [64, 1500] : [1500, 30_000];
    return Math.min(this.random.between(least, most), largestByteLength);
  }

  #track(promise, then) {
    this.inFlight += 1;
    promise
      .then(then)
      .catch((error) => this.#note(error))
      .finally(() => {
        this.inFlight -= 1;
        this.wake?.();
      });
  }

  #somethingSettled() {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  #note(error) {
    this.tally.errorCount += 1;
    const text = error.code === undefined ? String(error) : `${error.code}: ${error.message}`;
    if (this.tally.errors.length < keptErrorCount && !this.tally.errors.includes(text)) this.tally.errors.push(text);
  }
}

/** What of `total` falls to this session. */
function share(total, index) {
  return Math.floor((total + index) / sessionCount);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const sessions = Array.from({ length: sessionCount }, (_, index) => new LoadedSession(index));
const tell = (type) => process.send({ type, sessions: sessions.map((session) => session.report) });

process.on("disconnect", () => process.exit());
process.on("message", async ({ type }) => {
  if (type !== "go") return;
  const progress = setInterval(() => tell("progress"), 500);
  await Promise.all(sessions.map((session) => session.run()));
  clearInterval(progress);
  tell("done");
});
await Promise.all(sessions.map((session) => session.open()));
tell("opened");
