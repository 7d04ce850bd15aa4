import type { Acceptor } from "./acceptor.ts";
import type { HttpHandler } from "./http-router.ts";
import { HttpRouter } from "./http-router.ts";
import type { PortListener, PortListenerOptions } from "./port-listener.ts";

/** The HTTP endpoints of a host within an HTTP server that somebody else listens with. */
export class MountedListener implements PortListener {
  readonly host = "mounted";
  readonly port: undefined = undefined;
  readonly #router: HttpRouter;

  constructor(options: Pick<PortListenerOptions, "clock" | "allowedOrigins" | "onRefused">) {
    this.#router = new HttpRouter(options);
  }

  get handler(): HttpHandler {
    return this.#router;
  }

  add(endpoint: Acceptor): void {
    this.#router.add(endpoint);
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#router.close();
  }

  release(): void {
    // The server is not ours.
  }
}
