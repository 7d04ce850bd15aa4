import { describe, expect, it, test } from "vitest";
import { BinaryXmlReader, BinaryXmlWriter, toXmlText } from "../binary-xml/index.ts";
import { ByteWriter } from "../bytes/index.ts";
import { DateTime, Duration } from "../xml/index.ts";
import {
  array,
  contract,
  type DataType,
  dateTimeOffset,
  dictionary,
  enumeration,
  flags,
  lazy,
  type MemberSpecs,
  type MembersValue,
  member,
  nillable,
  operation,
  optional,
  polymorphic,
  record,
  xs,
} from "./index.ts";

const short: readonly (readonly [string, string])[] = [
  ["http://schemas.microsoft.com/2003/10/Serialization/Arrays", "ARR"],
  ["http://www.w3.org/2001/XMLSchema-instance", "XSI"],
  ["http://schemas.datacontract.org/2004/07/System", "SYS"],
];

/** The parameter as it stands in its wrapper, with long namespaces abbreviated; reads it back and expects the same value. */
function parameterXml<T>(type: DataType<T>, value: T): string {
  // The second parameter keeps WCF's formatter for primitive parameters out, which has a shape of its own.
  const { Op } = contract("http://tempuri.org/", "I", {
    Op: operation({ request: { p: type, z: optional(xs.guid) } }),
  }).operations;
  const out = new ByteWriter();
  const writer = new BinaryXmlWriter(out);
  writer.startElement("s", "Body");
  writer.declareNamespace("s", "http://soap/");
  Op.request.write(writer, { p: value });
  writer.endElement();
  const bytes = out.copy();
  const reader = new BinaryXmlReader();
  reader.reset(bytes);
  let text = toXmlText(reader);
  reader.reset(bytes);
  reader.next();
  reader.nextChild();
  expect(Op.request.read(reader)).toEqual({ p: value });
  text = text.replace(/^.*<Op xmlns="http:\/\/tempuri.org\/">/, "").replace("</Op></s:Body>", "");
  for (const [long, name] of short) text = text.replaceAll(long, name);
  return text;
}

const x = "http://x/types";
const Line = record("Line", x, { Sku: nillable(xs.string), Quantity: xs.int });
const Colour = enumeration("Colour", x, ["Red", "gr"]);
const Access = flags("Access", x, ["None", "Read", "Write", "Exec"]);
const line = { Sku: null, Quantity: 0 };
const lineXml = `<b:Quantity>0</b:Quantity><b:Sku i:nil="true"></b:Sku>`;
const utc = DateTime.utc(621355968000000000n);

describe("a parameter has the shape that DataContractSerializer gives it", () => {
  const holderOf = <T>(type: DataType<T>): DataType<{ readonly M: T }> => record("Holder", x, { M: type }) as never;
  const Other = record("Other", "http://other/types", {
    Line,
    Lines: array(nillable(Line)),
    Names: array(nillable(xs.string)),
    Nil: nillable(Line),
    NilNames: nillable(array(xs.string)),
    Num: nillable(xs.int),
    Nums: array(nillable(xs.int)),
  });
  const NamedLines = array(nillable(Line), { name: "Lines", namespace: "http://col/", itemName: "ln" });
  const NamedMap = dictionary(xs.string, nillable(Line), {
    name: "Dict",
    namespace: "http://col/",
    itemName: "it",
    keyName: "k",
    valueName: "v",
  });

  const cases: readonly (readonly [string, string, () => string])[] = [
    [
      "a record declares its namespace and xsi (R-DCS-6-1)",
      `<p xmlns:b="http://x/types" xmlns:i="XSI">${lineXml}</p>`,
      () => parameterXml(Line, line),
    ],
    ["a primitive declares nothing (R-DCS-6-1)", "<p>5</p>", () => parameterXml(xs.int, 5)],
    [
      "a nil record declares as if it were there (R-DCS-6-4)",
      `<p i:nil="true" xmlns:b="http://x/types" xmlns:i="XSI"></p>`,
      () => parameterXml(nillable(Line), null),
    ],
    [
      "a nil int declares xsi alone (R-DCS-6-4)",
      `<p i:nil="true" xmlns:i="XSI"></p>`,
      () => parameterXml(nillable(xs.int), null),
    ],
    [
      "strings stand in the Arrays namespace (R-DCS-4-1)",
      `<p xmlns:b="ARR" xmlns:i="XSI"><b:string>a</b:string><b:string i:nil="true"></b:string></p>`,
      () => parameterXml(array(nillable(xs.string)), ["a", null]),
    ],
    [
      "records stand in their own namespace (R-DCS-4-1)",
      `<p xmlns:b="http://x/types" xmlns:i="XSI"><b:Line>${lineXml}</b:Line><b:Line i:nil="true"></b:Line></p>`,
      () => parameterXml(array(nillable(Line)), [line, null]),
    ],
    [
      "arrays of arrays (R-DCS-4-1)",
      `<p xmlns:b="ARR" xmlns:i="XSI"><b:ArrayOfint><b:int>1</b:int><b:int>2</b:int></b:ArrayOfint><b:ArrayOfint></b:ArrayOfint></p>`,
      () => parameterXml(array(array(xs.int)), [[1, 2], []]),
    ],
    [
      "arrays of arrays of records (R-DCS-4-1)",
      `<p xmlns:b="http://x/types" xmlns:i="XSI"><b:ArrayOfLine><b:Line>${lineXml}</b:Line></b:ArrayOfLine></p>`,
      () => parameterXml(array(array(Line)), [[line]]),
    ],
    [
      "a dictionary of primitives (R-DCS-4-3)",
      `<p xmlns:b="ARR" xmlns:i="XSI"><b:KeyValueOfstringint><b:Key>a</b:Key><b:Value>1</b:Value></b:KeyValueOfstringint></p>`,
      () => parameterXml(dictionary(xs.string, xs.int), new Map([["a", 1]])),
    ],
    [
      "a list of dictionaries of records (R-DCS-4-3)",
      `<p xmlns:b="ARR" xmlns:i="XSI"><b:ArrayOfKeyValueOfstringLineYPuUnT8U><b:KeyValueOfstringLineYPuUnT8U><b:Key>a</b:Key>` +
        `<b:Value i:nil="true" xmlns:c="http://x/types"></b:Value></b:KeyValueOfstringLineYPuUnT8U></b:ArrayOfKeyValueOfstringLineYPuUnT8U></p>`,
      () => parameterXml(array(dictionary(xs.string, nillable(Line))), [new Map([["a", null]])]),
    ],
    [
      "nested types take the next letter, siblings the same (R-DCS-6-2, R-DCS-4-2)",
      `<p xmlns:b="http://other/types" xmlns:i="XSI"><b:Line xmlns:c="http://x/types"><c:Quantity>0</c:Quantity><c:Sku>s</c:Sku></b:Line>` +
        `<b:Lines xmlns:c="http://x/types"><c:Line><c:Quantity>0</c:Quantity><c:Sku i:nil="true"></c:Sku></c:Line><c:Line i:nil="true"></c:Line></b:Lines>` +
        `<b:Names xmlns:c="ARR"><c:string>a</c:string><c:string i:nil="true"></c:string></b:Names><b:Nil i:nil="true" xmlns:c="http://x/types"></b:Nil>` +
        `<b:NilNames i:nil="true" xmlns:c="ARR"></b:NilNames><b:Num i:nil="true"></b:Num>` +
        `<b:Nums xmlns:c="SYS"><c:int>1</c:int><c:int i:nil="true"></c:int></b:Nums></p>`,
      () =>
        parameterXml(Other, {
          Line: { Sku: "s", Quantity: 0 },
          Lines: [line, null],
          Names: ["a", null],
          Nil: null,
          NilNames: null,
          Num: null,
          Nums: [1, null],
        }),
    ],
    [
      "a named list declares its items' namespace as well (R-DCS-4-6, R-DCS-6-6)",
      `<p xmlns:b="http://col/" xmlns:i="XSI" xmlns:c="http://x/types"><b:ln><c:Quantity>0</c:Quantity><c:Sku i:nil="true"></c:Sku></b:ln><b:ln i:nil="true"></b:ln></p>`,
      () => parameterXml(NamedLines, [line, null]),
    ],
    [
      "a named dictionary (R-DCS-4-6)",
      `<p xmlns:b="http://x/types" xmlns:i="XSI"><b:M xmlns:c="http://col/"><c:it><c:k>a</c:k><c:v>${lineXml}</c:v></c:it><c:it><c:k>b</c:k><c:v i:nil="true"></c:v></c:it></b:M></p>`,
      () =>
        parameterXml(holderOf(NamedMap), {
          M: new Map([
            ["a", line],
            ["b", null],
          ]),
        }),
    ],
    [
      "nullable enums have a name of their own (R-DCS-4-2, R-DCS-4-5)",
      `<p xmlns:b="ARR" xmlns:i="XSI"><b:KeyValueOfstringArrayOfNullableOfColourG2nnheXxU6ho3Bhd><b:Key>k</b:Key>` +
        `<b:Value xmlns:c="SYS"><c:Colour>Red</c:Colour><c:Colour i:nil="true"></c:Colour></b:Value></b:KeyValueOfstringArrayOfNullableOfColourG2nnheXxU6ho3Bhd></p>`,
      () => parameterXml(dictionary(xs.string, array(nillable(Colour))), new Map([["k", ["Red", null] as const]])),
    ],
    ["an enum is its EnumMember (R-DCS-3-6)", "<p>gr</p>", () => parameterXml(Colour, "gr")],
    ["flags are a list (R-DCS-3-6)", "<p>Read Exec</p>", () => parameterXml(Access, ["Read", "Exec"])],
    ["a char is a number (R-DCS-3-3)", "<p>65</p>", () => parameterXml(xs.char, "A")],
    ["a decimal keeps its zeros (R-DCS-3-4)", "<p>1.10</p>", () => parameterXml(xs.decimal, "1.10")],
    ["an empty string is an empty element (R-DCS-3-2)", "<p></p>", () => parameterXml(xs.string, "")],
    ["an empty byte array too (R-DCS-3-2)", "<p></p>", () => parameterXml(xs.base64Binary, new Uint8Array(0))],
    ["a duration", "<p>P1DT1H1M1.5S</p>", () => parameterXml(xs.duration, Duration.fromMs(90061500))],
    [
      "a DateTimeOffset (R-DCS-3-8)",
      `<p xmlns:b="SYS" xmlns:i="XSI"><b:DateTime>1970-01-01T00:00:00Z</b:DateTime><b:OffsetMinutes>120</b:OffsetMinutes></p>`,
      () => parameterXml(dateTimeOffset, { DateTime: utc, OffsetMinutes: 120 }),
    ],
    [
      "a QName (R-DCS-3-5)",
      `<q:p xmlns:q="http://tempuri.org/" xmlns:b="http://q/">b:n</q:p>`,
      () => parameterXml(xs.QName, { namespaceUri: "http://q/", localName: "n" }),
    ],
    [
      "a nil QName as a parameter (R-DCS-3-5)",
      `<q:p i:nil="true" xmlns:q="http://tempuri.org/" xmlns:i="XSI"></q:p>`,
      () => parameterXml(nillable(xs.QName), null),
    ],
    [
      "QNames whose namespace is in scope, or empty (R-DCS-3-5)",
      `<p xmlns:b="ARR" xmlns:i="XSI"><q:QName xmlns:q="ARR" xmlns="">a</q:QName><q:QName xmlns:q="ARR">b</q:QName><q:QName xmlns:q="ARR" xmlns:c="http://q/">c:c</q:QName><b:QName i:nil="true"></b:QName></p>`,
      () =>
        parameterXml(array(nillable(xs.QName)), [
          { namespaceUri: "", localName: "a" },
          { namespaceUri: "http://tempuri.org/", localName: "b" },
          { namespaceUri: "http://q/", localName: "c" },
          null,
        ]),
    ],
    [
      "a record in the contract's namespace, one without a namespace inside (R-DCS-6-3)",
      `<p xmlns:i="XSI"><A>0</A><L xmlns:b="http://x/types">${lineXml}</L><N xmlns:b="ARR"><b:int>1</b:int></N><T><A xmlns="">0</A></T></p>`,
      () =>
        parameterXml(
          record("Tns", "http://tempuri.org/", {
            T: record("NoNs", "", { A: xs.int }),
            A: xs.int,
            L: Line,
            N: array(xs.int),
          }),
          { A: 0, L: line, N: [1], T: { A: 0 } },
        ),
    ],
  ];

  it.each(cases)("%s", (_title, expected, actual) => {
    expect(actual()).toBe(expected);
  });
});

describe("members", () => {
  test("come without order first, then by order, by UTF-16 unit among equals (R-DCS-2-1)", () => {
    const Ord = record("Ord", x, {
      b: xs.int,
      a: xs.int,
      z2: member(xs.int, { order: 2 }),
      y1: member(xs.int, { order: 1 }),
      B1: member(xs.int, { order: 1 }),
      x0: member(xs.int, { order: 0 }),
      _u: xs.int,
      A: xs.int,
      é: xs.int,
    });
    const xml = parameterXml(Ord, { b: 0, a: 0, z2: 0, y1: 0, B1: 0, x0: 0, _u: 0, A: 0, é: 0 });
    expect([...xml.matchAll(/<b:(\w+|é)>/g)].map((match) => match[1])).toEqual([
      "A",
      "_u",
      "a",
      "b",
      "é",
      "x0",
      "B1",
      "y1",
      "z2",
    ]);
  });

  test("that are optional are left out when undefined (R-DCS-2-6)", () => {
    const Opt = record("Opt", x, { a: optional(xs.int), s: optional(xs.string), r: nillable(xs.string) });
    expect(parameterXml(Opt, { r: null })).toBe(
      `<p xmlns:b="http://x/types" xmlns:i="XSI"><b:r i:nil="true"></b:r></p>`,
    );
    expect(parameterXml(Opt, { a: 1, r: "", s: "" })).toBe(
      `<p xmlns:b="http://x/types" xmlns:i="XSI"><b:a>1</b:a><b:r></b:r><b:s></b:s></p>`,
    );
  });

  test("may contain their own record (R-DCS-2-8)", () => {
    interface Node {
      readonly Next: Node | null;
      readonly Kids: readonly Node[];
    }
    const Node: DataType<Node> = record("Node", x, { Next: nillable(lazy(() => Node)), Kids: array(lazy(() => Node)) });
    const leaf = { Next: null, Kids: [] };
    expect(parameterXml(Node, { Next: leaf, Kids: [leaf] })).toBe(
      `<p xmlns:b="http://x/types" xmlns:i="XSI"><b:Kids><b:Node><b:Kids></b:Kids><b:Next i:nil="true"></b:Next></b:Node></b:Kids>` +
        `<b:Next><b:Kids></b:Kids><b:Next i:nil="true"></b:Next></b:Next></p>`,
    );
  });
});

describe("derived records", () => {
  const Shape = record("Shape", x, { Z: xs.int, B: xs.int });
  const Circle = record("Circle", x, { A: xs.int, R: xs.int }, { base: Shape });
  const Square = record("Square", "http://far/types", { A: xs.int, S: xs.int }, { base: Shape });
  const AnyShape = polymorphic(Shape, [Circle, Square]);
  const circle = { $type: "Circle", Z: 1, B: 2, A: 3, R: 4 } as const;
  const square = { $type: "Square", Z: 1, B: 2, A: 3, S: 4 } as const;

  test("have the base's members first, each declaring its namespace where it has no prefix (R-DCS-2-2, R-DCS-6-3)", () => {
    expect(parameterXml(Square, { Z: 1, B: 2, A: 3, S: 4 })).toBe(
      `<p xmlns:b="http://far/types" xmlns:i="XSI"><B xmlns="http://x/types">2</B><Z xmlns="http://x/types">1</Z><b:A>3</b:A><b:S>4</b:S></p>`,
    );
  });

  test("say their type where another is declared (R-DCS-5-1)", () => {
    const members = "<b:B>2</b:B><b:Z>1</b:Z>";
    expect(parameterXml(AnyShape, circle)).toBe(
      `<p i:type="b:Circle" xmlns:b="http://x/types" xmlns:i="XSI">${members}<b:A>3</b:A><b:R>4</b:R></p>`,
    );
    expect(parameterXml(AnyShape, { $type: "Shape", Z: 1, B: 2 })).toBe(
      `<p xmlns:b="http://x/types" xmlns:i="XSI">${members}</p>`,
    );
    expect(parameterXml(array(nillable(AnyShape)), [circle, square, null])).toBe(
      `<p xmlns:b="http://x/types" xmlns:i="XSI"><b:Shape i:type="b:Circle">${members}<b:A>3</b:A><b:R>4</b:R></b:Shape>` +
        `<b:Shape i:type="c:Square" xmlns:c="http://far/types">${members}<c:A>3</c:A><c:S>4</c:S></b:Shape><b:Shape i:nil="true"></b:Shape></p>`,
    );
  });

  test("declare the declared type's namespace first, then their own (R-DCS-5-1, R-DCS-6-2)", () => {
    expect(parameterXml(AnyShape, square)).toBe(
      `<p i:type="c:Square" xmlns:b="http://x/types" xmlns:i="XSI" xmlns:c="http://far/types"><b:B>2</b:B><b:Z>1</b:Z><c:A>3</c:A><c:S>4</c:S></p>`,
    );
    const Far = record("Far2", "http://far/types", { One: AnyShape });
    expect(parameterXml(Far, { One: square })).toBe(
      `<p xmlns:b="http://far/types" xmlns:i="XSI"><b:One i:type="b:Square" xmlns:c="http://x/types"><c:B>2</c:B><c:Z>1</c:Z><b:A>3</b:A><b:S>4</b:S></b:One></p>`,
    );
  });
});

describe("operations whose parameters are all simple (R-DCS-6-5)", () => {
  /** What an operation with these parameters writes. */
  function requestXml<Request extends MemberSpecs>(
    request: Request,
    reply: DataType<unknown>,
    args: MembersValue<Request>,
  ): string {
    const { Op } = contract("http://tempuri.org/", "I", { Op: operation({ request, reply }) }).operations;
    const out = new ByteWriter();
    Op.request.write(new BinaryXmlWriter(out), args);
    const reader = new BinaryXmlReader();
    reader.reset(out.copy());
    return short.reduce((text, [long, name]) => text.replaceAll(long, name), toXmlText(reader));
  }

  test("have the shape of WCF's formatter for them", () => {
    const request = { text: nillable(xs.string), numbers: array(xs.int) };
    expect(requestXml(request, xs.int, { text: null, numbers: [1, 2] })).toBe(
      `<Op xmlns="http://tempuri.org/"><text b:nil="true" xmlns:b="XSI"></text>` +
        `<numbers><int xmlns="ARR">1</int><int xmlns="ARR">2</int></numbers></Op>`,
    );
  });

  test("have the common shape when the result is not simple", () => {
    expect(requestXml({ text: nillable(xs.string) }, Line, { text: null })).toBe(
      `<Op xmlns="http://tempuri.org/"><text i:nil="true" xmlns:i="XSI"></text></Op>`,
    );
  });

  test("have the common shape when one is a collection with a name of its own", () => {
    const numbers = array(xs.int, { name: "Numbers", namespace: x, itemName: "n" });
    expect(requestXml({ numbers }, xs.int, { numbers: [1] })).toBe(
      `<Op xmlns="http://tempuri.org/"><numbers xmlns:b="http://x/types" xmlns:i="XSI"><b:n>1</b:n></numbers></Op>`,
    );
  });
});
