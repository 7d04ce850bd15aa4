import type { UniqueId, XmlReader } from "../xml/index.ts";

/** A header block that this layer has no field for. */
export interface HeaderBlock {
  readonly namespaceUri: string;
  readonly localName: string;
  readonly mustUnderstand: boolean;
  /** Its content, when that is text alone; undefined when it has child elements. */
  readonly value: string | undefined;
}

/** A header block of the application's own to send, with text for content. */
export interface SoapHeader {
  readonly namespaceUri: string;
  readonly localName: string;
  readonly value: string;
  /** A receiver that does not know the block must refuse the message. Default false. */
  readonly mustUnderstand?: boolean;
}

/** Reads header blocks of another layer into fields of its own. */
export interface HeaderExtension {
  /** Forgets the message before. */
  clear(): void;
  /**
   * Stands on a header block addressed to us. Reads it whole, ends on its end tag and returns true, or leaves the reader alone and
   * returns false.
   */
  read(reader: XmlReader): boolean;
}

/** The addressing headers of one message, flat: what the hot path looks at, nothing else. */
export class MessageHeaders {
  action = "";
  to: string | undefined;
  messageId: UniqueId | undefined;
  relatesTo: UniqueId | undefined;
  /** Address of the reply; undefined stands for anonymous. */
  replyTo: string | undefined;
  faultTo: string | undefined;
  /** Blocks that nobody read; those with `mustUnderstand` must be refused by whoever delivers the message. */
  others: readonly HeaderBlock[] = none;

  clear(): void {
    this.action = "";
    this.to = undefined;
    this.messageId = undefined;
    this.relatesTo = undefined;
    this.replyTo = undefined;
    this.faultTo = undefined;
    this.others = none;
  }
}

const none: readonly HeaderBlock[] = Object.freeze([]);
