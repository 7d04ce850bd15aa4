import { describe, expect, it } from "vitest";
import { MessageHeaders } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import {
  dialects,
  type IncomingMessage,
  type RmBody,
  RmHeaders,
  routingIdentifier,
  verifyIdentifiers,
} from "./index.ts";

const output = UniqueId.parse("urn:output");
const input = UniqueId.parse("urn:input");
const stranger = UniqueId.parse("urn:stranger");
const ids = { outputId: output, inputId: input };

type Parts = Partial<Pick<RmHeaders, "sequenceId" | "ackRequestedId" | "acknowledgement">> &
  Partial<Pick<IncomingMessage, "body" | "sequenceFault">>;

function message({ body, sequenceFault, ...parts }: Parts): IncomingMessage {
  const rm = Object.assign(new RmHeaders(dialects["1.1"]), parts);
  return {
    headers: new MessageHeaders(),
    rm,
    kind: body?.type ?? "application",
    byteLength: 0,
    body,
    isFault: sequenceFault !== undefined,
    soapFault: undefined,
    sequenceFault,
  };
}

const acknowledgementOf = (identifier: UniqueId) => ({
  identifier,
  ranges: [],
  isFinal: false,
  bufferRemaining: undefined,
});
const ending = (type: "close-sequence" | "terminate-sequence", identifier: UniqueId): RmBody => ({
  type,
  identifier,
  lastMessageNumber: 1,
});
const response = (type: "close-sequence-response" | "terminate-sequence-response", identifier: UniqueId): RmBody => ({
  type,
  identifier,
});

describe("the identifiers of a message (R-WCF-VERIFY-1)", () => {
  it.each<[string, Parts]>([
    ["nothing", {}],
    ["an acknowledgement of what we send", { acknowledgement: acknowledgementOf(output) }],
    ["a question about what we receive", { ackRequestedId: input }],
    ["a message of what we receive", { sequenceId: input }],
    ["the end of what we receive", { body: ending("close-sequence", input) }],
    ["the last end of what we receive", { body: ending("terminate-sequence", input) }],
    ["the answer to our end", { body: response("close-sequence-response", output) }],
    ["the answer to our last end", { body: response("terminate-sequence-response", output) }],
  ])("are right in %s", (_name, parts) => {
    expect(verifyIdentifiers(message(parts), ids)).toBeUndefined();
  });

  it.each<[string, Parts, UniqueId, string]>([
    [
      "an acknowledgement of what we receive",
      { acknowledgement: acknowledgementOf(input) },
      input,
      "The sequence urn:input named by SequenceAcknowledgement is not known here.",
    ],
    [
      "a question about what we send",
      { ackRequestedId: output },
      output,
      "The sequence urn:output named by AckRequested is not known here.",
    ],
    [
      "a message of what we send",
      { sequenceId: output },
      output,
      "The sequence urn:output named by Sequence is not known here.",
    ],
    [
      "the end of a stranger",
      { body: ending("close-sequence", stranger) },
      stranger,
      "The sequence urn:stranger named by CloseSequence is not known here.",
    ],
    [
      "the last end of a stranger",
      { body: ending("terminate-sequence", stranger) },
      stranger,
      "The sequence urn:stranger named by TerminateSequence is not known here.",
    ],
    [
      "the answer to an end of what we receive",
      { body: response("close-sequence-response", input) },
      input,
      "The sequence urn:input named by a close response is not known here.",
    ],
    [
      "the answer to a stranger's last end",
      { body: response("terminate-sequence-response", stranger) },
      stranger,
      "The sequence urn:stranger named by a close response is not known here.",
    ],
  ])("are unknown in %s", (_name, parts, identifier, reason) => {
    expect(verifyIdentifiers(message(parts), ids)).toEqual({
      name: "UnknownSequence",
      code: "Sender",
      reason,
      identifier,
    });
  });

  it.each([
    ["close-sequence", "CloseSequence"],
    ["terminate-sequence", "TerminateSequence"],
  ] as const)("are a violation where the receiver of a sequence ends it by %s", (type, element) => {
    expect(verifyIdentifiers(message({ body: ending(type, output) }), ids)).toEqual({
      name: "SequenceTerminated",
      code: "Sender",
      reason: `${element} names a sequence that its receiver sends; only the sender of a sequence may end it.`,
      identifier: input,
    });
  });

  it("are all unknown where a session has no sequence that way", () => {
    const oneWay = { outputId: output, inputId: undefined };
    expect(verifyIdentifiers(message({ sequenceId: input }), oneWay)?.name).toBe("UnknownSequence");
    expect(verifyIdentifiers(message({ ackRequestedId: input }), oneWay)?.name).toBe("UnknownSequence");
  });
});

describe("the sequence that leads a connection to its session (R-WCF-ROUTE-1)", () => {
  const fault = { name: "SequenceTerminated", code: "Sender", reason: "", identifier: stranger } as const;

  it.each<[string, Parts, "input" | "output", UniqueId]>([
    [
      "TerminateSequence before all",
      { body: ending("terminate-sequence", input), sequenceId: stranger },
      "input",
      input,
    ],
    ["Sequence before AckRequested", { sequenceId: input, ackRequestedId: stranger }, "input", input],
    [
      "AckRequested before an acknowledgement",
      { ackRequestedId: input, acknowledgement: acknowledgementOf(output) },
      "input",
      input,
    ],
    ["CloseSequence", { body: ending("close-sequence", input) }, "input", input],
    [
      "an acknowledgement before a response",
      { acknowledgement: acknowledgementOf(output), body: response("close-sequence-response", stranger) },
      "output",
      output,
    ],
    ["a response", { body: response("terminate-sequence-response", output) }, "output", output],
    ["a close response", { body: response("close-sequence-response", output) }, "output", output],
    ["a fault", { sequenceFault: fault }, "input", stranger],
  ])("is that of %s", (_name, parts, of, identifier) => {
    expect(routingIdentifier(message(parts))).toEqual({ of, identifier });
  });

  it("is missing in a plain message", () => {
    expect(routingIdentifier(message({}))).toBeUndefined();
  });
});
