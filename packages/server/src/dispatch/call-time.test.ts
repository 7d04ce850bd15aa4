import { expect, it } from "vitest";
import { CallTime } from "./call-time.ts";

const none = Number.POSITIVE_INFINITY;

it("a call's own time stands still while it waits for earlier messages, its caller's does not (R-HOST-DEADLINE-2)", () => {
  const time = new CallTime(5000, 1000, 100);
  expect(time.deadlineMs).toBe(1100);
  time.stand(400);
  time.stand(500);
  expect(time.deadlineMs).toBe(5000);
  time.run(2000);
  time.run(2500);
  expect(time.deadlineMs).toBe(2700);
  expect(time.limit(100)).toBe("1000 ms (operationTimeoutMs)");
  time.stand(2600);
  time.run(4990);
  expect(time.deadlineMs).toBe(5000);
  expect(time.limit(100)).toBe("the 4900 ms that its caller waits");
});

it("a call without limits has no deadline, whatever it waits for", () => {
  const time = new CallTime(none, none, 0);
  time.stand(1);
  time.run(2);
  expect(time.deadlineMs).toBe(none);
});
