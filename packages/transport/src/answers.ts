import type { Operation } from "@bowline/protocol/contract";
import type { DeliveredMessage } from "@bowline/protocol/session";
import type { SoapHeader } from "@bowline/protocol/soap";
import type { UniqueId } from "@bowline/protocol/xml";
import { faultReplyOf } from "./operation-messages.ts";
import type { SessionChannel } from "./session-channel.ts";

/** An error that the caller is told less of than there is to tell, or nothing at all: someone on this side has to hear of it. */
export interface Unheard {
  readonly error: unknown;
}

type Headers = readonly SoapHeader[] | undefined;

/** Writes the replies to the messages of one session. */
export class Answers {
  readonly #channel: () => SessionChannel;
  readonly #includeExceptionDetailInFaults: boolean;

  constructor(channel: () => SessionChannel, includeExceptionDetailInFaults: boolean) {
    this.#channel = channel;
    this.#includeExceptionDetailInFaults = includeExceptionDetailInFaults;
  }

  /** Answers with a result; when it does not fit the contract, with a fault that says so little. */
  result(message: DeliveredMessage, operation: Operation, value: unknown, headers?: Headers): Unheard | undefined {
    // Some stacks put a MessageID on one-way messages too; the contract decides.
    if (message.messageId === undefined || operation.reply === undefined || operation.replyAction === undefined)
      return undefined;
    const { reply } = operation;
    try {
      this.#channel().reply(
        message.messageId,
        operation.replyAction,
        (writer) => reply.write(writer, value),
        false,
        headers,
      );
      return undefined;
    } catch (error) {
      return this.fault(message, error, operation, headers);
    }
  }

  /** Answers with the fault that an error is. */
  fault(
    message: DeliveredMessage,
    error: unknown,
    operation: Operation | undefined,
    headers?: Headers,
  ): Unheard | undefined {
    if (message.messageId === undefined || operation?.isOneWay === true) return { error };
    try {
      return this.#replyFault(message.messageId, error, operation, headers) ? { error } : undefined;
    } catch (misfit) {
      // The detail of the fault does not fit its type, say, or a header cannot be written: an error of the service's own, like any other.
      this.#replyFault(message.messageId, misfit, undefined, undefined);
      return { error: misfit };
    }
  }

  /** True when the fault does not tell all of the error. @throws what writing the fault throws, and then nothing is sent */
  #replyFault(messageId: UniqueId, error: unknown, operation: Operation | undefined, headers: Headers): boolean {
    const { action, write, isReticent } = faultReplyOf(error, operation, this.#includeExceptionDetailInFaults);
    this.#channel().reply(messageId, action, write, true, headers);
    return isReticent;
  }
}
