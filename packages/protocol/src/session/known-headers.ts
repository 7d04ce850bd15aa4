import type { BinaryXmlReader, ReaderContext, ReaderDictionary } from "../binary-xml/index.ts";
import { type Acknowledgement, type Dialect, messageKindOf, type RmMessageKind } from "../reliable-messaging/index.ts";
import type { HeaderBlock } from "../soap/index.ts";
import type { UniqueId } from "../xml/index.ts";
import { surveyHeader } from "./header-survey.ts";
import { type HeaderTemplate, HoleValues } from "./header-template.ts";
import type { ReceivedEnvelope } from "./received-envelope.ts";

/** Messages of a connection that are read record by record before their headers are remembered: most sessions are idle ones. */
const firstMessageCount = 8;
/** Headers remembered for one connection. A session has about this many kinds: with or without acknowledgement, request or not. */
const maxHeaderCount = 12;
/** Surveys of one connection: headers that never come again must not be surveyed forever. */
const maxSurveyCount = 64;

/** The headers that came over one connection: those of a kind seen before are compared with it instead of being read. */
export class KnownHeaders {
  readonly #dictionary: ReaderDictionary;
  readonly #values = new HoleValues();
  /** The one found last comes first. */
  readonly #headers: KnownHeader[] = [];
  /** By dictionary id. */
  readonly #actions: (KnownAction | undefined)[] = [];
  #messageCount = 0;
  #surveyCount = 0;

  constructor(dictionary: ReaderDictionary) {
    this.#dictionary = dictionary;
  }

  /**
   * Fills `message`, which was begun, and lets `reader` stand on its Body, exactly as reading the header would. False when the header
   * is not known; nothing is changed then.
   */
  read(message: ReceivedEnvelope, bytes: Uint8Array, from: number, to: number, reader: BinaryXmlReader): boolean {
    const headers = this.#headers;
    const values = this.#values;
    for (let index = 0; index < headers.length; index++) {
      const header = headers[index]!;
      const bodyAt = header.template.match(bytes, from, to, values);
      if (bodyAt < 0) continue;
      const action = this.#actionOf(values.actionId, message.dialect);
      if (action === undefined || !header.fits(action.kind)) return false;
      if (index > 0) {
        headers[index] = headers[0]!;
        headers[0] = header;
      }
      header.fill(message, action, values);
      reader.resume(bytes, bodyAt, to, this.#dictionary, header.context);
      return true;
    }
    return false;
  }

  /** Remembers the header of a message that was read record by record; `reader` stands on its Body. */
  learn(message: ReceivedEnvelope, reader: BinaryXmlReader, from: number, surveyor: () => BinaryXmlReader): void {
    this.#messageCount += 1;
    if (this.#messageCount <= firstMessageCount || this.#surveyCount >= maxSurveyCount) return;
    if (!isRegular(message) || reader.attributeCount > 0) return;
    this.#surveyCount += 1;
    const context = reader.context();
    const survey = surveyor();
    survey.reset(reader.bytes, from, reader.position, this.#dictionary);
    const template = surveyHeader(survey, from, message.dialect);
    if (template === undefined) return;
    if (this.#headers.length === maxHeaderCount) this.#headers.pop();
    this.#headers.unshift(new KnownHeader(template, context, message));
  }

  #actionOf(id: number, dialect: Dialect | undefined): KnownAction | undefined {
    const known = this.#actions[id];
    if (known !== undefined) return known;
    const value = this.#dictionary.lookup(id)?.value;
    if (value === undefined || value === "") return undefined;
    const action = { value, kind: dialect === undefined ? "application" : messageKindOf(value, dialect) } as const;
    this.#actions[id] = action;
    return action;
  }
}

interface KnownAction {
  readonly value: string;
  readonly kind: RmMessageKind;
}

/** One kind of header, with all that its fixed bytes say. */
class KnownHeader {
  readonly template: HeaderTemplate;
  readonly context: ReaderContext;
  readonly #isApplication: boolean;
  readonly #to: string | undefined;
  readonly #replyTo: string | undefined;
  readonly #faultTo: string | undefined;
  readonly #others: readonly HeaderBlock[];
  readonly #hasMessageId: boolean;
  readonly #hasRelatesTo: boolean;
  readonly #sequenceId: UniqueId | undefined;
  readonly #ackRequestedId: UniqueId | undefined;
  readonly #acknowledgement: Acknowledgement | undefined;

  constructor(template: HeaderTemplate, context: ReaderContext, message: ReceivedEnvelope) {
    const { headers, rmOrUndefined: rm } = message;
    this.template = template;
    this.context = context;
    this.#isApplication = message.kind === "application";
    this.#to = headers.to;
    this.#replyTo = headers.replyTo;
    this.#faultTo = headers.faultTo;
    this.#others = headers.others;
    this.#hasMessageId = headers.messageId !== undefined;
    this.#hasRelatesTo = headers.relatesTo !== undefined;
    this.#sequenceId = rm?.sequenceId;
    this.#ackRequestedId = rm?.ackRequestedId;
    this.#acknowledgement = rm?.acknowledgement;
  }

  /** Whether a message of this kind can have this header: those of the protocol itself are no others for having another action. */
  fits(kind: RmMessageKind): boolean {
    return kind === "application" ? this.#isApplication : !this.#isApplication && hasEmptyBody(kind);
  }

  fill(message: ReceivedEnvelope, action: KnownAction, values: HoleValues): void {
    const { headers, rmOrUndefined: rm } = message;
    message.kind = action.kind;
    headers.action = action.value;
    headers.to = this.#to;
    headers.replyTo = this.#replyTo;
    headers.faultTo = this.#faultTo;
    headers.others = this.#others;
    headers.messageId = this.#hasMessageId ? values.messageId : undefined;
    headers.relatesTo = this.#hasRelatesTo ? values.relatesTo : undefined;
    if (rm === undefined) return;
    rm.sequenceId = this.#sequenceId;
    rm.messageNumber = this.#sequenceId === undefined ? 0 : values.messageNumber;
    rm.isLastMessage = false;
    rm.ackRequestedId = this.#ackRequestedId;
    rm.acknowledgement = this.#acknowledgementWith(values);
  }

  #acknowledgementWith(values: HoleValues): Acknowledgement | undefined {
    const like = this.#acknowledgement;
    if (like === undefined) return undefined;
    return {
      identifier: like.identifier,
      ranges: like.ranges.length === 0 ? [] : [{ lower: values.lower, upper: values.upper }],
      isFinal: like.isFinal,
      bufferRemaining: like.bufferRemaining === undefined ? undefined : values.bufferRemaining,
    };
  }
}

/** Messages of a kind that comes again and again, of which nothing but the header has been read. */
function isRegular(message: ReceivedEnvelope): boolean {
  const rm = message.rmOrUndefined;
  if (rm === undefined) return true;
  if (rm.isLastMessage) return false;
  if (rm.acknowledgement !== undefined && rm.acknowledgement.ranges.length > 1) return false;
  return message.kind === "application" ? rm.sequenceId !== undefined : hasEmptyBody(message.kind);
}

function hasEmptyBody(kind: RmMessageKind): boolean {
  return kind === "sequence-acknowledgement" || kind === "ack-requested";
}
