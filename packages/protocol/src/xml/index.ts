export { type Decimal, decimalText, maxDecimalScale, parseDecimal } from "./decimal.ts";
export { XmlError, type XmlErrorCode } from "./errors.ts";
export { copyGuidTextBytes, guidTextOfBytes, normalizeGuid } from "./guid.ts";
export { NodeKind } from "./node-kind.ts";
export {
  doubleText,
  floatText,
  isXmlSpace,
  parseBigInt,
  parseBoolean,
  parseDouble,
  parseInteger,
  trimXmlSpace,
} from "./number-text.ts";
export { defaultReaderQuotas, type ReaderQuotas } from "./reader-quotas.ts";
export { TextXmlReader } from "./text-xml-reader.ts";
export { TextXmlWriter } from "./text-xml-writer.ts";
export { DateTime, type DateTimeKind, Duration } from "./time-values.ts";
export { guidText, UniqueId } from "./unique-id.ts";
export { type DictionaryString, textOf, type XmlName } from "./xml-name.ts";
export type { XmlReader } from "./xml-reader.ts";
export type { XmlWriter } from "./xml-writer.ts";
