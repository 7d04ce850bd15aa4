import type { MessageHeaders, OutgoingAddressing, SoapFault } from "../soap/index.ts";
import type { UniqueId } from "../xml/index.ts";
import type { RmBody, RmMessageKind } from "./protocol-message.ts";
import type { Acknowledgement, RmHeaders } from "./rm-headers.ts";
import type { SequenceFault } from "./sequence-fault.ts";

/** What stands in the Body of a message to send. */
export type TransmissionContent =
  /** An application message (ALM); `body` is what `ApplicationMessage` held. */
  | { readonly type: "application"; readonly body: unknown }
  | { readonly type: "protocol"; readonly body: RmBody }
  | { readonly type: "fault"; readonly fault: SequenceFault }
  | { readonly type: "empty" };

/** One message to put on the wire now. */
export interface Transmission {
  readonly addressing: OutgoingAddressing;
  readonly sequenceId: UniqueId | undefined;
  /** 0 when it is not part of a sequence. */
  readonly messageNumber: number;
  readonly isLastMessage: boolean;
  readonly ackRequestedId: UniqueId | undefined;
  readonly acknowledgement: Acknowledgement | undefined;
  readonly content: TransmissionContent;
  /** 1 for the first time, 2 and up for retransmissions; 0 when it is not part of a sequence. */
  readonly attempt: number;
}

/** One message that arrived, as far as reliable messaging looks at it. */
export interface IncomingMessage {
  readonly headers: MessageHeaders;
  readonly rm: RmHeaders;
  readonly kind: RmMessageKind;
  /** Of its envelope. */
  readonly byteLength: number;
  /** Of protocol messages. */
  readonly body: RmBody | undefined;
  /** A SOAP fault outside any sequence; `sequenceFault` when it is one of ours. */
  readonly isFault: boolean;
  readonly soapFault: SoapFault | undefined;
  readonly sequenceFault: SequenceFault | undefined;
}
