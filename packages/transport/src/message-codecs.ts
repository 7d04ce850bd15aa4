import { BinaryMessageCodec, type MessageCodec } from "@bowline/protocol/session";
import type { Endpoint } from "./endpoint.ts";
import { nativeUtf8 } from "./native-utf8.ts";

const codecs = new WeakMap<Endpoint, MessageCodec>();

/** The codec of an endpoint: all its sessions share one, since it holds scratch space only. */
export function codecOf(endpoint: Endpoint): MessageCodec {
  let codec = codecs.get(endpoint);
  if (codec === undefined) {
    codec = new BinaryMessageCodec({
      utf8: nativeUtf8,
      quotas: endpoint.readerQuotas,
      maxHeaderCount: endpoint.maxHeaderCount,
      isSessionless: endpoint.transport === "http",
    });
    codecs.set(endpoint, codec);
  }
  return codec;
}
