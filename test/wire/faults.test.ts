import { CallError, ContractError, ContractFault, connect, SoapFaultError } from "@bowline/client";
import { contract, netTcp, oneWay, operation, xs } from "@bowline/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectDesk, Problem, rejection, serveDesk, twoFlavours, until } from "./loopback.ts";

/** The desk as a client sees it that was built from another version of the contract. */
const OtherDesk = contract("http://tempuri.org/", "IDesk", {
  Add: operation({ request: { a: xs.string, b: xs.string }, reply: xs.int }),
  Subtract: operation({ request: {}, reply: xs.int }),
  Note: oneWay({ number: xs.string }),
  Forget: oneWay({}),
});

describe.each(twoFlavours)("a fault (%s)", (_name, options) => {
  it("that the contract declares arrives with its detail, reason and code", async () => {
    const { endpoint, errors } = await serveDesk(options, {
      Fail: ({ why }) => {
        throw new ContractFault(Problem, { Why: why }, { reason: "it went wrong", faultCode: "Receiver" });
      },
    });
    const client = await connectDesk(endpoint());

    const error = await rejection(client.Fail({ why: "because" }));

    expect(error).toBeInstanceOf(ContractFault);
    expect(error).toMatchObject({ reason: "it went wrong", faultCode: "Receiver", detail: { Why: "because" } });
    expect(errors).toEqual([]);
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
  });

  it("that a handler throws after a pause arrives as well", async () => {
    const { endpoint } = await serveDesk(options, {
      Fail: async ({ why }) => {
        await Promise.resolve();
        throw new ContractFault(Problem, { Why: why });
      },
    });
    const client = await connectDesk(endpoint());

    expect(await rejection(client.Fail({ why: "later" }))).toMatchObject({ detail: { Why: "later" } });
  });

  it("that a handler makes itself arrives as it is", async () => {
    const { endpoint, errors } = await serveDesk(options, {
      Fail: () => {
        const subcodes = [{ namespaceUri: "urn:test", localName: "Closed" }];
        throw new SoapFaultError("closed on Sundays", { faultCode: "Receiver", subcodes });
      },
    });
    const client = await connectDesk(endpoint());

    const error = await rejection(client.Fail({ why: "" }));

    expect(error).toBeInstanceOf(SoapFaultError);
    expect(error).toMatchObject({
      message: "closed on Sundays",
      faultCode: "Receiver",
      subcodes: [{ namespaceUri: "urn:test", localName: "Closed" }],
    });
    expect(errors).toEqual([]);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("the password is hunter2"))],
    [
      "throws at once",
      () => {
        throw new Error("the password is hunter2");
      },
    ],
    [
      "throws the declared kind of another operation",
      () => {
        throw new ContractFault(Problem, { Why: "the password is hunter2" });
      },
    ],
  ] as const)("of a handler that %s tells nothing of the inside, and the host hears all", async (_how, add) => {
    const { endpoint, errors } = await serveDesk(options, { Add: add });
    const client = await connectDesk(endpoint());

    const error = await rejection(client.Add({ a: 1, b: 2 }));

    expect(error).toBeInstanceOf(SoapFaultError);
    expect(error.message).not.toContain("hunter2");
    expect(error.message).toContain("includeExceptionDetailInFaults");
    expect(error).toMatchObject({ faultCode: "Receiver", subcodes: [] });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ operation: "Add", session: expect.anything() });
    expect(await client.Echo({ text: "alive" })).toBe("alive");
    await client.close();
  });

  it("carries the error's message with includeExceptionDetailInFaults", async () => {
    const { endpoint } = await serveDesk(options, {}, { includeExceptionDetailInFaults: true });
    const client = await connectDesk(endpoint());

    expect((await rejection(client.Fail({ why: "disk full" }))).message).toContain("Error: disk full");
    expect(await client.Add({ a: 1, b: 2 })).toBe(3);
  });

  it("answers a handler that returns what its contract does not have, and the host hears of it", async () => {
    const { endpoint, errors } = await serveDesk(options, { Add: () => "three" as unknown as number });
    const client = await connectDesk(endpoint());

    const error = await rejection(client.Add({ a: 1, b: 2 }));

    expect(error).toBeInstanceOf(SoapFaultError);
    expect(errors.map((each) => each.error)).toEqual([expect.any(ContractError)]);
    expect(String(errors[0]?.error)).toContain('"three"');
    expect(await client.Echo({ text: "alive" })).toBe("alive");
  });

  it("answers a fault whose detail does not fit its type, and the host hears of it", async () => {
    const { endpoint, errors } = await serveDesk(options, {
      Fail: () => {
        throw new ContractFault(Problem, { Why: 7 as unknown as string });
      },
    });
    const client = await connectDesk(endpoint());

    expect(await rejection(client.Fail({ why: "" }))).toBeInstanceOf(SoapFaultError);
    expect(errors.map((each) => each.error)).toEqual([expect.any(ContractError)]);
    expect(await client.Echo({ text: "alive" })).toBe("alive");
  });

  it("answers an unknown action and a body that does not fit, and the session lives on", async () => {
    const { endpoint, errors } = await serveDesk(options);
    const client = await connect(OtherDesk, endpoint());
    onTestFinished(() => client.abort());

    const unknown = await rejection(client.Subtract({}));
    const misfit = await rejection(client.Add({ a: "one", b: "2" }));

    expect(unknown).toMatchObject({ faultCode: "Sender", subcodes: [{ localName: "ActionNotSupported" }] });
    expect(unknown.message).toContain("IDesk/Subtract");
    expect(misfit).toMatchObject({ faultCode: "Sender", subcodes: [{ localName: "DeserializationFailed" }] });
    expect(misfit.message).toContain("a: ");
    expect(errors).toEqual([]);
    // Of one-way messages only the host can hear.
    await client.Forget({});
    await client.Note({ number: "many" });
    await until(() => errors.length === 2, "the host hears of both");
    expect(client.session.state).toBe("opened");
    await client.close();
  });

  it("of a one-way operation reaches the host alone", async () => {
    const { endpoint, errors } = await serveDesk(options, {
      Note: ({ number }) => {
        if (number === 1) throw new Error("at once");
        return Promise.reject(new Error("later")) as unknown as undefined;
      },
    });
    const client = await connectDesk(endpoint());

    await client.Note({ number: 1 });
    await client.Note({ number: 2 });
    await until(() => errors.length === 2, "the host hears of both");

    expect(errors.map(({ error }) => (error as Error).message)).toEqual(["at once", "later"]);
    expect(errors.map(({ operation: name }) => name)).toEqual(["Note", "Note"]);
    expect(errors[0]?.remoteAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    await client.close();
  });

  it("does not come as an unhandled rejection, whatever fails at the end of a session", async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listener);
    onTestFinished(() => void process.off("unhandledRejection", listener));
    const { endpoint, host } = await serveDesk(options, { Echo: () => new Promise(() => undefined) });
    const client = await connectDesk(endpoint());
    const calls = [client.Echo({ text: "a" }), client.Echo({ text: "b" })].map(rejection);
    await until(() => host.sessions[0]?.runningCount === 2, "both calls run");

    // Nobody asked for `ended`, nobody closes.
    host.abort();

    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(CallError);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).toEqual([]);
  });
});

describe("addresses", () => {
  it("of endpoints are checked where they are made", () => {
    expect(() => netTcp("http://localhost/desk")).toThrow(/net\.tcp:\/\/host/);
    expect(() => netTcp("net.tcp://localhost:70000/desk")).toThrow(/65535/);
  });
});
