import { connect, netHttp, netTcp } from "@bowline/client";
import { FramingRecordDecoder } from "@bowline/protocol/framing";
import { ServiceHost } from "@bowline/server";
import { expect, it, onTestFinished } from "vitest";
import { Desk, deskHandlers, serveDesk, sessionError, twoFlavours } from "./loopback.ts";
import { RecordingRelay } from "./recording-relay.ts";

it.each(twoFlavours)(
  "text over net.tcp is known encoding 3, and documents without a string table (%s) (R-WCF-TEXT-2, R-WCF-TEXT-3)",
  async (_name, options) => {
    const served = await serveDesk({ ...options, encoding: "text" });
    const relay = new RecordingRelay(served.port);
    const port = await relay.open();
    const client = await connect(Desk, netTcp(`net.tcp://127.0.0.1:${port}/desk`, { ...options, encoding: "text" }));
    expect(await client.Echo({ text: "grüß <dich>" })).toBe("grüß <dich>");
    await client.close();
    await relay.close();

    const decoder = new FramingRecordDecoder();
    const envelopes: string[] = [];
    let encoding: number | undefined;
    for (const { from, bytes } of relay.passed) if (from === "client") decoder.push(bytes);
    for (let record = decoder.next(); record !== undefined; record = decoder.next()) {
      if (record.type === "known-encoding") encoding = record.octet;
      if (record.type === "sized-envelope")
        envelopes.push(new TextDecoder().decode(record.bytes.subarray(record.from, record.to)));
    }
    expect(encoding).toBe(3);
    expect(envelopes.every((text) => text.startsWith("<s:Envelope ") && text.endsWith("</s:Envelope>"))).toBe(true);
    expect(envelopes.join("")).toContain("<text>grüß &lt;dich&gt;</text>");
  },
);

it("a client of another encoding is refused over net.tcp, and told so", async () => {
  const served = await serveDesk({});
  const error = await sessionError(connect(Desk, served.endpoint({ encoding: "text" })));
  expect([error.code, error.isRemote]).toEqual(["SESSION_REFUSED", true]);
  expect(error.message).toContain("Give both sides the same encoding");
  expect(served.errors).toHaveLength(1);
  expect(String(served.errors[0]!.error)).toContain("application/soap+xml");
});

it("a client of another encoding is refused over WebSocket, and told which the service takes (R-WS-OPEN-2)", async () => {
  const host = new ServiceHost();
  host.addService(Desk, deskHandlers, { endpoints: [netHttp("ws://127.0.0.1:0/desk", { encoding: "text" })] });
  await host.open();
  onTestFinished(() => host.abort());
  const address = `ws://127.0.0.1:${host.ports[0]}/desk`;
  const error = await sessionError(connect(Desk, netHttp(address)));
  expect(error.code).toBe("SESSION_REFUSED");
  expect(error.message).toContain("it expects messages of type application/soap+xml; charset=utf-8");
  const client = await connect(Desk, netHttp(address, { encoding: "text" }));
  onTestFinished(() => client.abort());
  expect(await client.Add({ a: 1, b: 2 })).toBe(3);
});

it("an encoding that does not exist is refused where it is named", () => {
  expect(() => netTcp("net.tcp://localhost/desk", { encoding: "mtom" as "text" })).toThrow(
    /encoding is "mtom"; it must be "binary" or "text"/,
  );
});

it("what XML text cannot carry is refused to the caller before anything is sent, and the session lives on (R-WCF-TEXT-1)", async () => {
  const served = await serveDesk({ encoding: "text" });
  const client = await connect(Desk, served.endpoint());
  onTestFinished(() => client.abort());
  const error = await client.Echo({ text: "\u0001" }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(String(error)).toContain("U+0001");
  expect(await client.Add({ a: 1, b: 2 })).toBe(3);
});
