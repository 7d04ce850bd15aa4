import { CallCounters, type CallCounts, type EndpointCounters, type SessionCounts } from "./dispatch/counters.ts";
import type { Throttle } from "./dispatch/throttle.ts";

/** How far a limit is in use. */
export interface ThrottleCounts {
  readonly inUse: number;
  readonly limit: number;
  /** Percent Of Max Concurrent Calls, Sessions, Instances. 0 without a limit. */
  readonly percent: number;
  /** Who waits: messages of all sessions, sessions, or calls that want an instance. */
  readonly waiting: number;
}

export interface EndpointCounts {
  readonly address: string;
  readonly service: string;
  readonly calls: CallCounts;
  readonly sessions: SessionCounts;
  /** By the operation's key in the contract. */
  readonly operations: Readonly<Record<string, CallCounts>>;
}

export interface ServiceCounts {
  readonly calls: CallCounts;
  readonly sessions: SessionCounts;
  readonly operations: Readonly<Record<string, CallCounts>>;
}

/** All that a host counts, at one moment. */
export interface HostCounts {
  /** In ms of `performance.now()`. */
  readonly atMs: number;
  readonly calls: CallCounts;
  readonly sessions: SessionCounts;
  /** By the contract's name; several endpoints of a service are one. */
  readonly services: Readonly<Record<string, ServiceCounts>>;
  readonly endpoints: readonly EndpointCounts[];
  readonly throttles: {
    readonly maxConcurrentCalls: ThrottleCounts;
    readonly maxConcurrentSessions: ThrottleCounts;
    readonly maxConcurrentInstances: ThrottleCounts;
  };
}

/** What happened in a second on average, between two snapshots: WCF's "… Per Second". */
export interface CountRates {
  readonly calls: number;
  readonly faulted: number;
  readonly failed: number;
  readonly notAuthorized: number;
  readonly instancesCreated: number;
  readonly sessionsOpened: number;
  /** Mean time of the calls that were answered meanwhile, in ms; undefined when none was. */
  readonly meanDurationMs: number | undefined;
}

export interface HostCountersSources {
  nowMs(): number;
  waitingCalls(): number;
  readonly calls: Throttle;
  readonly sessions: Throttle;
  readonly instances: Throttle;
}

/** The counters of a host, its services, their endpoints and operations. */
export class HostCounters {
  readonly #sources: HostCountersSources;
  readonly #endpoints: EndpointCounters[] = [];

  constructor(sources: HostCountersSources) {
    this.#sources = sources;
  }

  add(endpoint: EndpointCounters): void {
    this.#endpoints.push(endpoint);
  }

  /** What all counters say now; later counting does not change it. */
  snapshot(): HostCounts {
    const endpoints = this.#endpoints.map(countsOf);
    const services: Record<string, ServiceCounts> = {};
    for (const name of new Set(endpoints.map(({ service }) => service))) {
      const own = endpoints.filter(({ service }) => service === name);
      services[name] = { calls: sumOfCalls(own), sessions: sumOfSessions(own), operations: sumOfOperations(own) };
    }
    const { calls, sessions, instances } = this.#sources;
    return {
      atMs: this.#sources.nowMs(),
      calls: sumOfCalls(endpoints),
      sessions: sumOfSessions(endpoints),
      services,
      endpoints,
      throttles: {
        maxConcurrentCalls: use(calls, this.#sources.waitingCalls()),
        maxConcurrentSessions: use(sessions, sessions.waitingCount),
        maxConcurrentInstances: use(instances, instances.waitingCount),
      },
    };
  }

  /** What happened per second since an earlier snapshot, for the whole host. */
  perSecondSince(earlier: HostCounts): CountRates {
    const now = this.snapshot();
    const seconds = Math.max(now.atMs - earlier.atMs, Number.EPSILON) / 1000;
    const rate = (count: (counts: HostCounts) => number): number => (count(now) - count(earlier)) / seconds;
    const answered = ({ calls }: HostCounts): number => calls.calls - calls.outstanding;
    const answeredCount = answered(now) - answered(earlier);
    return {
      calls: rate(({ calls }) => calls.calls),
      faulted: rate(({ calls }) => calls.faulted),
      failed: rate(({ calls }) => calls.failed),
      notAuthorized: rate(({ calls }) => calls.notAuthorized),
      instancesCreated: rate(({ sessions }) => sessions.instancesCreated),
      sessionsOpened: rate(({ sessions }) => sessions.sessionsOpened),
      meanDurationMs:
        answeredCount === 0 ? undefined : (now.calls.durationMs - earlier.calls.durationMs) / answeredCount,
    };
  }
}

function countsOf(endpoint: EndpointCounters): EndpointCounts {
  const all = new CallCounters();
  all.add(endpoint.unknown);
  const operations: Record<string, CallCounts> = {};
  for (const [{ key }, counters] of endpoint.operations) {
    all.add(counters);
    operations[key] = { ...counters };
  }
  const live = endpoint.liveSessions();
  return {
    address: endpoint.address,
    service: endpoint.serviceName,
    calls: { ...all },
    sessions: {
      sessions: live.count,
      sessionsOpened: endpoint.sessionsOpened,
      sessionsFaulted: endpoint.sessionsFaulted,
      sessionsRefused: endpoint.sessionsRefused,
      messagesDropped: endpoint.endedMessagesDropped + live.messagesDropped,
      instances: endpoint.instances,
      instancesCreated: endpoint.instancesCreated,
    },
    operations,
  };
}

function sumOfCalls(endpoints: readonly EndpointCounts[]): CallCounts {
  const sum = new CallCounters();
  for (const { calls } of endpoints) sum.add(calls);
  return { ...sum };
}

function sumOfSessions(endpoints: readonly EndpointCounts[]): SessionCounts {
  const of = (name: keyof SessionCounts): number => endpoints.reduce((sum, { sessions }) => sum + sessions[name], 0);
  return {
    sessions: of("sessions"),
    sessionsOpened: of("sessionsOpened"),
    sessionsFaulted: of("sessionsFaulted"),
    sessionsRefused: of("sessionsRefused"),
    messagesDropped: of("messagesDropped"),
    instances: of("instances"),
    instancesCreated: of("instancesCreated"),
  };
}

function sumOfOperations(endpoints: readonly EndpointCounts[]): Readonly<Record<string, CallCounts>> {
  const sums: Record<string, CallCounters> = {};
  for (const { operations } of endpoints) {
    for (const [key, counts] of Object.entries(operations)) {
      sums[key] ??= new CallCounters();
      sums[key].add(counts);
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([key, sum]) => [key, { ...sum }]));
}

function use(throttle: Throttle, waiting: number): ThrottleCounts {
  const { inUse, limit } = throttle;
  return { inUse, limit, percent: Number.isFinite(limit) ? (100 * inUse) / limit : 0, waiting };
}
