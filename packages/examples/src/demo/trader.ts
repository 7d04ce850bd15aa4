import { type Client, type ClientSession, type ConnectOptions, connect, type TraceRecord } from "@bowline/client";
import { Ledger } from "./ledger.ts";
import { OrderDesk, orderDeskAt, unitPrice } from "./order-desk.ts";
import { type ClientReport, tell, timeOfDayMs } from "./processes.ts";

/** A client of the order desk that numbers what it sends and checks what it gets. */
export class Trader {
  readonly #callbacks = new Ledger("callback");
  readonly #replies = new Ledger("reply");
  readonly #sessionIds: string[] = [];
  readonly #mistakes: string[] = [];
  readonly #faults: string[] = [];
  #desk!: Client<typeof OrderDesk>;
  #requestsSentCount = 0;
  #callsCount = 0;
  #approvalsSentCount = 0;
  #shownKeepAliveCount = 0;
  #approved: () => void = () => undefined;

  async open(port: number): Promise<void> {
    this.#desk = await connect(OrderDesk, orderDeskAt(port), this.#options());
    const { session } = this;
    session.onReconnect(({ isConnected, cause }) => {
      this.#say(isConnected ? "connected again, the session goes on" : `connection lost: ${cause ?? "it was closed"}`);
    });
    session.onStateChange(({ state, error }) => {
      if (error !== undefined) this.#faults.push(`client: ${error.code}: ${error.message}`);
      this.#say(`session ${state}`);
    });
    this.#rememberId();
  }

  get session(): ClientSession {
    return this.#desk.session;
  }

  /** A call. */
  async price(quantity: number): Promise<void> {
    const position = ++this.#callsCount;
    const amount = await this.#desk.Price({ number: ++this.#requestsSentCount, quantity });
    this.#replies.take(position);
    if (amount !== quantity * unitPrice) this.#mistakes.push(`${quantity} pieces cost ${amount}`);
  }

  /** A one-way message; resolves when it has left. */
  order(quantity: number): Promise<void> {
    return this.#desk.Order({ number: ++this.#requestsSentCount, quantity });
  }

  /** Asks for callbacks; resolves when the last of them is here. */
  async watch(fillCount: number): Promise<void> {
    const approved = new Promise<void>((resolve) => {
      this.#approved = resolve;
    });
    await this.#desk.Watch({ number: ++this.#requestsSentCount, fillCount });
    await approved;
  }

  async close(): Promise<void> {
    this.#rememberId();
    await this.#desk.close();
  }

  report(): ClientReport {
    return {
      requestsSentCount: this.#requestsSentCount,
      replyCount: this.#replies.deliveredCount,
      callbackCount: this.#callbacks.deliveredCount,
      approvalsSentCount: this.#approvalsSentCount,
      sessionIds: this.#sessionIds,
      keepAliveCount: this.session.keepAliveCount,
      reconnectCount: this.session.reconnectCount,
      mistakes: [...this.#mistakes, ...this.#replies.mistakes, ...this.#callbacks.mistakes],
      faults: this.#faults,
    };
  }

  #options(): ConnectOptions<typeof OrderDesk> {
    return {
      callbacks: {
        Fill: ({ number }) => this.#callbacks.take(number),
        Approve: ({ number }) => {
          this.#callbacks.take(number);
          this.#approvalsSentCount += 1;
          this.#approved();
          return true;
        },
      },
      onCallbackError: (error) => this.#faults.push(`client, callback: ${error}`),
      trace: (record) => this.#show(record),
    };
  }

  #rememberId(): void {
    this.#sessionIds.push(this.session.id ?? "none");
  }

  #show(record: TraceRecord): void {
    // The first messages pass before `connect` has returned; no keep-alive is among them.
    const keepAliveCount = this.#desk?.session.keepAliveCount ?? 0;
    const isKeepAlive = keepAliveCount > this.#shownKeepAliveCount && record.name === "AckRequested";
    this.#shownKeepAliveCount = keepAliveCount;
    tell({ type: "message", atMs: performance.timeOrigin + record.atMs, record, isKeepAlive });
  }

  #say(text: string): void {
    tell({ type: "event", atMs: timeOfDayMs(), who: "client", text });
  }
}
