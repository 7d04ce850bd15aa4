import type { Endpoint, WebSocketEndpoint } from "@bowline/transport";
import { EndpointPaths } from "../endpoint-paths.ts";
import { demandSameTls } from "../http-listener.ts";
import type { PortListener } from "../port-listener.ts";
import type { ServiceEndpoint } from "../service-endpoint.ts";
import type { PortSetup } from "./records.ts";

export interface ThreadPortOptions {
  readonly protocol: PortSetup["protocol"];
  readonly host: string;
  readonly port: number;
  /** Takes an endpoint in and returns its number. */
  add(endpoint: ServiceEndpoint): number;
  open(port: ThreadPort): Promise<number | undefined>;
  close(port: ThreadPort): void;
  release(port: ThreadPort): void;
}

/** One port of a host whose protocol thread listens on it. */
export class ThreadPort implements PortListener {
  readonly host: string;
  readonly #options: ThreadPortOptions;
  readonly #paths = new EndpointPaths();
  readonly #endpoints: { readonly endpoint: Endpoint; readonly index: number }[] = [];
  #port: number | undefined;

  constructor(options: ThreadPortOptions) {
    this.host = options.host;
    this.#options = options;
  }

  get port(): number {
    return this.#port ?? this.#options.port;
  }

  get setup(): PortSetup {
    const { protocol, host, port } = this.#options;
    return { protocol, host, port, endpoints: this.#endpoints.map(({ index }) => index) };
  }

  add(endpoint: ServiceEndpoint): void {
    const first = this.#endpoints[0]?.endpoint ?? endpoint.endpoint;
    if (this.#options.protocol === "https")
      demandSameTls(first as WebSocketEndpoint, endpoint.endpoint as WebSocketEndpoint);
    this.#paths.add(endpoint);
    this.#endpoints.push({ endpoint: endpoint.endpoint, index: this.#options.add(endpoint) });
  }

  async open(): Promise<void> {
    this.#port = await this.#options.open(this);
  }

  close(): void {
    this.#port = undefined;
    this.#options.close(this);
  }

  release(): void {
    this.#options.release(this);
  }
}
