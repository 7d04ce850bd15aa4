import { isPromise } from "@bowline/transport";
import { accessDenied } from "./dispatch-faults.ts";
import type {
  DispatchOptions,
  ErrorHandler,
  Hook,
  HookSettings,
  MessageInspector,
  Middleware,
  OutgoingReply,
} from "./hooks.ts";
import type { IncomingCall } from "./incoming-call.ts";
import type { OrderGate } from "./order-gate.ts";

/** One thing that a call passes; `next` is everything behind it. */
export interface Step {
  readonly name: string;
  /** Of the session's gates, the one that lets in one message at a time; undefined for as many as come. */
  readonly gate: number | undefined;
  run(call: IncomingCall, next: () => Promise<unknown>): unknown;
}

/** Steps that a service brings itself. */
export interface OwnSteps {
  /** Hooks of the host. */
  readonly outer?: readonly Hook<Middleware>[];
  readonly select?: (HookSettings & { readonly run: Step["run"] }) | undefined;
  readonly instance?: (HookSettings & { readonly run: Step["run"] }) | undefined;
}

/** The hooks of a service, compiled: the steps before its operations, and what happens to their outcome. */
export class Pipeline {
  readonly #steps: Step[] = [];
  readonly #inspectors: readonly { readonly name: string; readonly run: MessageInspector }[];
  readonly #errorHandlers: readonly ErrorHandler[];
  #gateCount = 0;

  constructor(options: DispatchOptions, own: OwnSteps = {}) {
    this.#inspectors = (options.messageInspectors ?? []).map((run, index) => ({
      name: named(run.name, `messageInspectors[${index}]`),
      run,
    }));
    this.#errorHandlers = options.errorHandlers ?? [];
    this.#addAll(own.outer ?? [], "host.use", (run) => run);
    this.#addAll(options.use ?? [], "use", (run) => run);
    if (own.select !== undefined) this.#add(named(own.select.name, "operationSelector"), own.select, own.select.run);
    this.#addOne(options.authenticate, "authenticate", (run) => async (call, next) => {
      call.identity = await run(call);
      await next();
    });
    this.#addOne(options.authorize, "authorize", (run) => async (call, next) => {
      if ((await run(call)) !== true) throw accessDenied();
      await next();
    });
    for (const { name, run } of this.#inspectors) {
      if (run.afterReceiveRequest === undefined) continue;
      this.#add(name, run, async (call, next) => {
        await run.afterReceiveRequest!(call);
        await next();
      });
    }
    if (own.instance !== undefined)
      this.#add(named(own.instance.name, "instanceProvider"), own.instance, own.instance.run);
    this.#addAroundOperation(options);
  }

  /** Nothing stands between a message and its operation. */
  get isEmpty(): boolean {
    return this.#steps.length === 0 && this.#inspectors.length === 0 && this.#errorHandlers.length === 0;
  }

  get hasErrorHandlers(): boolean {
    return this.#errorHandlers.length > 0;
  }

  get hasSteps(): boolean {
    return this.#steps.length > 0;
  }

  /** Hooks that want one message of a session at a time. */
  get gateCount(): number {
    return this.#gateCount;
  }

  /** Passes the steps, and runs `operate` behind them; the result is in `call.result`. @throws what a hook or the operation throws */
  run(call: IncomingCall, gates: readonly OrderGate[], operate: () => Promise<void>): Promise<void> {
    return this.#pass(0, call, gates, operate);
  }

  /** Lets inspectors see, and handlers change, what is about to go out. @throws what they throw */
  async reply(call: IncomingCall, error: unknown, isFault: boolean): Promise<OutgoingReply> {
    const reply: OutgoingReply = { isFault, value: isFault ? undefined : call.result, error };
    if (isFault) {
      for (const [index, handler] of this.#errorHandlers.entries()) {
        call.stage = `${named(handler.name, `errorHandlers[${index}]`)}.provideFault`;
        reply.error = (await handler.provideFault?.(reply.error, call)) ?? reply.error;
      }
    }
    for (const { name, run } of this.#inspectors) {
      call.stage = `${name}.beforeSendReply`;
      await run.beforeSendReply?.(call, reply);
    }
    return reply;
  }

  /** True when a handler has dealt with the error. */
  async handled(call: IncomingCall, error: unknown): Promise<boolean> {
    let isHandled = false;
    for (const handler of this.#errorHandlers)
      isHandled = (await handler.handleError?.(error, call)) === true || isHandled;
    return isHandled;
  }

  async #pass(
    index: number,
    call: IncomingCall,
    gates: readonly OrderGate[],
    operate: () => Promise<void>,
  ): Promise<void> {
    if (call.ended !== undefined) throw call.ended;
    const step = this.#steps[index];
    if (step === undefined) return operate();
    if (step.gate !== undefined) {
      const gate = gates[step.gate]!;
      call.stage = `the wait for earlier messages before ${step.name}`;
      await call.wait((resume) => void call.enter(gate, resume));
    }
    call.stage = step.name;
    let inside: Promise<unknown> | undefined;
    const next = (): Promise<unknown> => {
      if (inside !== undefined) throw new TypeError(`${step.name} called next() twice; it may do so once`);
      inside = this.#pass(index + 1, call, gates, operate).then(() => {
        call.stage = step.name;
        return call.result;
      });
      // Whoever called hears of a rejection; that nobody awaits it here must not end the process.
      inside.catch(() => undefined);
      return inside;
    };
    try {
      const done = step.run(call, next);
      if (isPromise(done)) await done;
      // A middleware that does not wait for what is inside it: the reply waits all the same.
      if (inside !== undefined) await inside;
    } finally {
      if (step.gate !== undefined) gates[step.gate]!.leave(call.ticket);
    }
  }

  /** The hooks that are given an operation and its arguments. */
  #addAroundOperation(options: DispatchOptions): void {
    this.#addAll(options.callContexts ?? [], "callContexts", (run) => run);
    for (const [index, inspector] of (options.parameterInspectors ?? []).entries()) {
      this.#add(named(inspector.name, `parameterInspectors[${index}]`), inspector, async (call, next) => {
        const correlation = await inspector.beforeCall?.(call);
        await next();
        await inspector.afterCall?.(call, correlation);
      });
    }
    this.#addOne(options.operationInvoker, "operationInvoker", (run) => async (call, next) => {
      call.result = await run(call, next);
    });
  }

  #addAll<Run extends (...args: never[]) => unknown>(
    hooks: readonly Hook<Run>[],
    kind: string,
    adapt: (run: Run) => Step["run"],
  ): void {
    for (const [index, hook] of hooks.entries()) this.#addOne(hook, `${kind}[${index}]`, adapt);
  }

  #addOne<Run extends (...args: never[]) => unknown>(
    hook: Hook<Run> | undefined,
    kind: string,
    adapt: (run: Run) => Step["run"],
  ): void {
    if (hook === undefined) return;
    if (typeof hook === "function") this.#add(named(hook.name, kind), undefined, adapt(hook));
    else this.#add(named(hook.name ?? hook.run.name, kind), hook, adapt(hook.run));
  }

  #add(name: string, settings: HookSettings | undefined, run: Step["run"]): void {
    const gate = settings?.concurrency === "perSession" ? this.#gateCount++ : undefined;
    this.#steps.push({ name, gate, run });
  }
}

/** A function's own name says more than its place, unless it has none but that of the option. */
function named(name: string | undefined, kind: string): string {
  return name === undefined || name === "" || name === "run" || kind.startsWith(name) ? kind : `${kind} ${name}`;
}
