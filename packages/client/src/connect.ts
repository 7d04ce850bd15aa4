import type { AnyServiceContract, CallbackHandlers, ServiceProxy } from "@bowline/protocol/contract";
import type { TraceRecord } from "@bowline/protocol/session";
import {
  type CallOptions,
  type Endpoint,
  type Handler,
  isPeerMistake,
  obstacleTo,
  operationProxy,
} from "@bowline/transport";
import { ClientSession, type ClientSessionOptions, type WaitOptions } from "./client-session.ts";
import { ClientError } from "./errors.ts";
import type { SessionLossPolicy } from "./session-loss.ts";

/** What `connect` may be told beside contract and endpoint. */
export interface ConnectOptions<Contract> extends WaitOptions {
  /** Handlers of the operations that the service calls on us; needed when the contract has any. */
  readonly callbacks?: CallbackHandlers<Contract, ClientSession>;
  /** Callback operations that run at the same time; further ones wait in order. Default 100. */
  readonly maxConcurrentCalls?: number;
  /**
   * When the session is lost for good, as after a restart of the service: `"fail"` ends with its error, `"reopen"` makes another one
   * and sends again what was never acknowledged. What the service had all the same is then handled twice: `session.onReopen` tells
   * which messages that may be. Calls whose requests were acknowledged fail. Needs a reliable session. Default `"fail"`.
   */
  readonly onSessionLost?: SessionLossPolicy;
  /** How long a lost session is tried to be replaced, in ms; `Infinity` for ever. Default 300 000. */
  readonly reopenTimeoutMs?: number;
  /**
   * Tells the service with each call how long it is waited for, so that it need not do what nobody waits for any more; the time is
   * told from the call on, in a header that services other than ours pass over. A call may say otherwise. Default false.
   */
  readonly sendsDeadline?: boolean;
  /** Sees every message, infrastructure and application; for people, not for programs. */
  readonly trace?: (record: TraceRecord) => void;
  /**
   * An error in a callback that the service does not hear of in full. Default: an uncaught exception when it is one of a handler; a
   * message that fits no callback is dropped.
   */
  readonly onCallbackError?: (error: unknown) => void;
}

/** What every client has beside the operations of its contract. */
export interface ClientMembers extends AsyncDisposable {
  /** State, events, acknowledgements. */
  readonly session: ClientSession;
  /** See `ClientSession.close`. */
  close(options?: WaitOptions): Promise<void>;
  /** See `ClientSession.abort`. */
  abort(reason?: string): void;
}

/** A client of a service: a typed method for each operation, and its session. */
export type Client<Contract> = ServiceProxy<Contract, CallOptions> & ClientMembers;

const memberNames: readonly string[] = ["session", "close", "abort"];
const defaultMaxConcurrentCalls = 100;
const defaultReopenTimeoutMs = 300_000;

/**
 * Opens a session with a service and returns a typed client for it.
 *
 * ```ts
 * await using calculator = await connect(Calculator, netTcp("net.tcp://localhost:8808/calculator", { reliableSession: {} }));
 * const sum = await calculator.Add({ a: 1, b: 2 });
 * ```
 * @throws SessionError when the session cannot be opened; `code` tells why
 * @throws ClientError when the contract and the options do not fit together, or the endpoint's transport does not exist here, as net.tcp
 * in a browser
 */
export async function connect<Contract extends AnyServiceContract>(
  contract: Contract,
  endpoint: Endpoint,
  options: ConnectOptions<Contract> = {},
): Promise<Client<Contract>> {
  const operations = [...contract.operationsByAction.values()];
  const taken = operations.find((operation) => memberNames.includes(operation.key));
  if (taken !== undefined) {
    throw new ClientError(
      "CLIENT_OPERATION_NAME_TAKEN",
      `the operation key ${taken.key} is a member of every client; choose another key and give the option name: "${taken.name}"`,
    );
  }
  const obstacle = obstacleTo(endpoint);
  if (obstacle !== undefined)
    throw new ClientError(
      "CLIENT_TRANSPORT_UNAVAILABLE",
      `${endpoint.address} cannot be reached from here: ${obstacle}`,
    );
  const loss = lossOptions(endpoint, options);
  if (contract.callback !== undefined && options.callbacks === undefined) {
    const keys = [...contract.callback.operationsByAction.values()].map((operation) => operation.key).join(", ");
    throw new ClientError(
      "CLIENT_CALLBACKS_MISSING",
      `the contract ${contract.name} has callbacks (${keys}); give their handlers in the option callbacks`,
    );
  }
  if (contract.callback !== undefined && endpoint.transport === "http") {
    throw new ClientError(
      "CLIENT_CALLBACKS_NEED_CONNECTION",
      `the contract ${contract.name} has callbacks, which ${endpoint.address} cannot carry: over HTTP requests a service only answers; use a ws or net.tcp address`,
    );
  }
  const session = new ClientSession(contract, endpoint, {
    ...loss,
    callbacks: options.callbacks as Readonly<Record<string, Handler>> | undefined,
    maxConcurrentCalls: options.maxConcurrentCalls ?? defaultMaxConcurrentCalls,
    sendsDeadline: options.sendsDeadline,
    trace: options.trace,
    onCallbackError: options.onCallbackError ?? surface,
  });
  await session.open(options);
  return Object.assign(
    operationProxy(operations, () => session.channel),
    {
      session,
      close: (wait?: WaitOptions) => session.close(wait),
      abort: (reason?: string) => session.abort(reason),
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    },
  ) as unknown as Client<Contract>;
}

function lossOptions(
  endpoint: Endpoint,
  {
    onSessionLost = "fail",
    reopenTimeoutMs = defaultReopenTimeoutMs,
  }: Pick<ConnectOptions<unknown>, "onSessionLost" | "reopenTimeoutMs">,
): Pick<ClientSessionOptions, "onSessionLost" | "reopenTimeoutMs"> {
  if (onSessionLost !== "fail" && onSessionLost !== "reopen")
    throw new RangeError(`onSessionLost is ${JSON.stringify(onSessionLost)}; it must be "fail" or "reopen"`);
  if (!(typeof reopenTimeoutMs === "number" && reopenTimeoutMs > 0))
    throw new RangeError(`reopenTimeoutMs is ${reopenTimeoutMs}; it must be above 0 ms (Infinity switches it off)`);
  if (onSessionLost === "reopen" && endpoint.reliable === undefined) {
    throw new ClientError(
      "CLIENT_REOPEN_NEEDS_RELIABLE_SESSION",
      `onSessionLost is "reopen", but ${endpoint.address} has no reliable session, which alone knows what arrived; give netTcp the option reliableSession: {}`,
    );
  }
  return { onSessionLost, reopenTimeoutMs };
}

/** What a service sends by mistake must not end the process of its client. */
function surface(error: unknown): void {
  if (isPeerMistake(error)) return;
  queueMicrotask(() => {
    throw error;
  });
}
