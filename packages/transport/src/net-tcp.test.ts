import { describe, expect, it } from "vitest";
import { type NetTcpOptions, netTcp } from "./net-tcp.ts";

describe("netTcp", () => {
  it.each([
    ["net.tcp://localhost:8808/desk", "localhost", 8808, "/desk"],
    ["net.tcp://localhost/desk", "localhost", 808, "/desk"],
    ["NET.TCP://Host.Example:1/A/b", "Host.Example", 1, "/A/b"],
    ["net.tcp://127.0.0.1:0", "127.0.0.1", 0, "/"],
    ["net.tcp://[::1]:8808/desk", "::1", 8808, "/desk"],
    ["net.tcp://0.0.0.0:8808/desk/", "0.0.0.0", 8808, "/desk/"],
  ])("takes %s apart, and keeps it as given", (address, host, port, path) => {
    expect(netTcp(address)).toMatchObject({ address, host, port, path });
  });

  it.each([
    "",
    "localhost:8808/desk",
    "http://localhost:8808/desk",
    "net.tcp:/localhost/desk",
    "net.tcp://",
    "net.tcp://:8808/desk",
    "net.tcp://local host/desk",
    "net.tcp://user@host/desk",
    "net.tcp://host:port/desk",
    "net.tcp://host:8808/desk?x=1",
    "net.tcp://host:8808/desk#x",
  ])("refuses %j", (address) => {
    expect(() => netTcp(address)).toThrow(`${JSON.stringify(address)} is no net.tcp address`);
  });

  it("refuses a port that is none", () => {
    expect(netTcp("net.tcp://host:65535/").port).toBe(65_535);
    expect(() => netTcp("net.tcp://host:65536/")).toThrow("port 65536; ports end at 65535");
  });

  it("has WCF's defaults, save a wider window", () => {
    expect(netTcp("net.tcp://host/")).toMatchObject({
      reliable: undefined,
      openTimeoutMs: 60_000,
      closeTimeoutMs: 60_000,
      sendTimeoutMs: 60_000,
      receiveTimeoutMs: 600_000,
      maxReceivedMessageSize: 65_536,
      maxHeaderCount: 64,
      maxSessionByteLength: 2048,
    });
    expect(netTcp("net.tcp://host/", { reliableSession: {} }).reliable).toMatchObject({
      version: "1.0",
      ordered: true,
      inactivityTimeoutMs: 600_000,
      maxTransferWindowSize: 4096,
    });
  });

  it("lays reader quotas over the defaults one by one", () => {
    const { readerQuotas } = netTcp("net.tcp://host/", { readerQuotas: { maxDepth: 5 } });

    expect(readerQuotas).toMatchObject({ maxDepth: 5, maxAttributeCount: 256 });
  });

  it.each(["openTimeoutMs", "closeTimeoutMs", "sendTimeoutMs", "receiveTimeoutMs"] as const)(
    "takes for %s any time above 0, Infinity for none",
    (name) => {
      expect(netTcp("net.tcp://host/", { [name]: Number.POSITIVE_INFINITY })[name]).toBe(Number.POSITIVE_INFINITY);
      expect(netTcp("net.tcp://host/", { [name]: 0.5 })[name]).toBe(0.5);
      for (const value of [0, -1, Number.NaN, "60"]) {
        const options = { [name]: value } as NetTcpOptions;
        expect(() => netTcp("net.tcp://host/", options)).toThrow(`${name} is ${value}; it must be above 0 ms`);
      }
    },
  );

  it.each(["maxReceivedMessageSize", "maxHeaderCount", "maxSessionByteLength"] as const)(
    "takes for %s whole numbers from 1 to 2147483647",
    (name) => {
      expect(netTcp("net.tcp://host/", { [name]: 1 })[name]).toBe(1);
      expect(netTcp("net.tcp://host/", { [name]: 2 ** 31 - 1 })[name]).toBe(2 ** 31 - 1);
      for (const value of [0, 2 ** 31, 1.5, Number.POSITIVE_INFINITY, Number.NaN]) {
        expect(() => netTcp("net.tcp://host/", { [name]: value })).toThrow(
          `${name} is ${value}; it must be a whole number from 1 to 2147483647`,
        );
      }
    },
  );

  it.each(["maxDepth", "maxStringContentLength", "maxArrayLength", "maxBytesPerRead", "maxAttributeCount"] as const)(
    "takes for readerQuotas.%s whole numbers from 1 to 2147483647",
    (name) => {
      expect(netTcp("net.tcp://host/", { readerQuotas: { [name]: 1 } }).readerQuotas[name]).toBe(1);
      for (const value of [0, 2 ** 31, 1.5, Number.NaN]) {
        expect(() => netTcp("net.tcp://host/", { readerQuotas: { [name]: value } })).toThrow(
          `readerQuotas.${name} is ${value}; it must be a whole number from 1 to 2147483647`,
        );
      }
    },
  );
});
