import type { Transmission, TransmissionContent } from "@bowline/protocol/reliable-messaging";
import type { ReceivedEnvelope } from "@bowline/protocol/session";

/** What we would send in place of a message that was read. */
export function transmissionOf(message: ReceivedEnvelope): Transmission {
  const { headers, rm } = message;
  return {
    addressing: {
      action: headers.action,
      messageId: headers.messageId,
      replyTo: headers.replyTo,
      relatesTo: headers.relatesTo,
    },
    sequenceId: rm.sequenceId,
    messageNumber: rm.messageNumber,
    isLastMessage: rm.isLastMessage,
    ackRequestedId: rm.ackRequestedId,
    acknowledgement: rm.acknowledgement,
    content: contentOf(message),
    attempt: 1,
  };
}

function contentOf(message: ReceivedEnvelope): TransmissionContent {
  if (message.sequenceFault !== undefined) return { type: "fault", fault: message.sequenceFault };
  if (message.body !== undefined) return { type: "protocol", body: message.body };
  return { type: "empty" };
}
