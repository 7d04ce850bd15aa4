import { afterEach, expect, it, vi } from "vitest";
import { atTurnEnd, delaysTimers, inLaterTurn } from "./turn.ts";

it("a turn ends behind the promises that are settled, and later turns come in order", async () => {
  const news: string[] = [];
  await new Promise<void>((resolve) => {
    inLaterTurn(() => {
      inLaterTurn(() => news.push("third turn"));
      inLaterTurn(() => {
        news.push("fourth turn");
        resolve();
      });
      void Promise.resolve().then(() => news.push("promise"));
      atTurnEnd(() => news.push("end of the second turn"));
      news.push("second turn");
    });
    news.push("first turn");
  });
  expect(news).toEqual(["first turn", "second turn", "promise", "end of the second turn", "third turn", "fourth turn"]);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it("timers may be late in a page that nobody sees, and not in one that is seen or in a worker (R-WCF-LATE-2)", () => {
  expect(delaysTimers()).toBe(false);
  vi.stubGlobal("document", { visibilityState: "visible" });
  expect(delaysTimers()).toBe(false);
  vi.stubGlobal("document", { visibilityState: "hidden" });
  expect(delaysTimers()).toBe(true);
});
