import { connect, type NetTcpOptions } from "@bowline/client";
import { contract, netTcp, oneWay, operation, ServiceHost, xs } from "@bowline/server";
import { describe, expect, it } from "vitest";
import { ownReading, readRecording } from "./passed-bytes.ts";
import type { PassedBytes } from "./pcap.ts";
import { RecordingRelay } from "./recording-relay.ts";
import { dissect, tsharkVersion } from "./tshark.ts";

const Desk = contract(
  "http://tempuri.org/",
  "IDesk",
  {
    Echo: operation({ request: { text: xs.string }, reply: xs.string }),
    Note: oneWay({ text: xs.string }),
    CallBack: operation({ request: { count: xs.int } }),
  },
  {
    callback: {
      Tick: oneWay({ number: xs.int }),
      Ask: operation({ request: { question: xs.string }, reply: xs.string }),
    },
  },
);

const flavours: readonly { readonly name: string; readonly options: NetTcpOptions }[] = [
  { name: "a plain session", options: {} },
  { name: "a reliable session of version 1.0", options: { reliableSession: { version: "1.0" } } },
  { name: "a reliable session of version 1.1", options: { reliableSession: { version: "1.1" } } },
];

describe.skipIf(tsharkVersion === undefined)("Wireshark's dissector of MC-NMF", () => {
  for (const { name, options } of flavours) {
    it(`reads ${name} record for record as we do, without a complaint`, async () => {
      const { passed, address } = await conversation(options);
      const dissection = dissect(passed);

      expect(dissection.complaints).toEqual([]);
      // Equal to what our decoder reads of every byte, so the dissector has left none over.
      expect(dissection.records).toEqual(ownReading(passed));
      expect(new Set(dissection.vias)).toEqual(new Set([address]));
      const [fromClient, fromServer] = [dissection.records["0 client"]!, dissection.records["0 server"]!];
      expect(fromClient.slice(0, 5)).toEqual(preamble);
      expect(fromServer[0]).toBe(preambleAck);
      expect(envelopeCount(fromClient)).toBeGreaterThan(20);
      expect(envelopeCount(fromServer)).toBeGreaterThan(20);
      expect([fromClient.at(-1), fromServer.at(-1)]).toEqual([end, end]);
    });
  }

  it("reads a recorded WCF session in the same way", () => {
    const { passed } = readRecording(new URL("../captures/tcp-rm10-callbacks/recording.jsonl", import.meta.url));

    expect(dissect(passed)).toMatchObject({ records: ownReading(passed), complaints: [] });
  });

  it("notices a single byte that is missing", async () => {
    const { passed } = await conversation({ reliableSession: {} });
    const index = passed.findIndex(({ from, bytes }) => from === "client" && bytes[0] === sizedEnvelope);
    const broken = passed.map((part, at) => (at === index ? { ...part, bytes: part.bytes.subarray(0, -1) } : part));

    expect(dissect(broken).complaints).not.toEqual([]);
  });
});

const sizedEnvelope = 6;
const end = "7";
const preambleAck = "11";
/** Version, mode, via, known encoding, preamble end. */
const preamble = ["0", "1", "2", "3", "12"];

/** Messages of every kind and size in both directions, then an orderly close. */
async function conversation(
  options: NetTcpOptions,
): Promise<{ readonly passed: readonly PassedBytes[]; readonly address: string }> {
  const host = new ServiceHost();
  host.addService(
    Desk,
    {
      Echo: ({ text }) => text,
      Note: () => undefined,
      async CallBack({ count }, { callback }) {
        for (let number = 1; number <= count; number++) await callback.Tick({ number });
        await callback.Ask({ question: "enough?" });
      },
    },
    { endpoints: [netTcp("net.tcp://127.0.0.1:0/desk", options)] },
  );
  await host.open();
  const relay = new RecordingRelay(host.ports[0]!);
  const address = `net.tcp://127.0.0.1:${await relay.open()}/desk`;
  const desk = await connect(Desk, netTcp(address, options), {
    callbacks: { Tick: () => undefined, Ask: () => "yes" },
  });
  for (const length of [0, 1, 100, 1_000, 20_000, 60_000]) await desk.Echo({ text: "é".repeat(length / 2) });
  await Promise.all(Array.from({ length: 20 }, (_, number) => desk.Echo({ text: `call ${number}` })));
  for (let number = 0; number < 10; number++) await desk.Note({ text: `note ${number}` });
  await desk.CallBack({ count: 10 });
  await desk.close();
  await host.close();
  await relay.close();
  return { passed: relay.passed, address };
}

function envelopeCount(records: readonly string[]): number {
  return records.filter((record) => record.startsWith(`${sizedEnvelope}:`)).length;
}
