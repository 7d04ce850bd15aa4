import type { MemoryEndpoint } from "@bowline/transport";
import { type Acceptor, newMessageLink } from "./acceptor.ts";
import { ServerError } from "./errors.ts";
import { Newcomer } from "./newcomer.ts";
import type { PortListener, PortListenerOptions } from "./port-listener.ts";

/** The endpoints of a host in networks of the process itself. */
export class MemoryListener implements PortListener {
  readonly host = "memory";
  readonly port: undefined = undefined;
  readonly #options: PortListenerOptions;
  readonly #endpoints: Acceptor[] = [];
  readonly #listening: MemoryEndpoint[] = [];

  constructor(_host: string, _port: number, options: PortListenerOptions) {
    this.#options = options;
  }

  add(endpoint: Acceptor): void {
    this.#endpoints.push(endpoint);
  }

  async open(): Promise<void> {
    for (const service of this.#endpoints) {
      const endpoint = service.endpoint as MemoryEndpoint;
      const { network, path, address } = endpoint;
      const isFree = network.listen(path, (start) => {
        const newcomer = new Newcomer(service, {
          clock: this.#options.clock,
          onSession: () => undefined,
          onRefused: (error) => this.#options.onRefused(error, undefined),
        });
        const link = newMessageLink(endpoint);
        link.connected();
        newcomer.start(start(link, newcomer));
      });
      if (!isFree)
        throw new ServerError("SERVER_LISTEN_FAILED", `cannot listen at ${address}: another service is there`);
      this.#listening.push(endpoint);
    }
  }

  close(): void {
    for (const { network, path } of this.#listening.splice(0)) network.unlisten(path);
  }

  release(): void {
    // Sessions have let go of their connections themselves.
  }
}
