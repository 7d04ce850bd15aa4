import type { InstanceProvider } from "./hooks.ts";

/** Handlers that a provider makes; what `instanceProvider` returns. */
export class ProvidedInstances<Handlers> {
  readonly provider: InstanceProvider<Handlers>;

  constructor(provider: InstanceProvider<Handlers>) {
    this.provider = provider;
  }
}

/**
 * Takes the place of handlers in `addService`: `get` makes an instance for a session, a call or all of them, as `instancing` says, and
 * may take its time over it; `release` hears when nobody needs it any more.
 */
export function instanceProvider<Handlers>(provider: InstanceProvider<Handlers>): ProvidedInstances<Handlers> {
  return new ProvidedInstances(provider);
}
