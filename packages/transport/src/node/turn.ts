/** Runs when the running callback and the promises it settled are through. */
export function atTurnEnd(run: () => void): void {
  process.nextTick(run);
}

/** Runs in a later turn of the event loop, soon. */
export function inLaterTurn(run: () => void): void {
  setImmediate(run);
}

/** Whether timers may be late although the loop is free. */
export function delaysTimers(): boolean {
  return false;
}
