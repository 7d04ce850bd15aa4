import { ByteWriter } from "@bowline/protocol/bytes";
import { NodeKind, TextXmlReader, TextXmlWriter } from "@bowline/protocol/xml";
import { writeSteps } from "./document-comparison.mjs";
import { generateDocument } from "./documents.mjs";
import { Random } from "./random.mjs";

/**
 * Compares documents of text: what .NET writes is read here, what is written here is read by .NET, and where both can say the same the bytes
 * have to be the same.
 *
 * @typedef {import("./document-comparison.mjs").Difference} Difference
 * @typedef {import("./document-comparison.mjs").Session} Session
 * @typedef {import("./documents.mjs").Document} Document
 */

const noLimit = 2 ** 31 - 1;
const reader = new TextXmlReader({
  quotas: { maxBytesPerRead: noLimit, maxStringContentLength: noLimit, maxArrayLength: noLimit },
});
const out = new ByteWriter(4096);

/**
 * A session in which .NET writes text and we read it.
 * @param {number} seed
 * @param {number} index
 * @returns {Session}
 */
export function dotnetWritesText(seed, index) {
  const random = new Random(seed, "dotnet-text", index);
  const dotnetOnly = index % 2 === 1;
  const documents = Array.from({ length: random.between(1, 8) }, () => legalDocument(random, dotnetOnly));
  const requests = documents.map(({ events }) => ({ op: "writeText", events }));
  return {
    requests,
    count: requests.length,
    check(answers) {
      /** @type {Difference[]} */
      const differences = [];
      answers.forEach((answer, at) => {
        const place = `dotnet-text:${index}/${at}`;
        const { steps, events } = /** @type {Document} */ (documents[at]);
        // .NET's reader now and then takes U+FEFF before a reference for ill-formed UTF-8, also in what .NET itself wrote.
        if (/invalid UTF-8/.test(answer.error ?? "") && /\ufeff/.test(JSON.stringify(events))) return;
        if (answer.error !== undefined) {
          const what = ".NET could not write or read it";
          differences.push({ case: place, what, hex: "", ours: JSON.stringify(events), theirs: answer.error });
          return;
        }
        const ours = nodesOf(Buffer.from(answer.document, "hex"));
        if (ours !== answer.nodes) {
          const what = "a text document that .NET wrote";
          differences.push({ case: place, what, hex: answer.document, ours, theirs: answer.nodes });
        }
        if (steps === undefined || dotnetOnly) return;
        const own = Buffer.from(written(steps)).toString();
        const theirs = Buffer.from(answer.document, "hex").toString();
        if (own !== theirs)
          differences.push({ case: place, what: "text of our writer", hex: answer.document, ours: own, theirs });
      });
      return differences;
    },
  };
}

/**
 * A session in which we write text and .NET reads it.
 * @param {number} seed
 * @param {number} index
 * @returns {Session}
 */
export function weWriteText(seed, index) {
  const random = new Random(seed, "our-text", index);
  /** @type {string[]} */
  const nodes = [];
  const requests = Array.from({ length: random.between(1, 8) }, () => {
    const bytes = written(/** @type {any} */ (legalDocument(random, false).steps));
    nodes.push(nodesOf(bytes));
    return { op: "readText", document: Buffer.from(bytes).toString("hex").toUpperCase() };
  });
  return {
    requests,
    count: requests.length,
    check(answers) {
      /** @type {Difference[]} */
      const differences = [];
      answers.forEach((answer, at) => {
        const ours = /** @type {string} */ (nodes[at]);
        if (/invalid UTF-8/.test(answer.error ?? "") && /\\ufeff/.test(ours)) return;
        const theirs = answer.nodes ?? `error: ${answer.error}`;
        const hex = /** @type {any} */ (requests[at]).document;
        if (ours !== theirs)
          differences.push({
            case: `our-text:${index}/${at}`,
            what: "a text document of our writer",
            hex,
            ours,
            theirs,
          });
      });
      return differences;
    },
  };
}

/**
 * A document without characters that XML 1.0 does not have: .NET writes references for them, we refuse (R-WCF-TEXT-1); and without base64
 * in pieces, which .NET's writer joins: ours takes a value as a whole.
 * @param {Random} random
 * @param {boolean} dotnetOnly
 * @returns {Document}
 */
function legalDocument(random, dotnetOnly) {
  for (;;) {
    const document = generateDocument(random, { dotnetOnly, comparesBytes: false });
    const isLegal = !/\\u00[01][0-9a-f]|\\[bf]|[\ufffe\uffff]/.test(JSON.stringify(document.events));
    const isWhole = !document.events.some(([type], at) => type === "bytes" && document.events[at + 1]?.[0] === "bytes");
    if (isLegal && (dotnetOnly || (isWhole && document.steps !== undefined))) return document;
  }
}

/** @param {import("./document-comparison.mjs").Step[]} steps */
function written(steps) {
  out.reset();
  writeSteps(new TextXmlWriter(out), steps);
  return out.copy();
}

/** What we read of a document, in the letters of the .NET program, or the error. @param {Uint8Array} bytes */
function nodesOf(bytes) {
  try {
    return readNodes(bytes);
  } catch (error) {
    return `error: ${error}`;
  }
}

/** @param {Uint8Array} bytes */
function readNodes(bytes) {
  reader.reset(bytes);
  let nodes = "";
  for (;;) {
    switch (reader.next()) {
      case NodeKind.element:
        nodes += `<{${reader.namespaceUri}}${reader.prefix}:${reader.localName}`;
        for (let index = 0; index < reader.declarationCount; index++)
          nodes += ` xmlns:${reader.declarationPrefix(index)}=${quoted(reader.declarationUri(index))}`;
        for (let index = 0; index < reader.attributeCount; index++) {
          const name = `{${reader.attributeNamespaceUri(index)}}${reader.attributePrefix(index)}:${reader.attributeLocalName(index)}`;
          nodes += ` ${name}=${quoted(reader.attributeValue(index))}`;
        }
        nodes += ">";
        break;
      case NodeKind.endElement:
        nodes += "</>";
        break;
      case NodeKind.text:
        nodes += quoted(reader.text);
        break;
      default:
        return nodes;
    }
  }
}

/** @param {string} text */
function quoted(text) {
  let inside = "";
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22 || unit === 0x5c) inside += `\\${text[at]}`;
    else inside += unit < 0x20 || unit > 0x7e ? `\\u${unit.toString(16).padStart(4, "0")}` : text[at];
  }
  return `"${inside}"`;
}
