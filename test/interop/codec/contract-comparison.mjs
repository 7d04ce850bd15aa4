import {
  BinaryXmlReader,
  BinaryXmlWriter,
  dictionaryString,
  ReaderDictionary,
  toXmlText,
  WriterDictionary,
} from "@bowline/protocol/binary-xml";
import { ByteWriter } from "@bowline/protocol/bytes";
import { contract, operation } from "@bowline/protocol/contract";
import { NodeKind } from "@bowline/protocol/xml";
import { ContractTypes } from "./contract-types.mjs";
import { generateValues } from "./contract-values.mjs";
import { generateSchema } from "./contracts.mjs";
import { Random } from "./random.mjs";

/**
 * Compares data contracts: .NET builds the types of a schema and writes values of them, we build ours and write the same; both texts
 * have to be equal to the letter, and each side has to read back the other's value.
 *
 * @typedef {import("./document-comparison.mjs").Session} Session
 * @typedef {import("./document-comparison.mjs").Difference} Difference
 */

const soap = "http://www.w3.org/2003/05/soap-envelope";
const addressing = "http://www.w3.org/2005/08/addressing";
const unlimited = 2 ** 31 - 1;
const reader = new BinaryXmlReader({
  quotas: { maxBytesPerRead: unlimited, maxStringContentLength: unlimited, maxArrayLength: unlimited },
});
const documentBytes = new ByteWriter(4096);
const tableBytes = new ByteWriter(2048);
/** Values tried of each contract. */
const valueCount = 2;

/**
 * @param {number} seed
 * @param {number} index
 * @returns {Session}
 */
export function compareContract(seed, index) {
  const random = new Random(seed, "contract", index);
  const schema = generateSchema(random);
  const place = `contract:${index}`;
  const id = `c${index}`;
  const { definitions, wrapper, namespace, parameters } = schema;
  const all = Array.from({ length: valueCount }, () => generateValues(random, schema));
  /** @type {object[]} */
  const requests = [{ op: "define", contract: id, definitions, wrapper, namespace, parameters }];
  const ours = new Ours(schema);
  const written = all.map((values) => {
    const message = ours.write(values);
    requests.push({ op: "writeValue", contract: id, values });
    requests.push("document" in message ? { op: "readValue", contract: id, ...message } : { op: "none" });
    return message;
  });
  return {
    requests,
    count: 1,
    check([defined, ...answers]) {
      /** @type {Difference[]} */
      const differences = [];
      const differ = (
        /** @type {string} */ what,
        /** @type {string} */ hex,
        /** @type {string} */ one,
        /** @type {string} */ other,
      ) => {
        if (one !== other) differences.push({ case: place, what, hex, ours: one, theirs: other });
      };
      if (defined.error !== undefined) {
        differ(".NET could not define it", "", JSON.stringify(schema), defined.trace ?? defined.error);
        return differences;
      }
      for (const [at, values] of all.entries()) {
        const expected = JSON.stringify(values);
        const [theirs, readBack] = [answers[at * 2], answers[at * 2 + 1]];
        const message = /** @type {ReturnType<Ours["write"]>} */ (written[at]);
        if (theirs.error !== undefined) {
          differ(".NET could not write the value", "", expected, theirs.trace ?? theirs.error);
          continue;
        }
        if ("error" in message) {
          differ("we could not write the value", theirs.document, message.error, theirs.xml);
          continue;
        }
        if (message.xml !== theirs.xml && !isSameButPrefixes(message, theirs, definitions))
          differ("text of a contract", theirs.document, message.xml, theirs.xml);
        differ("value that we read of .NET's bytes", theirs.document, ours.read(theirs), expected);
        differ(
          "value that .NET read of its own bytes",
          theirs.document,
          expected,
          JSON.stringify(theirs.values) ?? theirs.readError,
        );
        differ(
          "value that .NET read of our bytes",
          message.document,
          expected,
          JSON.stringify(readBack.values) ?? readBack.error,
        );
      }
      return differences;
    },
  };
}

/**
 * .NET remembers the last namespace that it looked up even where `xmlns=""` has hidden its prefix, so that in contracts with an empty
 * namespace its choice of prefixes follows no rule. Such texts are compared by names with their namespaces instead.
 * @param {{ document: string, table: string }} ours
 * @param {{ document: string, table: string }} theirs
 * @param {readonly import("./contracts.mjs").Definition[]} definitions
 */
function isSameButPrefixes(ours, theirs, definitions) {
  return definitions.some(({ namespace }) => namespace === "") && expandedText(ours) === expandedText(theirs);
}

/** The text of a document with each name as {namespace}name and without declarations. @param {{ document: string, table: string }} message in hex */
function expandedText(message) {
  open(message);
  let text = "";
  for (;;) {
    switch (reader.next()) {
      case NodeKind.element: {
        text += `<{${reader.namespaceUri}}${reader.localName}`;
        for (let index = 0; index < reader.attributeCount; index++)
          text += ` {${reader.attributeNamespaceUri(index)}}${reader.attributeLocalName(index)}=${expandedValue(index)}`;
        text += ">";
        // The elements of QNames, and no others, have the prefix q.
        if (reader.prefix === "q" && reader.attributeCount === 0) {
          const { namespaceUri, localName } = reader.readQName();
          text += `{${namespaceUri}}${localName}</>`;
        }
        break;
      }
      case NodeKind.endElement:
        text += "</>";
        break;
      case NodeKind.endOfDocument:
        return text;
      default:
        text += reader.text;
    }
  }
}

/** The value of an attribute, that of i:type resolved. @param {number} index */
function expandedValue(index) {
  const value = reader.attributeValue(index);
  if (reader.attributeLocalName(index) !== "type") return value;
  const [local, prefix] = value.split(":").reverse();
  return `{${reader.lookupNamespace(prefix ?? "")}}${local}`;
}

/** Puts the reader before a document. @param {{ document: string, table: string }} message in hex */
function open(message) {
  const dictionary = new ReaderDictionary();
  const table = Buffer.from(message.table, "hex");
  dictionary.addTable(table, 0, table.length);
  const document = Buffer.from(message.document, "hex");
  reader.reset(document, 0, document.length, dictionary);
}

/** Our side of one schema. */
class Ours {
  #types;
  #request;

  /** @param {import("./contracts.mjs").Schema} schema */
  constructor(schema) {
    this.#types = new ContractTypes(schema);
    const compiled = contract(schema.namespace, "IGenerated", {
      [schema.wrapper]: operation({ request: this.#types.parameters() }),
    });
    this.#request = /** @type {import("@bowline/protocol/contract").Operation<any, any>} */ (
      compiled.operations[schema.wrapper]
    ).request;
  }

  /** @param {any[]} values @returns {{ document: string, table: string, xml: string } | { error: string }} in hex */
  write(values) {
    try {
      const dictionary = new WriterDictionary();
      documentBytes.reset();
      tableBytes.reset();
      const writer = new BinaryXmlWriter(documentBytes, dictionary);
      writer.startElement("s", dictionaryString("Envelope"));
      writer.declareNamespace("s", dictionaryString(soap));
      writer.declareNamespace("a", dictionaryString(addressing));
      writer.startElement("s", dictionaryString("Body"));
      this.#request.write(writer, this.#types.toArguments(values));
      writer.endElement();
      writer.endElement();
      const tableByteLength = dictionary.pendingByteLength;
      dictionary.takePending(tableBytes);
      const table = tableBytes.copy().subarray(-tableByteLength || Number.MAX_SAFE_INTEGER);
      const document = documentBytes.copy();
      reader.reset(document, 0, document.length, dictionary);
      return {
        document: Buffer.from(document).toString("hex"),
        table: Buffer.from(table).toString("hex"),
        xml: toXmlText(reader),
      };
    } catch (error) {
      return { error: `error: ${/** @type {Error} */ (error).stack}` };
    }
  }

  /** @param {{ document: string, table: string }} message in hex @returns {string} the values as JSON */
  read(message) {
    try {
      open(message);
      reader.next();
      reader.nextChild();
      reader.nextChild();
      return JSON.stringify(this.#types.fromArguments(this.#request.read(reader)));
    } catch (error) {
      return `error: ${/** @type {Error} */ (error).stack}`;
    }
  }
}
