import { bodyOf, headerOf, textOf } from "./envelope-tree.mjs";
import { acceptOf } from "./websocket-steps.mjs";

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
 * @property {Record<string, string>} [fields] of a handshake or a close frame, what is made for one connection replaced
 */

const idPattern = /^urn:uuid:[0-9a-f-]{36}$/;
/** Scheme, host and port of an address. */
const originPattern = /^[a-z.]+:\/\/127\.0\.0\.1:\d+/;

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
  /** Of the address that the client calls: what the service says of its own address must begin with the very same. */
  #origin = "";
  /** What Sec-WebSocket-Accept must be, by connection. @type {Map<number, string>} */
  #accepts = new Map();

  /** @param {string} key `${side} ${key of a message}` */
  has(key) {
    return this.#keys.has(key);
  }

  /** What Sec-WebSocket-Accept must be. @param {number} connection */
  acceptOf(connection) {
    return this.#accepts.get(connection) ?? "";
  }

  /**
   * @param {Side} from
   * @param {Pick<Step, "kind" | "tree" | "fields" | "connection" | "atMs">} step
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
      ...(step.fields === undefined ? {} : { fields: this.#readFields(connection, step.fields) }),
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
   * A handshake's host, which is where the recorder or ours listens, key and answer.
   * @param {number} connection
   * @param {Record<string, string>} fields
   */
  #readFields(connection, fields) {
    const read = { ...fields };
    const { host, "sec-websocket-key": key, "sec-websocket-accept": accept } = fields;
    if (host !== undefined) read.host = host.replace(/^127\.0\.0\.1:\d+$/, "host");
    if (key !== undefined) {
      this.#accepts.set(connection, acceptOf(key));
      if (/^[A-Za-z0-9+/]{22}==$/.test(key)) read["sec-websocket-key"] = "16 bytes";
    }
    if (accept !== undefined && accept === this.#accepts.get(connection))
      read["sec-websocket-accept"] = "the right one";
    return read;
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
    if (from === "client" && this.#origin === "")
      this.#origin = originPattern.exec(headerOf(envelope, "To")?.text ?? "")?.[0] ?? "";
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
      text: isId ? (this.names.get(element.text) ?? element.text) : this.#withoutOrigin(element.text),
      children: element.children.map((child) => this.#replaced(child)),
    };
  }

  /** The scheme stays. @param {string} text */
  #withoutOrigin(text) {
    if (this.#origin === "") return text;
    return text.replaceAll(this.#origin, this.#origin.replace(/127\..*/, "host"));
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
