import {
  basicHttp,
  connect,
  type Endpoint,
  type EndpointOptions,
  MemoryNetwork,
  netHttp,
  netTcp,
} from "@bowline/client";
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

const overTcp = overSockets((port, path, options) => netTcp(`net.tcp://127.0.0.1:${port}${path}`, options));
const overWebSocket = overSockets((port, path, options) => netHttp(`ws://127.0.0.1:${port}${path}`, options));

const transports: readonly (readonly [string, () => Addresses])[] = [
  ["net.tcp", overTcp],
  ["net.tcp, protocol thread", overTcp],
  ["HTTP", overSockets((port, path, options) => netHttp(`http://127.0.0.1:${port}${path}`, options))],
  [
    "HTTP, SOAP 1.1",
    overSockets((port, path, { reliableSession, ...options }) => basicHttp(`http://127.0.0.1:${port}${path}`, options)),
  ],
  ["WebSocket", overWebSocket],
  ["WebSocket, protocol thread", overWebSocket],
  [
    "memory",
    () => {
      const network = new MemoryNetwork();
      const endpoint: Addresses["listening"] = (path, options) => network.endpoint(path, options);
      return { listening: endpoint, calling: endpoint, cut: () => network.cut() };
    },
  ],
];

const threadSpeech = [
  ["plain in binary", "RM 1.0 in binary", "RM 1.1 in text"],
  ["plain in binary", "RM 1.1 in binary"],
];
const encodings = ["binary", "text"] as const;
const speech = encodings.flatMap((encoding) =>
  sessionKinds.map(([session, options]) => [`${session} in ${encoding}`, { ...options, encoding }] as const),
);

describe.each(transports)("%s", (transport, addressesOf) => {
  const isOverRequests = transport.startsWith("HTTP");
  const isSoap11 = transport === "HTTP, SOAP 1.1";
  const protocolThread = transport.endsWith("protocol thread");
  const spoken = speech.filter(([name]) => {
    // One encoding, and no sessions.
    if (isSoap11) return name === "plain in text";
    // Threads take their time to start: each encoding and each kind of session once.
    return !protocolThread || threadSpeech[transport.startsWith("net.tcp") ? 0 : 1]!.includes(name);
  });
  describe.each(spoken)("%s", (_speech, sessionOptions: EndpointOptions) => {
    const isReliable = sessionOptions.reliableSession !== undefined;
    const kind = isReliable ? "reliable" : "plain";
    for (const { title, sessions: kinds, isDuplex, isSessionful, options, run } of complianceCases) {
      if (kinds !== "all" && kinds !== kind) continue;
      if (isOverRequests && (isDuplex === true || (isSessionful === true && !isReliable))) continue;
      it(title, async () =>
        run(await sceneOf(addressesOf(), merged(sessionOptions, options), isOverRequests, protocolThread), isReliable),
      );
    }
  });
});

async function sceneOf(
  addresses: Addresses,
  options: SceneOptions,
  isOverRequests: boolean,
  protocolThread: boolean,
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
