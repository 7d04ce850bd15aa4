import { AsyncLocalStorage } from "node:async_hooks";
import { ServerError } from "../errors.ts";
import type { OperationContext } from "./hooks.ts";

/** Made when the first service wants it: what nobody uses costs nothing, not even the hooks that Node then has on every promise. */
let storage: AsyncLocalStorage<OperationContext> | undefined;

/** Runs `work` with `context` at hand for all that it calls, now and later. */
export function withOperationContext<T>(context: OperationContext, work: () => T): T {
  storage ??= new AsyncLocalStorage();
  return storage.run(context, work);
}

/**
 * The operation that runs here, as WCF's OperationContext.Current: what the second argument of its handler is, from anywhere within.
 * Only in services with `operationContext: true`. `Callback` is the type of the contract's callbacks.
 * @throws ServerError outside of such an operation
 */
export function operationContext<Callback = unknown>(): OperationContext<Callback> {
  const context = storage?.getStore();
  if (context !== undefined) return context as OperationContext<Callback>;
  throw new ServerError(
    "SERVER_NO_OPERATION_CONTEXT",
    "operationContext() was called outside of an operation; call it within one, of a service that was added with operationContext: true",
  );
}
