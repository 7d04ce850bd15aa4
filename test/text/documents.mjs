/**
 * Documents for the comparison: well-formed ones of every shape that the readers know, most of them then damaged a little. The same seed
 * and index give the same document on every machine.
 */

/** A fast generator of random numbers (mulberry32). */
export class Random {
  /** @type {number} */ #state;

  /** @param {number} seed @param {number} index */
  constructor(seed, index) {
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index + 1, 0xc2b2ae35)) | 0;
    for (let round = 0; round < 4; round++) this.fraction();
  }

  fraction() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** @param {number} limit from 0 to below it */
  below(limit) {
    return Math.floor(this.fraction() * limit);
  }

  /** @param {number} of one in so many */
  oneIn(of) {
    return this.below(of) === 0;
  }

  /** @template T @param {readonly T[]} items @returns {T} */
  of(items) {
    return /** @type {T} */ (items[this.below(items.length)]);
  }
}

const localNames = [
  "a",
  "b",
  "Envelope",
  "Body",
  "x-1",
  "_",
  "é",
  "名前",
  "𐐀𐐁",
  "constructor",
  "__proto__",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "xml",
  "Xml",
  "list",
  "length",
  "a.b-c",
  "ʼn",
  "a·b",
  "__defineGetter__",
  "n".repeat(40),
];
const prefixes = ["", "", "", "p", "q", "s", "xml", "constructor", "__proto__", "é"];
const uris = [
  "urn:a",
  "urn:b",
  "http://www.w3.org/2003/05/soap-envelope",
  "",
  " ",
  "urn:é",
  "http://www.w3.org/XML/1998/namespace",
  "http://www.w3.org/2000/xmlns/",
  "urn:a&amp;b",
  "urn:&#x41;",
];
const texts = [
  "",
  " ",
  "text",
  "\n",
  "\r\n",
  "\r",
  "\t",
  "&lt;",
  "&gt;&amp;",
  "&quot;'",
  '&apos;"',
  "&#65;",
  "&#x1D11E;",
  "&#xD;",
  "&#10;",
  "&#x9;",
  "]]&gt;",
  "]] >",
  "]",
  ">",
  "é",
  "𝄞",
  "\u0085",
  "\u2028",
  "\ufffd",
  "0",
  "true",
  "1e5",
  "0x1",
  "   x   ",
  "&#0000000065;",
  "\u007f",
  "\ufeff",
  "-->",
  "/>",
  "=",
  "<!---->",
  "<!-- a - b -->",
  "<!--&amp;<x>-->",
  "<![CDATA[]]>",
  "<![CDATA[<a>&amp;]]>",
  "<![CDATA[]]]]>",
  "<![CDATA[\r\n]]>",
];
const values = [
  "",
  "v",
  " v ",
  "a\tb",
  "a\nb",
  "a\r\nb",
  "a\rb",
  "&#10;&#13;&#9;",
  "&lt;&amp;",
  ">",
  "/",
  "=",
  "]]>",
  "é",
  "𝄞",
  "--",
  "http://x/",
];
const tokens = [
  "<",
  ">",
  "&",
  '"',
  "'",
  "/",
  "=",
  "]]>",
  "--",
  "-",
  "-->",
  "<!--",
  "<![CDATA[",
  "?>",
  "<?",
  "<?pi x?>",
  "<!DOCTYPE a>",
  "<!",
  "&#0;",
  "&#x1;",
  "&#xD800;",
  "&#xFFFE;",
  "&#x110000;",
  "&#99999999999999999999;",
  "&#;",
  "&#x;",
  "&#xg;",
  "&nbsp;",
  "&lt",
  "&LT;",
  "&;",
  "&#X41;",
  "\u0000",
  "\u0001",
  "\u001f",
  "\ufffe",
  "\uffff",
  "\u1680",
  "\ufeff",
  "\u00a0",
  "\u3000",
  "\u2028",
  ' xmlns:p=""',
  ' xmlns=""',
  ' xmlns:xmlns="u"',
  ' xmlns:xml="u"',
  ' xml:lang="en"',
  " xmlns:p='urn:a'",
  " xmlns:q='urn:a'",
  " p:a='1'",
  " q:a='1'",
  " a='1'",
  ":",
  "::",
  "a:",
  ":a",
  "</a>",
  "<a>",
  "<a/>",
  "<p:a/>",
  "</",
  "/>",
  " ",
  "\n",
  "\t",
  "\r",
  "é",
  "𝄞",
  "0",
  "xmlns",
  "xml",
  "<xmlns:a/>",
  '<?xml version="1.0"?>',
  "a b",
  '="',
  'standalone="yes"',
  "·",
  "×",
  "÷",
  "ͯ",
  ";",
];
const declarations = [
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='utf-8'?>",
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
  '<?xml  version = "1.0"\tencoding\n=\r"Utf-8"  standalone=\'no\' ?>',
];
const oddDeclarations = [
  '<?xml version="1.1"?>',
  '<?xml version="1.2"?>',
  '<?xml version="2.0"?>',
  '<?xml version="1.0" encoding="utf-16"?>',
  '<?xml version="1.0" encoding="us-ascii"?>',
  '<?xml encoding="utf-8"?>',
  '<?xml version="1.0" standalone="maybe"?>',
  "<?xml?>",
  '<?xml version="1.0" standalone="yes" encoding="utf-8"?>',
  '<?XML version="1.0"?>',
  ' <?xml version="1.0"?>',
  '<?xml version="1.0"encoding="utf-8"?>',
];

/** @param {number} seed @param {number} index */
export function documentOf(seed, index) {
  const random = new Random(seed, index);
  if (index % largeEvery === largeEvery - 1) return largeDocument(random);
  let text = prolog(random) + element(random, 0, ["xml"]) + epilog(random);
  if (random.oneIn(2)) return text;
  for (let damages = 1 + random.below(3); damages > 0; damages--) text = damaged(random, text);
  return text;
}

/** One document in so many is as large as a message may be by default. */
const largeEvery = 1000;

/** @param {Random} random */
function prolog(random) {
  let text = random.oneIn(12) ? "\ufeff" : "";
  if (random.oneIn(3)) text += random.oneIn(6) ? random.of(oddDeclarations) : random.of(declarations);
  if (random.oneIn(40)) text += "<!DOCTYPE a [<!ENTITY e 'x'>]>";
  if (random.oneIn(40)) text += "<?pi data?>";
  return text + (random.oneIn(8) ? random.of(["\n", " ", "<!-- c -->", "<!---->\r\n"]) : "");
}

/** @param {Random} random */
function epilog(random) {
  return random.oneIn(8) ? random.of(["\n", " ", "<!-- c -->", "\r\n<!--\n-->\t"]) : "";
}

/** @param {Random} random @param {number} depth @param {readonly string[]} outer prefixes that are bound around it @returns {string} */
function element(random, depth, outer) {
  const bound = [...outer];
  let attributes = "";
  const wanted = random.oneIn(3) ? 1 + random.below(4) : 0;
  /** @type {Set<string>} */
  const used = new Set();
  for (let count = 0; count < wanted; count++) {
    const [name, value] = random.oneIn(2) ? declaration(random, bound) : attribute(random, bound);
    if (used.has(name) && !random.oneIn(20)) continue;
    used.add(name);
    attributes += `${random.of([" ", " ", "\n", "  ", "\t"])}${name}${random.of(["=", "=", " = "])}${quoted(random, value)}`;
  }
  const name = qualified(random, bound);
  const space = random.oneIn(8) ? random.of([" ", "\n", "\t "]) : "";
  let content = "";
  if (depth < 6)
    for (let count = random.below(depth < 2 ? 5 : 3); count > 0; count--) content += node(random, depth, bound);
  return content === "" && random.oneIn(2)
    ? `<${name}${attributes}${space}/>`
    : `<${name}${attributes}${space}>${content}</${name}${space}>`;
}

/** @param {Random} random @param {number} depth @param {readonly string[]} bound */
function node(random, depth, bound) {
  return random.oneIn(2) ? element(random, depth + 1, bound) : random.of(texts);
}

/** @param {Random} random @param {string[]} bound @returns {[string, string]} */
function declaration(random, bound) {
  const prefix = random.of(prefixes);
  const uri = random.oneIn(8) ? random.of(uris) : random.of(["urn:a", "urn:b", "urn:c"]);
  bound.push(prefix);
  return [prefix === "" ? "xmlns" : `xmlns:${prefix}`, uri];
}

/** @param {Random} random @param {readonly string[]} bound @returns {[string, string]} */
function attribute(random, bound) {
  return [qualified(random, bound), random.of(values)];
}

/** @param {Random} random @param {readonly string[]} bound */
function qualified(random, bound) {
  const prefix = random.oneIn(30) ? random.of(prefixes) : random.oneIn(2) ? "" : random.of(bound);
  return prefix === "" ? random.of(localNames) : `${prefix}:${random.of(localNames)}`;
}

/** @param {Random} random @param {string} value */
function quoted(random, value) {
  return random.oneIn(2) ? `"${value}"` : `'${value}'`;
}

/** @param {Random} random @param {string} text */
function damaged(random, text) {
  const at = random.below(text.length + 1);
  const other = Math.min(text.length, at + 1 + random.below(8));
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + text.slice(other);
    case 1:
      return text.slice(0, other) + text.slice(at);
    case 2:
      return text.slice(0, at) + random.of(tokens) + text.slice(other);
    case 3:
      return text.slice(0, at);
    default:
      return text.slice(0, at) + random.of(tokens) + text.slice(at);
  }
}

const large = 64 * 1024;

/** A document of 64 KiB that repeats one thing, since it is there that work may grow faster than the document. @param {Random} random */
function largeDocument(random) {
  const parts = [
    ...texts,
    ...tokens,
    "<b/>",
    "<b></b>",
    "x<b/>",
    '<b c="//"/>',
    "<!-- -->x",
    "<p:b xmlns:p='u'/>",
    "<b a='' b='' c=''/>",
    "<![CDATA[x]]>",
    "<b>",
    "<b ",
    "a='' ",
    "]",
    "&amp;&lt;",
  ];
  const part = (random.oneIn(3) ? random.of(parts) + random.of(parts) : random.of(parts)) || " ";
  const attributes = random.oneIn(2)
    ? Array.from({ length: 256 }, (_, at) => ` ${random.oneIn(2) ? "xmlns:" : ""}a${at}="u"`).join("")
    : "";
  const nesting = random.oneIn(2) ? random.below(120) : 0;
  const name = "n".repeat(1 + random.below(200));
  const around = (/** @type {string} */ content) =>
    `<${name}${attributes}>${`<${name}>`.repeat(nesting)}${content}${`</${name}>`.repeat(nesting)}</${name}>`;
  const space = large - around("").length;
  return around(part.repeat(Math.max(1, Math.floor(space / Buffer.byteLength(part)))));
}
