import { dictionaryString } from "@bowline/protocol/binary-xml";
import type { DictionaryString, XmlReader, XmlWriter } from "@bowline/protocol/xml";
import type { Side } from "../facts.ts";
import { SimulationFailure } from "../simulation-failure.ts";

/** What an application message of the simulation says: whose it is, and which. */
export interface NumberedText {
  readonly session: string;
  readonly side: Side;
  readonly number: number;
  /** The number of the request that it answers; 0 when it answers none. */
  readonly answers: number;
  /** Characters of filling, which depend on the number. */
  readonly fillingLength: number;
}

const namespace = dictionaryString("urn:simulation");
/** Many names, so that the string tables of a connection fill in an order that depends on what was sent over it. */
const elements: readonly DictionaryString[] = Array.from({ length: 12 }, (_, index) =>
  dictionaryString(`Text${index}`),
);

/** One element, under a name that the number picks. */
export function writeNumberedText(writer: XmlWriter, text: NumberedText): void {
  writer.startElement("", elements[text.number % elements.length]!);
  writer.declareNamespace("", namespace);
  writer.text(`${text.session}/${text.side}/${text.number}/${text.answers}/${text.fillingLength}/${fillingOf(text)}`);
  writer.endElement();
}

/** Stands on the Body. Every character must be the one that was written. */
export function readNumberedText(reader: XmlReader): NumberedText {
  if (!reader.nextChild()) throw damaged("the body is empty");
  const { localName, namespaceUri } = reader;
  const content = reader.readString();
  const [session, side, number, answers, fillingLength, filling] = content.split("/");
  const text: NumberedText = {
    session: session ?? "",
    side: side as Side,
    number: Number(number),
    answers: Number(answers),
    fillingLength: Number(fillingLength),
  };
  const element = elements[text.number % elements.length]?.value;
  if (localName !== element || namespaceUri !== namespace.value)
    throw damaged(`message ${number} came as {${namespaceUri}}${localName}`);
  if (filling !== fillingOf(text)) throw damaged(`message ${number} says ${content.slice(0, 60)}`);
  return text;
}

/** The message must be `side`'s, of this session. */
export function expectOrigin(text: NumberedText, session: string, side: Side): void {
  if (text.session === session && text.side === side) return;
  throw damaged(`a message of ${text.side} in ${text.session} came from ${side} in ${session}`);
}

/** The answer to `request` must be meant for it. */
export function expectAnswer(text: NumberedText, request: number): NumberedText {
  if (text.answers === request) return text;
  throw damaged(`the answer to message ${text.answers} was given to the call of message ${request}`);
}

function fillingOf({ number, fillingLength }: NumberedText): string {
  const unit = `ab${number}ö€`;
  return unit.repeat(Math.ceil(fillingLength / unit.length)).slice(0, fillingLength);
}

function damaged(reason: string): SimulationFailure {
  return new SimulationFailure("content", reason);
}
