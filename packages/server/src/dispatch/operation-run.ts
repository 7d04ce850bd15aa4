import { isPromise } from "@bowline/transport";
import { callbacksInOperation } from "./callbacks-in-operations.ts";
import type { IncomingCall } from "./incoming-call.ts";
import { LockHold } from "./lock-hold.ts";
import { withOperationContext } from "./operation-context.ts";
import type { OrderGate } from "./order-gate.ts";
import type { ServiceDispatch } from "./service-dispatch.ts";

/** What became of a call. */
export interface Outcome {
  readonly isFault: boolean;
  /** What it met, when it is a fault. */
  readonly error: unknown;
  /** What is answered: the error, or what error handlers and inspectors made of it. */
  readonly answer: unknown;
}

/** The gates of one session. */
export interface SessionGates {
  readonly hooks: readonly OrderGate[];
  /** Before operations; undefined where their order is nobody's matter. */
  readonly start: OrderGate | undefined;
}

/** Leads one call through hooks, gate, lock and operation. Never throws: what is thrown inside is the outcome. */
export function runCall(
  call: IncomingCall,
  service: ServiceDispatch,
  gates: SessionGates,
  invoke: (call: IncomingCall) => unknown,
): Promise<Outcome> {
  if (!service.usesOperationContext) return passAll(call, service, gates, invoke);
  return withOperationContext(call, () => passAll(call, service, gates, invoke));
}

async function passAll(
  call: IncomingCall,
  service: ServiceDispatch,
  gates: SessionGates,
  invoke: (call: IncomingCall) => unknown,
): Promise<Outcome> {
  const { pipeline } = service;
  let isFault = false;
  let error: unknown;
  try {
    await pipeline.run(call, gates.hooks, () => operate(call, service, gates.start, invoke));
  } catch (thrown) {
    isFault = true;
    error = thrown;
  }
  // Its answer has gone out: nobody is left to make another for.
  if (call.isOver) return { isFault, error, answer: error };
  try {
    const reply = await pipeline.reply(call, error, isFault);
    if (!isFault) call.result = reply.value;
    return { isFault, error, answer: reply.error };
  } catch (thrown) {
    return { isFault: true, error: thrown, answer: thrown };
  }
}

/** Starts the operation in its turn, alone in its instance where that is asked for, and waits for its end. */
function operate(
  call: IncomingCall,
  service: ServiceDispatch,
  gate: OrderGate | undefined,
  invoke: (call: IncomingCall) => unknown,
): Promise<void> {
  const lock = service.lockOf(call.home.shelf);
  return new Promise((resolve, reject) => {
    let waiting: Disposable | undefined;
    const isStarted = call.whileWaiting((error) => {
      waiting?.[Symbol.dispose]();
      reject(error);
    });
    const begin = (): void => {
      // Nobody waits any more: what is not begun is not begun now, and the deadline, which is due, ends the call (R-HOST-DEADLINE-3).
      if (call.remainingMs === 0) return lock?.release();
      isStarted();
      const hold = lock === undefined ? undefined : new LockHold(lock);
      if (service.guardsCallbacks) guardCallbacks(call, service, hold);
      call.stage = `the operation ${call.operation?.name}`;
      let result: unknown;
      try {
        result = invoke(call);
      } catch (error) {
        hold?.release();
        return reject(error);
      }
      const done = (value: unknown): void => {
        hold?.release();
        call.result = value;
        resolve();
      };
      if (!isPromise(result)) return done(result);
      result.then(done, (error: unknown) => {
        hold?.release();
        reject(error);
      });
    };
    const enter = (): void => {
      if (lock === undefined) return begin();
      call.stage = "the wait for its instance, in which another operation runs";
      waiting = lock.acquire(begin);
    };
    call.stage = "the wait for earlier messages before its operation";
    if (gate === undefined) enter();
    else call.enter(gate, enter);
  });
}

function guardCallbacks(call: IncomingCall, service: ServiceDispatch, hold: LockHold | undefined): void {
  const operations = service.contract.callback!.operationsByAction.values();
  const callback = call.session.callback as Parameters<typeof callbacksInOperation>[1];
  const mayYield = service.concurrency === "reentrant" && service.order !== "serial";
  call.callback = callbacksInOperation(operations, callback, call.operation!.name, mayYield, hold);
}
