// The client process of one measurement: yardstick and sessions take turns in short slices, so that both meet the same machine.
import { echoBody, echoClient } from "./service.mjs";
import { yardsticks } from "./yardsticks.mjs";

const { transport, kinds, ports, byteLength, bodyKind, sliceSeconds, slices } = JSON.parse(process.argv[2]);

const sequential = async ({ client, call }) => {
  for (let index = 0; index < 50; index++) await client.call(call);
  return 50;
};
const inFlight = async ({ client, call }) => {
  const lane = async () => {
    for (let index = 0; index < 10; index++) await client.call(call);
  };
  await Promise.all(Array.from({ length: 64 }, lane));
  return 640;
};
const acknowledged = async ({ client, put }) => {
  await client.sendAll(put, 4096);
  return 4096;
};
const workloads = { w1: sequential, w2: inFlight, w3: acknowledged };

async function open(kind, index) {
  if (kind === "raw") {
    return {
      client: await yardsticks[transport].client(ports[index]),
      call: Buffer.alloc(byteLength, 1),
      put: Buffer.alloc(byteLength, 2),
    };
  }
  const body = echoBody(byteLength, bodyKind === "string");
  return { client: await echoClient(ports[index], transport, kind), call: body, put: body };
}

/** Runs `round` for one slice and returns how many it made per second. */
async function rate(round, subject) {
  const from = performance.now();
  let count = 0;
  while (performance.now() - from < sliceSeconds * 1000) count += await round(subject);
  return count / ((performance.now() - from) / 1000);
}

const subjects = await Promise.all(kinds.map(open));
// All of it once before anything counts: a cold start is not what is compared.
for (let turn = 0; turn < 4; turn++) {
  for (const round of Object.values(workloads)) for (const subject of subjects) await rate(round, subject);
}
/** Per workload, a list of slices; a slice has a rate for each kind. */
const rates = {};
for (const [name, round] of Object.entries(workloads)) {
  rates[name] = [];
  for (let slice = 0; slice < slices; slice++) {
    const turn = [];
    for (const subject of subjects) turn.push(await rate(round, subject));
    rates[name].push(turn);
  }
}
process.stdout.write(`${JSON.stringify(rates)}\n`);
for (const { client } of subjects) await client.close();
process.exit();
