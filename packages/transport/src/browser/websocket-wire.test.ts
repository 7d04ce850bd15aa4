import { type Link, LinkError, MessageLink } from "@bowline/protocol/session";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SystemClock } from "../clock.ts";
import { nativeUtf8 } from "./utf8.ts";
import { type BrowserWebSocket, BrowserWebSocketWire, maxBufferedByteLength } from "./websocket-wire.ts";

/** A browser's WebSocket, as far as a wire sees it. */
class FakeWebSocket implements BrowserWebSocket {
  binaryType = "arraybuffer";
  readonly protocol = "soap";
  readyState = 1;
  bufferedAmount = 0;
  onopen: BrowserWebSocket["onopen"] = null;
  onmessage: BrowserWebSocket["onmessage"] = null;
  onclose: BrowserWebSocket["onclose"] = null;
  readonly sent: string[] = [];

  send(message: Uint8Array): void {
    this.sent.push(new TextDecoder().decode(message));
  }

  close(code?: number): void {
    if (this.readyState > 1) return;
    this.readyState = 2;
    this.sent.push(`close ${code}`);
  }
}

function scene() {
  const webSocket = new FakeWebSocket();
  const link = new MessageLink({ utf8: nativeUtf8, maxMessageByteLength: 100 });
  link.connected();
  const news: unknown[] = [];
  const owner = {
    received: (of: Link, bytes: Uint8Array) => {
      of.push(bytes, 0);
      try {
        const record = of.next();
        if (record?.type === "sized-envelope") news.push([...record.bytes]);
        else if (record !== undefined) news.push(record.type);
      } catch (error) {
        news.push((error as LinkError).code);
      }
    },
    closed: (_link: Link, error: unknown) => news.push(error instanceof LinkError ? `closed ${error.code}` : "closed"),
  };
  const wire = new BrowserWebSocketWire(webSocket, link, owner, { clock: new SystemClock(), remoteAddress: "host:80" });
  const write = (text: string): void => {
    link.beginEnvelope().text(text);
    link.finishEnvelope();
  };
  return { webSocket, link, news, wire, write };
}

describe("a WebSocket of a browser", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => void vi.useRealTimers();
  });

  it("sends each message whole, and those of a turn together (R-WS-MESSAGE-1)", () => {
    const { webSocket, wire, write } = scene();
    write("one");
    write("two");
    expect(webSocket.sent).toEqual([]);
    wire.flush();
    expect(webSocket.sent).toEqual(["one", "two"]);
  });

  it("takes messages of either opcode, as bytes of their own (R-WS-MESSAGE-1)", () => {
    const { webSocket, news } = scene();
    webSocket.onmessage!({ data: Uint8Array.of(1, 2).buffer });
    webSocket.onmessage!({ data: "ä" });
    expect(news).toEqual([
      [1, 2],
      [0xc3, 0xa4],
    ]);
  });

  it("holds messages back while the browser has too many bytes, and sends them when it has room", () => {
    const { webSocket, link, wire, write } = scene();
    webSocket.send = (message) => {
      webSocket.sent.push(new TextDecoder().decode(message));
      webSocket.bufferedAmount = maxBufferedByteLength + 1;
    };
    write("one");
    write("two");
    wire.flush();
    write("three");
    link.end();
    wire.flush();
    vi.advanceTimersByTime(100);
    expect(webSocket.sent).toEqual(["one"]);
    webSocket.bufferedAmount = 0;
    vi.advanceTimersByTime(20);
    expect(webSocket.sent).toEqual(["one", "two"]);
    webSocket.bufferedAmount = 0;
    vi.advanceTimersByTime(20);
    expect(webSocket.sent).toEqual(["one", "two", "three", "close 1000"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sends what it holds back before it is closed in order (R-WS-CLOSE-1)", () => {
    const { webSocket, wire, write } = scene();
    webSocket.bufferedAmount = maxBufferedByteLength + 1;
    write("one");
    wire.flush();
    wire.close(true);
    wire.close(false);
    vi.advanceTimersByTime(100);
    expect(webSocket.sent).toEqual(["one", "close 1000"]);
    expect(wire.remoteAddress).toBeUndefined();
  });

  it("does not end in order when it is given up, and hears no more (R-WS-PAGE-1)", () => {
    const { webSocket, news, wire } = scene();
    wire.close(false);
    webSocket.onclose!({ code: 4001, reason: "" });
    expect(webSocket.sent).toEqual(["close 4001"]);
    expect(news).toEqual([]);
  });

  it("tells the peer what it did wrong with the codes that a page may send (R-WS-PAGE-1, R-WS-LIMIT-1)", () => {
    const tooLarge = scene();
    tooLarge.webSocket.onmessage!({ data: new ArrayBuffer(101) });
    expect(tooLarge.news).toEqual(["LINK_MESSAGE_TOO_LARGE"]);
    tooLarge.link.fault(new LinkError("LINK_MESSAGE_TOO_LARGE", "too large", { isRemote: false }));
    tooLarge.wire.flush();
    tooLarge.wire.close(false);
    expect(tooLarge.webSocket.sent).toEqual(["close 4009"]);
    const broken = scene();
    broken.link.fault(new Error("no envelope"));
    broken.wire.flush();
    expect(broken.webSocket.sent).toEqual(["close 4002"]);
  });

  it("takes a message without bytes for a broken connection", () => {
    const { webSocket, news } = scene();
    webSocket.onmessage!({ data: new ArrayBuffer(0) });
    expect(news).toEqual(["LINK_BROKEN"]);
  });

  it("ends by its close code: in order, lost, or refused (R-WS-CLOSE-1)", () => {
    for (const [code, told] of [
      [1000, ["end", "closed"]],
      [1005, ["end", "closed"]],
      [1006, ["closed LINK_BROKEN"]],
      [1013, ["LINK_SERVER_TOO_BUSY", "closed LINK_SERVER_TOO_BUSY"]],
      [4009, ["LINK_MESSAGE_TOO_LARGE", "closed LINK_MESSAGE_TOO_LARGE"]],
      [4500, ["LINK_BROKEN", "closed LINK_BROKEN"]],
    ] as const) {
      const { webSocket, news } = scene();
      webSocket.onclose!({ code, reason: "" });
      expect([code, news]).toEqual([code, told]);
    }
  });
});
