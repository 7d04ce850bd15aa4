import type { Acknowledgement, Transmission } from "../reliable-messaging/index.ts";
import { textOf } from "../xml/index.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";
import type { TraceRecord } from "./session-types.ts";

export function traceOfSent(transmission: Transmission, byteLength: number, atMs: number): TraceRecord {
  return {
    atMs,
    direction: "sent",
    level: transmission.content.type === "application" ? "ALM" : "ILM",
    name:
      transmission.content.type === "fault"
        ? transmission.content.fault.name
        : nameOf(textOf(transmission.addressing.action)),
    messageNumber: transmission.messageNumber || undefined,
    attempt: transmission.attempt || undefined,
    acknowledges: textOfRanges(transmission.acknowledgement),
    requestsAcknowledgement: transmission.ackRequestedId !== undefined,
    byteLength,
  };
}

export function traceOfReceived(message: ReceivedEnvelope, atMs: number): TraceRecord {
  const rm = message.rmOrUndefined;
  return {
    atMs,
    direction: "received",
    level: message.kind === "application" && !message.isFault ? "ALM" : "ILM",
    name: message.sequenceFault?.name ?? nameOf(message.headers.action),
    messageNumber: rm?.messageNumber || undefined,
    attempt: undefined,
    acknowledges: textOfRanges(rm?.acknowledgement),
    requestsAcknowledgement: rm?.ackRequestedId !== undefined,
    byteLength: message.byteLength,
  };
}

function nameOf(action: string): string {
  return action.slice(action.lastIndexOf("/") + 1);
}

function textOfRanges(acknowledgement: Acknowledgement | undefined): string | undefined {
  if (acknowledgement === undefined) return undefined;
  if (acknowledgement.ranges.length === 0) return "none";
  return acknowledgement.ranges
    .map(({ lower, upper }) => (lower === upper ? `${lower}` : `${lower}-${upper}`))
    .join(",");
}
