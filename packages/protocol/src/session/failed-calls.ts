import type { SessionFailure } from "../reliable-messaging/index.ts";
import { callEnded, exchangeFailed } from "./call-errors.ts";
import type { ChannelEffect } from "./channel.ts";
import type { Correlation, PendingCall } from "./correlation.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";
import type { RemainingMessage, SessionEffect } from "./session-types.ts";

type SendFailed = Extract<ChannelEffect<ReceivedEnvelope>, { type: "send-failed" }>;

/** The news that an exchange has failed; undefined when nobody waits for its call any more. */
export function failedSend<Call extends PendingCall>(
  calls: Correlation<Call>,
  { number, messageId, failure }: SendFailed,
): SessionEffect<Call> | undefined {
  const error = exchangeFailed(failure);
  if (messageId === undefined) return { type: "send-failed", number, error };
  const call = calls.take(messageId);
  return call === undefined ? undefined : { type: "call-failed", call, error };
}

/** The end of all calls but those whose requests remain: `failure` is undefined when the session was closed in order. */
export function failedCalls<Call extends PendingCall>(
  calls: Correlation<Call>,
  failure: SessionFailure | undefined,
  remaining: readonly RemainingMessage<Call>[],
): readonly SessionEffect<Call>[] {
  const what = failure === undefined ? "the session was closed" : "the session ended";
  for (const { call } of remaining) if (call !== undefined) calls.take(call.messageId);
  return calls.takeAll().map((call) => ({ type: "call-failed", call, error: callEnded(call, what, failure) }));
}
