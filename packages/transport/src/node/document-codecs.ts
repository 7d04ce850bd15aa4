import {
  type MessageCodec,
  type MessageCodecOptions,
  StatelessBinaryMessageCodec,
  TextMessageCodec,
} from "@bowline/protocol/session";
import type { Endpoint } from "../endpoint.ts";

/** The codec of an endpoint whose messages are documents, each on its own: text, and whatever goes over HTTP requests. */
export function newDocumentCodec(endpoint: Endpoint, options: MessageCodecOptions): MessageCodec {
  if (endpoint.encoding !== "text") return new StatelessBinaryMessageCodec(options);
  return new TextMessageCodec(
    endpoint.transport === "http" ? { ...options, version: endpoint.messageVersion } : options,
  );
}
