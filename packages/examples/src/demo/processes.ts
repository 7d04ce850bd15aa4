import type { TraceRecord } from "@bowline/client";

/** Direction in which the relay cuts the connection. */
export type Direction = "client-to-host" | "host-to-client";

/** What the host counted. */
export interface HostReport {
  readonly requestCount: number;
  readonly repliesSentCount: number;
  readonly callbacksSentCount: number;
  readonly approvalCount: number;
  readonly sessionIds: readonly string[];
  readonly mistakes: readonly string[];
  readonly faults: readonly string[];
}

/** What the client counted. */
export interface ClientReport {
  readonly requestsSentCount: number;
  readonly replyCount: number;
  readonly callbackCount: number;
  readonly approvalsSentCount: number;
  /** The session's id when it was opened, and before it was closed. */
  readonly sessionIds: readonly string[];
  readonly keepAliveCount: number;
  readonly reconnectCount: number;
  readonly mistakes: readonly string[];
  readonly faults: readonly string[];
}

/** What host and client tell the main process. `atMs` is the time of day, in ms with fractions. */
export type Telling =
  | { readonly type: "heading"; readonly atMs: number; readonly text: string }
  | { readonly type: "event"; readonly atMs: number; readonly who: "client" | "host"; readonly text: string }
  | { readonly type: "message"; readonly atMs: number; readonly record: TraceRecord; readonly isKeepAlive: boolean }
  | { readonly type: "listening"; readonly port: number }
  /** Cut the connection once so many more bytes have passed. */
  | { readonly type: "cut"; readonly direction: Direction; readonly afterByteLength: number }
  | { readonly type: "host-report"; readonly report: HostReport }
  | { readonly type: "client-report"; readonly report: ClientReport };

/** What the main process tells them. */
export type Order = { readonly type: "cut-is-set" } | { readonly type: "stop" };

/** Now, on a clock that all processes of one machine share. */
export function timeOfDayMs(): number {
  return performance.timeOrigin + performance.now();
}

/** In host and client: tells the main process. */
export function tell(telling: Telling): void {
  process.send?.(telling);
}

/** In host and client: resolves with the next order of this type. */
export function ordered(type: Order["type"]): Promise<void> {
  return new Promise((resolve) => {
    const listen = (order: Order): void => {
      if (order.type !== type) return;
      process.off("message", listen);
      resolve();
    };
    process.on("message", listen);
  });
}

/** In host and client: without the main process there is nobody left to tell, and nothing to stay for. */
export function endWithMain(): void {
  process.once("disconnect", endEarly);
}

/** In host and client: says good-bye to the main process, so that this one can end. */
export function leaveMain(): void {
  process.off("disconnect", endEarly);
  process.disconnect();
}

function endEarly(): void {
  process.exit(1);
}
