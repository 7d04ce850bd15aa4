export { AssertionError, assert, unreachable } from "./assert.ts";
export { earliest } from "./earliest.ts";
export { Fifo } from "./fifo.ts";
export type { Machine } from "./machine.ts";
export { Silence } from "./silence.ts";
export { TimerTable } from "./timer-table.ts";
export { nextState, type TransitionTable } from "./transition-table.ts";
