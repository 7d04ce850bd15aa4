import { contract, type Operation, operation, xs } from "@bowline/protocol/contract";
import { UniqueId } from "@bowline/protocol/xml";
import { expect, it } from "vitest";
import { Dispatcher, type Handler } from "./dispatcher.ts";
import type { SessionChannel } from "./session-channel.ts";

const Echo = contract("urn:test", "IEcho", { Echo: operation({ request: { a: xs.int }, reply: xs.int }) });
const echo = [...Echo.operationsByAction.values()][0] as Operation;

/** What a dispatcher does with a request, in order: `reply` and what `handler` notes. */
function run(handler: (whenIdle: () => void) => unknown, news: string[]): void {
  const channel = {
    reply: () => news.push("reply"),
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
    action: echo.action.value,
    messageId: UniqueId.parse("urn:uuid:00000000-0000-0000-0000-000000000001"),
    messageNumber: 1,
    body: { operation: echo, args: { a: 1 } },
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
