// The client process of one measurement: prints one JSON line with the rates.
import { framesBody, framesClient } from "./net-frames.mjs";
import { echoBody, echoClient } from "./service.mjs";

const [kind, port, byteLengthText, bodyKind, secondsText] = process.argv.slice(2);
const byteLength = Number(byteLengthText);
const seconds = Number(secondsText);
const isFrames = kind === "net-frames";
const client = isFrames ? await framesClient(Number(port)) : await echoClient(Number(port), kind);
const body = (wish) => (isFrames ? framesBody(byteLength, wish) : echoBody(byteLength, bodyKind === "string"));

/** Runs `round` until the time is over and returns how many it made per second. */
async function rate(round) {
  const from = performance.now();
  let count = 0;
  while (performance.now() - from < seconds * 1000) count += await round();
  return count / ((performance.now() - from) / 1000);
}

const call = body(1);
const put = body(2);
const sequential = async () => {
  for (let index = 0; index < 50; index++) await client.call(call);
  return 50;
};
const inFlight = async () => {
  const lane = async () => {
    for (let index = 0; index < 20; index++) await client.call(call);
  };
  await Promise.all(Array.from({ length: 64 }, lane));
  return 64 * 20;
};
const acknowledged = async () => {
  await client.sendAll(put, 8192);
  return 8192;
};

// Both processes compile their hot code first: a cold start is not what is compared.
for (const round of [sequential, inFlight, acknowledged, sequential]) await rate(round);
const w1 = await rate(sequential);
const w2 = await rate(inFlight);
const w3 = await rate(acknowledged);
process.stdout.write(`${JSON.stringify({ w1, w2, w3 })}\n`);
await client.close();
process.exit();
