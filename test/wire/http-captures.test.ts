import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { connect, contract, nillable, oneWay, operation, wsHttp, xs } from "@bowline/client";
import { ServiceHost } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";

/** One POST and what answered it, as .NET made XML of both. */
interface RecordedExchange {
  readonly request: string;
  readonly status: number;
  readonly response: string;
}

const text = nillable(xs.string);
const Calculator = contract("http://tempuri.org/", "ICalculator", {
  Add: operation({ request: { a: xs.int, b: xs.int }, reply: xs.int }),
  Echo: operation({ request: { text }, reply: text }),
  Log: oneWay({ text }),
});

const runs = [
  { run: "http-plain-request-reply", path: "/http", options: {} },
  // The recorded host has room for eight.
  { run: "http-rm10-request-reply", path: "/http10", options: reliable("1.0") },
  { run: "http-rm11-request-reply", path: "/http11", options: reliable("1.1") },
];

function reliable(version: "1.0" | "1.1") {
  return { reliableSession: { version, maxTransferWindowSize: 8 } };
}

describe.each(runs)("the recorded conversation $run", ({ run, path, options }) => {
  it("of a .NET client gets from our host the answers that its own host gave, letter by letter (R-HTTP-SHAPE-1)", async () => {
    const host = new ServiceHost();
    const handlers = {
      Add: ({ a, b }: { a: number; b: number }) => a + b,
      Echo: ({ text: said }: { text: string | null }) => said,
      Log: () => undefined,
    };
    host.addService(Calculator, handlers, { endpoints: [wsHttp(`http://127.0.0.1:0${path}`, options)] });
    await host.open();
    onTestFinished(() => host.abort());
    const live = new Map<string, string>();
    for (const { request, status, response } of exchangesOf(run)) {
      const answer = await fetch(`http://127.0.0.1:${host.ports[0]}${path}`, {
        method: "POST",
        headers: { "content-type": "application/soap+xml; charset=utf-8" },
        body: replaced(request, live),
      });
      const said = await answer.text();
      pair(response, said, live);
      expect([answer.status, said]).toEqual([status, replaced(response, live)]);
      if (said !== "") expect(answer.headers.get("content-type")).toBe("application/soap+xml; charset=utf-8");
    }
    expect(host.sessions).toEqual([]);
  });

  it("of a .NET host gets from our client the requests that its own client made, letter by letter", async () => {
    const exchanges = exchangesOf(run);
    const live = new Map<string, string>();
    const problems: unknown[] = [];
    let count = 0;
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const said = Buffer.concat(chunks).toString().replaceAll(`:${port()}/`, ":19001/");
      const recorded = exchanges[count++];
      pair(recorded?.request ?? "", said, live);
      if (said !== replaced(recorded?.request ?? "", live)) problems.push([count, said, recorded?.request]);
      const headers = { "content-type": "application/soap+xml; charset=utf-8" };
      response.writeHead(recorded?.status ?? 500, headers).end(replaced(recorded?.response ?? "", live));
    });
    const port = (): number => (server.address() as AddressInfo).port;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());

    // The recorded client waits for each answer before it asks again.
    const endpoint = wsHttp(`http://127.0.0.1:${port()}${path}`, { ...options, maxConnections: 1 });
    const calculator = await connect(Calculator, endpoint);
    expect(await calculator.Add({ a: 2, b: 3 })).toBe(5);
    expect(await calculator.Echo({ text: "héllo é中" })).toBe("héllo é中");
    for (const number of [1, 2]) {
      await calculator.Log({ text: `one-way ${number}` });
      await calculator.session.acknowledged();
    }
    for (const said of ["", null, "x".repeat(200)]) expect(await calculator.Echo({ text: said })).toBe(said);
    for (let index = 0; index < 3; index++) expect(await calculator.Add({ a: index, b: index })).toBe(2 * index);
    await calculator.close();
    expect(problems).toEqual([]);
    expect(count).toBe(exchanges.length);
  });
});

function exchangesOf(run: string): readonly RecordedExchange[] {
  const file = fileURLToPath(new URL(`../captures/${run}/messages.jsonl`, import.meta.url));
  const lines = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { from?: string; head?: string; body?: string | null });
  const messages = lines.filter(({ head }) => head !== undefined);
  return messages.flatMap(({ from, body }, index) => {
    if (from !== "client") return [];
    const answer = messages[index + 1]!;
    return [{ request: body ?? "", status: Number(answer.head!.split(" ")[1]), response: answer.body ?? "" }];
  });
}

const idPattern = /urn:uuid:[0-9a-f-]{36}/g;

/** What one side calls by new identifiers, in the order in which they come. */
function pair(recorded: string, live: string, names: Map<string, string>): void {
  const ours = live.match(idPattern) ?? [];
  for (const [index, id] of (recorded.match(idPattern) ?? []).entries())
    if (!names.has(id) && ours[index] !== undefined) names.set(id, ours[index]);
}

function replaced(recorded: string, names: Map<string, string>): string {
  return recorded.replace(idPattern, (id) => names.get(id) ?? id);
}
