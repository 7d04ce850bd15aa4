import { FramingError, faultUriOf } from "@bowline/protocol/framing";
import { LinkError } from "@bowline/protocol/session";
import type { Endpoint } from "@bowline/transport";

/** That a host has no room for a session, as the connection can tell its peer. */
export function tooBusy({ transport }: Endpoint, message: string): Error {
  if (transport !== "net.tcp") return new LinkError("LINK_SERVER_TOO_BUSY", message, { isRemote: false });
  return new FramingError("FRAMING_SERVER_TOO_BUSY", message, {
    streamOffset: 0,
    faultUri: faultUriOf("ServerTooBusy"),
  });
}
