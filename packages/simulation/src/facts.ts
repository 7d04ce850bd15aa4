import type { AckRange, SessionFailureCode } from "@bowline/protocol/reliable-messaging";

export type Side = "initiator" | "acceptor";

/** The other end. */
export function otherSide(side: Side): Side {
  return side === "initiator" ? "acceptor" : "initiator";
}

/** What a message shows of itself to somebody who watches the wire. */
export interface Sighting {
  /** Last part of its action. */
  readonly name: string;
  /** Of messages in a sequence; 1.0's LastMessage has one, too. */
  readonly number: number | undefined;
  /** 2 and up for a repetition; undefined where it cannot be seen. */
  readonly attempt: number | undefined;
  readonly acknowledges: readonly AckRange[] | undefined;
  /** 1.1: the acknowledgement is the last word about a closed sequence; undefined where it cannot be seen. */
  readonly isFinal: boolean | undefined;
  readonly bufferRemaining: number | undefined;
}

/** One thing that happened in a session, as the checkers hear of it. Application messages are known by their numbers. */
export type Fact =
  /** The application of `side` handed its message `number` over. */
  | { readonly type: "offered"; readonly side: Side; readonly number: number }
  /** `side` put a message on its connection. */
  | { readonly type: "transmitted"; readonly side: Side; readonly sighting: Sighting }
  /** The machine of `side` was given a message. */
  | { readonly type: "arrived"; readonly side: Side; readonly sighting: Sighting }
  /** The application of `side` got the peer's message `number`. */
  | { readonly type: "delivered"; readonly side: Side; readonly number: number }
  /** The application of `side` made room for `count` more. */
  | { readonly type: "taken"; readonly side: Side; readonly count: number }
  /** The machine of `side` says that its messages up to `upTo` have arrived. */
  | { readonly type: "acknowledged"; readonly side: Side; readonly upTo: number }
  | { readonly type: "input-ended"; readonly side: Side }
  | {
      readonly type: "over";
      readonly side: Side;
      /** Undefined after an orderly close. */
      readonly failure: SessionFailureCode | undefined;
      readonly reason: string;
    }
  /** What the network or a host did. */
  | { readonly type: "event"; readonly text: string };

/** A line for people. */
export function describe(fact: Fact): string {
  switch (fact.type) {
    case "transmitted":
    case "arrived":
      return `${fact.side} ${fact.type} ${describeSighting(fact.sighting)}`;
    case "offered":
    case "delivered":
      return `${fact.side} ${fact.type} ${fact.number}`;
    case "taken":
      return `${fact.side} takes ${fact.count}`;
    case "acknowledged":
      return `${fact.side} knows that 1-${fact.upTo} arrived`;
    case "input-ended":
      return `${fact.side} input-ended`;
    case "over":
      return `${fact.side} ${fact.failure === undefined ? "closed" : `faulted ${fact.failure}: ${fact.reason}`}`;
    case "event":
      return fact.text;
  }
}

function describeSighting({ name, number, attempt, acknowledges, bufferRemaining }: Sighting): string {
  const parts = [name];
  if (number !== undefined) parts.push(`${number}`);
  if (attempt !== undefined && attempt > 1) parts.push(`attempt=${attempt}`);
  if (acknowledges !== undefined) {
    parts.push(
      `acks=${acknowledges.map(({ lower, upper }) => (lower === upper ? lower : `${lower}-${upper}`)).join(",") || "none"}`,
    );
  }
  if (bufferRemaining !== undefined) parts.push(`room=${bufferRemaining}`);
  return parts.join(" ");
}
