import { describe, expect, test } from "vitest";
import { BinaryXmlReader, BinaryXmlWriter } from "../binary-xml/index.ts";
import { ByteWriter } from "../bytes/index.ts";
import { DateTime, XmlError, type XmlWriter } from "../xml/index.ts";
import {
  array,
  ContractError,
  type ContractErrorCode,
  contract,
  type DataType,
  dictionary,
  enumeration,
  lazy,
  maxBodyDepth,
  nillable,
  operation,
  optional,
  polymorphic,
  record,
  xs,
} from "./index.ts";

const x = "http://x/types";
const xsi = "http://www.w3.org/2001/XMLSchema-instance";
const arrays = "http://schemas.microsoft.com/2003/10/Serialization/Arrays";

/** Builds a document by hand: `element("name", …children)` with the prefix c bound to `x`, d to Arrays, i to xsi. */
type Content = (writer: XmlWriter) => void;
function element(name: string, ...content: readonly (Content | string)[]): Content {
  const [prefix, localName] = name.includes(":") ? (name.split(":") as [string, string]) : ["", name];
  return (writer) => {
    writer.startElement(prefix, localName);
    for (const part of content) {
      if (typeof part === "string") writer.text(part);
      else part(writer);
    }
    writer.endElement();
  };
}
const attribute =
  (name: string, value: string): Content =>
  (writer) =>
    writer.attribute("i", name, value);

function readerOn(wrapper: string, content: readonly (Content | string)[]): BinaryXmlReader {
  const out = new ByteWriter();
  const writer = new BinaryXmlWriter(out);
  writer.startElement("", wrapper);
  writer.declareNamespace("", "http://tempuri.org/");
  writer.declareNamespace("c", x);
  writer.declareNamespace("d", arrays);
  writer.declareNamespace("i", xsi);
  for (const part of content) {
    if (typeof part === "string") writer.text(part);
    else part(writer);
  }
  writer.endElement();
  const reader = new BinaryXmlReader();
  reader.reset(out.copy());
  reader.next();
  return reader;
}

function operationOf<T>(type: DataType<T>) {
  return contract("http://tempuri.org/", "I", { Op: operation({ request: { p: type }, reply: type }) }).operations.Op;
}

function read<T>(type: DataType<T>, ...content: readonly (Content | string)[]): T {
  return operationOf(type).request.read(readerOn("Op", [element("p", ...content)])).p as T;
}

function write<T>(type: DataType<T>, value: unknown): void {
  operationOf(type).request.write(new BinaryXmlWriter(new ByteWriter()), { p: value as T });
}

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

function expectError(act: () => unknown, code: ContractErrorCode, path: string): void {
  const error = errorOf(act);
  expect(error).toBeInstanceOf(ContractError);
  expect({ code: (error as ContractError).code, path: (error as ContractError).path }).toEqual({ code, path });
  expect((error as ContractError).message).toBe(`${path === "" ? "" : `${path}: `}${(error as ContractError).reason}`);
}

const Line = record("Line", x, { Sku: nillable(xs.string), Quantity: xs.int });
const Order = record("Order", x, { Lines: array(Line), Note: optional(xs.string), Id: xs.int });

describe("reading a record", () => {
  test("passes over unknown elements and takes members in any order (R-DCS-2-3)", () => {
    const value = read(
      Line,
      element("c:Sku", "s"),
      element("c:New", element("c:Quantity", "9")),
      element("d:Quantity", "8"),
      element("c:Quantity", "7"),
    );
    expect(value).toEqual({ Sku: "s", Quantity: 7 });
  });

  test("counts a member that comes twice once (R-DCS-2-4)", () => {
    const value = read(
      Line,
      element("c:Sku", "s"),
      element("c:Quantity", "1"),
      element("c:Quantity", "2"),
      element("c:Sku", "t"),
    );
    expect(value).toEqual({ Sku: "s", Quantity: 1 });
  });

  test("names the member that is missing (R-DCS-2-5)", () => {
    expectError(() => read(Line, element("c:Sku", "s")), "CONTRACT_MISSING_MEMBER", "p.Quantity");
    expectError(() => operationOf(Line).request.read(readerOn("Op", [])), "CONTRACT_MISSING_MEMBER", "p");
    expectError(() => operationOf(Line).reply!.read(readerOn("OpResponse", [])), "CONTRACT_MISSING_MEMBER", "OpResult");
  });

  test("reads an optional member that is nil as absent (R-DCS-2-6)", () => {
    const value = read(Order, element("c:Id", "1"), element("c:Lines"), element("c:Note", attribute("nil", "true")));
    expect(value).toEqual({ Id: 1, Lines: [] });
    expect("Note" in value).toBe(false);
  });

  test("takes nil as true or 1, and nothing else for nil (R-DCS-2-7)", () => {
    expect(read(nillable(xs.string), attribute("nil", "1"))).toBe(null);
    expect(read(nillable(xs.string), attribute("nil", " true "))).toBe(null);
    expect(read(nillable(xs.string), attribute("nil", "false"), "x")).toBe("x");
  });

  test("names the place of a nil that the contract does not have (R-DCS-2-7)", () => {
    const lines = element("c:Lines", element("c:Line", element("c:Quantity", attribute("nil", "true"))));
    expectError(() => read(Order, lines), "CONTRACT_WRONG_TYPE", "p.Lines[0].Quantity");
    for (const type of [
      xs.string,
      xs.QName,
      Line,
      array(xs.int),
      dictionary(xs.int, xs.int),
      enumeration("E", x, ["a"]),
    ]) {
      expectError(() => read<unknown>(type as DataType<unknown>, attribute("nil", "true")), "CONTRACT_WRONG_TYPE", "p");
    }
  });

  test("names the place of text that is not of the type", () => {
    const lines = element("c:Lines", element("c:Line", element("c:Quantity", "two")));
    expectError(() => read(Order, lines), "CONTRACT_WRONG_TYPE", "p.Lines[0].Quantity");
    expectError(() => read(Line, "text"), "CONTRACT_WRONG_TYPE", "p");
    expectError(() => read(xs.int, element("c:a")), "CONTRACT_WRONG_TYPE", "p");
  });

  test("leaves errors of the document as they are", () => {
    const out = new ByteWriter();
    const writer = new BinaryXmlWriter(out);
    operationOf(Line).request.write(writer, { p: { Sku: "s", Quantity: 1000 } });
    const bytes = out.copy();
    const reader = new BinaryXmlReader();
    for (let to = 0; to < bytes.length; to++) {
      const error = errorOf(() => {
        reader.reset(bytes, 0, to);
        reader.next();
        operationOf(Line).request.read(reader);
      });
      expect(error instanceof XmlError || error instanceof ContractError).toBe(true);
    }
  });

  test("refuses a body of another name (R-DCS-1-10)", () => {
    expectError(() => operationOf(Line).request.read(readerOn("Other", [])), "CONTRACT_UNEXPECTED_ELEMENT", "");
  });
});

describe("reading a collection", () => {
  test("refuses elements that are no items (R-DCS-4-7)", () => {
    expectError(
      () => read(array(xs.int), element("d:int", "1"), element("d:long", "1")),
      "CONTRACT_UNEXPECTED_ELEMENT",
      "p[1]",
    );
  });

  test("refuses a key that comes twice, and entries with a half missing (R-DCS-4-8)", () => {
    const entry = (...content: Content[]) => element("d:KeyValueOfstringint", ...content);
    const map = dictionary(xs.string, xs.int);
    const one = entry(element("d:Value", "1"), element("d:Key", "a"));
    expect(read(map, one)).toEqual(new Map([["a", 1]]));
    expectError(() => read(map, one, one), "CONTRACT_DUPLICATE_KEY", 'p["a"]');
    expectError(() => read(map, entry(element("d:Key", "a"))), "CONTRACT_MISSING_MEMBER", 'p["a"]');
    expectError(() => read(map, entry(element("d:Value", "a"))), "CONTRACT_WRONG_TYPE", "p[0]");
    expectError(() => read(map, entry(element("d:Value", "1"))), "CONTRACT_MISSING_MEMBER", "p[0]");
  });
});

describe("reading a type by name", () => {
  const Shape = record("Shape", x, { A: xs.int });
  const Circle = record("Circle", x, { R: xs.int }, { base: Shape });
  const AnyShape = polymorphic(Shape, [Circle]);
  const members = [element("c:A", "1"), element("c:R", "2")];

  test("finds the known ones (R-DCS-5-1)", () => {
    expect(read(AnyShape, attribute("type", "c:Circle"), ...members)).toEqual({ $type: "Circle", A: 1, R: 2 });
    expect(read(AnyShape, ...members)).toEqual({ $type: "Shape", A: 1 });
    expect(read(Shape, attribute("type", "c:Shape"), ...members)).toEqual({ A: 1 });
  });

  test("refuses the others (R-DCS-5-2)", () => {
    expectError(() => read(AnyShape, attribute("type", "c:Square"), ...members), "CONTRACT_UNKNOWN_TYPE", "p");
    expectError(() => read(AnyShape, attribute("type", "d:Circle"), ...members), "CONTRACT_UNKNOWN_TYPE", "p");
    expectError(() => read(AnyShape, attribute("type", "u:Circle"), ...members), "CONTRACT_UNKNOWN_TYPE", "p");
    expectError(() => read(AnyShape, attribute("type", "Circle"), ...members), "CONTRACT_UNKNOWN_TYPE", "p");
    expectError(() => read(Shape, attribute("type", "c:Circle"), ...members), "CONTRACT_UNKNOWN_TYPE", "p");
    expectError(() => write(AnyShape, { A: 1 }), "CONTRACT_UNKNOWN_TYPE", "p");
    expectError(() => write(AnyShape, { $type: "Square" }), "CONTRACT_UNKNOWN_TYPE", "p");
  });
});

describe("writing", () => {
  test.each([
    [xs.byte, -128, 127],
    [xs.unsignedByte, 0, 255],
    [xs.short, -32768, 32767],
    [xs.unsignedShort, 0, 65535],
    [xs.int, -2147483648, 2147483647],
    [xs.unsignedInt, 0, 4294967295],
  ])("%# keeps whole numbers within their type both ways (R-DCS-3-1)", (type, min, max) => {
    for (const value of [min, max]) {
      write(type, value);
      expect(read(type, String(value))).toBe(value);
    }
    for (const value of [min - 1, max + 1, 0.5, Number.NaN])
      expectError(() => write(type, value), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    for (const value of [min - 1, max + 1])
      expectError(() => read(type, String(value)), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => write(type, "1"), "CONTRACT_WRONG_TYPE", "p");
    expectError(() => write(type, 1n), "CONTRACT_WRONG_TYPE", "p");
  });

  test.each([
    [xs.long, -(2n ** 63n), 2n ** 63n - 1n],
    [xs.unsignedLong, 0n, 2n ** 64n - 1n],
  ])("%# keeps 64-bit numbers within their type both ways (R-DCS-3-1)", (type, min, max) => {
    for (const value of [min, max]) {
      write(type, value);
      expect(read(type, String(value))).toBe(value);
    }
    for (const value of [min - 1n, max + 1n]) expectError(() => write(type, value), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => read(type, "18446744073709551616"), "CONTRACT_WRONG_TYPE", "p");
    expectError(() => write(type, 1), "CONTRACT_WRONG_TYPE", "p");
  });

  test("refuses what the other primitives cannot hold", () => {
    expectError(() => write(xs.char, "ab"), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => read(xs.char, "65536"), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => write(xs.decimal, "1e5"), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => write(xs.decimal, "79228162514264337593543950336"), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => write(xs.decimal, 1.5), "CONTRACT_WRONG_TYPE", "p");
    expectError(() => write(xs.guid, "00112233"), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => write(xs.float, 1e39), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => write(xs.QName, { namespaceUri: "", localName: "" }), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => write(enumeration("E", x, ["a"]), "b"), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    expectError(() => read(enumeration("E", x, ["a"]), "b"), "CONTRACT_VALUE_OUT_OF_RANGE", "p");
    for (const type of [
      xs.boolean,
      xs.string,
      xs.dateTime,
      xs.duration,
      xs.base64Binary,
      xs.double,
      xs.QName,
      xs.guid,
      xs.char,
    ]) {
      expectError(
        () => write<unknown>(type as DataType<unknown>, []),
        type === xs.QName ? "CONTRACT_VALUE_OUT_OF_RANGE" : "CONTRACT_WRONG_TYPE",
        "p",
      );
    }
    for (const type of [Line, array(xs.int), dictionary(xs.int, xs.int), xs.string]) {
      expectError(() => write<unknown>(type as DataType<unknown>, null), "CONTRACT_WRONG_TYPE", "p");
    }
  });

  test("reads a float with the value of its 32 bits, however it came (R-DCS-3-7)", () => {
    expect(read(xs.float, "1.1")).toBe(Math.fround(1.1));
    expect(read(xs.double, "1.1")).toBe(1.1);
  });

  test("names the place of what is wrong", () => {
    const lines = [{ Sku: null, Quantity: 1 }, { Sku: "s" }];
    expectError(() => write(Order, { Id: 1, Lines: lines }), "CONTRACT_MISSING_MEMBER", "p.Lines[1].Quantity");
    expectError(() => write(Order, { Id: 1, Lines: 5 }), "CONTRACT_WRONG_TYPE", "p.Lines");
    expectError(
      () => write(dictionary(xs.string, xs.int), new Map([["a", 0.5]])),
      "CONTRACT_VALUE_OUT_OF_RANGE",
      'p["a"]',
    );
    expectError(
      () => write(dictionary(xs.string, Line), new Map([["a", {}]])),
      "CONTRACT_MISSING_MEMBER",
      'p["a"].Quantity',
    );
    const message = (errorOf(() => write(Order, { Id: 2 ** 31, Lines: [] })) as ContractError).message;
    expect(message).toBe("p.Id: is 2147483648, allowed is a whole number from -2147483648 to 2147483647 (xs.int)");
  });

  test("refuses cycles by their depth (R-DCS-7-1)", () => {
    interface Node {
      Next: Node | null;
    }
    const Node: DataType<Node> = record("Node", x, { Next: nillable(lazy(() => Node)) });
    const chain = (length: number): Node => (length === 1 ? { Next: null } : { Next: chain(length - 1) });
    // The wrapper is the first level, the parameter the second, and the nil at the end one more.
    write(Node, chain(maxBodyDepth - 2));
    expect((errorOf(() => write(Node, chain(maxBodyDepth - 1))) as ContractError).code).toBe("CONTRACT_TOO_DEEP");
    const node: Node = { Next: null };
    node.Next = node;
    expect((errorOf(() => write(Node, node)) as ContractError).code).toBe("CONTRACT_TOO_DEEP");
  });

  test("works again after an error, and inside of another write", () => {
    const Op = operationOf(record("R", x, { When: xs.dateTime, Id: xs.int }));
    const bytesOf = (value: { readonly When: DateTime; readonly Id: number }): Uint8Array => {
      const out = new ByteWriter();
      Op.request.write(new BinaryXmlWriter(out), { p: value });
      return out.copy();
    };
    const When = DateTime.fromEpochMs(0);
    const plain = bytesOf({ When, Id: 1 });
    expect(() => bytesOf({ When, Id: 0.5 })).toThrow(ContractError);
    expect(bytesOf({ When, Id: 1 })).toEqual(plain);
    const nested = {
      Id: 1,
      get When(): DateTime {
        expect(bytesOf({ When, Id: 1 })).toEqual(plain);
        return When;
      },
    };
    expect(bytesOf(nested)).toEqual(plain);
  });
});
