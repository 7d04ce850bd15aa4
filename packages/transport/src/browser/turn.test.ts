import { expect, it } from "vitest";
import { atTurnEnd, inLaterTurn } from "./turn.ts";

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
