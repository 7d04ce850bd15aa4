import { setTimeout as sleep } from "node:timers/promises";
import { connect, DateTime, Duration } from "@bowline/client";
import { Calculator, Log, Prices, Rich } from "../contracts.mjs";

/**
 * What the recorded client did, done with ours. Each returns what went wrong, which is nothing when all is as recorded.
 *
 * @typedef {import("./runs.mjs").Run} Run
 * @typedef {object} Stage
 * @property {Run} run
 * @property {any} endpoint
 * @property {Uint8Array} blob what Bytes sent, which was random
 * @property {number} answeredCount calls that the recorded host answers
 * @property {Promise<void>} played resolves when the recorded host has done its part
 */

const contracts = { calculator: Calculator, rich: Rich, prices: Prices, log: Log };

const order = {
  Amount: "12345678901234.5678",
  Big: -(2n ** 63n),
  Blob: Uint8Array.from({ length: 300 }, (_, index) => index & 0xff),
  Colour: "Green",
  Counts: new Map([
    ["a", 1],
    ["b", -1],
  ]),
  Customer: "Zoë <&>",
  Id: -7,
  Key: "00112233-4455-6677-8899-aabbccddeeff",
  Lines: [
    { Quantity: 1, Sku: "A" },
    { Quantity: 300_000, Sku: null },
  ],
  Maybe: null,
  Rush: true,
  Tags: ["x", null, ""],
  Wait: Duration.fromMs(1_234_567),
  Weight: 1.5e-300,
  When: DateTime.fromEpochMs(Date.UTC(2026, 10, 22, 1, 2, 3, 456)),
};

/** Calls of one scenario; `client` is open. @typedef {(client: any, stage: Stage) => Promise<void>} Calls */

/** @type {Calls} */
async function requestReply(client) {
  await expectReply(client.Add({ a: 2, b: 3 }), 5);
  await expectReply(client.Echo({ text: "héllo é中" }), "héllo é中");
  const sent = [client.Log({ text: "one-way 1" }), client.Log({ text: "one-way 2" })];
  await expectReply(client.Echo({ text: "" }), "");
  await Promise.all(sent);
  await expectReply(client.Echo({ text: null }), null);
  await expectReply(client.Echo({ text: "x".repeat(200) }), "x".repeat(200));
  for (let i = 0; i < 3; i++) await expectReply(client.Add({ a: i, b: i }), 2 * i);
  await client.close();
}

/** @type {Record<string, Calls>} */
const scenarios = {
  "request-reply": requestReply,
  unordered: requestReply,

  async callbacks(client) {
    await expectReply(client.Subscribe({ symbol: "ACME", count: 3 }), 3);
    await client.Note({ text: "done" });
    await client.close();
  },

  async types(client, { blob, played }) {
    await expectReply(client.Bounce({ order }), order);
    await expectReply(client.Bytes({ data: blob }), blob);
    const failure = await expectFailure(client.Fail({ why: "because" }));
    check(failure.code === "CONTRACT_FAULT" && failure.detail?.Why === "because", `Fail gave ${failure}`);
    await expectReply(client.Bounce({ order: null }), null);
    const crash = await expectFailure(client.Crash());
    check(crash.code === "SOAP_FAULT" && crash.faultCode === "Receiver", `Crash gave ${crash}`);
    // The recorded program saw that its channel was done for and aborted it.
    await Promise.race([played, sleep(300)]);
    client.abort();
  },

  async burst(client) {
    const calls = Array.from({ length: 40 }, (_, a) => client.Add({ a, b: 1 }));
    const sums = await Promise.all(calls);
    check(
      sums.every((sum, a) => sum === a + 1),
      `the sums are ${sums}`,
    );
    await client.close();
  },

  async keepalive(client) {
    await expectReply(client.Add({ a: 1, b: 1 }), 2);
    await sleep(9_000);
    await expectReply(client.Add({ a: 2, b: 2 }), 4);
    await client.close();
  },

  async "receive-timeout"(client) {
    await expectReply(client.Add({ a: 1, b: 1 }), 2);
    const error = await client.session.ended;
    check(error?.code === "SESSION_ABORTED_BY_PEER" || error?.isRemote === true, `the session ended with ${error}`);
    check(/user abort/.test(error?.message ?? ""), `the session's error does not repeat the host's reason: ${error}`);
  },

  async "inactivity-timeout"(client) {
    await expectReply(client.Add({ a: 1, b: 1 }), 2);
    const error = await client.session.ended;
    check(error?.isRemote === true, `the session ended with ${error}`);
    check(/inactivity timeout/.test(error?.message ?? ""), `the error does not repeat the host's reason: ${error}`);
  },

  async abort(client) {
    await expectReply(client.Add({ a: 1, b: 2 }), 3);
    await sleep(30);
    client.abort();
    const error = await client.session.ended;
    check(error?.isRemote === false, `the session ended with ${error}`);
  },

  /** The recorded host drops each connection on which a session comes back: the last call stays without an answer. */
  async cut(client, { answeredCount, played }) {
    const { id } = client.session;
    for (let a = 0; a < answeredCount; a++) await expectReply(client.Add({ a, b: 1 }), a + 1);
    const call = expectFailure(client.Add({ a: answeredCount, b: 1 }));
    await Promise.race([played, call]);
    check(client.session.state === "opened", `the session is ${client.session.state} after the cuts, not opened`);
    check(client.session.id === id, `the session is another one: ${client.session.id}, not ${id}`);
    check(client.session.reconnectCount >= 1, "the session never had its connection back");
    client.abort();
    await call;
  },
};

/** @param {Stage} stage */
export async function playScenario(stage) {
  const { run, endpoint } = stage;
  const contract = /** @type {any} */ (contracts[run.service]);
  if (run.scenario === "refused") return refused(contract, endpoint);
  const calls = scenarios[run.scenario];
  if (calls === undefined) throw new Error(`nothing is known of the scenario ${run.scenario}`);
  const prices = { count: 0 };
  const client = await connect(contract, endpoint, {
    callbacks: {
      Price: (/** @type {{ value: number }} */ { value }) => {
        check(value === prices.count + 0.5, `price ${prices.count} is ${value}`);
        prices.count += 1;
      },
      Confirm: (/** @type {{ n: number }} */ { n }) => 2 * n,
    },
  });
  try {
    await calls(client, stage);
  } finally {
    client.abort();
  }
}

/** @param {any} contract @param {any} endpoint */
async function refused(contract, endpoint) {
  const error = await expectFailure(connect(contract, endpoint));
  check(error.name === "SessionError" && error.isRemote === true, `connecting failed with ${error}`);
  check(/must contain an offer/.test(error.message), `the error does not repeat the host's reason: ${error}`);
}

/** @param {Promise<unknown>} promise @returns {Promise<any>} */
async function expectFailure(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`it succeeded with ${print(value)}`);
}

/** @param {Promise<unknown>} promise @param {unknown} wanted */
async function expectReply(promise, wanted) {
  const got = await promise;
  check(print(got) === print(wanted), `the reply is ${print(got)}, not ${print(wanted)}`);
}

/** @param {boolean} isTrue @param {string} message */
function check(isTrue, message) {
  if (!isTrue) throw new Error(message);
}

/** @param {unknown} value */
function print(value) {
  return JSON.stringify(value, (_key, item) => {
    if (typeof item === "bigint") return String(item);
    if (item?.type === "Buffer") return Buffer.from(item.data).toString("base64");
    if (item instanceof Uint8Array) return Buffer.from(item).toString("base64");
    return item instanceof Map ? [...item] : item;
  });
}
