import { contract, type Operation, oneWay, operation, xs } from "@bowline/protocol/contract";
import { UniqueId } from "@bowline/protocol/xml";
import { expect, it } from "vitest";
import { Dispatcher, type Handler } from "./dispatcher.ts";
import type { SessionChannel } from "./session-channel.ts";

const Echo = contract("urn:test", "IEcho", {
  Echo: operation({ request: { a: xs.int }, reply: xs.int }),
  Note: oneWay({ a: xs.int }),
});
const [echo, note] = [...Echo.operationsByAction.values()] as [Operation, Operation];

/** What a dispatcher does with a request, in order: `reply`, `unanswered` and what `handler` notes. */
function run(handler: (whenIdle: () => void) => unknown, news: string[], operation: Operation = echo): void {
  const channel = {
    canReply: true,
    processed: () => undefined,
    reply: () => news.push("reply"),
    unanswered: () => news.push("unanswered"),
    driver: { dispatch: () => undefined },
  } as unknown as SessionChannel;
  const dispatcher: Dispatcher = new Dispatcher(() => channel, {
    handlerOf: (): Handler => () => handler(() => dispatcher.whenIdle(() => news.push("idle"))),
    context: () => undefined,
    includeExceptionDetailInFaults: false,
    maxConcurrentCalls: 10,
    onError: (error) => news.push(String(error)),
  });
  dispatcher.dispatch({
    action: operation.action.value,
    messageId: UniqueId.parse("urn:uuid:00000000-0000-0000-0000-000000000001"),
    messageNumber: 1,
    deliveredAtMs: 0,
    headers: [],
    body: { operation, args: { a: 1 } },
    error: undefined,
  });
}

it("a handler that closes its session is answered first, when it returns at once", () => {
  const news: string[] = [];
  run((whenIdle) => {
    whenIdle();
    return 1;
  }, news);
  expect(news).toEqual(["reply", "idle"]);
});

it("a handler that closes its session is answered first, when its answer takes time", async () => {
  const news: string[] = [];
  run(async (whenIdle) => {
    whenIdle();
    return 1;
  }, news);
  await Promise.resolve();
  await Promise.resolve();
  expect(news).toEqual(["reply", "idle"]);
});

it("a one-way message is not answered, though it has a MessageID (R-LIVE-MONO-4)", () => {
  const news: string[] = [];
  run(() => news.push("handled"), news, note);
  expect(news).toEqual(["unanswered", "handled"]);
});

it("a one-way message that fails is not answered either: the host hears of it (R-LIVE-MONO-4)", () => {
  const news: string[] = [];
  const fail = (): never => {
    throw new RangeError("too much");
  };
  run(fail, news, note);
  expect(news).toEqual(["unanswered", "RangeError: too much"]);
});
