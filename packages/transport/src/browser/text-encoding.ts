/** Why a page speaks binary alone. */
export const noTextEncoding =
  'a browser speaks the binary encoding alone, since text would cost every page an XML parser; leave out encoding: "text"';

/** Stands in for the text encoding where there is none. */
export class TextMessageCodec {
  constructor() {
    throw new TypeError(noTextEncoding);
  }
}
