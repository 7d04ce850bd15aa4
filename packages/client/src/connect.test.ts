import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { ClientError, connect, contract, netTcp, oneWay, operation, xs } from "./index.ts";

const endpoint = netTcp("net.tcp://127.0.0.1:1/desk");

describe("connect", () => {
  it.each(["session", "close", "abort"])("refuses an operation called %s, a member of every client", async (key) => {
    const Taken = contract("urn:test", "ITaken", { [key]: operation({ request: {}, reply: xs.int }) });

    const attempt = connect(Taken, endpoint);

    await expect(attempt).rejects.toBeInstanceOf(ClientError);
    await expect(attempt).rejects.toMatchObject({
      code: "CLIENT_OPERATION_NAME_TAKEN",
      message: expect.stringContaining(`name: "${key}"`),
    });
  });

  it("refuses a contract with callbacks when there are no handlers for them", async () => {
    const Market = contract(
      "urn:test",
      "IMarket",
      { Subscribe: oneWay({}) },
      { callback: { Price: oneWay({}), Confirm: oneWay({}) } },
    );

    await expect(connect(Market, endpoint)).rejects.toMatchObject({
      code: "CLIENT_CALLBACKS_MISSING",
      message: expect.stringContaining("Price, Confirm"),
    });
  });

  it("refuses before anything is sent", async () => {
    let connectionCount = 0;
    const server = createServer(() => {
      connectionCount += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const Taken = contract("urn:test", "ITaken", { close: operation({ request: {}, reply: xs.int }) });

    await expect(connect(Taken, netTcp(`net.tcp://127.0.0.1:${port}/desk`))).rejects.toBeInstanceOf(ClientError);

    expect(connectionCount).toBe(0);
  });
});
