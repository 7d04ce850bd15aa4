import { Worker } from "node:worker_threads";
import { ServerError } from "../errors.ts";
import type { ServiceEndpoint } from "../service-endpoint.ts";
import { errorOf } from "./error-image.ts";
import { type Batch, Outbox } from "./outbox.ts";
import type { News, Order, ThreadSetup } from "./records.ts";
import { ThreadPort, type ThreadPortOptions } from "./thread-port.ts";
import { ThreadSessions } from "./thread-sessions.ts";

export interface ThreadOwnerOptions
  extends Pick<ThreadSetup, "preambleTimeoutMs" | "maxConnections" | "allowedOrigins" | "isTraced"> {
  onRefused(error: unknown, remoteAddress: string | undefined): void;
  /** The thread ended before its time, and all of its sessions with it. */
  onDied(error: ServerError): void;
}

interface Listening {
  resolve(port: number | undefined): void;
  reject(error: Error): void;
}

/** The protocol thread of a host, as the application's thread sees it. */
export class ThreadOwner {
  readonly #options: ThreadOwnerOptions;
  readonly #ports: ThreadPort[] = [];
  readonly #endpoints: ServiceEndpoint[] = [];
  readonly #unreleased = new Set<ThreadPort>();
  readonly #listening = new Map<number, Listening>();
  readonly #ended: Promise<void>;
  #resolveEnded!: () => void;
  #outbox: Outbox<Order> | undefined;
  #sessions: ThreadSessions | undefined;
  #error: Error | undefined;
  #isEnding = false;

  constructor(options: ThreadOwnerOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Resolves when there is no thread any more, or has not been one. */
  get ended(): Promise<void> {
    return this.#outbox === undefined ? Promise.resolve() : this.#ended;
  }

  /** Another port for the thread to listen on. */
  newPort(place: Pick<ThreadPortOptions, "protocol" | "host" | "port">): ThreadPort {
    const port = new ThreadPort({
      ...place,
      add: (endpoint) => this.#endpoints.push(endpoint) - 1,
      open: (opening) => this.#listen(this.#ports.indexOf(opening)),
      close: (closing) => this.#outbox?.post({ type: "close-port", port: this.#ports.indexOf(closing) }),
      release: (released) => this.#release(released),
    });
    this.#ports.push(port);
    this.#unreleased.add(port);
    return port;
  }

  #listen(port: number): Promise<number | undefined> {
    const outbox = this.#start();
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(died(this.#error));
      this.#listening.set(port, { resolve, reject });
      outbox.post({ type: "listen", port });
    });
  }

  #release(port: ThreadPort): void {
    this.#unreleased.delete(port);
    const outbox = this.#outbox;
    if (this.#unreleased.size > 0 || outbox === undefined) return;
    this.#isEnding = true;
    outbox.post({ type: "end" });
    outbox.flush();
  }

  #start(): Outbox<Order> {
    if (this.#outbox !== undefined) return this.#outbox;
    const { preambleTimeoutMs, maxConnections, allowedOrigins, isTraced, onRefused } = this.#options;
    const setup: ThreadSetup = {
      ports: this.#ports.map((port) => port.setup),
      endpoints: this.#endpoints.map(({ endpoint, isOneWayOnly }) => ({ endpoint, isOneWayOnly })),
      preambleTimeoutMs,
      maxConnections,
      allowedOrigins,
      isTraced,
    };
    const worker = newWorker(setup);
    const outbox = new Outbox<Order>(worker);
    this.#outbox = outbox;
    this.#sessions = new ThreadSessions({ outbox, endpointOf: (index) => this.#endpoints[index]!, onRefused });
    worker.on("message", (batch: Batch<News>) => {
      for (const news of batch.items) this.#hear(news, batch.bytes);
    });
    worker.on("error", (error: Error) => {
      this.#error = error;
    });
    worker.on("exit", (code) => this.#exited(code));
    return outbox;
  }

  #hear(news: News, bytes: Uint8Array): void {
    switch (news.type) {
      case "listening":
        this.#listening.get(news.port)?.resolve(news.number);
        this.#listening.delete(news.port);
        return;
      case "listen-failed":
        this.#listening.get(news.port)?.reject(errorOf(news.error));
        this.#listening.delete(news.port);
        return;
      case "refused":
        return this.#options.onRefused(errorOf(news.error), news.remoteAddress);
      case "ask":
        return this.#sessions!.ask(news);
      case "left":
        return this.#sessions!.left(news.session);
      default:
        this.#sessions!.hear(news, bytes);
    }
  }

  #exited(code: number): void {
    this.#outbox!.close();
    this.#resolveEnded();
    // Sessions of a thread that ended in order are over already.
    if (this.#isEnding && this.#error === undefined) return;
    const error = died(this.#error ?? new Error(`it exited with code ${code}`));
    this.#error ??= error;
    for (const { reject } of this.#listening.values()) reject(error);
    const wasOpening = this.#listening.size > 0;
    this.#listening.clear();
    if (this.#isEnding) return this.#options.onRefused(error, undefined);
    this.#sessions!.lost(error);
    if (!wasOpening) this.#options.onDied(error);
  }
}

function died(cause: Error): ServerError {
  return new ServerError(
    "SERVER_PROTOCOL_THREAD_DIED",
    `the protocol thread of the host ended before its time: ${cause.message}; the host listens no more, open a new one`,
    { cause },
  );
}

/** The thread runs what is built: Node.js 20 runs no TypeScript, so sources have it beside them in `dist`. */
function newWorker(setup: ThreadSetup): Worker {
  // What the command line says of the application (`--input-type`, loaders, conditions) says nothing of this file.
  const options = { workerData: setup, name: "bowline protocol", execArgv: [] };
  return import.meta.url.endsWith(".ts")
    ? new Worker(new URL("../../dist/protocol-thread/protocol-thread.js", import.meta.url), options)
    : new Worker(new URL("./protocol-thread.js", import.meta.url), options);
}
