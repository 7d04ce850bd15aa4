import { connect, type Endpoint, type EndpointOptions } from "@bowline/client";
import { describe, it, onTestFinished } from "vitest";
import { Relay } from "../wire/relay.ts";
import { complianceCases } from "./cases.ts";
import { Desk, Feed } from "./desk.ts";
import { ComplianceHost } from "./host.ts";
import { merged, type Scene, type SceneOptions, sessionKinds } from "./scene.ts";

/** Where the host listens, and where its clients go. */
export interface Addresses {
  readonly listening: (path: string, options: EndpointOptions) => Endpoint;
  readonly calling: (path: string, options: EndpointOptions) => Endpoint;
  cut(): void;
  opened?(host: ComplianceHost): Promise<void>;
}

/** What the cases have to know of a transport. */
export interface Traits {
  /** Requests and their answers: no callbacks, and no session without reliable messaging. */
  readonly isOverRequests?: boolean;
  readonly protocolThread?: boolean;
  /** Which session and encoding, such as "RM 1.0 in binary"; all when it is left out. */
  readonly spoken?: readonly string[];
}

/** Over sockets: a relay stands before the host, so that connections can be cut. */
export function overSockets(
  endpoint: (port: number, path: string, options: EndpointOptions) => Endpoint,
): () => Addresses {
  return () => {
    let relay: Relay | undefined;
    return {
      listening: (path, options) => endpoint(0, path, options),
      calling: (path, options) => endpoint(relay!.port, path, options),
      cut: () => relay!.cut(),
      opened: async ({ host }) => {
        relay = await Relay.to(host.ports[0]!);
      },
    };
  };
}

const encodings = ["binary", "text"] as const;
const speech = encodings.flatMap((encoding) =>
  sessionKinds.map(([session, options]) => [`${session} in ${encoding}`, { ...options, encoding }] as const),
);

/** Runs all cases that have a meaning over a transport. */
export function describeTransport(transport: string, addressesOf: () => Addresses, traits: Traits = {}): void {
  const { isOverRequests = false, spoken } = traits;
  describe(transport, () => {
    describe.each(speech.filter(([name]) => spoken?.includes(name) ?? true))(
      "%s",
      (_speech, sessionOptions: EndpointOptions) => {
        const isReliable = sessionOptions.reliableSession !== undefined;
        const kind = isReliable ? "reliable" : "plain";
        for (const { title, sessions: kinds, isDuplex, isSessionful, options, run } of complianceCases) {
          if (kinds !== "all" && kinds !== kind) continue;
          if (isOverRequests && (isDuplex === true || (isSessionful === true && !isReliable))) continue;
          it(title, async () => run(await sceneOf(addressesOf(), merged(sessionOptions, options), traits), isReliable));
        }
      },
    );
  });
}

async function sceneOf(
  addresses: Addresses,
  options: SceneOptions,
  { isOverRequests = false, protocolThread = false }: Traits,
): Promise<Scene> {
  const feed = isOverRequests ? undefined : addresses.listening("/feed", options);
  const service = new ComplianceHost(addresses.listening("/desk", options), feed, { protocolThread });
  await service.host.open();
  onTestFinished(() => service.host.abort());
  await addresses.opened?.(service);
  const aborted = <T extends { abort(): void }>(client: T): T => {
    onTestFinished(() => client.abort());
    return client;
  };
  return {
    isOverRequests,
    desk: async (connectOptions = {}, endpoint = {}) =>
      aborted(await connect(Desk, addresses.calling("/desk", merged(options, endpoint)), connectOptions)),
    feed: async (connectOptions) => aborted(await connect(Feed, addresses.calling("/feed", options), connectOptions)),
    nobody: () => connect(Desk, addresses.calling("/nobody", options)),
    notes: async () => service.notes,
    ends: async () => service.ends,
    cut: async () => {
      addresses.cut();
      await new Promise((resolve) => setImmediate(resolve));
    },
    closeSessions: () => service.closeSessions(),
  };
}
