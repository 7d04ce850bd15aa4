const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values = new Int8Array(128).fill(-1);
for (let index = 0; index < 64; index++) values[alphabet.charCodeAt(index)] = index;

/** Base64 of RFC 4648 section 4, padded, without line breaks. */
export function toBase64(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
  let text = "";
  let at = from;
  for (; at + 2 < to; at += 3) {
    const group = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    text +=
      alphabet[group >> 18]! + alphabet[(group >> 12) & 63]! + alphabet[(group >> 6) & 63]! + alphabet[group & 63]!;
  }
  if (to - at === 1) {
    const group = bytes[at]! << 16;
    text += `${alphabet[group >> 18]!}${alphabet[(group >> 12) & 63]!}==`;
  } else if (to - at === 2) {
    const group = (bytes[at]! << 16) | (bytes[at + 1]! << 8);
    text += `${alphabet[group >> 18]!}${alphabet[(group >> 12) & 63]!}${alphabet[(group >> 6) & 63]!}=`;
  }
  return text;
}

/** Reads base64, white space between groups allowed. @throws RangeError on anything else */
export function fromBase64(text: string): Uint8Array {
  const compact = text.replace(/[\t\n\r ]+/g, "");
  const padding = compact.endsWith("==") ? 2 : compact.endsWith("=") ? 1 : 0;
  if (compact.length % 4 !== 0) throw new RangeError(`base64 of ${compact.length} characters is not whole groups of 4`);
  const bytes = new Uint8Array((compact.length / 4) * 3 - padding);
  let at = 0;
  for (let index = 0; index < compact.length; index += 4) {
    let group = 0;
    for (let offset = 0; offset < 4; offset++) {
      const isPadding = index + offset >= compact.length - padding;
      const value = isPadding ? 0 : (values[compact.charCodeAt(index + offset)] ?? -1);
      if (value < 0) throw new RangeError(`"${compact[index + offset]}" is not a base64 character`);
      group = (group << 6) | value;
    }
    if (at < bytes.length) bytes[at++] = group >> 16;
    if (at < bytes.length) bytes[at++] = (group >> 8) & 0xff;
    if (at < bytes.length) bytes[at++] = group & 0xff;
  }
  return bytes;
}
