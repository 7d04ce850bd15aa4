import { addressing10, type SoapFault } from "../soap/index.ts";
import type { UniqueId, XmlReader, XmlWriter } from "../xml/index.ts";
import { type Dialect, flowControlNamespace, rmNames } from "./dialect.ts";
import { type Acknowledgement, readAcknowledgement, writeAcknowledgement } from "./rm-headers.ts";

/** The faults of both versions, and the two that other namespaces lend (R-WSRM-FAULT-1). */
export type SequenceFaultName =
  | "SequenceTerminated"
  | "UnknownSequence"
  | "InvalidAcknowledgement"
  | "MessageNumberRollover"
  | "LastMessageNumberExceeded"
  | "SequenceClosed"
  | "CreateSequenceRefused"
  | "WsrmRequired"
  /** WS-Addressing: nobody listens at that address. */
  | "EndpointUnavailable"
  /** WS-Addressing: 1.0's answer to a plain message at a reliable endpoint. */
  | "ActionNotSupported";

/** A fault about a sequence, as it travels. */
export interface SequenceFault {
  readonly name: SequenceFaultName;
  readonly code: "Sender" | "Receiver";
  readonly reason: string;
  /** The sequence it is about; absent in refusals. */
  readonly identifier?: UniqueId | undefined;
  /** Of InvalidAcknowledgement: the acknowledgement that was wrong. */
  readonly acknowledgement?: Acknowledgement | undefined;
  /** CreateSequenceRefused because too many sessions wait: WCF's `netrm:ConnectionLimitReached`, "server too busy". */
  readonly isConnectionLimitReached?: boolean | undefined;
  /** Of SequenceTerminated by one of our servers: which timer fired. WCF passes over it. */
  readonly expiredTimer?: ExpiredTimer | undefined;
}

/** A timer that ended a session, by its option's name. */
export interface ExpiredTimer {
  readonly name: "inactivityTimeoutMs" | "receiveTimeoutMs";
  readonly limitMs: number;
}

const addressingSubcodes = new Set<SequenceFaultName>(["EndpointUnavailable", "ActionNotSupported"]);
const rmSubcodes = new Set<string>([
  "SequenceTerminated",
  "UnknownSequence",
  "InvalidAcknowledgement",
  "MessageNumberRollover",
  "LastMessageNumberExceeded",
  "SequenceClosed",
  "CreateSequenceRefused",
  "WsrmRequired",
]);

/** What our servers add to a SequenceTerminated so that our clients can name the timer. */
const bowlineNamespace = "urn:bowline:reliable-session";
const maxMessageNumber = 9223372036854775807n;

/** The SOAP fault that says it. */
export function soapFaultOf(fault: SequenceFault, dialect: Dialect): SoapFault {
  const namespaceUri = addressingSubcodes.has(fault.name) ? addressing10.value : dialect.namespace.value;
  const subcodes = [{ namespaceUri, localName: fault.name === "WsrmRequired" ? "WSRMRequired" : fault.name }];
  if (fault.isConnectionLimitReached === true) {
    subcodes.push({ namespaceUri: flowControlNamespace.value, localName: "ConnectionLimitReached" });
  }
  return { code: fault.code, subcodes, reason: fault.reason, reasonLanguage: "" };
}

/** Writes what belongs into Detail; undefined when the fault has none. `isDeclared` says that the envelope declares prefix `r`. */
export function detailWriterOf(
  fault: SequenceFault,
  dialect: Dialect,
  isDeclared: boolean = false,
): ((writer: XmlWriter) => void) | undefined {
  const { identifier, acknowledgement, expiredTimer } = fault;
  if (acknowledgement !== undefined) {
    // The envelope declares r whenever a fault carries an acknowledgement.
    return (writer) => writeAcknowledgement(writer, dialect, acknowledgement);
  }
  if (identifier === undefined) return undefined;
  return (writer) => {
    writer.startElement("r", rmNames.Identifier);
    if (!isDeclared) writer.declareNamespace("r", dialect.namespace);
    writer.uniqueId(identifier);
    writer.endElement();
    if (fault.name === "MessageNumberRollover" && dialect.version === "1.1") {
      writer.startElement("r", rmNames.MaxMessageNumber);
      if (!isDeclared) writer.declareNamespace("r", dialect.namespace);
      writer.bigint(maxMessageNumber);
      writer.endElement();
    }
    if (expiredTimer !== undefined) {
      writer.startElement("", "ExpiredTimer");
      writer.attribute("", "name", expiredTimer.name);
      writer.attribute("", "limitMs", String(expiredTimer.limitMs));
      writer.declareNamespace("", bowlineNamespace);
      writer.endElement();
    }
  };
}

/** The parts of a fault's detail that this layer knows. */
export interface SequenceFaultDetail {
  identifier?: UniqueId;
  acknowledgement?: Acknowledgement;
  expiredTimer?: ExpiredTimer;
}

/** Collects what Detail holds, child by child; stands on the child, ends on its end tag. */
export function readDetailChild(
  reader: XmlReader,
  dialect: Dialect,
  detail: SequenceFaultDetail,
  maxAckRangeCount: number,
): void {
  if (reader.is("Identifier", dialect.namespace.value)) detail.identifier = reader.readUniqueId();
  else if (reader.is("SequenceAcknowledgement", dialect.namespace.value)) {
    detail.acknowledgement = readAcknowledgement(reader, dialect, maxAckRangeCount);
  } else {
    const name = reader.attribute("name", "");
    const limitMs = Number(reader.attribute("limitMs", ""));
    const isTimer = reader.is("ExpiredTimer", bowlineNamespace) && Number.isFinite(limitMs);
    if (isTimer && (name === "inactivityTimeoutMs" || name === "receiveTimeoutMs"))
      detail.expiredTimer = { name, limitMs };
    reader.skip();
  }
}

/** The sequence fault that a SOAP fault is, or undefined when it is about something else. */
export function sequenceFaultOf(
  fault: SoapFault,
  detail: SequenceFaultDetail,
  dialect: Dialect,
): SequenceFault | undefined {
  const subcode = fault.subcodes[0];
  if (subcode === undefined) return undefined;
  const code = fault.code === "Sender" ? "Sender" : "Receiver";
  const common = { code, reason: fault.reason, ...detail } as const;
  if (subcode.namespaceUri === dialect.namespace.value) {
    const localName = subcode.localName === "WSRMRequired" ? "WsrmRequired" : subcode.localName;
    // An unknown name in the RM namespace counts as SequenceTerminated, as in WCF.
    const name = rmSubcodes.has(localName) ? (localName as SequenceFaultName) : "SequenceTerminated";
    const isConnectionLimitReached = fault.subcodes[1]?.localName === "ConnectionLimitReached";
    return { name, isConnectionLimitReached, ...common };
  }
  if (subcode.namespaceUri === addressing10.value && addressingSubcodes.has(subcode.localName as SequenceFaultName)) {
    return { name: subcode.localName as SequenceFaultName, ...common };
  }
  return undefined;
}
