import { ExchangeLink, FramedLink, MessageLink } from "@bowline/protocol/session";
import { type Endpoint, nativeUtf8, type Wire } from "@bowline/transport";

/** A place is there for who waited: `open` makes the session, and is false when there will be none after all. */
export type Admitted = (open: () => boolean) => void;

/** Takes the connections of one endpoint whose preamble or handshake is over. */
export interface Acceptor {
  readonly endpoint: Endpoint;
  readonly isReliable: boolean;
  /**
   * Without a reliable session the connection is the session, and so is the exchange. True when it has one now; else it waits for a
   * place until it has (`admitted`), or until what is returned is disposed of.
   * @throws FramingError, LinkError when there are too many; what making handlers throws
   */
  acceptPlain(wire: Wire, admitted: Admitted): true | Disposable;
  /**
   * The first envelope on a connection: it opens a session, or names one; then true. False when it does neither, and the connection is
   * closed. When the session has to wait for a place, as `acceptPlain`.
   * @throws what the envelope has that it must not; what making handlers throws
   */
  acceptFirst(wire: Wire, bytes: Uint8Array, from: number, to: number, admitted: Admitted): boolean | Disposable;
}

/** The link of a net.tcp connection whose preamble is over. */
export function newFramedLink(
  { maxReceivedMessageSize, maxSessionByteLength }: Endpoint,
  streamOffset: number,
): FramedLink {
  return FramedLink.receiver({
    streamOffset,
    utf8: nativeUtf8,
    limits: { maxEnvelopeByteLength: maxReceivedMessageSize },
    maxSessionByteLength,
  });
}

/** The link of a WebSocket. */
export function newMessageLink({ maxReceivedMessageSize, maxSessionByteLength }: Endpoint): MessageLink {
  return new MessageLink({ utf8: nativeUtf8, maxMessageByteLength: maxReceivedMessageSize, maxSessionByteLength });
}

/** The link of one HTTP exchange. */
export function newExchangeLink({ maxReceivedMessageSize }: Endpoint): ExchangeLink {
  return new ExchangeLink({ utf8: nativeUtf8, maxMessageByteLength: maxReceivedMessageSize });
}
