import { readFileSync } from "node:fs";
import {
  BinaryXmlReader,
  BinaryXmlWriter,
  dictionaryString,
  explain,
  ReaderDictionary,
  type StringTable,
  staticDictionary,
  toXmlText,
  transcodeFragment,
  WriterDictionary,
} from "@bowline/protocol/binary-xml";
import { ByteWriter } from "@bowline/protocol/bytes";
import { XmlError } from "@bowline/protocol/xml";
import { describe, expect, it } from "vitest";
import { bytesOf, sizedEnvelopes } from "./framed-envelopes.ts";

interface Vector {
  readonly hex: string;
  readonly xml: string;
  readonly note: string;
  readonly source: string;
  readonly kind?: string;
  readonly value?: number;
  readonly dictionary?: readonly string[];
  readonly session?: readonly string[];
}

const vectors = JSON.parse(
  readFileSync(new URL("binary-xml-vectors.json", import.meta.url), "utf8"),
) as readonly Vector[];

/**
 * Numbers that a vector states with the 7 (float) or 15 (double) digits of .NET Framework. .NET since Core 3.0, and we, print the
 * shortest digits that read back the same: here the float is 1.7320508; the doubles are the same in both.
 */
const shortestNumbers: readonly (readonly [framework: string, shortest: string])[] = [
  ["1.7320512.23606793", "1.73205082.23606793"],
];

/** Vectors that show one record alone: no root element, or three of them. They are read as fragments. */
const fragments = new Set(["0207636F6D6D656E74", "034003617272018B0333338888DDDD", "03400361727201B5050100010001"]);

interface Case {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly xml: string;
  readonly table: StringTable;
  readonly isFragment: boolean;
}

const placeholders: StringTable = { lookup: (id) => ({ value: `str${id}`, staticId: -1 }) };

function tableOf(vector: Vector): StringTable {
  if (vector.dictionary === undefined) {
    return vector.note.includes("placeholder name strN") ? placeholders : staticDictionary;
  }
  const entry = (value: string | undefined) => (value === undefined ? undefined : { value, staticId: -1 });
  return {
    lookup: (id) => entry(id % 2 === 0 ? vector.dictionary?.[id / 2] : vector.session?.[(id - 1) / 2]),
  };
}

function casesOf(): Case[] {
  const session = new ReaderDictionary();
  return vectors
    .filter((vector) => vector.xml !== "")
    .map((vector, index) => {
      const hasTable = vector.kind?.includes("nbfse") === true;
      const isDerived = vector.kind === "nmf+nbfse-derived";
      let bytes = bytesOf(vector.hex);
      if (vector.kind?.startsWith("nmf") === true) bytes = sizedEnvelopes(bytes)[0]!;
      let table = tableOf(vector);
      if (hasTable) {
        const dictionary = vector.kind === "nbfse" || isDerived ? new ReaderDictionary() : session;
        bytes = bytes.subarray(dictionary.readTable(bytes, 0, bytes.length));
        table = dictionary;
      }
      let { xml } = vector;
      for (const [framework, shortest] of shortestNumbers) xml = xml.replace(framework, shortest);
      return { name: `${index} ${vector.note.slice(0, 50)}`, bytes, xml, table, isFragment: fragments.has(vector.hex) };
    });
}

function textOf(bytes: Uint8Array, table: StringTable, isFragment: boolean): string {
  const reader = new BinaryXmlReader();
  if (isFragment) reader.resetFragment(bytes, 0, bytes.length, table);
  else reader.reset(bytes, 0, bytes.length, table);
  const text = toXmlText(reader);
  expect(reader.position).toBe(bytes.length);
  return text;
}

const cases = casesOf();

describe("vectors of the specifications and of other implementations (R-NBFX-2.2-1)", () => {
  it("are all there", () => {
    expect(cases).toHaveLength(95);
  });

  it.each(cases)("$name decodes to the stated XML", ({ bytes, xml, table, isFragment }) => {
    const text = textOf(bytes, table, isFragment);
    expect(text).toBe(xml);
  });

  it.each(cases)("$name keeps its meaning when it is copied to another session", ({ bytes, table, isFragment }) => {
    const target = new WriterDictionary();
    const out = new ByteWriter();
    transcodeFragment(bytes, 0, bytes.length, table, new BinaryXmlWriter(out, target));
    const expected = textOf(bytes, table, isFragment);
    expect(textOf(out.copy(), target, isFragment)).toBe(expected);
  });

  it.each(cases)("$name keeps its meaning when all strings have to travel in-line", ({ bytes, table, isFragment }) => {
    const out = new ByteWriter();
    transcodeFragment(bytes, 0, bytes.length, table, new BinaryXmlWriter(out));
    expect(textOf(out.copy(), staticDictionary, isFragment)).toBe(textOf(bytes, table, isFragment));
  });

  it.each(cases.filter((entry) => !entry.isFragment))(
    "$name cut anywhere is never taken for a document (R-NBFX-2-2)",
    (entry) => {
      for (let to = 0; to < entry.bytes.length; to++) {
        const reader = new BinaryXmlReader();
        reader.reset(entry.bytes, 0, to, entry.table);
        let caught: unknown;
        try {
          toXmlText(reader);
        } catch (error) {
          caught = error;
        }
        expect(caught).toBeInstanceOf(XmlError);
        expect((caught as XmlError).code).toBe("XML_UNEXPECTED_END");
      }
    },
  );

  it.each(cases)("$name is explained without a gap", ({ bytes, table }) => {
    let at = 0;
    for (const record of explain(bytes, 0, bytes.length, table)) {
      expect(record.offset).toBe(at);
      expect(record.meaning).not.toContain("XML_");
      at += record.byteLength;
    }
    expect(at).toBe(bytes.length);
  });
});

describe("sizes (R-NBFX-2.1.2-1)", () => {
  it.each(vectors.filter((vector) => vector.kind === "mbint31"))(
    "$value is written and read as $hex",
    ({ hex, value }) => {
      const out = new ByteWriter();
      out.multiByteInt31(value!);
      expect(out.copy()).toEqual(bytesOf(hex));
    },
  );
});

describe("the static dictionary (R-NBFS-2-1)", () => {
  it("has the 487 strings of [MC-NBFS] at twice their index", () => {
    const strings = JSON.parse(
      readFileSync(new URL("nbfs-dictionary.json", import.meta.url), "utf8"),
    ) as readonly string[];
    expect(strings).toHaveLength(487);
    strings.forEach((value, index) => {
      expect(staticDictionary.lookup(index * 2)?.value).toBe(value);
      expect(dictionaryString(value).staticId).toBe(index * 2);
    });
    expect(staticDictionary.lookup(974)).toBeUndefined();
    expect(staticDictionary.lookup(1)).toBeUndefined();
  });
});
