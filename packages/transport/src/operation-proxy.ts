import type { Operation } from "@bowline/protocol/contract";
import type { CallOptions, SessionChannel } from "./session-channel.ts";

/** Typed methods over a channel, one per operation; `channel` is asked for at each call. */
export function operationProxy(
  operations: Iterable<Operation>,
  channel: () => SessionChannel,
): Record<string, (args?: unknown, options?: CallOptions) => Promise<unknown>> {
  const proxy: Record<string, (args?: unknown, options?: CallOptions) => Promise<unknown>> = {};
  for (const operation of operations) {
    proxy[operation.key] = operation.isOneWay
      ? (args, options) => channel().send(operation, args, options)
      : (args, options) => channel().request(operation, args, options);
  }
  return proxy;
}
