export { fromBase64, toBase64 } from "./base64.ts";
export { ByteWriter, multiByteInt31Length } from "./byte-writer.ts";
export { fromHex, toHex } from "./hex.ts";
export { Slab } from "./slab.ts";
export { pureUtf8, type Utf8Codec, utf8ByteLength } from "./utf8.ts";
