import {
  BinaryXmlReader,
  BinaryXmlWriter,
  dictionaryString,
  ReaderDictionary,
  toXmlText,
  WriterDictionary,
} from "@bowline/protocol/binary-xml";
import { ByteWriter } from "@bowline/protocol/bytes";
import { DateTime, Duration, UniqueId } from "@bowline/protocol/xml";
import { generateDocument } from "./documents.mjs";
import { Random } from "./random.mjs";
import { generateRecords, RecordTable } from "./records.mjs";
import { doubleOfBits, floatOfBits } from "./values.mjs";

/**
 * Compares documents: what .NET writes is read here, what is written here is read by .NET, texts have to be equal to the letter.
 *
 * @typedef {import("./documents.mjs").Document} Document
 * @typedef {import("./documents.mjs").Step} Step
 * @typedef {{ case: string, what: string, hex: string, ours: string, theirs: string }} Difference
 * @typedef {{ requests: object[], count: number, check: (answers: any[]) => Difference[] }} Session
 *   what is asked of the .NET program, how many documents or contracts that compares, and what is wrong about the answers
 */

/** As WCF sets its reader for buffered messages: all limits but the depth are left to the size of the message. */
const reader = new BinaryXmlReader({
  quotas: { maxBytesPerRead: 2 ** 31 - 1, maxStringContentLength: 2 ** 31 - 1, maxArrayLength: 2 ** 31 - 1 },
});
const documentBytes = new ByteWriter(4096);
const tableBytes = new ByteWriter(2048);

/** @param {Uint8Array} bytes */
function hexOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex").toUpperCase();
}

/**
 * The text that we make of a document, or the error.
 * @param {Uint8Array} bytes
 * @param {import("@bowline/protocol/binary-xml").StringTable} table
 */
function textOf(bytes, table) {
  try {
    reader.reset(bytes, 0, bytes.length, table);
    return toXmlText(reader);
  } catch (error) {
    return `error: ${error}`;
  }
}

/**
 * True when the bytes are the same but for end tags that .NET wrote as records of their own: its writer can put the end into the text
 * record before only while that is in its buffer of 512 bytes, ours always can.
 * @param {Uint8Array} ours
 * @param {Uint8Array} theirs
 */
function isSameRecords(ours, theirs) {
  let at = 0;
  let splitCount = 0;
  for (let other = 0; other < theirs.length; other++) {
    const [one, two] = [ours[at], theirs[other]];
    if (one === two) at++;
    else if (one !== undefined && two !== undefined && one >= 0x81 && one % 2 === 1 && two === one - 1) {
      splitCount++;
      at++;
    } else if (splitCount > 0 && two === 0x01) splitCount--;
    else return false;
  }
  return splitCount === 0 && at === ours.length;
}

/** @param {any} answer of the .NET program */
function textOfAnswer(answer) {
  return answer.xml ?? `error: ${answer.error}`;
}

/**
 * A session in which .NET writes and we read. Where our writer can say the same, it has to give the same bytes.
 * @param {number} seed
 * @param {number} index
 * @returns {Session}
 */
export function dotnetWrites(seed, index) {
  const random = new Random(seed, "dotnet-writes", index);
  const dotnetOnly = index % 2 === 1;
  const documents = Array.from({ length: random.between(1, 8) }, () =>
    generateDocument(random, { dotnetOnly, comparesBytes: !dotnetOnly }),
  );
  const session = `dotnet-${index}`;
  const requests = documents.map(({ events }) => ({ op: "write", session, events }));
  return {
    requests,
    count: requests.length,
    check(answers) {
      /** @type {Difference[]} */
      const differences = [];
      const table = new ReaderDictionary();
      const writerTable = new WriterDictionary();
      answers.forEach((answer, at) => {
        const place = `dotnet-writes:${index}/${at}`;
        if (answer.error !== undefined) {
          differences.push({
            case: place,
            what: ".NET could not write it",
            hex: "",
            ours: JSON.stringify(documents[at]?.events),
            theirs: answer.trace ?? answer.error,
          });
          return;
        }
        const bytes = Buffer.from(answer.document, "hex");
        const newStrings = Buffer.from(answer.table, "hex");
        table.addTable(newStrings, 0, newStrings.length);
        const text = textOf(bytes, table);
        if (text !== textOfAnswer(answer))
          differences.push({
            case: place,
            what: "text of a document that .NET wrote",
            hex: answer.document,
            ours: text,
            theirs: textOfAnswer(answer),
          });
        const steps = documents[at]?.steps;
        if (dotnetOnly || steps === undefined) return;
        const own = write(steps, writerTable);
        if (!isSameRecords(Buffer.from(own.document, "hex"), bytes))
          differences.push({
            case: place,
            what: "bytes of our writer",
            hex: answer.document,
            ours: own.document,
            theirs: answer.document,
          });
        if (own.table !== answer.table)
          differences.push({
            case: place,
            what: "string table of our writer",
            hex: answer.document,
            ours: own.table,
            theirs: answer.table,
          });
      });
      return differences;
    },
  };
}

/**
 * A session in which we write and .NET reads: by our writer, and by records put together directly.
 * @param {number} seed
 * @param {number} index
 * @param {readonly string[]} dictionary static strings in id order
 * @returns {Session}
 */
export function weWrite(seed, index, dictionary) {
  const random = new Random(seed, "we-write", index);
  const session = `we-${index}`;
  const byWriter = index % 2 === 0;
  const writerTable = new WriterDictionary();
  const recordTable = new RecordTable(dictionary);
  const table = new ReaderDictionary();
  /** @type {string[]} */
  const texts = [];
  const requests = Array.from({ length: random.between(1, 8) }, () => {
    const message = byWriter ? writeDocument(random, writerTable) : writeRecords(random, recordTable);
    const newStrings = Buffer.from(message.table, "hex");
    table.addTable(newStrings, 0, newStrings.length);
    texts.push(textOf(Buffer.from(message.document, "hex"), table));
    return { op: "read", session, ...message };
  });
  return {
    requests,
    count: requests.length,
    check(answers) {
      /** @type {Difference[]} */
      const differences = [];
      answers.forEach((answer, at) => {
        const ours = /** @type {string} */ (texts[at]);
        const what = byWriter ? "text of a document that our writer wrote" : "text of a document of generated records";
        if (ours !== textOfAnswer(answer))
          differences.push({
            case: `we-write:${index}/${at}`,
            what,
            hex: /** @type {any} */ (requests[at]).document,
            ours,
            theirs: textOfAnswer(answer),
          });
      });
      return differences;
    },
  };
}

/** @param {Random} random @param {WriterDictionary} table */
function writeDocument(random, table) {
  return write(
    /** @type {Step[]} */ (generateDocument(random, { dotnetOnly: false, comparesBytes: false }).steps),
    table,
  );
}

/** @param {Random} random @param {RecordTable} table */
function writeRecords(random, table) {
  const bytes = generateRecords(random, table);
  return { document: hexOf(bytes), table: hexOf(table.take()) };
}

/** @param {Step[]} steps @param {WriterDictionary} table @returns {{ document: string, table: string }} in hex; the table without its size */
function write(steps, table) {
  documentBytes.reset();
  tableBytes.reset();
  writeSteps(new BinaryXmlWriter(documentBytes, table), steps);
  const queuedByteLength = table.pendingByteLength;
  table.takePending(tableBytes);
  const withSize = tableBytes.view();
  return { document: hexOf(documentBytes.view()), table: hexOf(withSize.subarray(withSize.length - queuedByteLength)) };
}

/** @param {import("@bowline/protocol/xml").XmlWriter} writer @param {Step[]} steps */
export function writeSteps(writer, steps) {
  for (const { type, event } of steps) {
    switch (type) {
      case "start":
        writer.startElement(event[0], event[2] ? dictionaryString(event[1]) : event[1]);
        break;
      case "attribute":
        writer.attribute(
          event[0],
          event[2] ? dictionaryString(event[1]) : event[1],
          event[4] ? dictionaryString(event[3]) : event[3],
        );
        break;
      case "declaration":
        writer.declareNamespace(event[0], event[2] ? dictionaryString(event[1]) : event[1]);
        break;
      case "end":
        writer.endElement();
        break;
      default:
        writeValue(writer, event);
    }
  }
}

/** @param {import("@bowline/protocol/xml").XmlWriter} writer @param {any[]} event */
function writeValue(writer, event) {
  const [type, value] = event;
  switch (type) {
    case "text":
      return writer.text(value);
    case "dictionaryText":
      return writer.text(dictionaryString(value));
    case "boolean":
      return writer.boolean(value);
    case "int":
      return writer.integer(Number(value));
    case "long":
    case "unsignedLong":
      return writer.bigint(BigInt(value));
    case "float":
      return writer.float(floatOfBits(value));
    case "double":
      return writer.double(doubleOfBits(value));
    case "decimal":
      return writer.decimal(value);
    case "dateTime":
      return writer.dateTime(dateTimeOf(value, event[2]));
    case "duration":
      return writer.duration(new Duration(BigInt(value)));
    case "guid":
      return writer.guid(value);
    case "uniqueId":
      return writer.uniqueId(UniqueId.parse(value));
    case "bytes":
      return writer.bytes(Buffer.from(value, "base64"));
    case "qname":
      return writer.qname(value, event[3] ? dictionaryString(event[2]) : event[2]);
    default:
      throw new Error(`There is no event ${type}.`);
  }
}

/** @param {string} ticks @param {"unspecified" | "utc" | "local"} kind */
export function dateTimeOf(ticks, kind) {
  return DateTime[kind](BigInt(ticks));
}
