import { ServerError } from "../errors.ts";
import type { EndpointCounters } from "./counters.ts";
import type { InstanceProvider, InstancingMode } from "./hooks.ts";
import type { IncomingCall } from "./incoming-call.ts";
import { InstanceLock } from "./instance-lock.ts";
import type { Throttle } from "./throttle.ts";

/** Where an instance that is shared, by a session or by all of them, is kept. */
export class InstanceShelf {
  readonly lock: InstanceLock = new InstanceLock();
  pending: Promise<unknown> | undefined;
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
  }
}

/** Makes the instances of a service by a source, and lets go of them. */
export class Instances {
  readonly mode: InstancingMode;
  readonly #source: InstanceProvider<unknown>;
  readonly #throttle: Throttle;
  readonly #onError: (error: unknown) => void;
  /** The instance of mode "single". */
  readonly #single = new InstanceShelf();

  constructor(
    mode: InstancingMode,
    source: InstanceProvider<unknown>,
    throttle: Throttle,
    onError: (error: unknown) => void,
  ) {
    this.mode = mode;
    this.#source = source;
    this.#throttle = throttle;
    this.#onError = onError;
  }

  /** The instance for a call: made now, or kept. `ofSession` is where the session keeps its own. */
  async get(call: IncomingCall, ofSession: InstanceShelf, counters: EndpointCounters): Promise<unknown> {
    if (this.mode === "perCall") return this.#make(call, counters);
    const shelf = this.mode === "single" ? this.#single : ofSession;
    while (shelf.pending !== undefined) {
      const { pending } = shelf;
      try {
        return await pending;
      } catch {
        // Whoever was making it failed, or was ended meanwhile: that is not this call's failure. It makes the instance itself.
        if (shelf.pending === pending) shelf.pending = undefined;
        if (call.ended !== undefined) throw call.ended;
      }
    }
    const pending = this.#make(call, counters);
    shelf.pending = pending;
    try {
      const instance = await pending;
      if (shelf.isClosed) this.release(instance, counters);
      return instance;
    } catch (error) {
      if (shelf.pending === pending) shelf.pending = undefined;
      throw error;
    }
  }

  /** The session is over, or the host. */
  close(shelf: InstanceShelf | undefined, counters: EndpointCounters): void {
    const closed = shelf ?? this.#single;
    if (closed.isClosed) return;
    closed.close();
    closed.pending?.then(
      (instance) => this.release(instance, counters),
      () => undefined,
    );
  }

  release(instance: unknown, counters: EndpointCounters): void {
    counters.instances -= 1;
    this.#throttle.release();
    try {
      const released = this.#source.release?.(instance);
      if (released instanceof Promise) released.catch(this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }

  async #make(call: IncomingCall, counters: EndpointCounters): Promise<unknown> {
    const { stage } = call;
    call.stage = `the wait for an instance (maxConcurrentInstances ${this.#throttle.limit})`;
    await call.wait((resume) => {
      if (!this.#throttle.tryAcquire()) return this.#throttle.wait(call.session, resume);
      resume();
      return undefined;
    });
    call.stage = stage;
    try {
      const instance = await this.#source.get(call);
      if (typeof instance !== "object" || instance === null) {
        const message = `the instance source returned ${String(instance)}; it must return an object with a method for each operation`;
        throw new ServerError("SERVER_INVALID_SERVICE", message);
      }
      counters.instances += 1;
      counters.instancesCreated += 1;
      return instance;
    } catch (error) {
      this.#throttle.release();
      throw error;
    }
  }
}
