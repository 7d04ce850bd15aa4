import type { Endpoint, Handlers, ServiceHostOptions } from "@bowline/server";
import { ServiceHost } from "@bowline/server";
import { Desk, Feed, Problem } from "./desk.ts";

/** A host of the desk and the feed, and what it remembers for the cases. */
export class ComplianceHost {
  readonly host: ServiceHost;
  readonly notes: number[] = [];
  readonly ends: string[] = [];

  constructor(desk: Endpoint, feed: Endpoint | undefined, options: ServiceHostOptions = {}) {
    this.host = new ServiceHost(options);
    this.host.onSessionEnd(({ error }) => this.ends.push(error?.code ?? "closed"));
    this.host.addService(Desk, this.#desk(), { endpoints: [desk] });
    if (feed !== undefined) this.host.addService(Feed, feedHandlers, { endpoints: [feed] });
  }

  async closeSessions(): Promise<void> {
    await Promise.all(this.host.sessions.map((session) => session.close()));
  }

  #desk(): Handlers<typeof Desk> {
    return {
      Add: ({ a, b }) => a + b,
      Echo: ({ text }) => text,
      Bytes: ({ data }) => data,
      Fail: ({ why }) => {
        throw why === "declared" ? Problem.fault({ Why: why }) : new Error(why);
      },
      Hang: () => new Promise(() => undefined),
      Note: ({ number }) => void this.notes.push(number),
    };
  }
}

const feedHandlers: Handlers<typeof Feed> = {
  Start: async ({ count }, { callback }) => {
    for (let number = 1; number <= count; number++) void callback.Tick({ number });
    return callback.Confirm({ number: count });
  },
  Pour: ({ count }, { callback }) => {
    for (let number = 1; number <= count; number++) void callback.Tick({ number });
  },
};
