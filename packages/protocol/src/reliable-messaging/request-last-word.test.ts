import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects } from "./dialect.ts";
import { type IncomingMessage, RequestSession, RmHeaders, reliableSessionOptions, type Transmission } from "./index.ts";

const id = (name: string): UniqueId => UniqueId.parse(`urn:${name}`);
const address = "http://host/service";

function message(
  parts: Partial<Omit<IncomingMessage, "headers" | "rm">>,
  rm: Partial<RmHeaders> = {},
): IncomingMessage {
  return {
    headers: Object.assign(new MessageHeaders(), { relatesTo: id("id:1") }),
    rm: Object.assign(new RmHeaders(dialects["1.0"]), rm),
    kind: parts.body?.type ?? "application",
    byteLength: 1,
    body: undefined,
    isFault: false,
    soapFault: undefined,
    sequenceFault: undefined,
    ...parts,
  };
}

/** A client's session on which message 1 is one-way, 2 a call, 3 one-way and 4 a call, all without an answer. */
function clientWithFour() {
  let count = 0;
  const session = new RequestSession<IncomingMessage>({
    role: "initiator",
    shape: "duplex",
    options: reliableSessionOptions({ inactivityTimeoutMs: Number.POSITIVE_INFINITY }),
    address,
    openTimeoutMs: Number.POSITIVE_INFINITY,
    closeTimeoutMs: Number.POSITIVE_INFINITY,
    maxRequestCount: 8,
    nextId: () => id(`id:${++count}`),
    retain: (kept) => kept,
  });
  const sent: Transmission[] = [];
  const handle = (input: Parameters<typeof session.handle>[0]): void => {
    for (const effect of session.handle(input, 0)) if (effect.type === "transmit") sent.push(effect.transmission);
  };
  handle({ type: "open" });
  handle({ type: "link-up" });
  const body = {
    type: "create-sequence-response",
    identifier: id("to-service"),
    expires: undefined,
    incompleteSequenceBehavior: undefined,
    acceptAcksTo: address,
  } as const;
  handle({ type: "response", message: message({ body }), request: sent[0]! });
  for (const messageId of [undefined, id("call-2"), undefined, id("call-4")])
    handle({ type: "send", message: { addressing: { action: "urn:a", messageId }, body: "", byteLength: 1 } });
  return { session, request: sent.at(-1)!, handle };
}

describe("a service that ends a session over exchanges and says what arrived (R-HTTP-CLOSE-3)", () => {
  const fault = { name: "SequenceTerminated", code: "Receiver", reason: "closed" } as const;
  const ended = (upper: number, identifier: UniqueId): IncomingMessage =>
    message(
      { isFault: true, sequenceFault: fault },
      { acknowledgement: { identifier, ranges: [{ lower: 1, upper }], isFinal: false, bufferRemaining: undefined } },
    );

  it("leaves in doubt the calls that arrived, and neither what did not arrive nor one-way messages that did", () => {
    const { session, request, handle } = clientWithFour();

    handle({ type: "response", message: ended(2, id("to-service")), request });

    expect(session.state).toBe("faulted");
    expect(session.output?.unacknowledged.map(({ messageNumber, wasSent }) => [messageNumber, wasSent])).toEqual([
      [2, true],
      [3, false],
      [4, false],
    ]);
  });

  it.each([
    ["says nothing", message({ isFault: true, sequenceFault: fault })],
    ["speaks of another sequence", ended(4, id("another"))],
  ])("leaves all in doubt that was sent when it %s", (_what, given) => {
    const { session, request, handle } = clientWithFour();

    handle({ type: "response", message: given, request });

    expect(session.output?.unacknowledged.map(({ wasSent }) => wasSent)).toEqual([true, true, true, true]);
  });
});
