import { FramingError } from "@bowline/protocol/framing";
import { UniqueId } from "@bowline/protocol/xml";
import { describe, expect, it } from "vitest";
import { ServerError } from "../errors.ts";
import { errorOf, imageOf } from "./error-image.ts";
import { type Batch, Outbox } from "./outbox.ts";
import { QueuedLengths } from "./queued-lengths.ts";
import { fromSharedMs, toSharedMs } from "./shared-time.ts";

/** What structured cloning between threads makes of a value. */
function crossed<T>(value: T): T {
  return structuredClone(value);
}

describe("an error that crosses between threads", () => {
  it("is of its class again, with its fields, its stack and its causes", () => {
    const cause = new TypeError("no such thing");
    const error = new ServerError("SERVER_TOO_BUSY", "too many", { cause });
    const again = errorOf(crossed(imageOf(error)));
    expect(again).toBeInstanceOf(ServerError);
    expect(again).toMatchObject({ name: "ServerError", code: "SERVER_TOO_BUSY", message: "too many" });
    expect(again.stack).toBe(error.stack);
    expect(again.cause).toBeInstanceOf(TypeError);
    expect((again.cause as Error).message).toBe("no such thing");
  });

  it("keeps the fields of errors of the layers below, and of the system", () => {
    const framing = new FramingError("FRAMING_SERVER_TOO_BUSY", "busy", { streamOffset: 7, faultUri: "urn:busy" });
    expect(errorOf(crossed(imageOf(framing)))).toMatchObject({ streamOffset: 7, faultUri: "urn:busy" });
    const system = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", errno: -104 });
    expect(errorOf(crossed(imageOf(system)))).toMatchObject({ name: "Error", code: "ECONNRESET", errno: -104 });
  });

  it("may be something else that was thrown, or hold what cannot be carried", () => {
    expect(errorOf(crossed(imageOf("just text")))).toMatchObject({ name: "Error", message: "just text" });
    const odd = Object.assign(new Error("odd"), { retry: () => undefined, socket: {}, count: 1 });
    odd.name = "OddError";
    const again = errorOf(crossed(imageOf(odd)));
    expect(again).toMatchObject({ name: "OddError", count: 1 });
    expect(Object.keys(again)).not.toContain("retry");
  });
});

describe("an identifier that crosses between threads", () => {
  it.each(["urn:uuid:00112233-4455-6677-8899-aabbccddeeff", "http://example.org/an-id"])("is %s again", (text) => {
    const id = UniqueId.parse(text);
    const again = UniqueId.like(crossed({ key: id.key, isGuid: id.isGuid }));
    expect(again.equals(id)).toBe(true);
    expect(`${again}`).toBe(text);
  });
});

describe("an outbox", () => {
  it("sends what a turn posted in one message, its bytes together, reports last", async () => {
    const batches: Batch<string>[] = [];
    const outbox = new Outbox<string>({ postMessage: (batch: Batch<string>) => void batches.push(batch) });
    outbox.reportLater({ report: () => "a report" });
    outbox.bytes.write(Uint8Array.of(1, 2));
    outbox.post("one");
    outbox.bytes.write(Uint8Array.of(3));
    outbox.post("two");
    expect(batches).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([{ items: ["one", "two", "a report"], bytes: Uint8Array.of(1, 2, 3) }]);
    outbox.reportLater({ report: () => undefined });
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches.length).toBe(1);
  });

  it("says nothing more once it is closed", () => {
    const batches: Batch<string>[] = [];
    const outbox = new Outbox<string>({ postMessage: (batch: Batch<string>) => void batches.push(batch) });
    outbox.post("too late");
    outbox.close();
    outbox.flush();
    expect(batches).toEqual([]);
  });
});

it("queued lengths are what has not left, in messages and bytes", () => {
  const queued = new QueuedLengths();
  for (const byteLength of [10, 20, 30]) queued.add(byteLength);
  expect([queued.count, queued.byteLength, queued.takenCount]).toEqual([3, 60, 0]);
  queued.takeUpTo(2);
  queued.takeUpTo(1);
  expect([queued.count, queued.byteLength, queued.takenCount]).toEqual([1, 30, 2]);
  queued.add(5);
  queued.takeUpTo(4);
  expect([queued.count, queued.byteLength, queued.takenCount]).toEqual([0, 0, 4]);
});

it("shared time comes back as the clock's own", () => {
  expect(fromSharedMs(toSharedMs(1_234.5))).toBeCloseTo(1_234.5, 3);
  expect(toSharedMs(undefined)).toBeUndefined();
});
