// What our client does with a host of the Mono contracts, over plain net.tcp and over HTTP requests, each case on a session of its own.

import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { basicHttp, ContractFault, connect, DateTime, netTcp, wsHttp } from "@bowline/client";
import { MonoCalculator, MonoPrices, MonoProblem } from "./mono/contracts.mjs";

/** A close that takes longer is a failure: WCF's own time-outs are in the region of seconds. */
const closeLimitMs = 1_000;
const caseTimeoutMs = 10_000;

/**
 * @typedef {import("@bowline/client").Client<typeof MonoCalculator>} Calculator
 * @typedef {import("@bowline/client").Client<typeof MonoPrices>} Prices
 * @typedef {{ prices: Prices, heard: string[] }} PricesCase
 */

const order = {
  Amount: "12345678901234.5678",
  Big: -(2n ** 63n),
  Blob: Uint8Array.from({ length: 300 }, (_, index) => index),
  Colour: /** @type {const} */ ("Green"),
  Customer: "Zoë <&>",
  Id: -7,
  Key: "00112233-4455-6677-8899-aabbccddeeff",
  Lines: [{ Quantity: 1, Sku: "A" }, null, { Quantity: 300_000, Sku: null }],
  Maybe: null,
  Rush: true,
  Tags: ["x", null, ""],
  Weight: 1.5e-300,
  When: DateTime.parse("2026-11-22T01:02:03.4567891Z"),
};

/** @type {Readonly<Record<string, (calculator: Calculator) => Promise<void>>>} */
const calculatorCases = {
  async "request-reply"(calculator) {
    assert.equal(await calculator.Add({ a: 40, b: 2 }), 42);
    assert.equal(await calculator.Add({ a: -2147483647, b: -1 }), -2147483648);
    for (const text of ["Zoë <&> € \u{1f600}", "", null, "x".repeat(40_000)]) {
      assert.equal(await calculator.Echo({ text }), text);
    }
  },
  async "many-calls-one-by-one"(calculator) {
    for (let index = 0; index < 50; index++) assert.equal(await calculator.Add({ a: index, b: index }), 2 * index);
  },
  async "calls-at-once"(calculator) {
    const sums = await Promise.all(Array.from({ length: 20 }, (_, index) => calculator.Add({ a: index, b: 1 })));
    assert.deepEqual(
      sums,
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  },
  async "one-way"(calculator) {
    const before = await calculator.LogCount();
    for (const text of ["one", "two", null]) await calculator.Log({ text });
    await eventually(async () => (await calculator.LogCount()) - before, 3);
  },
  async bytes(calculator) {
    const data = Uint8Array.from({ length: 2_000 }, (_, index) => index);
    assert.deepEqual(plain(await calculator.Reverse({ data })), plain(data.slice().reverse()));
    assert.deepEqual(plain(await calculator.Reverse({ data: new Uint8Array(0) })), []);
    assert.equal(await calculator.Reverse({ data: null }), null);
  },
  async types(calculator) {
    assert.deepEqual(shown(await calculator.Bounce({ order })), shown(order));
    assert.equal(await calculator.Bounce({ order: null }), null);
  },
  async "typed-fault"(calculator) {
    for (const why of ["because", "Zoë <&>"]) {
      const fault = await calculator.Fail({ why }).then(
        () => assert.fail("Fail() gave a reply"),
        (/** @type {unknown} */ error) => error,
      );
      assert.ok(fault instanceof ContractFault, `no ContractFault, but ${fault}`);
      assert.equal(fault.type, MonoProblem);
      assert.deepEqual(fault.detail, { Why: why });
      assert.equal(fault.reason, `it was asked to fail: ${why}`);
      assert.equal(fault.faultCode, "Sender");
    }
    assert.equal(await calculator.Add({ a: 1, b: 2 }), 3);
  },
  async "close-without-a-call"() {},
};

/** @type {Readonly<Record<string, (peer: PricesCase) => Promise<void>>>} */
const pricesCases = {
  async callbacks({ prices, heard }) {
    assert.equal(await prices.Subscribe({ symbol: "ACME" }), 3);
    assert.deepEqual(heard, ["ACME 0.5", "ACME 1.5", "ACME 2.5", "keep ACME?"]);
    assert.equal(await prices.Subscribe({ symbol: "Zoë" }), 3);
    assert.equal(heard.length, 8);
  },
  async "one-way-on-duplex"({ prices }) {
    for (const text of ["one", "two"]) await prices.Note({ text });
    await eventually(() => prices.NoteCount(), 2);
  },
};

/**
 * Runs every case; `pauseMs` is waited before each connection.
 * @param {{ calculatorUri: string, pricesUri?: string }} uris `pricesUri` is left out over HTTP requests
 * @param {{ pauseMs?: number }} [options]
 * @returns {Promise<{ name: string, ok: boolean, detail: string }[]>}
 */
export async function runClientCases(uris, options = {}) {
  const results = [];
  for (const [name, run] of Object.entries(calculatorCases)) {
    await sleep(options.pauseMs ?? 0);
    const open = () => connect(MonoCalculator, endpoint(uris.calculatorUri));
    results.push(await result(name, open, run));
  }
  const { pricesUri } = uris;
  if (pricesUri === undefined) return results;
  for (const [name, run] of Object.entries(pricesCases)) {
    await sleep(options.pauseMs ?? 0);
    /** @type {string[]} */
    const heard = [];
    const callbacks = {
      Price: (/** @type {{ symbol: string | null, value: string }} */ { symbol, value }) => {
        heard.push(`${symbol} ${value}`);
      },
      Confirm: (/** @type {{ question: string | null }} */ { question }) => heard.push(question ?? "") > 0,
    };
    const open = () => connect(MonoPrices, endpoint(pricesUri), { callbacks });
    results.push(await result(name, open, (prices) => run({ prices, heard })));
  }
  return results;
}

/**
 * @template {import("@bowline/client").ClientMembers} Peer
 * @param {string} name @param {() => Promise<Peer>} open @param {(peer: Peer) => Promise<void>} run
 */
async function result(name, open, run) {
  const startedAtMs = performance.now();
  /** @type {Peer | undefined} */
  let peer;
  try {
    peer = await open();
    await Promise.race([run(peer), giveUp(caseTimeoutMs)]);
    const closedAtMs = performance.now();
    await peer.close();
    const closeMs = Math.round(performance.now() - closedAtMs);
    if (closeMs > closeLimitMs) throw new Error(`close() took ${closeMs} ms; at most ${closeLimitMs} are allowed`);
    const tookMs = Math.round(performance.now() - startedAtMs);
    return { name, ok: true, detail: `${tookMs} ms, closed in ${closeMs} ms` };
  } catch (error) {
    peer?.abort();
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** The binding that an address stands for, as in the Mono peer. @param {string} uri */
function endpoint(uri) {
  const options = { openTimeoutMs: 5_000, sendTimeoutMs: 5_000, closeTimeoutMs: 5_000 };
  if (!uri.startsWith("http:")) return netTcp(uri, options);
  return uri.endsWith("/basic") ? basicHttp(uri, options) : wsHttp(uri, options);
}

/** @param {number} timeoutMs @returns {Promise<never>} */
async function giveUp(timeoutMs) {
  await sleep(timeoutMs, undefined, { ref: false });
  throw new Error(`still running after ${timeoutMs} ms`);
}

/** Asks until the answer is as wanted: a one-way message is delivered a little later than it is sent. @param {() => Promise<number>} ask @param {number} wanted */
async function eventually(ask, wanted) {
  let answer = await ask();
  for (let attempt = 0; attempt < 50 && answer < wanted; attempt++) {
    await sleep(20);
    answer = await ask();
  }
  assert.equal(answer, wanted);
}

/** @param {Uint8Array | null} bytes */
function plain(bytes) {
  return bytes === null ? null : [...bytes];
}

/** An order with its values as text, so that two can be compared. @param {any} value @returns {any} */
function shown(value) {
  return JSON.parse(
    JSON.stringify(value, (_key, each) => {
      if (typeof each === "bigint") return String(each);
      return each instanceof Uint8Array ? [...each] : each;
    }),
  );
}
