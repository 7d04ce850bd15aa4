import { BinaryXmlReader, BinaryXmlWriter } from "../binary-xml/index.ts";
import { binaryContentType } from "../framing/index.ts";
import { soap12Addressing10 } from "../soap/index.ts";
import { type DocumentEncoding, DocumentMessageCodec } from "./document-message-codec.ts";
import type { MessageCodecOptions } from "./message-codec.ts";

const encoding: DocumentEncoding<BinaryXmlWriter> = {
  version: soap12Addressing10,
  contentType: binaryContentType,
  charsets: [],
  newWriter: (out) => new BinaryXmlWriter(out),
  newReader: (options) => new BinaryXmlReader(options),
  copy: (writer, content) => writer.copyRecords(content),
};

/**
 * The binary encoding without a session dictionary: each message is one document on its own, with the static strings alone, as
 * NetHttpBinding speaks over plain HTTP. SOAP 1.2 with WS-Addressing 1.0.
 */
export class StatelessBinaryMessageCodec extends DocumentMessageCodec<BinaryXmlWriter> {
  constructor(options: MessageCodecOptions = {}) {
    super(encoding, options);
  }
}
