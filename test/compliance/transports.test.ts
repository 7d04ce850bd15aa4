import { connect, type Endpoint, type EndpointOptions, MemoryNetwork, netHttp, netTcp } from "@bowline/client";
import { describe, it, onTestFinished } from "vitest";
import { Relay } from "../wire/relay.ts";
import { complianceCases } from "./cases.ts";
import { Desk, Feed } from "./desk.ts";
import { ComplianceHost } from "./host.ts";
import { merged, type Scene, type SceneOptions, sessionKinds } from "./scene.ts";

/** Where the host listens, and where its clients go. */
interface Addresses {
  readonly listening: (path: string, options: EndpointOptions) => Endpoint;
  readonly calling: (path: string, options: EndpointOptions) => Endpoint;
  cut(): void;
  opened?(host: ComplianceHost): Promise<void>;
}

/** Over sockets: a relay stands before the host, so that connections can be cut. */
function overSockets(endpoint: (port: number, path: string, options: EndpointOptions) => Endpoint): () => Addresses {
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

const transports: readonly (readonly [string, () => Addresses])[] = [
  ["net.tcp", overSockets((port, path, options) => netTcp(`net.tcp://127.0.0.1:${port}${path}`, options))],
  ["WebSocket", overSockets((port, path, options) => netHttp(`ws://127.0.0.1:${port}${path}`, options))],
  [
    "memory",
    () => {
      const network = new MemoryNetwork();
      const endpoint: Addresses["listening"] = (path, options) => network.endpoint(path, options);
      return { listening: endpoint, calling: endpoint, cut: () => network.cut() };
    },
  ],
];

const encodings = ["binary", "text"] as const;
const speech = encodings.flatMap((encoding) =>
  sessionKinds.map(([session, options]) => [`${session} in ${encoding}`, { ...options, encoding }] as const),
);

describe.each(transports)("%s", (_transport, addressesOf) => {
  describe.each(speech)("%s", (_speech, sessionOptions: EndpointOptions) => {
    const isReliable = sessionOptions.reliableSession !== undefined;
    const kind = isReliable ? "reliable" : "plain";
    for (const { title, sessions: kinds, options, run } of complianceCases) {
      if (kinds !== "all" && kinds !== kind) continue;
      it(title, async () => run(await sceneOf(addressesOf(), merged(sessionOptions, options)), isReliable));
    }
  });
});

async function sceneOf(addresses: Addresses, options: SceneOptions): Promise<Scene> {
  const service = new ComplianceHost(addresses.listening("/desk", options), addresses.listening("/feed", options));
  await service.host.open();
  onTestFinished(() => service.host.abort());
  await addresses.opened?.(service);
  const aborted = <T extends { abort(): void }>(client: T): T => {
    onTestFinished(() => client.abort());
    return client;
  };
  return {
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
