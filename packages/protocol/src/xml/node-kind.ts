/** What an `XmlReader` stands on. */
export const NodeKind = {
  /** Before the first `next()`. */
  none: 0,
  element: 1,
  endElement: 2,
  text: 3,
  comment: 4,
  endOfDocument: 5,
} as const;

export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];
