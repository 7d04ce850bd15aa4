import { defaultMaxSessionByteLength, ReaderDictionary, WriterDictionary } from "../binary-xml/index.ts";
import type { Utf8Codec } from "../bytes/index.ts";
import { HeaderTemplates } from "./header-templates.ts";
import { KnownHeaders } from "./known-headers.ts";

/** What the binary encoding remembers of one connection: the string tables of both directions [MC-NBFSE], and the headers seen there. */
export class LinkStrings {
  readonly reader: ReaderDictionary;
  readonly writer: WriterDictionary;
  readonly knownHeaders: KnownHeaders;
  readonly headerTemplates: HeaderTemplates;

  /** @param maxSessionByteLength bytes of strings per direction; both sides must agree on a larger one than WCF's 2048 */
  constructor(utf8: Utf8Codec, maxSessionByteLength: number = defaultMaxSessionByteLength) {
    this.reader = new ReaderDictionary({ maxSessionByteLength, utf8 });
    this.writer = new WriterDictionary({ maxSessionByteLength });
    this.knownHeaders = new KnownHeaders(this.reader);
    this.headerTemplates = new HeaderTemplates(this.writer);
  }
}
