/** What a unit below U+0080 is in a name: 0 nothing, 1 any place but the first, 2 any place. The colon is none: it parts names. */
const asciiNames = new Uint8Array(128);
for (let unit = 0; unit < 128; unit++) {
  const character = String.fromCharCode(unit);
  if (/[A-Za-z_]/.test(character)) asciiNames[unit] = 2;
  else if (/[-.0-9]/.test(character)) asciiNames[unit] = 1;
}

/** Char [XML 1.0] 2.2. */
export function isXmlCharacter(point: number): boolean {
  if (point < 0x20) return point === 0x09 || point === 0x0a || point === 0x0d;
  return point < 0xd800 || (point > 0xdfff && point < 0xfffe) || (point > 0xffff && point <= 0x10ffff);
}

/**
 * NameStartChar [XML 1.0] 2.3, save the colon, and save U+1680 and U+FEFF: to JavaScript these are white space, so that the parser
 * behind us would end the name there. .NET takes neither.
 */
export function isNameStart(point: number): boolean {
  if (point < 0x80) return asciiNames[point] === 2;
  return (
    (point >= 0xc0 && point <= 0x2ff && point !== 0xd7 && point !== 0xf7) ||
    (point >= 0x370 && point <= 0x1fff && point !== 0x37e && point !== 0x1680) ||
    point === 0x200c ||
    point === 0x200d ||
    (point >= 0x2070 && point <= 0x218f) ||
    (point >= 0x2c00 && point <= 0x2fef) ||
    (point >= 0x3001 && point <= 0xd7ff) ||
    (point >= 0xf900 && point <= 0xfdcf) ||
    (point >= 0xfdf0 && point <= 0xfffd && point !== 0xfeff) ||
    (point >= 0x10000 && point <= 0xeffff)
  );
}

/** NameChar [XML 1.0] 2.3, with the exceptions of `isNameStart`. */
export function isNamePart(point: number): boolean {
  if (point < 0x80) return asciiNames[point] !== 0;
  return (
    isNameStart(point) || point === 0xb7 || (point >= 0x300 && point <= 0x36f) || point === 0x203f || point === 0x2040
  );
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The character that one of the five predefined entities stands for; undefined for all others. */
export function entityCharacter(name: string): string | undefined {
  return Object.hasOwn(entities, name) ? entities[name] : undefined;
}

/** Replaces the references in text that was found well-formed by the characters they stand for. */
export function withoutReferences(text: string): string {
  let ampersand = text.indexOf("&");
  if (ampersand < 0) return text;
  let plain = "";
  let from = 0;
  while (ampersand >= 0) {
    const semicolon = text.indexOf(";", ampersand);
    plain += text.slice(from, ampersand) + characterOf(text.slice(ampersand + 1, semicolon));
    from = semicolon + 1;
    ampersand = text.indexOf("&", from);
  }
  return plain + text.slice(from);
}

function characterOf(reference: string): string {
  if (!reference.startsWith("#")) return entityCharacter(reference) ?? "";
  const isHex = reference.startsWith("#x");
  return String.fromCodePoint(Number.parseInt(reference.slice(isHex ? 2 : 1), isHex ? 16 : 10));
}
