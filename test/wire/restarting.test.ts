import { connect, type Endpoint, netHttp, netTcp } from "@bowline/client";
import { ServiceHost } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { Desk, deskHandlers, until } from "./loopback.ts";

const transports = {
  "net.tcp": (port: number, version: "1.0" | "1.1"): Endpoint =>
    netTcp(`net.tcp://127.0.0.1:${port}/desk`, { reliableSession: { version, maxTransferWindowSize: 32 } }),
  websocket: (port: number, version: "1.0" | "1.1"): Endpoint =>
    netHttp(`ws://127.0.0.1:${port}/desk`, { reliableSession: { version, maxTransferWindowSize: 32 } }),
  http: (port: number, version: "1.0" | "1.1"): Endpoint =>
    netHttp(`http://127.0.0.1:${port}/desk`, { reliableSession: { version, maxTransferWindowSize: 32 } }),
};
const cases = Object.keys(transports).flatMap((transport) =>
  (["1.0", "1.1"] as const).map((version) => [transport as keyof typeof transports, version] as const),
);

// More restarts, with a host in a process of its own: `npm run test:drain`.
describe("a host that closes in order under load, and is started again", () => {
  it.each(cases)(
    "loses and doubles nothing over %s, RM %s (R-SEED-REOPEN-2, R-HTTP-CLOSE-2)",
    async (transport, version) => {
      const endpointAt = transports[transport];
      const notes: number[] = [];
      const sums: number[] = [];
      const start = async (port: number): Promise<ServiceHost> => {
        const host = new ServiceHost();
        const Add = ({ a }: { readonly a: number }): number => sums.push(a) && a;
        const Note = ({ number }: { readonly number: number }): void => void notes.push(number);
        host.addService(Desk, { ...deskHandlers, Add, Note }, { endpoints: [endpointAt(port, version)] });
        await host.open();
        onTestFinished(() => host.abort());
        return host;
      };
      let host = await start(0);
      const port = host.ports[0]!;
      const client = await connect(Desk, endpointAt(port, version), { onSessionLost: "reopen" });
      onTestFinished(() => client.abort());
      const inDoubt: number[] = [];
      let reopenCount = 0;
      client.session.onReopen((event) => {
        reopenCount += 1;
        inDoubt.push(...event.inDoubt.map(({ messageNumber }) => messageNumber));
      });
      let sentCount = 0;
      let isDone = false;
      const answers: number[] = [];
      const asking = async (): Promise<void> => {
        while (!isDone) answers.push(await client.Add({ a: ++sentCount, b: 0 }));
      };
      const telling = async (): Promise<void> => {
        while (!isDone) await client.Note({ number: ++sentCount });
      };
      const all = Promise.all([asking(), asking(), telling(), asking(), asking(), telling()]);

      for (let restart = 1; restart <= 3; restart++) {
        const before = answers.length;
        await until(() => answers.length > before + 20, "calls are answered", 20_000);
        const { cut } = await host.close({ drainTimeoutMs: 10_000 });
        expect(cut).toEqual([]);
        host = await start(port);
        await until(() => reopenCount === restart, "the session is opened again", 20_000);
      }
      isDone = true;
      await all;
      await client.session.acknowledged();
      await client.close();

      const expected = Array.from({ length: sentCount }, (_, index) => index + 1);
      expect([...notes, ...sums].sort((a, b) => a - b)).toEqual(expected);
      expect([...answers].sort((a, b) => a - b)).toEqual([...sums].sort((a, b) => a - b));
      expect(inDoubt).toEqual([]);
    },
  );
});
