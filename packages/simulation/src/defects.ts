import {
  type AckRange,
  type IncomingMessage,
  ReliableSession,
  type ReliableSessionEffect,
  type ReliableSessionInput,
  RmDestination,
  RmSource,
  type Transmission,
} from "@bowline/protocol/reliable-messaging";
import {
  BinaryMessageCodec,
  Correlation,
  DuplexSession,
  EndpointAcceptor,
  type PendingCall,
  ReceivedEnvelope,
} from "@bowline/protocol/session";
import { type Defect, replaceGetter, replaceMethod, together } from "./defect.ts";

type Effects = readonly ReliableSessionEffect<IncomingMessage>[];
type Input = ReliableSessionInput<IncomingMessage>;
type Session = ReliableSession<IncomingMessage>;

/** Lets `alter` look at everything that a reliable session does. */
function replaceHandle(
  alter: (effects: Effects, input: Input, session: Session, handle: (input: Input) => Effects) => Effects,
): () => void {
  return replaceMethod(
    ReliableSession.prototype as Session,
    "handle",
    (original) =>
      function (this: Session, input, nowMs) {
        const handle = (given: Input): Effects => original.call(this, given, nowMs);
        return alter(handle(input), input, this, handle);
      },
  );
}

function isRepetition(effect: ReliableSessionEffect<IncomingMessage>): boolean {
  return effect.type === "transmit" && effect.transmission.attempt > 1;
}

function isStandAloneAcknowledgement(effect: ReliableSessionEffect<IncomingMessage>): boolean {
  if (effect.type !== "transmit") return false;
  const { acknowledgement, content } = effect.transmission;
  return acknowledgement !== undefined && content.type === "empty" && effect.transmission.messageNumber === 0;
}

const acknowledgesDropped: Defect = {
  name: "a message is acknowledged before it is stored, also when there is no room for it",
  install() {
    const dropped = new WeakMap<RmDestination<unknown>, Set<number>>();
    const receive = replaceMethod(
      RmDestination.prototype as RmDestination<unknown>,
      "receive",
      (original) =>
        function (this: RmDestination<unknown>, messageNumber, ...rest) {
          const reception = original.call(this, messageNumber, ...rest);
          if (reception !== "dropped") return reception;
          dropped.set(this, (dropped.get(this) ?? new Set()).add(messageNumber));
          return "stored";
        },
    );
    const ranges = replaceGetter(RmDestination.prototype as RmDestination<unknown>, "ranges", (read) => (self) => {
      const claimed = dropped.get(self);
      return claimed === undefined ? read(self) : withNumbers(read(self), claimed);
    });
    return together(receive, ranges);
  },
};

function withNumbers(ranges: readonly AckRange[], more: ReadonlySet<number>): readonly AckRange[] {
  const numbers = new Set(more);
  for (const { lower, upper } of ranges) for (let number = lower; number <= upper; number++) numbers.add(number);
  const merged: { lower: number; upper: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = merged.at(-1);
    if (last !== undefined && last.upper === number - 1) last.upper = number;
    else merged.push({ lower: number, upper: number });
  }
  return merged;
}

const forgetsRange: Defect = {
  name: "an acknowledgement with several ranges forgets the last one",
  install: () =>
    replaceGetter(RmDestination.prototype as RmDestination<unknown>, "ranges", (read) => (self) => {
      const ranges = read(self);
      return ranges.length > 1 ? ranges.slice(0, -1) : ranges;
    }),
};

const widerWindow: Defect = {
  name: "the edge of the transfer window is one off",
  alterOptions: (options) => ({ ...options, maxTransferWindowSize: options.maxTransferWindowSize + 1 }),
};

const ignoresOrder: Defect = {
  name: "messages are delivered as they come, although order was asked for",
  alterOptions: (options) => ({ ...options, ordered: false }),
};

const repeatsNothingAfterRebind: Defect = {
  name: "what was not acknowledged is not sent again on a new connection",
  install() {
    const linkUps = new WeakMap<Session, number>();
    return replaceHandle((effects, input, session) => {
      if (input.type === "link-up") linkUps.set(session, (linkUps.get(session) ?? 0) + 1);
      return (linkUps.get(session) ?? 0) > 1 ? effects.filter((effect) => !isRepetition(effect)) : effects;
    });
  },
};

const deliversDuplicate: Defect = {
  name: "a duplicate that comes over a new connection is delivered",
  install() {
    const rebound = new WeakSet<Session>();
    return replaceHandle((effects, input, session) => {
      if (input.type === "link-lost") rebound.add(session);
      if (input.type !== "received" || !rebound.has(session) || session.state !== "open") return effects;
      const { message } = input;
      if (message.kind !== "application" || message.isFault || message.rm.sequenceId === undefined) return effects;
      if (effects.some((effect) => effect.type === "deliver")) return effects;
      return [...effects, { type: "deliver", message, messageNumber: message.rm.messageNumber }];
    });
  },
};

const timerNotRearmed: Defect = {
  name: "the retransmission timer is not armed again after it has fired",
  install() {
    const fired = new WeakSet<RmSource>();
    const due = replaceMethod(
      RmSource.prototype,
      "retransmitDue",
      (original) =>
        function (this: RmSource, nowMs) {
          if (fired.has(this)) return true;
          const { retransmitAtMs } = this;
          if (retransmitAtMs !== undefined && retransmitAtMs <= nowMs) fired.add(this);
          return original.call(this, nowMs);
        },
    );
    const at = replaceGetter(
      RmSource.prototype,
      "retransmitAtMs",
      (read) => (self) => (fired.has(self) ? undefined : read(self)),
    );
    return together(due, at);
  },
};

const delayedAcknowledgementLost: Defect = {
  name: "a delayed acknowledgement never leaves by itself",
  install: () =>
    replaceHandle((effects, input) =>
      input.type === "timeout" ? effects.filter((effect) => !isStandAloneAcknowledgement(effect)) : effects,
    ),
};

const ownPauseIsSilence: Defect = {
  name: "a session ends its peer for time in which its own host stood still",
  install: () =>
    replaceMethod(
      ReliableSession.prototype as Session,
      "handle",
      (original) =>
        function (this: Session, input, nowMs) {
          return input.type === "blocked" ? [] : original.call(this, input, nowMs);
        },
    ),
};

const endsBeforeAcknowledged: Defect = {
  name: "a sequence is ended while messages are unacknowledged",
  install: () => replaceGetter(RmSource.prototype, "isIdle", () => () => true),
};

const speaksAfterEnd: Defect = {
  name: "a session acknowledges once more after its end",
  install: () =>
    replaceHandle((effects) => {
      const last = effects.findLast((effect) => effect.type === "transmit");
      const isEnd = effects.some((effect) => effect.type === "closed");
      return isEnd && last !== undefined ? [...effects, last] : effects;
    }),
};

const repeatsOtherContent: Defect = {
  name: "a repetition carries the content of the message sent last",
  install() {
    const latest = new WeakMap<Session, Transmission["content"]>();
    return replaceHandle((effects, _input, session) =>
      effects.map((effect) => {
        if (effect.type !== "transmit" || effect.transmission.content.type !== "application") return effect;
        const content = latest.get(session);
        if (isRepetition(effect) && content !== undefined)
          return { ...effect, transmission: { ...effect.transmission, content } };
        latest.set(session, effect.transmission.content);
        return effect;
      }),
    );
  },
};

const oldStringTable: Defect = {
  name: "a repetition on a new connection uses the string table of the old one",
  install: () =>
    replaceMethod(
      BinaryMessageCodec.prototype,
      "write",
      (original) =>
        function (this: BinaryMessageCodec, link, dialect, to, transmission) {
          const { content } = transmission;
          if (content.type !== "application" || content.body === undefined)
            return original.call(this, link, dialect, to, transmission);
          const body = { ...content.body, dictionary: link.strings.writer };
          return original.call(this, link, dialect, to, { ...transmission, content: { ...content, body } });
        },
    ),
};

const keepsBorrowedBytes: Defect = {
  name: "a message that waits for an earlier one is not copied",
  install: () =>
    replaceMethod(
      ReceivedEnvelope.prototype,
      "retain",
      () =>
        function (this: ReceivedEnvelope) {
          return this;
        },
    ),
};

const closedWindowStaysClosed: Defect = {
  name: "a sender that was told to stop is never told to go on",
  install: () =>
    together(
      replaceHandle((effects, input) =>
        input.type === "timeout"
          ? effects.filter((effect) => effect.type !== "transmit" || effect.transmission.ackRequestedId === undefined)
          : effects,
      ),
      replaceGetter(RmDestination.prototype as RmDestination<unknown>, "bufferRemaining", (read) => {
        const full = new WeakSet<object>();
        return (self) => {
          if (read(self) === 0) full.add(self);
          return full.has(self) ? 0 : read(self);
        };
      }),
    ),
};

const inputEndsTooEarly: Defect = {
  name: "the input ends with the last message, whatever is missing before it",
  install: () =>
    replaceGetter(
      RmDestination.prototype as RmDestination<unknown>,
      "isComplete",
      () => (self) => self.lastNumber !== undefined,
    ),
};

const deafToHalfClose: Defect = {
  name: "the end of a connection is not noticed when it is an orderly one",
  install: () =>
    replaceMethod(
      DuplexSession.prototype as DuplexSession<PendingCall>,
      "handle",
      (original) =>
        function (this: DuplexSession<PendingCall>, input, nowMs) {
          if (input.type === "link-closed" && input.error === undefined) return [];
          return original.call(this, input, nowMs);
        },
    ),
};

const answersOtherCall: Defect = {
  name: "an answer is given to another call",
  install: () =>
    replaceMethod(
      Correlation.prototype as Correlation<PendingCall>,
      "take",
      (original) =>
        function (this: Correlation<PendingCall>, relatesTo) {
          const call = original.call(this, relatesTo);
          const [other, ...rest] = this.takeAll();
          for (const waiting of rest) this.add(waiting);
          if (call === undefined || other === undefined) return call;
          this.add(call);
          return other;
        },
    ),
};

const forgetsSession: Defect = {
  name: "a service forgets a session whose client comes back over a new connection",
  install: () =>
    replaceMethod(
      EndpointAcceptor.prototype as EndpointAcceptor<PendingCall>,
      "admit",
      (original) =>
        function (this: EndpointAcceptor<PendingCall>, ...args) {
          const verdict = original.call(this, ...args);
          if (verdict.type === "session" && !verdict.isNew) this.remove(verdict.session);
          return verdict;
        },
    ),
};

/** All that the swarm must find. */
export const defects: readonly Defect[] = [
  acknowledgesDropped,
  forgetsRange,
  widerWindow,
  ignoresOrder,
  repeatsNothingAfterRebind,
  deliversDuplicate,
  timerNotRearmed,
  delayedAcknowledgementLost,
  ownPauseIsSilence,
  endsBeforeAcknowledged,
  speaksAfterEnd,
  repeatsOtherContent,
  oldStringTable,
  keepsBorrowedBytes,
  closedWindowStaysClosed,
  inputEndsTooEarly,
  deafToHalfClose,
  answersOtherCall,
  forgetsSession,
];
