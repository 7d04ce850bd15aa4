/** What each state accepts, and where it leads. A pair that is absent is a protocol error. */
export type TransitionTable<State extends string, Input extends string> = {
  readonly [S in State]: { readonly [I in Input]?: State };
};

/** The state after `input`, or undefined when `state` does not accept it. */
export function nextState<State extends string, Input extends string>(
  table: TransitionTable<State, Input>,
  state: State,
  input: Input,
): State | undefined {
  return table[state][input];
}
