import { beforeEach, expect, it } from "vitest";
import { pureUtf8 } from "../bytes/index.ts";
import { anonymousAddress } from "../soap/index.ts";
import { UniqueId } from "../xml/index.ts";
import { BinaryMessageCodec, DuplexSession, FramedLink, type PendingCall, type SessionEffect } from "./index.ts";

const preambleAck = Uint8Array.of(0x0b);
const codec = new BinaryMessageCodec();
let lastId = 0;

class TestCall implements PendingCall {
  readonly messageId: UniqueId = nextId();
  readonly action: string;
  readonly deadlineMs: number = Number.POSITIVE_INFINITY;

  constructor(action: string) {
    this.action = action;
  }

  readReply(): string {
    return `reply to ${this.action}`;
  }

  isAnswer(action: string): boolean {
    return action === `${this.action}Fault`;
  }
}

function nextId(): UniqueId {
  lastId += 1;
  return UniqueId.parse(`urn:uuid:00000000-0000-0000-0000-${String(lastId).padStart(12, "0")}`);
}

function clientSession(): DuplexSession<TestCall> {
  const address = "net.tcp://host:808/plain";
  return new DuplexSession<TestCall>(
    {
      role: "client",
      shape: "duplex",
      address,
      reliable: undefined,
      openTimeoutMs: 1_000,
      closeTimeoutMs: 1_000,
      receiveTimeoutMs: Number.POSITIVE_INFINITY,
      codec,
      nextId,
      readBody: (action) => action,
    },
    0,
  );
}

let session: DuplexSession<TestCall>;
let link: FramedLink;
let peer: FramedLink;

beforeEach(() => {
  const options = { utf8: pureUtf8, limits: {} };
  link = FramedLink.initiator({ ...options, via: "net.tcp://host:808/plain", preambleTimeoutMs: 1_000 });
  peer = FramedLink.receiver({ ...options, streamOffset: 0 });
  session = clientSession();
  session.handle({ type: "open" }, 0);
  session.handle({ type: "link-connected", link }, 0);
  session.handle({ type: "received", link, bytes: preambleAck }, 0);
});

function call(action: string): TestCall {
  const made = new TestCall(action);
  session.handle(
    { type: "request", call: made, addressing: { action, messageId: made.messageId }, body: undefined },
    0,
  );
  return made;
}

/** What the client makes of a message with nothing but an action, and perhaps what it relates to. */
function receive(action: string, relatesTo?: UniqueId): readonly SessionEffect<TestCall>[] {
  codec.write(peer, undefined, anonymousAddress, {
    addressing: { action, relatesTo },
    sequenceId: undefined,
    messageNumber: 0,
    isLastMessage: false,
    ackRequestedId: undefined,
    acknowledgement: undefined,
    content: { type: "application", body: undefined },
    attempt: 1,
  });
  return session.handle({ type: "received", link, bytes: peer.takeOutput()! }, 0);
}

it("gives a fault that does not say what it relates to to the oldest call that it can be for (R-LIVE-MONO-1)", () => {
  const other = call("urn:Other");
  const first = call("urn:Add");
  const second = call("urn:Add");
  expect(receive("urn:AddFault")).toMatchObject([{ type: "reply", call: first }]);
  expect(receive("urn:AddFault")).toMatchObject([{ type: "reply", call: second }]);
  expect(receive("urn:OtherFault")).toMatchObject([{ type: "reply", call: other }]);
  expect(session.pendingCallCount).toBe(0);
});

it("takes a message that is no answer of a pending call for one of its own, and a reply to nobody for none", () => {
  call("urn:Add");
  expect(receive("urn:Tick")).toMatchObject([{ type: "message", message: { action: "urn:Tick" } }]);
  expect(receive("urn:AddFault", nextId())).toEqual([]);
  expect(session.pendingCallCount).toBe(1);
});

it("finds its call whichever way an answer comes", () => {
  const made = call("urn:Add");
  expect(receive("urn:AddResponse", made.messageId)).toMatchObject([{ type: "reply", call: made }]);
});

it("closes without an error when the peer answers our End by closing the connection (R-LIVE-MONO-2)", () => {
  session.handle({ type: "close" }, 0);
  expect(session.handle({ type: "link-closed", link, error: undefined }, 1)).toMatchObject([{ type: "closed" }]);
});

it("ends a connection without an End when the session faults, since an End would tell the peer that all is well (R-LIVE-FAULT-2)", () => {
  expect(session.handle({ type: "abort", reason: undefined }, 0)).toMatchObject([
    { type: "close-link", isGraceful: false },
    { type: "faulted", fault: { code: "SESSION_ABORTED" } },
  ]);
  expect(link.hasSentEnd).toBe(false);
});

it("faults when the connection of an open session ends without an End", () => {
  expect(session.handle({ type: "link-closed", link, error: undefined }, 1)).toMatchObject([
    { type: "faulted", fault: { code: "SESSION_CONNECTION_LOST" } },
  ]);
});
