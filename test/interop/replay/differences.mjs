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
 * @property {boolean} [isRare] happens on a slow machine only
 */

const anyMessage = /./;

/** @type {readonly ExplainedDifference[]} */
export const explainedDifferences = [
  {
    run: /rm1/,
    side: "both",
    message: /^ack /,
    what: /^(?:missing|extra)$/,
    reason:
      "An acknowledgement rides on the next message when one is due within the acknowledgement interval or asks for nothing better; " +
      "whether it stands alone, and what it covers, is a matter of milliseconds. That each number is acknowledged in time is checked apart.",
  },
  {
    run: /rm1/,
    side: "both",
    message: anyMessage,
    what: /^header SequenceAcknowledgement(?:: (?:missing|extra)|\/AcknowledgementRange(?:@Upper|: missing))$/,
    reason:
      "The other half of the same: what the recorded peer said alone ours says in passing, or the other way round.",
  },
  {
    run: /rm1/,
    side: "both",
    message: anyMessage,
    what: /^header SequenceAcknowledgement\/BufferRemaining: text$/,
    reason:
      "Ours starts an operation before it acknowledges, so that its buffer is empty again; the recorded peers wait for a thread.",
  },
  {
    run: /rm1/,
    side: "both",
    message: anyMessage,
    what: /^header AckRequested: (?:missing|extra)$/,
    reason:
      "WCF's window starts at one message and grows with each acknowledgement, and the message that fills it asks for one. Ours " +
      "starts at the peer's buffer of 8, so that another message fills it.",
  },
  {
    run: /burst/,
    side: "host",
    message: /^reply to client message /,
    what: /^(?:order|header Sequence\/MessageNumber: text)$/,
    reason:
      "The recorded host runs operations on many threads and numbers replies as they end; ours end as they began.",
  },
  {
    run: /types|refused|timeout/,
    side: "host",
    message: /^(?:fault|reply to )/,
    what: /^body\/Fault\/Reason\/Text: text$/,
    reason:
      "Reasons are for people, who are told what happened, the limit and what to change. Code, subcode and detail are the same.",
  },
  {
    run: /timeout/,
    side: "host",
    message: /^fault /,
    what: /^body\/Fault\/Detail\/ExpiredTimer: extra$/,
    reason:
      "On the wire both timers of WCF look alike; ours names the one that fired behind the Identifier, where WCF reads no further.",
  },
  {
    run: /cut/,
    side: "host",
    message: /^(?:answer to AckRequested|reply to client message)/,
    what: /^extra$/,
    reason:
      "The recorded host drops every connection on which a cut session comes back. Ours goes on with the session.",
  },
  {
    run: /types/,
    side: "host",
    message: /^reply to client message 5$/,
    what: /^body\/Fault\/Code\/Subcode: missing$/,
    reason:
      "After an unexpected error WCF's host ends the session, and says InternalServiceFault so that the client's side faults too. Our " +
      "sessions live on, so ours does not say it. (Here the handler ends its session itself, so that the rest can be compared.)",
  },
  {
    run: /rm11/,
    side: "host",
    message: /^TerminateSequenceResponse 1$/,
    what: /^order$/,
    reason:
      "The two sequences close independently. The recorded host starts to close its own when the client has terminated, ours as soon " +
      "as the client has closed: one round trip less.",
  },
  {
    run: /^ws-/,
    side: "host",
    message: /^handshake 1$/,
    what: /^field (?:date|server): missing$/,
    reason:
      "A 101 may do without a Date (RFC 9110 6.6.1), and no client of a WebSocket asks for one; what software answers is nobody's business.",
  },
  {
    run: /^ws-.*-callbacks$/,
    side: "host",
    message: /^Confirm 1$/,
    what: /^header ReplyTo\/Address: text$/,
    reason:
      "The recorded host listens at an http address and gives that in ReplyTo of callbacks, though its client called ws; in Accept/AcksTo " +
      "it says ws. Ours says what the client called in both. WCF's client replies to ws all the same.",
  },
  {
    run: /^tcp-plain-callbacks$/,
    side: "host",
    message: /^Confirm 1$/,
    what: /^header ReplyTo\/Address: text$/,
    reason:
      "The recorded client calls the port of then, at which ours does not listen. A reliable session keeps the address that its client " +
      "called; without one ours gives that at which it listens, as the recorded host does.",
  },
  {
    run: /^ws-rm1/,
    side: "host",
    message: /^end 1$/,
    what: /^extra$/,
    reason:
      "Ours answers the client's close frame with one, as RFC 6455 5.5.1 wants. The recorded host does so without a session alone, and " +
      "with one ends the connection.",
  },
  {
    run: /types/,
    side: "client",
    message: /^(?:LastMessage 1|CloseSequence 1|end 1)$/,
    what: /^extra$/,
    reason:
      "When the service has ended its side, our client ends its own; WCF's waits for the program, which here aborted 300 ms later.",
  },
  {
    run: /cut/,
    side: "client",
    message: /^(?:preamble \d+|Add \d+ again \d+)$/,
    what: /^(?:order|missing|extra)$/,
    reason:
      "On a new connection our client repeats at once what has no acknowledgement; WCF's waits for its retransmission timer, and dials " +
      "when that or a call makes it send.",
  },
  {
    run: /burst/,
    side: "both",
    message: /^AckRequested /,
    what: /^extra$/,
    reason:
      "Ours asks about a closed window after 500 ms, WCF's client after 30 s and its service never; a slow machine may take that long.",
    isRare: true,
  },
  {
    run: /rm1/,
    side: "both",
    message: / again \d+$/,
    what: /^extra$/,
    reason: "A slow machine may take longer to acknowledge than the retransmission timer waits.",
    isRare: true,
  },
];
