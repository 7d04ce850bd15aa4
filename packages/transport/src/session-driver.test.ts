import { BinaryMessageCodec, DuplexSession, type PendingCall, type SessionEffect } from "@bowline/protocol/session";
import { UniqueId } from "@bowline/protocol/xml";
import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { SessionDriver } from "./session-driver.ts";

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
