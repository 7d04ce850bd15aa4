import { describe, expect, expectTypeOf, test } from "vitest";
import { BinaryXmlReader, BinaryXmlWriter, toXmlText } from "../binary-xml/index.ts";
import { ByteWriter } from "../bytes/index.ts";
import {
  array,
  type CallbackContractOf,
  type CallbackHandlers,
  ContractError,
  ContractFault,
  contract,
  dictionary,
  enumeration,
  faultContract,
  flags,
  lazy,
  member,
  nillable,
  oneWay,
  operation,
  optional,
  polymorphic,
  record,
  type ServiceHandlers,
  type ServiceProxy,
  type ValueOf,
  xs,
} from "./index.ts";

const types = "http://bowline.example/types";
const Problem = record("Problem", types, { Why: xs.string });
const Rich = contract(
  "http://tempuri.org/",
  "IRich",
  {
    Divide: operation({ request: { a: xs.int, b: xs.int }, replies: { DivideResult: xs.int, remainder: xs.int } }),
    Fail: operation({ request: { why: xs.string }, reply: xs.void, faults: [Problem] }),
    Log: oneWay({ text: optional(xs.string) }),
    Ping: operation({ request: {} }),
  },
  { callback: { Price: oneWay({ value: xs.decimal }), Confirm: operation({ request: { n: xs.int }, reply: xs.int }) } },
);

function textOf(write: (writer: BinaryXmlWriter) => void): string {
  const out = new ByteWriter();
  write(new BinaryXmlWriter(out));
  const reader = new BinaryXmlReader();
  reader.reset(out.copy());
  return toXmlText(reader);
}

describe("a contract", () => {
  test("gives its operations WCF's actions (R-DCS-1-5)", () => {
    const { Fail } = Rich.operations;
    expect(Fail.action.value).toBe("http://tempuri.org/IRich/Fail");
    expect(Fail.replyAction?.value).toBe("http://tempuri.org/IRich/FailResponse");
    expect(Rich.operationsByAction.get("http://tempuri.org/IRich/Fail")).toBe(Fail);
    const actionIn = (namespaceUri: string): string =>
      contract(namespaceUri, "I", { A: oneWay({}) }).operations.A.action.value;
    expect(["http://x", "http://x/", "urn:x", ""].map(actionIn)).toEqual([
      "http://x/I/A",
      "http://x/I/A",
      "urn:x/I/A",
      "urn:I/A",
    ]);
  });

  test("takes names and actions that differ", () => {
    const { op } = contract("http://tempuri.org/", "I", {
      op: operation({
        request: { value: member(xs.int, { name: "Value" }) },
        reply: xs.int,
        name: "Op",
        action: "urn:ask",
        replyAction: "urn:answer",
        requestName: "Ask",
        replyName: "Answer",
        resultName: "Result",
      }),
    }).operations;
    expect([op.key, op.name, op.action.value, op.replyAction?.value]).toEqual(["op", "Op", "urn:ask", "urn:answer"]);
    expect(textOf((writer) => op.request.write(writer, { value: 1 }))).toBe(
      `<Ask xmlns="http://tempuri.org/"><Value>1</Value></Ask>`,
    );
    expect(textOf((writer) => op.reply!.write(writer, 2))).toBe(
      `<Answer xmlns="http://tempuri.org/"><Result>2</Result></Answer>`,
    );
  });

  test("writes out parameters beside the result (R-DCS-1-4)", () => {
    const text = textOf((writer) => Rich.operations.Divide.reply!.write(writer, { DivideResult: 2, remainder: 1 }));
    expect(text).toBe(
      `<DivideResponse xmlns="http://tempuri.org/"><DivideResult>2</DivideResult><remainder>1</remainder></DivideResponse>`,
    );
  });

  test("answers void with an empty wrapper, one-way with nothing (R-DCS-1-3)", () => {
    expect(textOf((writer) => Rich.operations.Fail.reply!.write(writer, undefined))).toBe(
      `<FailResponse xmlns="http://tempuri.org/"></FailResponse>`,
    );
    expect(textOf((writer) => Rich.operations.Ping.request.write(writer, undefined as never))).toBe(
      `<Ping xmlns="http://tempuri.org/"></Ping>`,
    );
    expect(Rich.operations.Log.reply).toBe(undefined);
    expect(Rich.operations.Log.replyAction).toBe(undefined);
    expect(Rich.isOneWayOnly).toBe(false);
    expect(contract("http://x/", "I", { A: oneWay({}) }).isOneWayOnly).toBe(true);
  });

  test("gives callbacks its own name (R-DCS-1-8)", () => {
    expect(Rich.callback?.operations.Price.action.value).toBe("http://tempuri.org/IRich/Price");
    expect(contract("http://x/", "I", {}).callback).toBe(undefined);
  });
});

describe("a declared fault", () => {
  test("has WCF's action and the detail type's element (R-DCS-1-6)", () => {
    const [fault] = Rich.operations.Fail.faults;
    expect(fault?.action.value).toBe("http://tempuri.org/IRich/FailProblemFault");
    expect(textOf((writer) => fault!.detail.write(writer, { Why: "w" }))).toBe(
      `<Problem xmlns="${types}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Why>w</Why></Problem>`,
    );
    const { Op } = contract("http://tempuri.org/", "I", {
      Op: operation({ request: {}, faults: [xs.string] }),
    }).operations;
    expect(Op.faults[0]?.action.value).toBe("http://tempuri.org/I/OpStringFault");
    expect(textOf((writer) => Op.faults[0]!.detail.write(writer, "x"))).toBe(
      `<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">x</string>`,
    );
  });

  test("may have a name of its own (R-DCS-1-7)", () => {
    const { Op } = contract("http://tempuri.org/", "I", {
      Op: operation({ request: {}, faults: [faultContract(Problem, { name: "Trouble" })] }),
    }).operations;
    const [fault] = Op.faults;
    expect([fault?.name, fault?.action.value]).toEqual(["Trouble", "http://tempuri.org/I/OpTrouble"]);
    expect(fault?.detail.element.localName.value).toBe("Trouble");
    expect(fault?.detail.element.namespaceUri.value).toBe("http://tempuri.org/");
  });

  test("is thrown with a detail, found by its type, by its action, and caught by its type", () => {
    const thrown = Problem.fault({ Why: "w" }, { reason: "it failed" });
    expect(thrown).toBeInstanceOf(ContractFault);
    expect([thrown.reason, thrown.faultCode, thrown.detail]).toEqual(["it failed", "Sender", { Why: "w" }]);
    expect(Problem.fault({ Why: "" }).reason).toBe("The creator of this fault did not specify a Reason.");
    const { Fail, Divide } = Rich.operations;
    expect(Fail.faultOf(thrown)).toBe(Fail.faults[0]);
    expect(Divide.faultOf(thrown)).toBe(undefined);
    expect(Fail.faultBy("http://tempuri.org/IRich/FailProblemFault", "Problem", types)).toBe(Fail.faults[0]);
    expect(Fail.faultBy("http://tempuri.org/IRich/FailProblemFault", "Other", types)).toBe(undefined);
    expect(Problem.isFault(thrown)).toBe(true);
    expect(Problem.isFault(new Error("x"))).toBe(false);
    expect(xs.string.isFault(thrown)).toBe(false);
  });
});

describe("a definition that cannot be", () => {
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["a name with a blank", () => record("a b", types, {}), /"a b".*XML name/],
    ["a name with a digit first", () => contract("http://x/", "1I", {}), /"1I"/],
    ["a namespace with a blank", () => record("A", "a b", {}), /without blanks/],
    [
      "two members of one name",
      () => record("A", types, { a: xs.int, b: member(xs.int, { name: "a" }) }),
      /two members named a/,
    ],
    ["a member named as an inherited one", () => record("A", types, { Why: xs.int }, { base: Problem }), /named Why/],
    ["a key that JavaScript has taken", () => record("A", types, { constructor: xs.int }), /constructor/],
    ["an order below 0", () => record("A", types, { a: member(xs.int, { order: -1 }) }), /order is -1/],
    ["an enumeration of nothing", () => enumeration("E", types, []), /no values/],
    ["an enumeration with a value twice", () => enumeration("E", types, ["a", "a"]), /twice/],
    ["an enumeration with blanks around", () => enumeration("E", types, [" a"]), /blanks/],
    ["flags with a blank inside", () => flags("E", types, ["a b"]), /blank/],
    ["a known type that does not derive", () => polymorphic(Problem, [record("A", types, {})]), /derive/],
    ["an item name that is none", () => array(xs.int, { itemName: "" }), /item name/],
    ["a key name that is none", () => dictionary(xs.int, xs.int, { keyName: "<" }), /key name/],
    [
      "both reply and replies",
      () => operation({ request: {}, reply: xs.int, replies: { a: xs.int } } as never),
      /both/,
    ],
    ["an action with a blank", () => contract("http://x/", "I", { A: oneWay({}, { action: "a b" }) }), /action/],
    [
      "two operations of one action (R-DCS-1-9)",
      () => contract("http://x/", "I", { A: oneWay({}), B: oneWay({}, { action: "http://x/I/A" }) }),
      /A and B .*same action/,
    ],
    [
      "two faults of one action (R-DCS-1-9)",
      () => contract("http://x/", "I", { A: operation({ request: {}, faults: [Problem, Problem] }) }),
      /two faults/,
    ],
    [
      "an operation called then",
      () => contract("http://x/", "I", Object.fromEntries(["then"].map((key) => [key, oneWay({})]))),
      /then/,
    ],
    ["an operation not made by operation()", () => contract("http://x/", "I", { A: {} as never }), /not made by/],
    ["void as a parameter", () => contract("http://x/", "I", { A: oneWay({ a: xs.void }) }), /xs.void/],
    [
      "a lazy type that is not there",
      () => contract("http://x/", "I", { A: oneWay({ a: lazy(() => undefined as never) }) }),
      /lazy/,
    ],
    ["a member that is no type", () => record("A", types, { a: 5 as never }), /not a DataType/],
  ];

  test.each(refused)("is refused with what to change: %s", (_title, define, message) => {
    let error: unknown;
    try {
      define();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ContractError);
    expect((error as ContractError).code).toBe("CONTRACT_INVALID_DEFINITION");
    expect((error as ContractError).message).toMatch(message);
  });
});

describe("types follow from the contract", () => {
  const Shape = record("Shape", types, { A: xs.int });
  const Circle = record("Circle", types, { R: optional(xs.double) }, { base: Shape });

  test("of values", () => {
    expectTypeOf<ValueOf<typeof Circle>>().toEqualTypeOf<{ readonly A: number; readonly R?: number | undefined }>();
    expectTypeOf(nillable(xs.string)).toHaveProperty("read").returns.toEqualTypeOf<string | null>();
    const Any = polymorphic(Shape, [Circle]);
    expectTypeOf<ValueOf<typeof Any>["$type"]>().toEqualTypeOf<"Shape" | "Circle">();
    const Colour = enumeration("Colour", types, ["Red", "Green"]);
    expectTypeOf<ValueOf<typeof Colour>>().toEqualTypeOf<"Red" | "Green">();
    const Counts = dictionary(xs.guid, array(xs.long));
    expectTypeOf<ValueOf<typeof Counts>>().toEqualTypeOf<ReadonlyMap<string, readonly bigint[]>>();
  });

  test("of proxies", () => {
    interface CallOptions {
      readonly signal?: object;
    }
    type Proxy = ServiceProxy<typeof Rich, CallOptions>;
    expectTypeOf<Parameters<Proxy["Divide"]>>().toEqualTypeOf<
      [request: { readonly a: number; readonly b: number }, options?: CallOptions | undefined]
    >();
    expectTypeOf<ReturnType<Proxy["Divide"]>>().toEqualTypeOf<
      Promise<{ readonly DivideResult: number; readonly remainder: number }>
    >();
    expectTypeOf<ReturnType<Proxy["Fail"]>>().toEqualTypeOf<Promise<void>>();
    expectTypeOf<Proxy["Ping"]>().toBeCallableWith();
    expectTypeOf<Proxy["Log"]>().toBeCallableWith({ text: "x" }, {});
    expectTypeOf<Proxy["Log"]>().toBeCallableWith();
  });

  test("of handlers", () => {
    type Handlers = ServiceHandlers<typeof Rich, { readonly session: string }>;
    const handlers: Handlers = {
      Divide: ({ a, b }) => ({ DivideResult: Math.trunc(a / b), remainder: a % b }),
      Fail: async ({ why }, { session }) => {
        throw Problem.fault({ Why: why + session });
      },
      Log: ({ text }) => {
        expectTypeOf(text).toEqualTypeOf<string | undefined>();
      },
      Ping: () => {},
    };
    expectTypeOf(handlers).toExtend<Handlers>();
    expectTypeOf<Parameters<CallbackHandlers<typeof Rich>["Confirm"]>[0]>().toEqualTypeOf<{ readonly n: number }>();
    expectTypeOf<CallbackContractOf<typeof Rich>>().toEqualTypeOf(Rich.callback!);
    const thrown: unknown = Problem.fault({ Why: "" });
    if (Problem.isFault(thrown)) expectTypeOf(thrown.detail).toEqualTypeOf<{ readonly Why: string }>();
    // @ts-expect-error a reply of the wrong type
    const wrong: ServiceHandlers<typeof Rich>["Divide"] = () => ({ DivideResult: "x" });
    expect(wrong).toBeTypeOf("function");
  });
});
