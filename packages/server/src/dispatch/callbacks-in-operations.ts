import type { Operation } from "@bowline/protocol/contract";
import type { CallOptions } from "@bowline/transport";
import { ServerError } from "../errors.ts";
import type { LockHold } from "./lock-hold.ts";

type CallbackMethod = (args?: unknown, options?: CallOptions) => Promise<unknown>;

/**
 * The callbacks that an operation is given where only one may be in its instance. Where it may be left meanwhile (reentrant), it is, by
 * `hold`; else a callback that waits for its reply is refused, since the client could call the service to answer it, and both would
 * wait for ever (R-WCF-DISPATCH-2). One-way callbacks wait for nothing.
 */
export function callbacksInOperation(
  operations: Iterable<Operation>,
  callback: Readonly<Record<string, CallbackMethod>>,
  operationName: string,
  mayYield: boolean,
  hold: LockHold | undefined,
): Record<string, CallbackMethod> {
  const guarded: Record<string, CallbackMethod> = {};
  for (const { key, isOneWay } of operations) {
    const call = callback[key]!;
    guarded[key] = isOneWay
      ? call
      : async (args, options) => {
          if (!mayYield) throw wouldDeadlock(key, operationName);
          hold?.yield();
          try {
            return await call(args, options);
          } finally {
            await hold?.take();
          }
        };
  }
  return guarded;
}

function wouldDeadlock(callback: string, operation: string): ServerError {
  return new ServerError(
    "SERVER_CALLBACK_WOULD_DEADLOCK",
    `${operation} called back ${callback} and would wait for its reply, while no other message of the session can be handled: if the client calls the service to answer, both wait for ever. Set concurrency to "reentrant" or "multiple" (and order not to "serial"), or make ${callback} one-way`,
  );
}
