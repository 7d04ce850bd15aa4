/**
 * Where ours may differ from the recorded peers, and why. A difference that no entry explains fails the replay, and so does an
 * entry that explains nothing any more.
 *
 * @typedef {object} ExplainedDifference
 * @property {RegExp} run
 * @property {"client" | "host" | "both"} side which of ours
 * @property {RegExp} message key of the message
 * @property {RegExp} what
 * @property {string} reason
 */

/** @type {readonly ExplainedDifference[]} */
export const explainedDifferences = [];
