import type { TraceRecord } from "@bowline/protocol/session";
import { type Clock, systemClock } from "@bowline/transport";
import { type AllowedOrigins, checkedOrigins } from "./page-origins.ts";
import type { ServerSession } from "./server-session.ts";

/** Limits and hooks of a host; each has a default. */
export interface ServiceHostOptions {
  /** Time for a new connection to say which endpoint it wants, in ms. Default 30 000, WCF's ChannelInitializationTimeout. */
  readonly preambleTimeoutMs?: number;
  /** TCP connections per port. Default 20 000; further ones are dropped. */
  readonly maxConnections?: number;
  /** Sessions of all services together. Default 10 000; `whenSessionsFull` says what becomes of further ones. */
  readonly maxConcurrentSessions?: number;
  /**
   * Operations of all services together that are under way; further ones wait, and sessions take turns. Default 10 000: WCF's 16 for
   * each processor is a number of threads, and an operation that waits here holds none.
   */
  readonly maxConcurrentCalls?: number;
  /** The same for one session. Default 100. */
  readonly maxConcurrentCallsPerSession?: number;
  /** Instances of services that are made by a function or `instanceProvider`. Default the sum of sessions and calls, as in WCF. */
  readonly maxConcurrentInstances?: number;
  /**
   * Messages of one session that wait for a place; further calls are refused. A reliable session holds its client back long before, by
   * its window. Default 4096.
   */
  readonly maxQueuedCallsPerSession?: number;
  /** How long a call may wait for a place, in ms, before it is refused; one-way messages wait on. Default `Infinity`. */
  readonly maxThrottleWaitMs?: number;
  /** Sessions that wait for a place (`whenSessionsFull: "wait"`). Default 1000; further ones are refused. */
  readonly maxPendingSessions?: number;
  /** Whether calls past the limits wait or are answered with a fault at once; one-way messages always wait. Default "wait". */
  readonly whenCallsFull?: WhenFull;
  /** Whether sessions past the limit wait, up to `openTimeoutMs`, or are refused as "server too busy". Default "refuse". */
  readonly whenSessionsFull?: WhenFull;
  /** Tell callers the message of an unexpected error. Default false: only that there was one. */
  readonly includeExceptionDetailInFaults?: boolean;
  /**
   * Pages of which origins may open WebSockets to this host, such as `["https://app.example.org"]`, beside those that the host's own
   * address serves: a browser lets any page connect to whatever its user can reach. "any" for a host that knows its callers by other
   * means. Default none; programs are not concerned.
   */
  readonly allowedOrigins?: AllowedOrigins;
  /**
   * Listens on no ports for HTTP and WebSocket: an HTTP server of your own passes requests to `httpHandler`. Of the addresses only the
   * paths count then. Default false.
   */
  readonly mountHttp?: boolean;
  /**
   * Runs connections and reliable messaging in a thread of their own, so that an application that keeps its loop busy delays no
   * acknowledgement, no answer to a keep-alive and no connection of a session that is there. For endpoints of net.tcp and WebSocket on
   * ports of the host; not with `mountHttp` or `clock`. Default false.
   */
  readonly protocolThread?: boolean;
  /** Where time comes from; for tests. Default the system's monotonic clock. */
  readonly clock?: Clock;
  /** Sees every message of every session; for people, not for programs. */
  readonly trace?: (record: TraceRecord, session: ServerSession) => void;
}

export type WhenFull = "wait" | "refuse";

/** With every default filled in. */
export interface HostSettings extends Required<Omit<ServiceHostOptions, "trace">> {
  readonly trace: ServiceHostOptions["trace"] | undefined;
}

/** @throws RangeError that names the option, its value and what is allowed */
export function hostSettings(options: ServiceHostOptions): HostSettings {
  const limit = (name: keyof ServiceHostOptions, fallback: number): number =>
    atLeastOne(name, options[name] as number | undefined, fallback);
  const maxConcurrentSessions = limit("maxConcurrentSessions", 10_000);
  const maxConcurrentCalls = limit("maxConcurrentCalls", 10_000);
  return {
    preambleTimeoutMs: limit("preambleTimeoutMs", 30_000),
    maxConnections: limit("maxConnections", 20_000),
    maxConcurrentSessions,
    maxConcurrentCalls,
    maxConcurrentCallsPerSession: limit("maxConcurrentCallsPerSession", 100),
    maxConcurrentInstances: limit("maxConcurrentInstances", maxConcurrentSessions + maxConcurrentCalls),
    maxQueuedCallsPerSession: limit("maxQueuedCallsPerSession", 4096),
    maxThrottleWaitMs: limit("maxThrottleWaitMs", Number.POSITIVE_INFINITY),
    maxPendingSessions: limit("maxPendingSessions", 1000),
    whenCallsFull: whenFull("whenCallsFull", options.whenCallsFull ?? "wait"),
    whenSessionsFull: whenFull("whenSessionsFull", options.whenSessionsFull ?? "refuse"),
    includeExceptionDetailInFaults: options.includeExceptionDetailInFaults ?? false,
    allowedOrigins: checkedOrigins(options.allowedOrigins),
    mountHttp: options.mountHttp ?? false,
    protocolThread: options.protocolThread ?? false,
    clock: options.clock ?? systemClock,
    trace: options.trace,
  };
}

function atLeastOne(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= 1) return value;
  throw new RangeError(`${name} is ${value}; it must be at least 1`);
}

function whenFull(name: string, value: WhenFull): WhenFull {
  if (value === "wait" || value === "refuse") return value;
  throw new RangeError(`${name} is ${JSON.stringify(value)}; it must be "wait" or "refuse"`);
}
