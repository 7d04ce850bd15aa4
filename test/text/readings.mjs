import { NodeKind, TextXmlReader, XmlError } from "@bowline/protocol/xml";
import { nativeUtf8 } from "@bowline/transport";
import { SaxesParser } from "saxes";

/**
 * What the two readers make of a document: its nodes as text, or why it was refused.
 *
 * @typedef {{ readonly nodes?: string, readonly refusal?: string, readonly code?: string }} Reading
 */

const xmlnsUri = "http://www.w3.org/2000/xmlns/";
const noLimit = 2 ** 31 - 1;
/** Limits are ours alone; the attributes are as many as the generator makes. */
const reader = new TextXmlReader({
  quotas: { maxBytesPerRead: noLimit, maxStringContentLength: noLimit, maxArrayLength: noLimit },
  utf8: nativeUtf8,
});

/** @param {Uint8Array} bytes @returns {Reading} */
export function ourReading(bytes) {
  try {
    reader.reset(bytes);
    let nodes = "";
    for (;;) {
      switch (reader.next()) {
        case NodeKind.element: {
          nodes += `<{${reader.namespaceUri}}${reader.prefix}:${reader.localName}`;
          for (let index = 0; index < reader.declarationCount; index++)
            nodes += ` xmlns:${reader.declarationPrefix(index)}=${JSON.stringify(reader.declarationUri(index))}`;
          for (let index = 0; index < reader.attributeCount; index++)
            nodes += ` {${reader.attributeNamespaceUri(index)}}${reader.attributePrefix(index)}:${reader.attributeLocalName(index)}=${JSON.stringify(reader.attributeValue(index))}`;
          nodes += ">";
          break;
        }
        case NodeKind.endElement:
          nodes += "</>";
          break;
        case NodeKind.text:
          nodes += JSON.stringify(reader.text);
          break;
        default:
          return { nodes };
      }
    }
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { refusal: error.message, code: error.code };
  }
}

/** @param {Uint8Array} bytes @returns {Reading} */
export function saxesReading(bytes) {
  try {
    return { nodes: saxesNodes(nativeUtf8.decode(bytes, 0, bytes.length)) };
  } catch (error) {
    return { refusal: /** @type {Error} */ (error).message };
  }
}

/** @param {string} document */
function saxesNodes(document) {
  const parser = new SaxesParser({ xmlns: true, position: false });
  let nodes = "";
  let text = "";
  const endText = () => {
    if (text !== "") nodes += JSON.stringify(text);
    text = "";
  };
  let depth = 0;
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("text", (part) => {
    if (depth > 0) text += part;
  });
  parser.on("cdata", (part) => {
    text += part;
  });
  parser.on("opentag", ({ uri, prefix, local, attributes }) => {
    endText();
    depth += 1;
    const all = Object.values(attributes);
    nodes += `<{${uri}}${prefix}:${local}`;
    for (const attribute of all) {
      if (attribute.uri === xmlnsUri)
        nodes += ` xmlns:${attribute.prefix === "" ? "" : attribute.local}=${JSON.stringify(attribute.value)}`;
    }
    for (const attribute of all) {
      if (attribute.uri !== xmlnsUri)
        nodes += ` {${attribute.uri}}${attribute.prefix}:${attribute.local}=${JSON.stringify(attribute.value)}`;
    }
    nodes += ">";
  });
  parser.on("closetag", () => {
    endText();
    depth -= 1;
    nodes += "</>";
  });
  parser.write(document).close();
  return nodes;
}
