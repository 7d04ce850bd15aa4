import { ReplySession, RequestSession } from "../reliable-messaging/index.ts";
import { reliableSetupOf } from "./channel.ts";
import type { ExchangeLink } from "./exchange-link.ts";
import { ReplyExchanges, RequestExchanges } from "./exchanges.ts";
import { PlainReplySession, PlainRequestSession } from "./plain-exchanges.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";
import type { ExchangesSetup } from "./session-types.ts";

/**
 * What a session is told that requests and their answers carry. Whoever has connections only leaves it out, and all of its code with it.
 *
 * @param maxRequestCount client: requests under way at once
 * @param newLink client: the link of a new exchange
 */
export function overExchanges(maxRequestCount: number, newLink: () => ExchangeLink): ExchangesSetup {
  return {
    channelOf(setup, nowMs, accepted) {
      const { role, reliable, closeTimeoutMs, nextId } = setup;
      const isClient = role === "client";
      if (reliable === undefined)
        return isClient ? new PlainRequestSession({ closeTimeoutMs }) : new PlainReplySession({ nextId });
      const reliableSetup = reliableSetupOf(setup, reliable, accepted);
      return isClient
        ? new RequestSession<ReceivedEnvelope>({ ...reliableSetup, maxRequestCount })
        : new ReplySession<ReceivedEnvelope>(reliableSetup, nowMs);
    },
    carrierOf: ({ role, address }, host) =>
      role === "client" ? new RequestExchanges(address, host, newLink) : new ReplyExchanges(host),
  };
}
