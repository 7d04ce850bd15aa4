// node drain-client.mjs OPTIONS: sessions that call and send one-way messages without a pause, and outlive their host, until told to stop.
import { connect } from "@bowline/client";
import { Ledger, ledgerEndpoint, paddingOf, replyTo, sharedNowMs } from "./service.mjs";

const { port, transport, version, sessionCount, inFlightCount } = JSON.parse(process.argv[2]);
/** Errors of one session that are kept word for word. */
const keptErrorCount = 5;
const paddingByteLength = 16;

class BusySession {
  tally = {
    calls: 0,
    oneWays: 0,
    answered: 0,
    errorCount: 0,
    errors: [],
    reopenCount: 0,
    inDoubt: [],
    worstPauseMs: 0,
  };
  #sent = 0;
  #isStopped = false;
  #answeredAtMs = 0;

  constructor(index) {
    this.index = index;
  }

  async open() {
    const endpoint = ledgerEndpoint({ port, transport, version, windowSize: 32, path: "ledger" });
    this.client = await connect(Ledger, endpoint, { onSessionLost: "reopen" });
    this.client.session.onReopen(({ inDoubt }) => {
      this.tally.reopenCount += 1;
      this.tally.inDoubt.push(...inDoubt.map(({ operation }) => operation));
    });
  }

  /** Each of the loops waits for its own messages only: one calls, the next one sends and does not wait for answers, and so on. */
  async run() {
    this.#answeredAtMs = sharedNowMs();
    await Promise.all(
      Array.from({ length: inFlightCount }, (_, loop) => (loop % 3 === 2 ? this.#tell() : this.#ask())),
    );
    await this.client.session.acknowledged();
    await this.client.close();
  }

  stop() {
    this.#isStopped = true;
  }

  get report() {
    const { index, tally } = this;
    return { index, sent: this.#sent, ...tally };
  }

  async #ask() {
    while (!this.#isStopped) {
      const message = this.#next();
      this.tally.calls += 1;
      try {
        const reply = await this.client.Ask(message);
        if (reply !== replyTo(this.index, message.number, paddingByteLength))
          throw new Error(`call ${message.number} was answered with ${reply}`);
        this.tally.answered += 1;
        const nowMs = sharedNowMs();
        this.tally.worstPauseMs = Math.max(this.tally.worstPauseMs, nowMs - this.#answeredAtMs);
        this.#answeredAtMs = nowMs;
      } catch (error) {
        this.#note(message.number, error);
      }
    }
  }

  async #tell() {
    while (!this.#isStopped) {
      const message = this.#next();
      this.tally.oneWays += 1;
      try {
        await this.client.Tell(message);
      } catch (error) {
        this.#note(message.number, error);
      }
    }
  }

  #next() {
    const number = ++this.#sent;
    return { session: this.index, number, padding: paddingOf(number, paddingByteLength) };
  }

  #note(number, error) {
    this.tally.errorCount += 1;
    if (this.tally.errors.length < keptErrorCount)
      this.tally.errors.push(`message ${number}: ${error.code ?? error.name}: ${error.message}`);
  }
}

const sessions = Array.from({ length: sessionCount }, (_, index) => new BusySession(index));
const tell = (type) => process.send({ type, sessions: sessions.map((session) => session.report) });

process.on("disconnect", () => process.exit());
process.on("message", async ({ type }) => {
  if (type === "progress") tell("progress");
  else if (type === "stop") for (const session of sessions) session.stop();
  else if (type === "go") {
    const ends = await Promise.allSettled(sessions.map((session) => session.run()));
    const failed = ends.flatMap(({ reason }) => (reason === undefined ? [] : [`${reason.code}: ${reason.message}`]));
    process.send({ type: "done", sessions: sessions.map((session) => session.report), failed }, () => process.exit());
  }
});
await Promise.all(sessions.map((session) => session.open()));
tell("opened");
