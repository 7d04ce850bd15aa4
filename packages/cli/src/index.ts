export { type ConversationItem, type ConversationRecord, decodeConversation } from "./decode/conversation.ts";
export type { DecodedRecord } from "./decode/direction-decoder.ts";
export type { ByteRow, DecodedEnvelope } from "./decode/envelope.ts";
export { indentXml } from "./decode/indent-xml.ts";
export { type PrintOptions, printItem } from "./decode/print.ts";
export {
  type RecordedChunk,
  type RecordedEvent,
  type RecordedLine,
  readRecording,
  type Side,
} from "./decode/recording.ts";
export { InputError, type InputErrorCode } from "./errors.ts";
