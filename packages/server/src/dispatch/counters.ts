import type { Operation } from "@bowline/protocol/contract";

/** Counts of the calls of one operation at one endpoint, or sums of such. WCF's performance counters have them under the names in brackets. */
export interface CallCounts {
  /** Calls begun (Calls). */
  readonly calls: number;
  /** Calls that are not answered yet, those that wait for a place included (Calls Outstanding). */
  readonly outstanding: number;
  /** Calls that were answered with a fault of any kind (Calls Faulted). */
  readonly faulted: number;
  /** Calls that met an error which no caller hears of in full (Calls Failed). */
  readonly failed: number;
  /** Calls that `authorize` did not allow (Security Calls Not Authorized). */
  readonly notAuthorized: number;
  /** Calls that were ended by their deadline. */
  readonly timedOut: number;
  /** Calls that found no room. */
  readonly refused: number;
  /** Time from a message's arrival to its answer, in ms: sum over the calls that are answered (Calls Duration). */
  readonly durationMs: number;
  readonly maxDurationMs: number;
}

/** The same, while it counts. */
export class CallCounters implements CallCounts {
  calls = 0;
  outstanding = 0;
  faulted = 0;
  failed = 0;
  notAuthorized = 0;
  timedOut = 0;
  refused = 0;
  durationMs = 0;
  maxDurationMs = 0;

  begin(): void {
    this.calls += 1;
    this.outstanding += 1;
  }

  end(durationMs: number): void {
    this.outstanding -= 1;
    this.durationMs += durationMs;
    if (durationMs > this.maxDurationMs) this.maxDurationMs = durationMs;
  }

  add(other: CallCounts): void {
    this.calls += other.calls;
    this.outstanding += other.outstanding;
    this.faulted += other.faulted;
    this.failed += other.failed;
    this.notAuthorized += other.notAuthorized;
    this.timedOut += other.timedOut;
    this.refused += other.refused;
    this.durationMs += other.durationMs;
    this.maxDurationMs = Math.max(this.maxDurationMs, other.maxDurationMs);
  }
}

/** Counts of the sessions of one endpoint, or sums of such. */
export interface SessionCounts {
  /** Sessions that there are (Reliable Messaging Sessions, where they are such). */
  readonly sessions: number;
  /** Sessions there ever were. */
  readonly sessionsOpened: number;
  /** Sessions that did not end in order (Reliable Messaging Sessions Faulted). */
  readonly sessionsFaulted: number;
  /** Sessions that were refused for want of room. */
  readonly sessionsRefused: number;
  /** Messages that were dropped for want of room, to be sent again by the client (Reliable Messaging Messages Dropped). */
  readonly messagesDropped: number;
  /** Instances that there are (Instances). */
  readonly instances: number;
  /** Instances there ever were (Instances Created). */
  readonly instancesCreated: number;
}

/** What one endpoint counts. */
export class EndpointCounters {
  readonly address: string;
  readonly serviceName: string;
  /** Of messages for no operation. */
  readonly unknown: CallCounters = new CallCounters();
  readonly #operations = new Map<Operation, CallCounters>();
  sessionsOpened = 0;
  sessionsFaulted = 0;
  sessionsRefused = 0;
  instances = 0;
  instancesCreated = 0;
  /** Of sessions that are over. */
  endedMessagesDropped = 0;
  /** Of sessions that there are. */
  readonly liveSessions: () => { readonly count: number; readonly messagesDropped: number };

  constructor(
    address: string,
    serviceName: string,
    operations: Iterable<Operation>,
    liveSessions: EndpointCounters["liveSessions"],
  ) {
    this.address = address;
    this.serviceName = serviceName;
    this.liveSessions = liveSessions;
    for (const operation of operations) this.#operations.set(operation, new CallCounters());
  }

  get operations(): ReadonlyMap<Operation, CallCounters> {
    return this.#operations;
  }

  /** What was begun as a message for no operation is one for this. */
  selected(operation: Operation): void {
    this.unknown.calls -= 1;
    this.unknown.outstanding -= 1;
    this.of(operation).begin();
  }

  of(operation: Operation | undefined): CallCounters {
    return operation === undefined ? this.unknown : (this.#operations.get(operation) ?? this.unknown);
  }
}
