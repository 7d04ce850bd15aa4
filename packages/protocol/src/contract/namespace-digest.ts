import { pureUtf8, toBase64, utf8ByteLength } from "../bytes/index.ts";

/**
 * The suffix that .NET appends to the name of a generic type (`KeyValueOfstringLineYPuUnT8U`) when an argument's namespace is not
 * built in: the first 6 bytes of the MD5 of ` <count> <namespace> <namespace>…`, as base64 with `/` and `+` written `_S` and `_P`.
 */
export function namespacesDigest(namespaceUris: readonly string[]): string {
  const text = ` ${namespaceUris.length}${namespaceUris.map((uri) => ` ${uri}`).join("")}`;
  const bytes = new Uint8Array(utf8ByteLength(text));
  pureUtf8.encodeInto(text, bytes, 0);
  return toBase64(md5(bytes), 0, 6).replaceAll("/", "_S").replaceAll("+", "_P");
}

/** MD5 (RFC 1321), for names only: it protects nothing. */
export function md5(message: Uint8Array): Uint8Array {
  const byteLength = Math.ceil((message.length + 9) / 64) * 64;
  const padded = new Uint8Array(byteLength);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(byteLength - 8, (message.length << 3) >>> 0, true);
  view.setUint32(byteLength - 4, message.length >>> 29, true);
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  for (let at = 0; at < byteLength; at += 64) mixBlock(state, view, at);
  const digest = new Uint8Array(16);
  const out = new DataView(digest.buffer);
  for (let index = 0; index < 4; index++) out.setUint32(index * 4, state[index]!, true);
  return digest;
}

function mixBlock(state: Uint32Array, block: DataView, at: number): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let step = 0; step < 64; step++) {
    let mixed: number;
    let word: number;
    if (step < 16) {
      mixed = (b & c) | (~b & d);
      word = step;
    } else if (step < 32) {
      mixed = (b & d) | (c & ~d);
      word = (5 * step + 1) & 15;
    } else if (step < 48) {
      mixed = b ^ c ^ d;
      word = (3 * step + 5) & 15;
    } else {
      mixed = c ^ (b | ~d);
      word = (7 * step) & 15;
    }
    const sum = (a + mixed + sines[step]! + block.getUint32(at + word * 4, true)) | 0;
    const shift = shifts[((step >> 4) << 2) | (step & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
}

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
/** floor(2^32 * |sin(n)|) for n from 1, written out since Math.sin may differ in its last bit between engines. */
const sines = new Uint32Array([
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
  0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
  0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
  0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
  0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
  0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
  0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
  0xeb86d391,
]);
