import { describe, expect, it } from "vitest";
import { MessageHeaders, type SoapFault } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { dialects, type RmVersion } from "./dialect.ts";
import type { RmBody } from "./protocol-message.ts";
import { RmHeaders } from "./rm-headers.ts";
import type { SequenceFault } from "./sequence-fault.ts";
import type { SessionShape } from "./sequence-opening.ts";
import type { IncomingMessage } from "./transmission.ts";
import {
  beyondLast,
  invalidAcknowledgement,
  judgeOpeningAnswer,
  type OpeningAnswer,
  plainMessage,
  secondOpening,
  sequenceClosed,
  strayFault,
} from "./violations.ts";

const identifier = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-0000000000aa");
const createMessageId = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-0000000000bb");

interface Parts {
  readonly action?: string;
  readonly relatesTo?: UniqueId | undefined;
  readonly body?: RmBody | undefined;
  readonly isFault?: boolean;
  readonly soapFault?: SoapFault | undefined;
  readonly sequenceFault?: SequenceFault | undefined;
}

function message({ action = "urn:answer", relatesTo, body, isFault = false, ...faults }: Parts): IncomingMessage {
  const { soapFault, sequenceFault } = faults;
  return {
    headers: Object.assign(new MessageHeaders(), { action, relatesTo }),
    rm: new RmHeaders(dialects["1.0"]),
    kind: body?.type ?? "application",
    byteLength: 0,
    body,
    isFault,
    soapFault,
    sequenceFault,
  };
}

const soapFault = (parts: Partial<SoapFault>): SoapFault => ({
  code: "Receiver",
  subcodes: [],
  reason: "The cache is cold.",
  reasonLanguage: "en",
  ...parts,
});

describe("the fault for a peer that breaks the protocol", () => {
  it("names the message that came after the last one (R-WSRM10-LAST-1)", () => {
    expect(beyondLast(9, 5, identifier)).toEqual({
      name: "LastMessageNumberExceeded",
      code: "Sender",
      reason: "Message 9 came after the last message 5.",
      identifier,
    });
    expect(sequenceClosed(6, identifier)).toEqual({
      name: "SequenceClosed",
      code: "Sender",
      reason: "The sequence is closed and takes no message 6.",
      identifier,
    });
  });

  it("returns an acknowledgement that covers more than was sent, with its highest number (R-WSRM-ACK-3)", () => {
    const ranges = [
      { lower: 1, upper: 2 },
      { lower: 5, upper: 6 },
      { lower: 8, upper: 9 },
    ];
    const acknowledgement = { identifier, ranges, isFinal: false, bufferRemaining: undefined };
    expect(invalidAcknowledgement("beyond-last-sent", acknowledgement, 7)).toEqual({
      name: "InvalidAcknowledgement",
      code: "Sender",
      reason: "The acknowledgement covers message 9, but 7 is the last one sent.",
      identifier,
      acknowledgement,
    });
  });

  it("returns an acknowledgement that leaves out what was acknowledged before (R-WSRM-ACK-4)", () => {
    const ranges = [{ lower: 3, upper: 6 }];
    const acknowledgement = { identifier, ranges, isFinal: false, bufferRemaining: undefined };
    expect(invalidAcknowledgement("inconsistent", acknowledgement, 7)).toEqual({
      name: "InvalidAcknowledgement",
      code: "Sender",
      reason: "The acknowledgement leaves out messages that were acknowledged before.",
      identifier,
      acknowledgement,
    });
  });

  it("for a message outside the sequence has the name of the version (R-WCF-PLAIN-1)", () => {
    const reason = "A message without a Sequence header came within a reliable session.";
    expect(plainMessage("1.0")).toEqual({ name: "ActionNotSupported", code: "Sender", reason });
    expect(plainMessage("1.1")).toEqual({ name: "WsrmRequired", code: "Sender", reason });
  });

  it("for another offer within a session ends the sequence (R-WCF-CS-4)", () => {
    expect(secondOpening(identifier)).toEqual({
      name: "SequenceTerminated",
      code: "Sender",
      reason: "A second CreateSequence with another offer came within a session.",
      identifier,
    });
  });
});

describe("a fault that is none of reliable messaging's", () => {
  const inner = [
    { namespaceUri: "urn:app", localName: "Unready" },
    { namespaceUri: "urn:app", localName: "Cache" },
  ];

  it.each<[string, SoapFault | undefined, string]>([
    ["its outermost subcode", soapFault({ subcodes: inner }), "Unready with action urn:fault: The cache is cold."],
    ["its code when it has no subcode", soapFault({}), "Receiver with action urn:fault: The cache is cold."],
    ["the lack of a reason", soapFault({ reason: "" }), "Receiver with action urn:fault: (no reason)"],
    ["its action when its content is not known", undefined, "fault with action urn:fault: (no reason)"],
  ])("ends the sequence and is told with %s", (_name, content, words) => {
    expect(strayFault(message({ action: "urn:fault", isFault: true, soapFault: content }))).toEqual({
      name: "SequenceTerminated",
      code: "Receiver",
      reason: `a SOAP fault ${words}`,
    });
  });
});

describe("the answer to our CreateSequence (R-WCF-CS-3)", () => {
  const response = (acceptAcksTo: string | undefined): RmBody => ({
    type: "create-sequence-response",
    identifier,
    expires: undefined,
    incompleteSequenceBehavior: undefined,
    acceptAcksTo,
  });
  const judge = (parts: Parts, shape: SessionShape = "duplex", version: RmVersion = "1.1"): OpeningAnswer =>
    judgeOpeningAnswer(message(parts), createMessageId, shape, version);

  it.each<[string, string | undefined, SessionShape]>([
    ["a duplex session by an Accept", "net.tcp://host/a", "duplex"],
    ["a one-way session without an Accept", undefined, "one-way"],
    ["a one-way session by an Accept of nobody", "http://www.w3.org/2005/08/addressing/none", "one-way"],
  ])("opens %s", (_name, acceptAcksTo, shape) => {
    const answer = judge({ relatesTo: createMessageId, body: response(acceptAcksTo) }, shape);
    expect(answer).toEqual({ type: "opened", outputId: identifier });
  });

  it.each<[string, string | undefined, SessionShape, string]>([
    [
      "leaves the offer out",
      undefined,
      "duplex",
      "The service did not accept the offered sequence; its contract has one-way operations only.",
    ],
    [
      "accepts the offer for nobody",
      "http://www.w3.org/2005/08/addressing/none",
      "duplex",
      "The service did not accept the offered sequence; its contract has one-way operations only.",
    ],
    [
      "accepts what was not offered",
      "net.tcp://host/a",
      "one-way",
      "The service accepted a sequence that was not offered.",
    ],
  ])("that %s terminates the sequence", (_name, acceptAcksTo, shape, reason) => {
    const fault = { name: "SequenceTerminated", code: "Sender", reason, identifier };
    expect(judge({ relatesTo: createMessageId, body: response(acceptAcksTo) }, shape)).toEqual({
      type: "failed",
      failure: {
        code: "SESSION_PROTOCOL_VIOLATION",
        reason: `The peer broke WS-ReliableMessaging: ${reason}`,
        isRemote: false,
        fault,
      },
      fault,
    });
  });

  it.each<[string, Parts]>([
    ["another message", { relatesTo: createMessageId }],
    ["another protocol message", { relatesTo: createMessageId, body: { type: "close-sequence-response", identifier } }],
    ["the answer to another request", { relatesTo: identifier, body: response("net.tcp://host/a") }],
    ["an answer to nothing", { body: response("net.tcp://host/a") }],
  ])("is not %s: both sides may speak different versions", (_name, parts) => {
    expect(judge(parts)).toEqual({
      type: "failed",
      failure: {
        code: "SESSION_PROTOCOL_VIOLATION",
        reason:
          "The service answered CreateSequence with urn:answer; expected CreateSequenceResponse. Is reliableSession.version 1.1 right?",
        isRemote: false,
      },
      fault: undefined,
    });
  });

  it("is a refusal when it is a fault, in the words of the fault", () => {
    const content = soapFault({ code: "Sender", reason: "No such action." });
    expect(judge({ action: "urn:fault", isFault: true, soapFault: content })).toEqual({
      type: "failed",
      failure: {
        code: "SESSION_REFUSED",
        reason:
          "The service refused the session (Sender): a SOAP fault Sender with action urn:fault: No such action.; check that both sides use the same reliableSession.version",
        isRemote: true,
        fault: {
          name: "CreateSequenceRefused",
          code: "Sender",
          reason:
            "a SOAP fault Sender with action urn:fault: No such action.; check that both sides use the same reliableSession.version",
        },
      },
      fault: undefined,
    });
  });

  it("is what the fault of reliable messaging says, when it is one (R-WCF-CS-7)", () => {
    const sequenceFault: SequenceFault = { name: "EndpointUnavailable", code: "Sender", reason: "Nobody here." };
    expect(judge({ isFault: true, soapFault: soapFault({}), sequenceFault })).toEqual({
      type: "failed",
      failure: {
        code: "SESSION_ENDPOINT_NOT_FOUND",
        reason: "No endpoint serves this address: Nobody here.",
        isRemote: true,
        fault: sequenceFault,
      },
      fault: undefined,
    });
  });
});
