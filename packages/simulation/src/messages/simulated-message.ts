import {
  type Dialect,
  type IncomingMessage,
  messageKindOf,
  type RmBody,
  RmHeaders,
  type RmMessageKind,
  type SequenceFault,
  type Transmission,
} from "@bowline/protocol/reliable-messaging";
import { MessageHeaders, type SoapFault } from "@bowline/protocol/soap";
import { textOf } from "@bowline/protocol/xml";
import type { Sighting } from "../facts.ts";

/** What an application sends: it counts. */
export interface SimulatedBody {
  readonly number: number;
  readonly byteLength: number;
}

/** An envelope that never was bytes: what a machine transmits, as the other machine receives it. */
export class SimulatedMessage implements IncomingMessage {
  readonly headers: MessageHeaders = new MessageHeaders();
  readonly rm: RmHeaders;
  readonly kind: RmMessageKind;
  readonly body: RmBody | undefined;
  readonly isFault: boolean;
  readonly soapFault: SoapFault | undefined = undefined;
  readonly sequenceFault: SequenceFault | undefined;
  /** What the application put in; undefined in messages of the protocol. */
  readonly payload: SimulatedBody | undefined;
  readonly byteLength: number;
  readonly sighting: Sighting;

  constructor(transmission: Transmission, dialect: Dialect, to: string) {
    const { addressing, content, acknowledgement } = transmission;
    const action = textOf(addressing.action);
    this.headers.action = action;
    this.headers.to = to;
    this.headers.messageId = addressing.messageId;
    this.headers.relatesTo = addressing.relatesTo;
    this.rm = new RmHeaders(dialect);
    this.rm.sequenceId = transmission.sequenceId;
    this.rm.messageNumber = transmission.messageNumber;
    this.rm.isLastMessage = transmission.isLastMessage;
    this.rm.ackRequestedId = transmission.ackRequestedId;
    this.rm.acknowledgement = acknowledgement;
    this.kind = content.type === "fault" ? "application" : messageKindOf(action, dialect);
    this.body = content.type === "protocol" ? content.body : undefined;
    this.isFault = content.type === "fault";
    this.sequenceFault = content.type === "fault" ? content.fault : undefined;
    this.payload = content.type === "application" ? (content.body as SimulatedBody) : undefined;
    this.byteLength = this.payload?.byteLength ?? 0;
    this.sighting = {
      name: content.type === "fault" ? `fault ${content.fault.name}` : action.slice(action.lastIndexOf("/") + 1),
      number: transmission.messageNumber || undefined,
      attempt: transmission.attempt || undefined,
      acknowledges: acknowledgement?.ranges,
      isFinal: acknowledgement?.isFinal,
      bufferRemaining: acknowledgement?.bufferRemaining,
    };
  }
}
