/**
 * Where our reader and saxes differ, and why. Everything else that differs is a mistake in one of them.
 *
 * @typedef {import("./readings.mjs").Reading} Reading
 * @typedef {{
 *   readonly name: string,
 *   readonly why: string,
 *   readonly example: string,
 *   readonly applies: (ours: Reading, theirs: Reading) => boolean,
 * }} Difference `example` is a document in which it happens
 */

/** @param {RegExp} refusal @returns {Difference["applies"]} */
function refusedByUs(refusal) {
  return (ours, theirs) => ours.refusal !== undefined && refusal.test(ours.refusal) && theirs.nodes !== undefined;
}

/** @type {readonly Difference[]} */
export const differences = [
  {
    name: "a DTD",
    why: "SOAP 1.2 forbids it (part 1, section 5), and its entities are how small documents become large ones",
    example: "<!DOCTYPE a><a/>",
    applies: refusedByUs(/^a DTD stands/),
  },
  {
    name: "a processing instruction",
    why: "SOAP 1.2 forbids it to senders (part 1, section 5)",
    example: "<a><?pi data?></a>",
    applies: refusedByUs(/^a processing instruction stands/),
  },
  {
    name: "another version of XML",
    why: "a document of XML 1.1 may hold characters that 1.0 has no place for; .NET reads 1.0 alone, too",
    example: '<?xml version="1.1"?><a/>',
    applies: refusedByUs(/^the document is of XML /),
  },
  {
    name: "another encoding",
    why: "saxes reads text that was decoded before and does not compare; we decode, and what says that it is no UTF-8 is none",
    example: '<?xml version="1.0" encoding="utf-16"?><a/>',
    applies: refusedByUs(/^the document says that its encoding is /),
  },
  {
    name: "U+1680 or U+FEFF in a name",
    why: "both are name characters since the fifth edition of XML 1.0; JavaScript takes them for white space, so that fast-xml-parser would end the name there. .NET follows an older edition and refuses them, too",
    example: "<a\u1680b/>",
    applies: (ours, theirs) =>
      refusedByUs(/a name is not as it should be|has no value|other than attributes/)(ours, theirs) &&
      /[\u1680\ufeff]/.test(/** @type {string} */ (theirs.nodes)),
  },
  {
    name: "a local name that begins as no name may",
    why: "saxes looks at the first character of the whole name alone; both parts of a QName are names ([XML Names] 4)",
    example: "<xml:-a/>",
    applies: (ours, theirs) =>
      refusedByUs(/a name is not as it should be/)(ours, theirs) &&
      /(?:\}[^ :>]+| xmlns):(?:[-.0-9\u00b7\u203f\u2040]|[\u0300-\u036f])/.test(/** @type {string} */ (theirs.nodes)),
  },
  {
    name: "white space around a namespace",
    why: "saxes takes it away, also where nothing is left; [XML Names] 2.3 compares namespaces character for character",
    example: "<a xmlns=' urn:a'/>",
    applies: (ours, theirs) =>
      ours.nodes !== undefined && ours.nodes !== theirs.nodes && trimmed(ours.nodes) === theirs.nodes,
  },
  {
    name: "a namespace that is white space, or another one but for white space",
    why: "the same: saxes finds that a prefix stands for nothing, or for what it must not",
    example: "<a xmlns:p=' '/>",
    applies: (ours, theirs) =>
      ours.nodes !== undefined &&
      / xmlns:[^ ]*="(\s|[^"]*\s")/.test(ours.nodes) &&
      /undefine prefix|duplicate attribute|namespace|may not assign/.test(theirs.refusal ?? ""),
  },
];

/** Nodes with the white space around the namespaces of their names taken away. @param {string} nodes */
function trimmed(nodes) {
  return nodes.replace(/\{\s*([^{}]*?)\s*\}/g, "{$1}");
}
