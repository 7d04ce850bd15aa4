export type { DictionaryString } from "../xml/index.ts";
export { BinaryXmlReader } from "./binary-xml-reader.ts";
export { BinaryXmlWriter } from "./binary-xml-writer.ts";
export {
  dictionaryString,
  type StringTable,
  staticDictionary,
  staticDictionaryString,
  transientDictionaryString,
} from "./dictionary-string.ts";
export { type ExplainedRecord, explain } from "./explain.ts";
export { integerRecordByteLength, writeIntegerRecord } from "./integer-record.ts";
export type { NamespaceBinding } from "./namespace-scopes.ts";
export type { ReaderContext } from "./reader-context.ts";
export { RecordType } from "./record-type.table.ts";
export { defaultMaxSessionByteLength, ReaderDictionary, WriterDictionary } from "./session-dictionary.ts";
export { transcodeFragment } from "./transcode.ts";
export { toXmlText } from "./xml-text.ts";
