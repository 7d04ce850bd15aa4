import { anonymousAddress, readEndpointAddress, soapNames } from "../soap/index.ts";
import type { UniqueId, XmlName, XmlReader, XmlWriter } from "../xml/index.ts";
import { type Dialect, rmNames } from "./dialect.ts";
import { RmError } from "./errors.ts";
import { readIdentifierThenSkip, readMessageNumber, writeIdentifier } from "./rm-headers.ts";

/** What a destination does with a sequence that ends with gaps (1.1). */
export type IncompleteSequenceBehavior = "DiscardEntireSequence" | "DiscardFollowingFirstGap" | "NoDiscard";

/** The sequence for the way back that the creator of a sequence offers. */
export interface Offer {
  readonly identifier: UniqueId;
  /** 1.1: where messages about the offered sequence go. */
  readonly endpoint: string | undefined;
  readonly incompleteSequenceBehavior: IncompleteSequenceBehavior | undefined;
}

/** A body that belongs to the protocol itself. Absent numbers stand for "no message was sent". */
export type RmBody =
  | {
      readonly type: "create-sequence";
      readonly acksTo: string;
      readonly expires: string | undefined;
      readonly offer: Offer | undefined;
    }
  | {
      readonly type: "create-sequence-response";
      readonly identifier: UniqueId;
      readonly expires: string | undefined;
      readonly incompleteSequenceBehavior: IncompleteSequenceBehavior | undefined;
      /** Address of Accept/AcksTo; undefined when the offer was not taken. */
      readonly acceptAcksTo: string | undefined;
    }
  | { readonly type: "close-sequence"; readonly identifier: UniqueId; readonly lastMessageNumber: number | undefined }
  | { readonly type: "close-sequence-response"; readonly identifier: UniqueId }
  | {
      readonly type: "terminate-sequence";
      readonly identifier: UniqueId;
      readonly lastMessageNumber: number | undefined;
    }
  | { readonly type: "terminate-sequence-response"; readonly identifier: UniqueId };

/** What a message is to the protocol, told by its action. */
export type RmMessageKind =
  | RmBody["type"]
  | "application"
  | "sequence-acknowledgement"
  | "ack-requested"
  | "last-message";

export function messageKindOf(action: string, dialect: Dialect): RmMessageKind {
  // Application actions as a rule differ in the first compared length; RM actions share the namespace.
  if (!action.startsWith(dialect.namespace.value)) return "application";
  switch (action) {
    case dialect.createSequence.value:
      return "create-sequence";
    case dialect.createSequenceResponse.value:
      return "create-sequence-response";
    case dialect.sequenceAcknowledgement.value:
      return "sequence-acknowledgement";
    case dialect.ackRequested.value:
      return "ack-requested";
    case dialect.terminateSequence.value:
      return "terminate-sequence";
    default:
  }
  if (dialect.version === "1.0") return action === dialect.lastMessage.value ? "last-message" : "application";
  switch (action) {
    case dialect.closeSequence.value:
      return "close-sequence";
    case dialect.closeSequenceResponse.value:
      return "close-sequence-response";
    case dialect.terminateSequenceResponse.value:
      return "terminate-sequence-response";
    default:
      return "application";
  }
}

/** Stands on the Body of a message of `kind`, whose child it reads. @throws RmError when it is not as the schema says */
export function readRmBody(reader: XmlReader, kind: RmBody["type"], dialect: Dialect): RmBody {
  const expected = elementNames[kind];
  if (!reader.nextChild()) throw new RmError("RM_ILL_FORMED", `the Body of a ${expected.value} message is empty`);
  if (!reader.is(expected.value, dialect.namespace.value)) {
    throw new RmError("RM_ILL_FORMED", `the Body of a ${expected.value} message holds ${reader.localName}`);
  }
  const body = readElement(reader, kind, dialect);
  if (reader.nextChild()) throw new RmError("RM_ILL_FORMED", `a second element follows ${expected.value} in the Body`);
  return body;
}

function readElement(reader: XmlReader, kind: RmBody["type"], dialect: Dialect): RmBody {
  switch (kind) {
    case "create-sequence":
      return readCreateSequence(reader, dialect);
    case "create-sequence-response":
      return readCreateSequenceResponse(reader, dialect);
    case "close-sequence":
    case "terminate-sequence":
      return readEnding(reader, kind, dialect);
    case "close-sequence-response":
    case "terminate-sequence-response":
      return { type: kind, identifier: readIdentifierThenSkip(reader, elementNames[kind].value, dialect) };
  }
}

function readCreateSequence(reader: XmlReader, dialect: Dialect): RmBody {
  let acksTo: string | undefined;
  let expires: string | undefined;
  let offer: Offer | undefined;
  while (reader.nextChild()) {
    if (reader.namespaceUri !== dialect.namespace.value) reader.skip();
    else if (reader.localName === "AcksTo") acksTo = readEndpointAddress(reader);
    else if (reader.localName === "Expires") expires = reader.readString();
    else if (reader.localName === "Offer") offer = readOffer(reader, dialect);
    else reader.skip();
  }
  if (acksTo === undefined) throw new RmError("RM_ILL_FORMED", "CreateSequence has no AcksTo");
  return { type: "create-sequence", acksTo, expires, offer };
}

function readOffer(reader: XmlReader, dialect: Dialect): Offer {
  let identifier: UniqueId | undefined;
  let endpoint: string | undefined;
  let incompleteSequenceBehavior: IncompleteSequenceBehavior | undefined;
  while (reader.nextChild()) {
    if (reader.namespaceUri !== dialect.namespace.value) reader.skip();
    else if (reader.localName === "Identifier") identifier = reader.readUniqueId();
    else if (reader.localName === "Endpoint") endpoint = readEndpointAddress(reader);
    else if (reader.localName === "IncompleteSequenceBehavior") incompleteSequenceBehavior = readBehavior(reader);
    else reader.skip();
  }
  if (identifier === undefined) throw new RmError("RM_ILL_FORMED", "an Offer has no Identifier");
  if (dialect.version === "1.1" && endpoint === undefined)
    throw new RmError("RM_ILL_FORMED", "an Offer has no Endpoint");
  return { identifier, endpoint, incompleteSequenceBehavior };
}

function readCreateSequenceResponse(reader: XmlReader, dialect: Dialect): RmBody {
  let identifier: UniqueId | undefined;
  let expires: string | undefined;
  let incompleteSequenceBehavior: IncompleteSequenceBehavior | undefined;
  let acceptAcksTo: string | undefined;
  while (reader.nextChild()) {
    if (reader.namespaceUri !== dialect.namespace.value) reader.skip();
    else if (reader.localName === "Identifier") identifier = reader.readUniqueId();
    else if (reader.localName === "Expires") expires = reader.readString();
    else if (reader.localName === "IncompleteSequenceBehavior") incompleteSequenceBehavior = readBehavior(reader);
    else if (reader.localName === "Accept") acceptAcksTo = readAccept(reader, dialect);
    else reader.skip();
  }
  if (identifier === undefined) throw new RmError("RM_ILL_FORMED", "CreateSequenceResponse has no Identifier");
  return { type: "create-sequence-response", identifier, expires, incompleteSequenceBehavior, acceptAcksTo };
}

function readAccept(reader: XmlReader, dialect: Dialect): string {
  let acksTo: string | undefined;
  while (reader.nextChild()) {
    if (acksTo === undefined && reader.is("AcksTo", dialect.namespace.value)) acksTo = readEndpointAddress(reader);
    else reader.skip();
  }
  if (acksTo === undefined) throw new RmError("RM_ILL_FORMED", "Accept has no AcksTo");
  return acksTo;
}

function readEnding(reader: XmlReader, type: "close-sequence" | "terminate-sequence", dialect: Dialect): RmBody {
  let identifier: UniqueId | undefined;
  let lastMessageNumber: number | undefined;
  while (reader.nextChild()) {
    if (reader.namespaceUri !== dialect.namespace.value) reader.skip();
    else if (reader.localName === "Identifier") identifier = reader.readUniqueId();
    else if (reader.localName === "LastMsgNumber") lastMessageNumber = readMessageNumber(reader);
    else reader.skip();
  }
  if (identifier === undefined) throw new RmError("RM_ILL_FORMED", `${elementNames[type].value} has no Identifier`);
  return { type, identifier, lastMessageNumber };
}

function readBehavior(reader: XmlReader): IncompleteSequenceBehavior {
  const text = reader.readString().trim();
  if (text === "DiscardEntireSequence" || text === "DiscardFollowingFirstGap" || text === "NoDiscard") return text;
  throw new RmError("RM_ILL_FORMED", `IncompleteSequenceBehavior is "${text}"`);
}

/**
 * Writes the element of `body` as content of the Body; prefix `a` is in scope. `prefix` is `r` when the envelope has declared it for a
 * header, as WCF's writer then uses it, else "" for the default namespace.
 */
export function writeRmBody(writer: XmlWriter, body: RmBody, dialect: Dialect, prefix: "" | "r" = ""): void {
  writer.startElement(prefix, elementNames[body.type]);
  if (prefix === "") writer.declareNamespace("", dialect.namespace);
  switch (body.type) {
    case "create-sequence":
      writeEndpoint(writer, prefix, rmNames.AcksTo, body.acksTo);
      if (body.expires !== undefined) writeText(writer, prefix, rmNames.Expires, body.expires);
      if (body.offer !== undefined) {
        writer.startElement(prefix, rmNames.Offer);
        writeIdentifier(writer, body.offer.identifier, prefix);
        if (body.offer.endpoint !== undefined) writeEndpoint(writer, prefix, rmNames.Endpoint, body.offer.endpoint);
        writeBehavior(writer, prefix, body.offer.incompleteSequenceBehavior);
        writer.endElement();
      }
      break;
    case "create-sequence-response":
      writeIdentifier(writer, body.identifier, prefix);
      if (body.expires !== undefined) writeText(writer, prefix, rmNames.Expires, body.expires);
      writeBehavior(writer, prefix, body.incompleteSequenceBehavior);
      if (body.acceptAcksTo !== undefined) {
        writer.startElement(prefix, rmNames.Accept);
        writeEndpoint(writer, prefix, rmNames.AcksTo, body.acceptAcksTo);
        writer.endElement();
      }
      break;
    case "close-sequence":
    case "terminate-sequence":
      writeIdentifier(writer, body.identifier, prefix);
      if (body.lastMessageNumber !== undefined) {
        writer.startElement(prefix, rmNames.LastMsgNumber);
        writer.integer(body.lastMessageNumber);
        writer.endElement();
      }
      break;
    default:
      writeIdentifier(writer, body.identifier, prefix);
  }
  writer.endElement();
}

function writeEndpoint(writer: XmlWriter, prefix: string, name: XmlName, address: string): void {
  writer.startElement(prefix, name);
  writer.startElement("a", soapNames.Address);
  writer.text(address === anonymousAddress.value ? anonymousAddress : address);
  writer.endElement();
  writer.endElement();
}

function writeBehavior(writer: XmlWriter, prefix: string, behavior: IncompleteSequenceBehavior | undefined): void {
  if (behavior !== undefined) writeText(writer, prefix, rmNames.IncompleteSequenceBehavior, behavior);
}

function writeText(writer: XmlWriter, prefix: string, name: XmlName, text: string): void {
  writer.startElement(prefix, name);
  writer.text(text);
  writer.endElement();
}

const elementNames = {
  "create-sequence": rmNames.CreateSequence,
  "create-sequence-response": rmNames.CreateSequenceResponse,
  "close-sequence": rmNames.CloseSequence,
  "close-sequence-response": rmNames.CloseSequenceResponse,
  "terminate-sequence": rmNames.TerminateSequence,
  "terminate-sequence-response": rmNames.TerminateSequenceResponse,
} as const;
