import { bodyOf, headersOf } from "./envelope-tree.mjs";

/**
 * Differences between what a recorded peer sent and what ours sent in its place.
 *
 * @typedef {import("./envelope-tree.mjs").Element} Element
 * @typedef {import("./conversation.mjs").Message} Message
 * @typedef {object} Difference
 * @property {string} message key of the message
 * @property {string} what where they differ, such as `missing`, `header AckRequested: missing`, `body/AddResult: text`
 * @property {string} recorded
 * @property {string} ours
 * @typedef {{ isTimed: boolean, toleranceMs: number }} ComparisonOptions
 */

/**
 * @param {readonly Message[]} recorded of one side
 * @param {readonly Message[]} ours of the same side
 * @param {ComparisonOptions} options
 */
export function compareMessages(recorded, ours, options) {
  /** @type {Difference[]} */
  const differences = [];
  const ourByKey = new Map(ours.map((message) => [message.key, message]));
  const recordedByKey = new Map(recorded.map((message) => [message.key, message]));
  let comparedCount = 0;
  for (const wanted of recorded) {
    const message = ourByKey.get(wanted.key);
    if (message === undefined) {
      differences.push({ message: wanted.key, what: "missing", recorded: summary(wanted), ours: "-" });
      continue;
    }
    comparedCount += 1;
    compareOne(wanted, message, differences);
    if (options.isTimed && Math.abs(wanted.atMs - message.atMs) > options.toleranceMs)
      differences.push({
        message: wanted.key,
        what: "time",
        recorded: `${wanted.atMs} ms`,
        ours: `${message.atMs} ms`,
      });
  }
  for (const message of ours) {
    if (!recordedByKey.has(message.key))
      differences.push({ message: message.key, what: "extra", recorded: "-", ours: summary(message) });
  }
  compareOrder(recorded, ours, differences);
  return { comparedCount, differences };
}

/** @param {Message} message */
function summary(message) {
  return message.tree === undefined ? message.key : print(message.tree);
}

/**
 * Acknowledgements and questions come when timers say so; all else must come in the recorded order.
 * @param {readonly Message[]} recorded
 * @param {readonly Message[]} ours
 * @param {Difference[]} differences
 */
function compareOrder(recorded, ours, differences) {
  const isOrdered = (/** @type {Message} */ message) => !message.isAcknowledgement && !message.isQuestion;
  const places = new Map(recorded.filter(isOrdered).map((message, index) => [message.key, index]));
  let previous = { key: "", place: -1 };
  for (const { key } of ours) {
    const place = places.get(key);
    if (place === undefined) continue;
    if (place < previous.place)
      differences.push({
        message: key,
        what: "order",
        recorded: `before ${previous.key}`,
        ours: `after ${previous.key}`,
      });
    previous = { key, place };
  }
}

/** @param {Message} recorded @param {Message} ours @param {Difference[]} differences */
function compareOne(recorded, ours, differences) {
  const add = (/** @type {string} */ what, /** @type {string} */ wanted, /** @type {string} */ got) =>
    differences.push({ message: recorded.key, what, recorded: wanted, ours: got });
  compareFields(recorded.fields ?? {}, ours.fields ?? {}, add);
  if (recorded.tree === undefined || ours.tree === undefined) return;
  const wantedHeaders = headersOf(recorded.tree);
  const gotHeaders = headersOf(ours.tree);
  compareAttributes(recorded.tree, ours.tree, "envelope", add);
  compareHeaders(wantedHeaders, gotHeaders, add);
  compareElements(bodyOf(recorded.tree), bodyOf(ours.tree), "body", add);
}

/** @typedef {(what: string, recorded: string, ours: string) => void} Add */

/** @param {Record<string, string>} recorded @param {Record<string, string>} ours @param {Add} add */
function compareFields(recorded, ours, add) {
  for (const name of new Set([...Object.keys(recorded), ...Object.keys(ours)])) {
    const wanted = recorded[name];
    const got = ours[name];
    if (got === undefined) add(`field ${name}: missing`, wanted ?? "-", "-");
    else if (wanted === undefined) add(`field ${name}: extra`, "-", got);
    else if (wanted !== got) add(`field ${name}: text`, wanted, got);
  }
}

/** @param {readonly Element[]} recorded @param {readonly Element[]} ours @param {Add} add */
function compareHeaders(recorded, ours, add) {
  const left = [...ours];
  /** @type {Element[]} */
  const common = [];
  for (const wanted of recorded) {
    const at = left.findIndex((header) => header.name === wanted.name);
    if (at < 0) {
      add(`header ${wanted.local}: missing`, print(wanted), "-");
      continue;
    }
    const [got] = left.splice(at, 1);
    if (got === undefined) continue;
    common.push(got);
    compareElements(wanted, got, `header ${wanted.local}`, add);
  }
  for (const header of left) add(`header ${header.local}: extra`, "-", print(header));
  const inOurOrder = ours.filter((header) => common.includes(header));
  if (inOurOrder.some((header, index) => header !== common[index])) {
    const names = (/** @type {readonly Element[]} */ headers) => headers.map((header) => header.local).join(" ");
    add("header order", names(common), names(inOurOrder));
  }
}

/** @param {Element} recorded @param {Element} ours @param {string} path @param {Add} add */
function compareElements(recorded, ours, path, add) {
  if (recorded.name !== ours.name) return add(`${path}: name`, recorded.name, ours.name);
  compareAttributes(recorded, ours, path, add);
  if (recorded.text !== ours.text) add(`${path}: text`, recorded.text, ours.text);
  const count = Math.max(recorded.children.length, ours.children.length);
  for (let index = 0; index < count; index++) {
    const wanted = recorded.children[index];
    const got = ours.children[index];
    if (wanted === undefined && got !== undefined) add(`${path}/${got.local}: extra`, "-", print(got));
    else if (got === undefined && wanted !== undefined) add(`${path}/${wanted.local}: missing`, print(wanted), "-");
    else if (wanted !== undefined && got !== undefined) compareElements(wanted, got, `${path}/${wanted.local}`, add);
  }
}

/** @param {Element} recorded @param {Element} ours @param {string} path @param {Add} add */
function compareAttributes(recorded, ours, path, add) {
  for (const name of new Set([...Object.keys(recorded.attributes), ...Object.keys(ours.attributes)])) {
    const wanted = recorded.attributes[name];
    const got = ours.attributes[name];
    if (wanted !== got) add(`${path}@${name.replace(/^\{.*\}/, "")}`, wanted ?? "-", got ?? "-");
  }
}

/**
 * An element in one line, without namespaces, for people.
 * @param {Element} element
 * @returns {string}
 */
export function print(element) {
  const attributes = Object.entries(element.attributes).map(
    ([name, value]) => ` ${name.replace(/^\{.*\}/, "")}=${JSON.stringify(value)}`,
  );
  const content = `${element.text}${element.children.map(print).join("")}`;
  return `<${element.local}${attributes.join("")}>${content}</>`;
}
