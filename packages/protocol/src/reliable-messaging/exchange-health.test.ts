import { expect, it } from "vitest";
import { ExchangeHealth } from "./exchange-health.ts";

it("tries again at once after a first failure, then after pauses that double from 50 ms up to 5 s", () => {
  const health = new ExchangeHealth();
  const pauses = Array.from({ length: 10 }, () => health.failed());
  expect(pauses).toEqual([0, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

it("is well until an exchange fails and after the peer has answered, which begins the pauses anew", () => {
  const health = new ExchangeHealth();
  expect(health.isWell).toBe(true);
  health.failed();
  health.failed();
  expect(health.isWell).toBe(false);
  health.recovered();
  expect(health.isWell).toBe(true);
  expect([health.failed(), health.failed()]).toEqual([0, 50]);
});
