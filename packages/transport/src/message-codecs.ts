import { BinaryMessageCodec, type MessageCodec } from "@bowline/protocol/session";
import { newDocumentCodec } from "#host/document-codecs";
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
  const { transport, encoding, readerQuotas: quotas, maxHeaderCount } = endpoint;
  const options = { utf8: nativeUtf8, quotas, maxHeaderCount };
  return transport === "http" || encoding === "text"
    ? newDocumentCodec(endpoint, options)
    : new BinaryMessageCodec(options);
}
