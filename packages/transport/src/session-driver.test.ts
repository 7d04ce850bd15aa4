import {
  BinaryMessageCodec,
  DuplexSession,
  type Link,
  type PendingCall,
  type SessionEffect,
} from "@bowline/protocol/session";
import { UniqueId } from "@bowline/protocol/xml";
import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { SessionDriver } from "./session-driver.ts";
import type { Wire } from "./wire.ts";

test("an error of our own ends the session with its cause, and nothing is thrown at the caller", () => {
  const session = new DuplexSession<PendingCall>(
    {
      role: "client",
      shape: "duplex",
      address: "net.tcp://host/path",
      reliable: undefined,
      openTimeoutMs: 1_000,
      closeTimeoutMs: 1_000,
      receiveTimeoutMs: 1_000,
      codec: new BinaryMessageCodec(),
      nextId: () => UniqueId.parse("urn:uuid:11111111-2222-3333-4444-555555555555"),
      readBody: () => undefined,
    },
    systemClock.nowMs(),
  );
  const ours = new TypeError("a bug");
  const effects: SessionEffect<PendingCall>[] = [];
  const driver = new SessionDriver<PendingCall>({
    session,
    clock: systemClock,
    perform: (effect) => {
      effects.push(effect);
    },
  });
  const handle = session.handle.bind(session);
  session.handle = (input, nowMs) => {
    if (input.type === "open") throw ours;
    return handle(input, nowMs);
  };

  driver.dispatch({ type: "open" });

  expect(effects).toHaveLength(1);
  expect(effects[0]).toMatchObject({ type: "faulted", fault: { code: "SESSION_INTERNAL_ERROR", cause: ours } });
  expect(session.state).toBe("faulted");
});

/** A clock that rings when it is told to, and a session that only remembers what it is told. */
function byHand(): {
  readonly driver: SessionDriver<PendingCall>;
  readonly session: { nextDeadlineMs: number };
  readonly clock: { now: number; blocked: number; ring(): void };
  readonly handled: string[];
} {
  const handled: string[] = [];
  const clock = { now: 0, blocked: 0, ring: (): void => undefined };
  const session = {
    nextDeadlineMs: 100,
    link: undefined,
    unacknowledgedCount: 0,
    handle(input: { readonly type: string; readonly forMs?: number }) {
      handled.push(input.forMs === undefined ? input.type : `${input.type} for ${input.forMs}`);
      this.nextDeadlineMs = clock.now + 100;
      return [];
    },
  };
  const driver = new SessionDriver<PendingCall>({
    session: session as unknown as DuplexSession<PendingCall>,
    clock: {
      nowMs: () => clock.now,
      blockedMs: () => clock.blocked,
      wakeAt(_deadlineMs, wake) {
        clock.ring = wake;
        return { [Symbol.dispose]: () => undefined };
      },
    },
    perform: () => undefined,
  });
  return { driver, session, clock, handled };
}

test("what came while the loop was busy is read before a deadline that passed meanwhile (R-WCF-LATE-1)", async () => {
  const { driver, session, clock, handled } = byHand();
  driver.dispatch({ type: "open" });

  clock.now = 5_000;
  session.nextDeadlineMs = 100;
  clock.ring();
  driver.received({} as Link, new Uint8Array(1));
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(handled).toEqual(["open", "received"]);

  clock.now = 5_101;
  clock.ring();
  expect(handled).toEqual(["open", "received", "timeout"]);
});

test("a little goes out at the end of the turn, and much as soon as it is there", async () => {
  const written: number[] = [];
  const link = { hasOutput: false, outputByteLength: 0 };
  const wire = {
    link,
    handOver: () => undefined,
    flush: () => {
      written.push(link.outputByteLength);
      link.outputByteLength = 0;
      link.hasOutput = false;
    },
  };
  const session = {
    nextDeadlineMs: undefined,
    link,
    unacknowledgedCount: 0,
    handle: ({ type }: { readonly type: string }) => {
      if (type !== "timeout") return [];
      link.outputByteLength += 10 * 1024;
      link.hasOutput = true;
      return [];
    },
  };
  const driver = new SessionDriver<PendingCall>({
    session: session as unknown as DuplexSession<PendingCall>,
    clock: systemClock,
    perform: () => undefined,
  });
  driver.bind(wire as unknown as Wire);

  for (let count = 0; count < 4; count++) driver.dispatch({ type: "timeout" });
  driver.dispatch({ type: "timeout" });

  expect(written).toEqual([40 * 1024]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toEqual([40 * 1024, 10 * 1024]);
});

test("a session hears that the loop was blocked, once, before whatever comes next (R-WCF-LATE-2)", () => {
  const { driver, session, clock, handled } = byHand();
  driver.dispatch({ type: "open" });

  clock.now = 50;
  clock.blocked = 40;
  driver.received({} as Link, new Uint8Array(1));
  driver.received({} as Link, new Uint8Array(1));
  expect(handled).toEqual(["open", "blocked for 40", "received", "received"]);

  clock.now = 101;
  clock.blocked = 45;
  session.nextDeadlineMs = 101;
  clock.ring();
  expect(handled.slice(4)).toEqual(["blocked for 5", "timeout"]);
});

test("a session is not told of what blocked the loop before it was there", () => {
  const clock = { nowMs: () => 0, blockedMs: () => 5_000, wakeAt: () => ({ [Symbol.dispose]: () => undefined }) };
  const handled: string[] = [];
  const handle = ({ type }: { readonly type: string }): readonly never[] => {
    handled.push(type);
    return [];
  };
  const session = { nextDeadlineMs: undefined, link: undefined, unacknowledgedCount: 0, handle };
  const driver = new SessionDriver<PendingCall>({
    session: session as unknown as DuplexSession<PendingCall>,
    clock,
    perform: () => undefined,
  });

  driver.dispatch({ type: "open" });

  expect(handled).toEqual(["open"]);
});
