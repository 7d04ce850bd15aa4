/** Runs when the running callback and the promises it settled so far are through. */
export function atTurnEnd(run: () => void): void {
  queueMicrotask(run);
}

/**
 * Runs in a later turn of the event loop, soon. By a message: a browser makes nested timers wait 4 ms, and those of a page in the
 * background a second.
 */
export function inLaterTurn(run: () => void): void {
  waiting.push(run);
  bell ??= newBell();
  bell.postMessage(undefined);
}

/** Whether timers may be late although the loop is free: those of a page that nobody sees are, by up to a minute. */
export function delaysTimers(): boolean {
  const { document } = globalThis as { readonly document?: { readonly visibilityState: string } };
  return document?.visibilityState === "hidden";
}

interface Bell {
  postMessage(message: undefined): void;
}

const waiting: (() => void)[] = [];
let bell: Bell | undefined;

function newBell(): Bell {
  const { port1, port2 } = new MessageChannel() as unknown as {
    readonly port1: { onmessage: () => void };
    readonly port2: Bell;
  };
  port1.onmessage = () => waiting.shift()!();
  return port2;
}
