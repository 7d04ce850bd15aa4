import { connect, MemoryNetwork } from "@bowline/client";
import {
  accessDenied,
  contract,
  operation,
  operationContext,
  record,
  ServerError,
  ServiceHost,
  xs,
} from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { faultOf, openStage } from "./stage.ts";

describe("the extension points (R-HOST-HOOK-1)", () => {
  it("are passed in their order, inwards and outwards", async () => {
    const log: string[] = [];
    const note = (name: string) => () => void log.push(name);
    const around = (name: string) => async (_call: unknown, next: () => Promise<unknown>) => {
      log.push(`${name} in`);
      await next();
      log.push(`${name} out`);
    };
    const stage = await openStage(() => ({
      prepare: (host) => host.use(around("host.use")),
      use: [around("use")],
      authenticate: note("authenticate"),
      authorize: () => log.push("authorize") > 0,
      operationSelector: () => void log.push("select"),
      messageInspectors: [
        { afterReceiveRequest: note("inspect 1"), beforeSendReply: note("reply 1") },
        { afterReceiveRequest: note("inspect 2"), beforeSendReply: note("reply 2") },
      ],
      callContexts: [around("context")],
      parameterInspectors: [
        { beforeCall: note("before 1"), afterCall: note("after 1") },
        { beforeCall: note("before 2"), afterCall: note("after 2") },
      ],
      operationInvoker: async (_call, run) => {
        log.push("invoke");
        return run();
      },
      handlers: { Work: () => log.push("operation") },
    }));
    const client = await stage.client();
    const call = client.Work({ number: 1 });
    await stage.clock.pass(1);
    await call;
    const inwards =
      "host.use in,use in,select,authenticate,authorize,inspect 1,inspect 2,context in,before 1,before 2,invoke";
    const outwards = "after 2,after 1,context out,use out,host.use out,reply 1,reply 2";
    expect(log).toEqual([...inwards.split(","), "operation", ...outwards.split(",")]);
  });

  it("can all be said as one middleware: who, whether, with what, and what comes of it", async () => {
    const stage = await openStage(() => ({
      prepare: (host) =>
        host.use(async (call, next) => {
          call.identity = call.incomingHeaders.find(({ localName }) => localName === "User")?.value;
          if (call.identity === undefined) throw accessDenied("Who are you?");
          call.args = { number: (call.args as { number: number }).number + 1 };
          call.outgoingHeaders.push({ namespaceUri: "urn:test", localName: "For", value: String(call.identity) });
          const result = (await next()) as number;
          call.result = result * 10;
        }),
      handlers: { Work: ({ number }) => number },
    }));
    const client = await stage.client();
    const headers = [{ namespaceUri: "urn:test", localName: "User", value: "ann" }];
    const replies: unknown[] = [];
    const known = client.Work({ number: 1 }, { headers, onReplyHeaders: (blocks) => replies.push(...blocks) });
    const unknown = faultOf(client.Work({ number: 1 }));
    await stage.clock.pass(1);
    expect(await known).toBe(20);
    expect(await unknown).toMatchObject({ subcode: "FailedAuthentication", message: "Who are you?" });
    expect(replies).toMatchObject([{ localName: "For", value: "ann" }]);
    expect(stage.host.counters.snapshot().calls).toMatchObject({ notAuthorized: 1, faulted: 1, failed: 0 });
  });

  it("may answer without the operation, and need not wait for it: the reply does", async () => {
    const stage = await openStage(() => ({
      use: [
        (call, next) => {
          if ((call.args as { number: number }).number === 0) call.result = -1;
          else void next();
        },
      ],
    }));
    const client = await stage.client();
    const calls = [0, 5].map((number) => client.Work({ number }));
    await stage.clock.pass(10);
    expect(await Promise.all(calls)).toEqual([-1, 5]);
    expect(stage.started).toEqual([5]);
  });

  it("call what is inside them once", async () => {
    const stage = await openStage(() => ({
      host: { includeExceptionDetailInFaults: true },
      use: [
        async (_call, next) => {
          await next();
          await next();
        },
      ],
    }));
    const client = await stage.client();
    const call = faultOf(client.Work({ number: 1 }));
    await stage.clock.pass(10);
    expect((await call).message).toContain("use[0] called next() twice");
  });
});

describe("authorization (R-WCF-DISPATCH-5)", () => {
  it.each([false, undefined, "yes"])("is given by true alone, not by %s", async (answer) => {
    const stage = await openStage(() => ({ authorize: () => answer as boolean }));
    const client = await stage.client();
    const call = faultOf(client.Work({ number: 1 }));
    await stage.clock.pass(1);
    expect(await call).toMatchObject({ subcode: "FailedAuthentication", message: "Access is denied." });
    expect(stage.started).toEqual([]);
  });
});

describe("error handlers (R-HOST-HOOK-3)", () => {
  it("answer with a fault of the contract in place of an error, and keep what they dealt with from the host", async () => {
    const Problem = record("Problem", "urn:test:types", { Why: xs.string });
    const Risky = contract("urn:test", "IRisky", {
      Try: operation({ request: { what: xs.string }, reply: xs.int, faults: [Problem] }),
    });
    const network = new MemoryNetwork();
    const host = new ServiceHost();
    const told: unknown[] = [];
    const seen: string[] = [];
    host.onError(({ error }) => told.push(error));
    host.addService(
      Risky,
      {
        Try: ({ what }) => {
          throw new RangeError(what);
        },
      },
      {
        endpoints: [network.endpoint("/risky", { reliableSession: {} })],
        errorHandlers: [
          {
            provideFault: (error) =>
              (error as Error).message === "known" ? Problem.fault({ Why: "it is known" }) : undefined,
            handleError: async (error) => {
              seen.push((error as Error).message);
              return (error as Error).message === "dealt with";
            },
          },
        ],
      },
    );
    await host.open();
    onTestFinished(() => host.abort());
    const client = await connect(Risky, network.endpoint("/risky", { reliableSession: {} }));
    const errors: unknown[] = [];
    for (const what of ["known", "dealt with", "unknown"]) {
      await client.Try({ what }).catch((error: unknown) => errors.push(error));
    }
    expect(Problem.isFault(errors[0])).toBe(true);
    expect(errors.slice(1)).toMatchObject([{ code: "SOAP_FAULT" }, { code: "SOAP_FAULT" }]);
    expect(seen).toEqual(["known", "dealt with", "unknown"]);
    expect(told).toMatchObject([{ message: "unknown" }]);
    expect(host.counters.snapshot().services.IRisky?.operations.Try).toMatchObject({ calls: 3, faulted: 3 });
  });
});

describe("operationContext() (R-HOST-CONTEXT-1)", () => {
  it("is the operation's own within all that it calls, also later and beside others", async () => {
    const stage = await openStage((clock) => ({
      operationContext: true,
      authenticate: () => `caller ${operationContext().messageNumber}`,
      handlers: {
        Work: async ({ number }, context) => {
          await clock.sleep(20 - number);
          const found = operationContext();
          if (found !== context && found.session !== context.session) throw new Error("another context");
          found.outgoingHeaders.push({ namespaceUri: "urn:test", localName: "Who", value: String(found.identity) });
          return found.messageNumber;
        },
      },
    }));
    const client = await stage.client();
    const who: (string | undefined)[] = [];
    const calls = [1, 2, 3].map((number) =>
      client.Work({ number }, { onReplyHeaders: ([header]) => void who.push(header?.value) }),
    );
    await stage.clock.pass(30);
    const messageNumbers = await Promise.all(calls);
    expect(new Set(messageNumbers).size).toBe(3);
    expect(who.sort()).toEqual(messageNumbers.map((number) => `caller ${number}`).sort());
  });

  it("throws elsewhere, and in services that did not ask for it", async () => {
    const stage = await openStage(() => ({
      host: { includeExceptionDetailInFaults: true },
      handlers: { Work: () => operationContext().messageNumber },
    }));
    const client = await stage.client();
    const call = faultOf(client.Work({ number: 1 }));
    await stage.clock.pass(1);
    expect((await call).message).toContain("operationContext: true");
    expect(() => operationContext()).toThrow(ServerError);
  });
});
