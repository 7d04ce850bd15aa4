/**
 * Compares what was sent with what the host handled, number by number.
 *
 * @param {readonly { index: number, sent: number }[]} sessions of the client
 * @param {readonly (readonly number[] | null | undefined)[]} handled numbers in the order handled, by session
 */
export function judge(sessions, handled) {
  const verdict = { lostCount: 0, doubledCount: 0, outOfOrderCount: 0, examples: [] };
  const note = (text) => {
    if (verdict.examples.length < 5) verdict.examples.push(text);
  };
  for (const { index, sent } of sessions) {
    const seen = new Set();
    let highest = 0;
    for (const number of handled[index] ?? []) {
      if (seen.has(number) || number < 1 || number > sent) {
        verdict.doubledCount += 1;
        note(`session ${index} handled message ${number} again`);
      } else if (number < highest) {
        verdict.outOfOrderCount += 1;
        note(`session ${index} handled message ${number} after message ${highest}`);
      }
      seen.add(number);
      highest = Math.max(highest, number);
    }
    for (let number = 1; number <= sent; number++) {
      if (seen.has(number)) continue;
      verdict.lostCount += 1;
      note(`session ${index} never handled message ${number} of ${sent}`);
    }
  }
  return verdict;
}
