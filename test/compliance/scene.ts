import type { Client, ConnectOptions, EndpointOptions } from "@bowline/client";
import type { Desk, Feed } from "./desk.ts";

/** What a case may ask of its endpoint; both sides are given the same. */
export type SceneOptions = EndpointOptions;

/** A transport with a host behind it, as a case sees it: from the client's side, so that cases run in a browser as well. */
export interface Scene {
  /** A client of the desk, aborted after the case. */
  desk(options?: ConnectOptions<typeof Desk>, endpoint?: SceneOptions): Promise<Client<typeof Desk>>;
  /** A client of the feed. */
  feed(options: ConnectOptions<typeof Feed>): Promise<Client<typeof Feed>>;
  /** An attempt to open a session at a path where nobody is. */
  nobody(): Promise<unknown>;
  /** Numbers of the notes that the desk got, in the order of their handling. */
  notes(): Promise<readonly number[]>;
  /** How the desk's sessions ended so far: the codes of their errors, or "closed". */
  ends(): Promise<readonly string[]>;
  /** Breaks every connection at the service's side. */
  cut(): Promise<void>;
  /** Ends all sessions in order, from the service's side. */
  closeSessions(): Promise<void>;
}

/** Opens the scene of one case: a host for these options. */
export type SceneOpener = (options: SceneOptions) => Promise<Scene>;

/** The sessions with which every case is tried that allows it. */
export const sessionKinds: readonly (readonly [string, EndpointOptions])[] = [
  ["plain", {}],
  ["RM 1.0", { reliableSession: { version: "1.0" } }],
  ["RM 1.1", { reliableSession: { version: "1.1" } }],
];

/** What the kind of session says, and what the case adds to it. */
export function merged(options: SceneOptions, more: SceneOptions = {}): SceneOptions {
  const reliableSession =
    options.reliableSession === undefined ? undefined : { ...options.reliableSession, ...more.reliableSession };
  return { ...options, ...more, ...(reliableSession === undefined ? {} : { reliableSession }) };
}
