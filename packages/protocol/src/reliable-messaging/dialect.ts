import { type DictionaryString, dictionaryString } from "../binary-xml/index.ts";
import { soapFaultAction } from "../soap/index.ts";

/** `"1.0"` is the February 2005 submission, WCF's default; `"1.1"` is OASIS 200702 (1.2 is the same on the wire). */
export type RmVersion = "1.0" | "1.1";

/** The names of one version. */
export interface Dialect {
  readonly version: RmVersion;
  readonly namespace: DictionaryString;
  readonly createSequence: DictionaryString;
  readonly createSequenceResponse: DictionaryString;
  readonly sequenceAcknowledgement: DictionaryString;
  readonly ackRequested: DictionaryString;
  /** 1.0 only on the wire. */
  readonly lastMessage: DictionaryString;
  /** 1.1 only on the wire, like its response and TerminateSequenceResponse. */
  readonly closeSequence: DictionaryString;
  readonly closeSequenceResponse: DictionaryString;
  readonly terminateSequence: DictionaryString;
  readonly terminateSequenceResponse: DictionaryString;
  readonly fault: DictionaryString;
}

export const dialects: Readonly<Record<RmVersion, Dialect>> = {
  "1.0": dialect("1.0", "http://schemas.xmlsoap.org/ws/2005/02/rm", soapFaultAction),
  "1.1": dialect("1.1", "http://docs.oasis-open.org/ws-rx/wsrm/200702", undefined),
};

/** Namespace of WCF's flow-control extension (BufferRemaining, ConnectionLimitReached); prefix `netrm`. */
export const flowControlNamespace: DictionaryString = dictionaryString("http://schemas.microsoft.com/ws/2006/05/rm");

/** Element and attribute names of both versions. */
export type RmName =
  | "Accept"
  | "AcknowledgementRange"
  | "AckRequested"
  | "AcksTo"
  | "BufferRemaining"
  | "CloseSequence"
  | "CloseSequenceResponse"
  | "CreateSequence"
  | "CreateSequenceResponse"
  | "Endpoint"
  | "Expires"
  | "Final"
  | "Identifier"
  | "IncompleteSequenceBehavior"
  | "LastMessage"
  | "LastMsgNumber"
  | "Lower"
  | "MaxMessageNumber"
  | "MessageNumber"
  | "None"
  | "Offer"
  | "Sequence"
  | "SequenceAcknowledgement"
  | "TerminateSequence"
  | "TerminateSequenceResponse"
  | "Upper";

export const rmNames: Readonly<Record<RmName, DictionaryString>> = {
  Accept: dictionaryString("Accept"),
  AcknowledgementRange: dictionaryString("AcknowledgementRange"),
  AckRequested: dictionaryString("AckRequested"),
  AcksTo: dictionaryString("AcksTo"),
  BufferRemaining: dictionaryString("BufferRemaining"),
  CloseSequence: dictionaryString("CloseSequence"),
  CloseSequenceResponse: dictionaryString("CloseSequenceResponse"),
  CreateSequence: dictionaryString("CreateSequence"),
  CreateSequenceResponse: dictionaryString("CreateSequenceResponse"),
  Endpoint: dictionaryString("Endpoint"),
  Expires: dictionaryString("Expires"),
  Final: dictionaryString("Final"),
  Identifier: dictionaryString("Identifier"),
  IncompleteSequenceBehavior: dictionaryString("IncompleteSequenceBehavior"),
  LastMessage: dictionaryString("LastMessage"),
  LastMsgNumber: dictionaryString("LastMsgNumber"),
  Lower: dictionaryString("Lower"),
  MaxMessageNumber: dictionaryString("MaxMessageNumber"),
  MessageNumber: dictionaryString("MessageNumber"),
  None: dictionaryString("None"),
  Offer: dictionaryString("Offer"),
  Sequence: dictionaryString("Sequence"),
  SequenceAcknowledgement: dictionaryString("SequenceAcknowledgement"),
  TerminateSequence: dictionaryString("TerminateSequence"),
  TerminateSequenceResponse: dictionaryString("TerminateSequenceResponse"),
  Upper: dictionaryString("Upper"),
};

function dialect(version: RmVersion, namespace: string, fault: DictionaryString | undefined): Dialect {
  const action = (name: string): DictionaryString => dictionaryString(`${namespace}/${name}`);
  return {
    version,
    namespace: dictionaryString(namespace),
    createSequence: action("CreateSequence"),
    createSequenceResponse: action("CreateSequenceResponse"),
    sequenceAcknowledgement: action("SequenceAcknowledgement"),
    ackRequested: action("AckRequested"),
    lastMessage: action("LastMessage"),
    closeSequence: action("CloseSequence"),
    closeSequenceResponse: action("CloseSequenceResponse"),
    terminateSequence: action("TerminateSequence"),
    terminateSequenceResponse: action("TerminateSequenceResponse"),
    fault: fault ?? action("fault"),
  };
}
