import { contentTypesOfText } from "../framing/index.ts";
import { type MessageVersion, soap12Addressing10 } from "../soap/index.ts";
import { TextXmlReader, TextXmlWriter } from "../xml/index.ts";
import { type DocumentEncoding, DocumentMessageCodec } from "./document-message-codec.ts";
import type { MessageCodecOptions } from "./message-codec.ts";

/**
 * The text encoding: one XML document in UTF-8 for each message, on its own. WCF's `TextMessageEncodingBindingElement`, with SOAP 1.2 and
 * WS-Addressing 1.0 unless `version` says otherwise.
 */
export class TextMessageCodec extends DocumentMessageCodec<TextXmlWriter> {
  constructor(options: MessageCodecOptions & { readonly version?: MessageVersion } = {}) {
    super(encodingOf(options.version ?? soap12Addressing10), options);
  }
}

function encodingOf(version: MessageVersion): DocumentEncoding<TextXmlWriter> {
  return {
    version,
    contentType: contentTypesOfText[version.soap],
    charsets: ["utf-8"],
    newWriter: (out) => new TextXmlWriter(out),
    newReader: (options) => new TextXmlReader(options),
    copy: (writer, content) => writer.copyContent(content),
  };
}
