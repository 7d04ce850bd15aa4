import type { MessagePort } from "node:worker_threads";
import { systemClock } from "@bowline/transport";
import { HttpListener } from "../http-listener.ts";
import type { PortListener } from "../port-listener.ts";
import { TcpListener } from "../tcp-listener.ts";
import type { CarriedSession } from "./carried-session.ts";
import { imageOf } from "./error-image.ts";
import { type Batch, Outbox } from "./outbox.ts";
import type { News, Order, ThreadSetup } from "./records.ts";
import { type AskedSession, RefusedByApplication, ThreadEndpoint } from "./thread-endpoint.ts";

const listeners = { "net.tcp": TcpListener, http: HttpListener, https: HttpListener } as const;

/** All of a host that must not wait for the application: its ports, their connections, and the sessions down to each acknowledgement. */
export class ThreadHost {
  readonly #port: MessagePort;
  readonly #outbox: Outbox<News>;
  readonly #ports: readonly PortListener[];
  readonly #sessions = new Map<number, CarriedSession>();
  readonly #asked = new Map<number, AskedSession>();
  #lastNumber = 0;

  constructor(port: MessagePort, setup: ThreadSetup) {
    this.#port = port;
    this.#outbox = new Outbox<News>(port);
    const endpoints = setup.endpoints.map(
      (image, index) =>
        new ThreadEndpoint({
          index,
          image,
          isTraced: setup.isTraced,
          outbox: this.#outbox,
          sessions: this.#sessions,
          asked: this.#asked,
          newNumber: () => ++this.#lastNumber,
        }),
    );
    this.#ports = setup.ports.map(({ protocol, host, port: number, endpoints: ownIndexes }) => {
      const own = ownIndexes.map((index) => endpoints[index]!);
      const { endpoint } = own[0]!;
      const listener = new listeners[protocol](host, number, {
        tls: protocol === "https" && endpoint.transport === "websocket" ? endpoint.tls : undefined,
        clock: systemClock,
        preambleTimeoutMs: setup.preambleTimeoutMs,
        maxConnections: setup.maxConnections,
        allowedOrigins: setup.allowedOrigins,
        onRefused: (error, remoteAddress) => {
          if (error instanceof RefusedByApplication) return;
          this.#outbox.post({ type: "refused", error: imageOf(error), remoteAddress });
        },
      });
      for (const acceptor of own) listener.add(acceptor);
      return listener;
    });
    port.on("message", (batch: Batch<Order>) => {
      for (const order of batch.items) this.#handle(order, batch.bytes);
    });
  }

  #handle(order: Order, bytes: Uint8Array): void {
    switch (order.type) {
      case "listen":
        void this.#listen(order.port);
        return;
      case "close-port":
        return this.#ports[order.port]!.close();
      case "end":
        return this.#end();
      case "admit": {
        const asked = this.#asked.get(order.session);
        return asked?.endpoint.admit(order.session, asked);
      }
      case "refuse": {
        const asked = this.#asked.get(order.session);
        return asked?.endpoint.refuse(order, asked);
      }
      default:
        this.#sessions.get(order.session)?.handle(order, bytes);
    }
  }

  async #listen(port: number): Promise<void> {
    try {
      await this.#ports[port]!.open();
      this.#outbox.post({ type: "listening", port, number: this.#ports[port]!.port });
    } catch (error) {
      this.#outbox.post({ type: "listen-failed", port, error: imageOf(error) });
    }
  }

  /** Connections may still have their last bytes to write; without a port to listen to, the thread ends when they have. */
  #end(): void {
    for (const port of this.#ports) port.release();
    this.#outbox.flush();
    this.#outbox.close();
    this.#port.close();
  }
}
