import { bodyOf, headerOf, textOf } from "./envelope-tree.mjs";

/**
 * What was said in one conversation, with names in the place of identifiers: two conversations with the same steps then read alike.
 *
 * @typedef {import("./envelope-tree.mjs").Element} Element
 * @typedef {import("./recording.mjs").Side} Side
 * @typedef {import("./recording.mjs").Step} Step
 * @typedef {{ lower: number, upper: number }} Range
 * @typedef {object} Message
 * @property {Side} from
 * @property {string} key what it is, unique in its direction: `reply to client message 3`, `Log 2`, `ack 1-4`, `end`
 * @property {number} connection
 * @property {number} atMs
 * @property {boolean} isAcknowledgement nothing but an acknowledgement, unasked: when it comes and what it covers depends on timing
 * @property {boolean} isQuestion nothing but AckRequested
 * @property {Range[]} acknowledges what it says of the sequence that its sender receives, alone or in passing
 * @property {number} [messageNumber] in its sequence
 * @property {Element} [tree] of an envelope, identifiers and addresses replaced
 */

const idPattern = /^urn:uuid:[0-9a-f-]{36}$/;
const addressPattern = /net\.tcp:\/\/127\.0\.0\.1:\d+/g;

/** @param {string} action */
function shortAction(action) {
  return action.slice(action.lastIndexOf("/") + 1);
}

export class Conversation {
  /** @type {Message[]} */
  messages = [];
  /** What the identifiers are called, by their text. @type {Map<string, string>} */
  names = new Map();
  /** The identifiers, by what they are called. @type {Map<string, string>} */
  ids = new Map();
  /** Who thought of an identifier, by what it is called. @type {Map<string, Side>} */
  owners = new Map();
  /** @type {Map<string, number>} */
  #counts = new Map();
  /** Keys by sender and message number, which a repetition has in common with the first. @type {Map<string, string>} */
  #keysByNumber = new Map();
  /** @type {Set<string>} */
  #keys = new Set();
  /** Questions that stand alone and have no answer yet, by who asked. @type {Map<Side, string>} */
  #openQuestions = new Map();

  /** @param {string} key `${side} ${key of a message}` */
  has(key) {
    return this.#keys.has(key);
  }

  /**
   * @param {Side} from
   * @param {Pick<Step, "kind" | "tree" | "connection" | "atMs">} step
   * @returns {Message}
   */
  observe(from, step) {
    const { connection, atMs } = step;
    const tree = step.tree === undefined ? undefined : this.#read(from, step.tree);
    const { key, isAcknowledgement, isQuestion } =
      tree === undefined ? bare(this.#counted(`${from} ${step.kind}`, step.kind)) : this.#classify(from, tree);
    const message = {
      from,
      key,
      connection,
      atMs,
      isAcknowledgement,
      isQuestion,
      acknowledges: rangesOf(tree),
      ...(tree === undefined ? {} : { tree, ...numberOf(tree) }),
    };
    this.messages.push(message);
    this.#keys.add(`${from} ${key}`);
    return message;
  }

  /** The numbers that `side` has acknowledged by now, by whatever message. @param {Side} side @param {Range[]} wanted */
  acknowledges(side, wanted) {
    return wanted.every(({ lower, upper }) =>
      this.messages.some(
        (message) =>
          message.from === side && message.acknowledges.some((range) => range.lower <= lower && range.upper >= upper),
      ),
    );
  }

  /** @param {string} id @param {string} name @param {Side} owner */
  name(id, name, owner) {
    if (this.names.has(id)) return;
    this.names.set(id, name);
    this.ids.set(name, id);
    this.owners.set(name, owner);
  }

  /**
   * Names the identifiers that the envelope brings up, and replaces all that have a name.
   * @param {Side} from
   * @param {Element} envelope
   * @returns {Element}
   */
  #read(from, envelope) {
    const action = shortAction(headerOf(envelope, "Action")?.text ?? "");
    const messageId = headerOf(envelope, "MessageID")?.text;
    const number = textOf(headerOf(envelope, "Sequence"), "MessageNumber");
    const body = bodyOf(envelope).children[0];
    if (action === "CreateSequence") {
      const offer = body?.children.find((child) => child.local === "Offer");
      const offered = textOf(offer, "Identifier");
      if (offered !== undefined) this.name(offered, "sequence of the server", from);
    } else if (action === "CreateSequenceResponse") {
      this.name(textOf(body, "Identifier") ?? "", "sequence of the client", from);
    }
    if (messageId !== undefined && !this.names.has(messageId)) {
      const isPlain = number === undefined && !action.endsWith("Sequence");
      const name =
        number === undefined ? (isPlain ? this.#counted(`${from} id`, "message") : action) : `message ${number}`;
      this.name(messageId, `${from} ${name}`, from);
    }
    return this.#replaced(envelope);
  }

  /** @param {Element} element @returns {Element} */
  #replaced(element) {
    const isId = idPattern.test(element.text);
    return {
      ...element,
      text: isId
        ? (this.names.get(element.text) ?? element.text)
        : element.text.replace(addressPattern, "net.tcp://host"),
      children: element.children.map((child) => this.#replaced(child)),
    };
  }

  /** @param {Side} from @param {Element} envelope */
  #classify(from, envelope) {
    const action = shortAction(headerOf(envelope, "Action")?.text ?? "");
    const relatesTo = headerOf(envelope, "RelatesTo")?.text;
    const sequence = headerOf(envelope, "Sequence");
    const number = textOf(sequence, "MessageNumber");
    if (number !== undefined) {
      const known = this.#keysByNumber.get(`${from} ${number}`);
      if (known !== undefined) return bare(this.#counted(`${from} again ${known}`, `${known} again`));
    }
    if (action === "SequenceAcknowledgement") {
      const ranges = rangesOf(envelope).map(({ lower, upper }) => `${lower}-${upper}`);
      const asker = from === "client" ? "server" : "client";
      const question = this.#openQuestions.get(asker);
      if (question !== undefined) {
        this.#openQuestions.delete(asker);
        return bare(`answer to ${question}`);
      }
      const base = `ack ${ranges.join(",")}`;
      return { key: this.#counted(`${from} ${base}`, base), isAcknowledgement: true, isQuestion: false };
    }
    if (action === "AckRequested") {
      const key = this.#counted(`${from} question`, action);
      this.#openQuestions.set(from, key);
      return { key, isAcknowledgement: false, isQuestion: true };
    }
    const isReply = relatesTo !== undefined && !action.endsWith("SequenceResponse");
    const key = isReply ? `reply to ${relatesTo}` : this.#counted(`${from} ${action}`, action);
    if (number !== undefined) this.#keysByNumber.set(`${from} ${number}`, key);
    return bare(key);
  }

  /** @param {string} what @param {string} label */
  #counted(what, label) {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    return `${label} ${count}`;
  }
}

/** @param {string} key */
function bare(key) {
  return { key, isAcknowledgement: false, isQuestion: false };
}

/** @param {Element | undefined} envelope @returns {Range[]} */
function rangesOf(envelope) {
  const header = envelope === undefined ? undefined : headerOf(envelope, "SequenceAcknowledgement");
  return (header?.children ?? [])
    .filter((child) => child.local === "AcknowledgementRange")
    .map(({ attributes }) => ({ lower: Number(attributes.Lower), upper: Number(attributes.Upper) }));
}

/** @param {Element} envelope */
function numberOf(envelope) {
  const number = textOf(headerOf(envelope, "Sequence"), "MessageNumber");
  return number === undefined ? {} : { messageNumber: Number(number) };
}
