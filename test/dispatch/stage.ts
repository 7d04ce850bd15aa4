import { connect, type EndpointOptions, MemoryNetwork } from "@bowline/client";
import {
  contract,
  type DispatchOptions,
  type Handlers,
  type HostError,
  oneWay,
  operation,
  ServiceHost,
  type ServiceHostOptions,
  type ThrottleWarning,
  xs,
} from "@bowline/server";
import { onTestFinished } from "vitest";
import { ManualClock } from "./manual-clock.ts";

/** A service whose operations note when they start, and take as long as they are told. */
export const Works = contract(
  "urn:test",
  "IWorks",
  {
    Work: operation({ request: { number: xs.int }, reply: xs.int }),
    Note: oneWay({ number: xs.int }),
  },
  { callback: { Ask: operation({ request: { number: xs.int }, reply: xs.int }), Tell: oneWay({ number: xs.int }) } },
);

export type WorksHandlers = Handlers<typeof Works>;
type WorksClient = Awaited<ReturnType<typeof connect<typeof Works>>>;

export interface StageOptions extends DispatchOptions {
  readonly host?: ServiceHostOptions;
  readonly endpoint?: EndpointOptions;
  /** Without a reliable session. */
  readonly isPlain?: boolean;
  readonly handlers?: Partial<WorksHandlers>;
  readonly service?: Parameters<typeof ServiceHost.prototype.addService<typeof Works>>[1];
  /** Time of one operation. */
  readonly workMs?: number;
  prepare?(host: ServiceHost): void;
}

/** A host on simulated time, in a network within the process. */
export class Stage {
  readonly clock: ManualClock;
  readonly network = new MemoryNetwork();
  readonly host: ServiceHost;
  readonly errors: HostError[] = [];
  readonly warnings: ThrottleWarning[] = [];
  /** Numbers of the operations in the order of their start. */
  readonly started: number[] = [];
  readonly #options: StageOptions;

  constructor(clock: ManualClock, options: StageOptions) {
    this.clock = clock;
    this.#options = options;
    this.host = new ServiceHost({ ...options.host, clock });
  }

  async client(callbacks: Partial<Parameters<typeof connect<typeof Works>>[2]> = {}): Promise<WorksClient> {
    const connecting = connect(Works, this.#endpoint(), {
      callbacks: { Ask: ({ number }) => number, Tell: () => undefined },
      ...callbacks,
    });
    const client = await connecting;
    onTestFinished(() => client.abort());
    return client;
  }

  /** Simulated ms from now until all of `promises` are settled, at most `limitMs`. */
  async timeOf(promises: readonly Promise<unknown>[], limitMs: number): Promise<number> {
    const fromMs = this.clock.nowMs();
    let isOver = false;
    void Promise.allSettled(promises).then(() => {
      isOver = true;
    });
    await this.clock.pass(0);
    while (!isOver && this.clock.nowMs() - fromMs < limitMs) await this.clock.pass(1);
    return this.clock.nowMs() - fromMs;
  }

  #endpoint() {
    const { endpoint, isPlain } = this.#options;
    return this.network.endpoint("/works", { ...(isPlain === true ? {} : { reliableSession: {} }), ...endpoint });
  }

  async open(): Promise<void> {
    const {
      host: _host,
      endpoint: _endpoint,
      isPlain: _isPlain,
      handlers,
      service,
      workMs = 5,
      prepare,
      ...dispatch
    } = this.#options;
    this.host.onError((error) => this.errors.push(error));
    this.host.onThrottle((warning) => this.warnings.push(warning));
    prepare?.(this.host);
    const works: WorksHandlers = {
      Work: async ({ number }) => {
        this.started.push(number);
        await this.clock.sleep(workMs);
        return number;
      },
      Note: async ({ number }) => {
        this.started.push(number);
        await this.clock.sleep(workMs);
      },
      ...handlers,
    };
    this.host.addService(Works, service ?? works, { ...dispatch, endpoints: [this.#endpoint()] });
    await this.host.open();
    onTestFinished(() => this.host.abort());
  }
}

/** Opens a stage, and closes it after the test; hooks are given its clock. */
export async function openStage(options: (clock: ManualClock) => StageOptions = () => ({})): Promise<Stage> {
  const clock = new ManualClock();
  const stage = new Stage(clock, options(clock));
  await stage.open();
  return stage;
}

/** The fault code and reason of a rejection. */
export async function faultOf(promise: Promise<unknown>): Promise<{ code: string; message: string; subcode: string }> {
  try {
    await promise;
  } catch (error) {
    const { code, message, subcodes } = error as { code: string; message: string; subcodes?: { localName: string }[] };
    return { code, message, subcode: subcodes?.[0]?.localName ?? "" };
  }
  throw new Error("nothing was thrown");
}
