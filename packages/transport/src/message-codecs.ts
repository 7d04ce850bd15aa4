import { BinaryMessageCodec, type MessageCodec, StatelessBinaryMessageCodec } from "@bowline/protocol/session";
import { TextMessageCodec } from "#host/text-encoding";
import { nativeUtf8 } from "#host/utf8";
import type { Endpoint } from "./endpoint.ts";

const codecs = new WeakMap<Endpoint, MessageCodec>();

/** The codec of an endpoint: all its sessions share one, since it holds scratch space only. */
export function codecOf(endpoint: Endpoint): MessageCodec {
  let codec = codecs.get(endpoint);
  if (codec === undefined) {
    codec = newCodec(endpoint);
    codecs.set(endpoint, codec);
  }
  return codec;
}

function newCodec(endpoint: Endpoint): MessageCodec {
  const { encoding, readerQuotas: quotas, maxHeaderCount } = endpoint;
  const options = { utf8: nativeUtf8, quotas, maxHeaderCount };
  if (endpoint.transport !== "http")
    return encoding === "text" ? new TextMessageCodec(options) : new BinaryMessageCodec(options);
  return encoding === "text"
    ? new TextMessageCodec({ ...options, version: endpoint.messageVersion })
    : new StatelessBinaryMessageCodec(options);
}
