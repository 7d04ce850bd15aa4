import type { Link } from "@bowline/protocol/session";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SystemClock } from "../clock.ts";
import { netHttp } from "../net-http.ts";
import { netTcp } from "../net-tcp.ts";
import { dialNetwork, obstacleTo } from "./connections.ts";
import { newDocumentCodec } from "./document-codecs.ts";

interface FakeWebSocket {
  readonly address: string;
  readonly subprotocols: readonly string[];
  binaryType: string;
  protocol: string;
  onopen(): void;
  onclose(event: { readonly code: number; readonly reason: string }): void;
  readonly close: () => void;
}

const owner = { received: (_link: Link, _bytes: Uint8Array) => undefined, closed: () => undefined };

describe("a connection from a browser", () => {
  let webSocket: FakeWebSocket;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", function opened(this: FakeWebSocket, address: string, subprotocols: readonly string[]) {
      webSocket = Object.assign(this, { address, subprotocols, protocol: "soap", close: vi.fn() });
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const dial = (signal = new AbortController().signal, options = {}) =>
    dialNetwork(netHttp("ws://host:8809/desk", options), owner, new SystemClock(), signal);

  it("offers the subprotocol alone, and takes whole messages as bytes (R-WS-OPEN-3)", async () => {
    const dialed = dial();
    expect(webSocket).toMatchObject({ address: "ws://host:8809/desk", binaryType: "arraybuffer" });
    expect(webSocket.subprotocols).toEqual(["soap", "bowline.endpoint-not-found"]);
    webSocket.onopen();
    expect((await dialed).remoteAddress).toBe("host:8809");
  });

  it("finds no endpoint where a host of ours says so (R-WS-PAGE-2)", async () => {
    const dialed = dial();
    webSocket.protocol = "bowline.endpoint-not-found";
    webSocket.onopen();
    await expect(dialed).rejects.toMatchObject({ code: "LINK_ENDPOINT_NOT_FOUND", isRemote: true });
    expect(webSocket.close).toHaveBeenCalledOnce();
  });

  it("fails when the browser cannot open it, when that takes too long, and when nobody wants it any more", async () => {
    const refused = dial();
    webSocket.onclose({ code: 1006, reason: "" });
    await expect(refused).rejects.toThrow("tells no reason");

    const late = dial(undefined, { openTimeoutMs: 500 });
    vi.advanceTimersByTime(501);
    await expect(late).rejects.toThrow("did not open within openTimeoutMs 500");
    expect(webSocket.close).toHaveBeenCalledOnce();

    const controller = new AbortController();
    const unwanted = dial(controller.signal);
    controller.abort(new Error("enough"));
    await expect(unwanted).rejects.toThrow("enough");
    expect(webSocket.close).toHaveBeenCalledOnce();
    await expect(dial(controller.signal)).rejects.toThrow("enough");
  });

  it("is refused for what no browser can do, and says what to use (R-WS-PAGE-3, R-WCF-TEXT-5)", () => {
    expect(obstacleTo(netHttp("ws://host/desk", { keepAliveIntervalMs: 10 }))).toBeUndefined();
    expect(obstacleTo(netHttp("wss://host/desk"))).toBeUndefined();
    expect(obstacleTo(netHttp("wss://host/desk", { tls: { ca: "pem", rejectUnauthorized: false } }))).toBe(
      "a browser decides itself whom it trusts; leave out tls.ca, tls.rejectUnauthorized",
    );
    const text = obstacleTo(netHttp("ws://host/desk", { encoding: "text" }));
    expect(text).toMatch(/^a browser speaks the binary encoding alone.*; leave out encoding: "text"$/);
    expect(() => newDocumentCodec()).toThrow(text);
    expect(obstacleTo(netTcp("net.tcp://host/desk"))).toMatch(/^a browser has no connections for net.tcp; use netHttp/);
  });
});
