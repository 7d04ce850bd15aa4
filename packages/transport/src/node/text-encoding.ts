export { TextMessageCodec } from "@bowline/protocol/session";
