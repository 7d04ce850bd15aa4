import { connect, type LookupFunction, type Socket } from "node:net";
import { FramedLink } from "@bowline/protocol/session";
import { nativeUtf8 } from "#host/utf8";
import type { Clock } from "./clock.ts";
import { LinkSocket, type Upgrade } from "./link-socket.ts";
import { codecOf } from "./message-codecs.ts";
import type { NetTcpEndpoint } from "./net-tcp.ts";
import { secureAsClient, tlsUpgrade } from "./tls.ts";
import type { LinkOwner } from "./wire.ts";

/** Opens a connection to a net.tcp endpoint; its preamble is still to come. @throws the socket's error, or `signal.reason` */
export async function dialTcp(
  endpoint: NetTcpEndpoint,
  owner: LinkOwner,
  clock: Clock,
  signal: AbortSignal,
): Promise<LinkSocket> {
  const { tls } = endpoint;
  const socket = await connectTcp(endpoint.host, endpoint.port, signal);
  const link = FramedLink.initiator({
    via: endpoint.address,
    contentType: codecOf(endpoint).contentType,
    preambleTimeoutMs: endpoint.openTimeoutMs,
    utf8: nativeUtf8,
    limits: { maxEnvelopeByteLength: endpoint.maxReceivedMessageSize },
    maxSessionByteLength: endpoint.maxSessionByteLength,
    ...(tls === undefined ? {} : { upgrades: [tlsUpgrade] }),
  });
  const upgrade: Upgrade | undefined =
    tls === undefined ? undefined : (connection, rest) => secureAsClient(connection, rest, endpoint.host, tls);
  return new LinkSocket(socket, link, owner, clock, { upgrade });
}

/**
 * Opens a TCP connection without Nagle's delay.
 * @param lookup resolves host names; the system's unless given
 * @throws the socket's error, or `signal.reason`
 */
export function connectTcp(host: string, port: number, signal: AbortSignal, lookup?: LookupFunction): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = connect({
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      ...(lookup === undefined ? {} : { lookup }),
    });
    const stop = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
    socket.once("connect", () => {
      signal.removeEventListener("abort", stop);
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error) => {
      signal.removeEventListener("abort", stop);
      reject(withMessage(error));
    });
  });
}

/** A name with several addresses fails with an error per address, and Node leaves the message of their sum empty. */
function withMessage(error: Error): Error {
  if (!(error instanceof AggregateError) || error.message !== "") return error;
  const message = error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join("; ");
  return Object.assign(new Error(message, { cause: error }), { code: (error as NodeJS.ErrnoException).code });
}
