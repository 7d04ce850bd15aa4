import type { IncomingMessage } from "../reliable-messaging/index.ts";
import type { Channel } from "./channel.ts";
import type { Correlation, PendingCall } from "./correlation.ts";
import type { EarlyMessages } from "./early-messages.ts";
import type { EncodedBody } from "./message-codec.ts";
import type { RemainingMessage } from "./session-types.ts";

/** What a session that is over leaves behind: the messages that no acknowledgement covers, in their order, with their calls. */
export function remainingMessages<Call extends PendingCall>(
  { output }: Channel<IncomingMessage>,
  early: EarlyMessages,
  calls: Correlation<Call>,
): readonly RemainingMessage<Call>[] {
  const behindChannel = (output?.unacknowledged ?? []).map(({ messageNumber, message, wasSent }) => ({
    number: messageNumber,
    addressing: message.addressing,
    body: message.body as EncodedBody | undefined,
    wasSent,
  }));
  const beforeOpen = early.takeAll().map((message, index) => ({ ...message, number: index + 1, wasSent: false }));
  return [...behindChannel, ...beforeOpen].map((message) => {
    const { messageId } = message.addressing;
    return { ...message, call: messageId === undefined ? undefined : calls.find(messageId) };
  });
}
