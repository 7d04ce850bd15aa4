import type { RmBody, RmVersion } from "@bowline/protocol/reliable-messaging";
import { describe, expect, it } from "vitest";
import { RawPeer } from "./raw-peer.ts";
import { World, type WorldOptions } from "./world.ts";

const anonymous = "http://www.w3.org/2005/08/addressing/anonymous";
const versions = ["1.0", "1.1"] as const;

function failureOf(options: WorldOptions) {
  const world = new World(options).open();
  world.run(1000);
  return { world, fault: world.client.fault };
}

describe.each(versions)("a service of version %s refuses", (version) => {
  const same = { client: { version }, server: { version } };

  it("a client that makes no offer when it needs a way back (R-WCF-CS-2)", () => {
    const { world, fault } = failureOf({ ...same, shape: "one-way", serverShape: "duplex" });
    expect(fault).toMatchObject({
      code: "SESSION_REFUSED",
      isRemote: true,
      fault: { name: "CreateSequenceRefused", code: "Sender" },
      reason: expect.stringContaining("makes no Offer"),
    });
    expect(world.servers).toHaveLength(0);
  });

  it("a client of the other version, with the fault that its clients know (R-WCF-PLAIN-1)", () => {
    const other = version === "1.0" ? "1.1" : "1.0";
    const { fault } = failureOf({ client: { version: other }, server: { version } });
    expect(fault).toMatchObject({ code: "SESSION_REFUSED", isRemote: true });
    expect(fault?.reason).toMatch(/version/);
  });

  it("one session more than maxSessionCount, and takes it when another has ended (R-WCF-BUSY-1)", () => {
    const world = new World({ ...same, maxSessionCount: 2 }).open();
    const second = world.newClient();
    const third = world.newClient();
    world.open(second);
    expect(second.session.state).toBe("open");
    world.open(third);
    expect(third.fault).toMatchObject({ code: "SESSION_SERVER_TOO_BUSY", isRemote: true });
    second.dispatch({ type: "close" });
    world.run(1000);
    const fourth = world.newClient();
    world.open(fourth);
    expect(fourth.session.state).toBe("open");
  });

  it.each<[string, Partial<Extract<RmBody, { type: "create-sequence" }>>, string]>([
    ["an AcksTo that is not ReplyTo", { acksTo: "http://elsewhere/" }, "differs from ReplyTo"],
    ["no offer", { offer: undefined }, "makes no Offer"],
  ])("CreateSequence with %s (R-WCF-CS-2)", (_name, parts, said) => {
    const world = new World({ server: { version } });
    const raw = new RawPeer(world, version, "client");
    create(world, raw, parts);
    expect(raw.last).toContain(":CreateSequenceRefused</s:Value>");
    expect(raw.last).toContain(said);
    expect(raw.last).toContain("<a:RelatesTo>");
    expect(raw.isEnded).toBe(true);
    expect(world.acceptor.sessionCount).toBe(0);
  });

  it("a plain message on a new connection (R-WCF-PLAIN-1)", () => {
    const world = new World({ server: { version } });
    const raw = new RawPeer(world, version, "client");
    raw.send({ action: "urn:echo/Note" });
    expect(raw.last).toContain(version === "1.1" ? ":WSRMRequired<" : ":ActionNotSupported<");
    expect(raw.isEnded).toBe(true);
  });

  it("no repetition of a CreateSequence: the same offer is the same session (R-WCF-CS-5)", () => {
    const world = new World({ server: { version } });
    const raw = new RawPeer(world, version, "client");
    const offer = { identifier: world.nextId(), endpoint: endpointOf(version), incompleteSequenceBehavior: undefined };
    create(world, raw, { offer });
    create(world, raw, { offer });
    const again = new RawPeer(world, version, "client");
    create(world, again, { offer });
    expect(world.acceptor.sessionCount).toBe(1);
    const identifiers = [...raw.envelopes, ...again.envelopes].map((xml) => /<Identifier>(.*?)</.exec(xml)?.[1]);
    expect(identifiers).toHaveLength(3);
    expect(new Set(identifiers).size).toBe(1);
  });
});

describe("a one-way service", () => {
  it("of version 1.0 refuses an offer, of version 1.1 does not accept it (R-WCF-CS-2, R-WCF-CS-3)", () => {
    const options = { shape: "duplex", serverShape: "one-way" } as const;
    expect(failureOf(options).fault).toMatchObject({
      code: "SESSION_REFUSED",
      reason: expect.stringContaining("makes an Offer"),
    });
    const { fault } = failureOf({ ...options, client: { version: "1.1" }, server: { version: "1.1" } });
    expect(fault).toMatchObject({
      code: "SESSION_PROTOCOL_VIOLATION",
      reason: expect.stringContaining("did not accept the offered sequence"),
    });
  });
});

describe("Offer/Endpoint of version 1.1", () => {
  it("must be AcksTo (R-WCF-CS-2)", () => {
    const world = new World({ server: { version: "1.1" } });
    const raw = new RawPeer(world, "1.1", "client");
    const offer = { identifier: world.nextId(), endpoint: "http://elsewhere/", incompleteSequenceBehavior: undefined };
    create(world, raw, { offer });
    expect(raw.last).toContain("Offer/Endpoint");
    expect(raw.last).toContain(":CreateSequenceRefused<");
  });
});

describe.each(versions)("a client of version %s", (version) => {
  function opening() {
    const world = new World({ client: { version } });
    const raw = new RawPeer(world, version, "server");
    world.open();
    return { world, raw };
  }

  it("writes CreateSequence as WCF does: MessageID, no ReplyTo, To last (R-WCF-CS-1)", () => {
    const { raw } = opening();
    const [header, body] = raw.last.split("<s:Body>");
    expect(header).toMatch(
      /<a:Action .*<a:MessageID>.*<a:To s:mustUnderstand="1">net\.tcp:\/\/host:808\/echo<\/a:To><\/s:Header>$/,
    );
    expect(header).not.toContain("ReplyTo");
    expect(body?.includes("<IncompleteSequenceBehavior>DiscardFollowingFirstGap<")).toBe(version === "1.1");
  });

  it("asks again every 10 s, with the same message, until openTimeoutMs is over (R-WCF-CS-6)", () => {
    const { world, raw } = opening();
    world.run(35_000);
    expect(raw.envelopes).toHaveLength(4);
    expect(new Set(raw.envelopes).size).toBe(1);
    world.run(25_000);
    expect(world.client.fault).toMatchObject({
      code: "SESSION_OPEN_TIMEOUT",
      reason: expect.stringContaining("openTimeoutMs 60000"),
    });
  });

  it("ends a session whose offer was not accepted, and says so to the service (R-WCF-CS-3)", () => {
    const { world, raw } = opening();
    raw.accept("");
    expect(world.client.session.state).toBe("open");

    const refused = opening();
    refused.raw.acceptNothing();
    expect(refused.world.client.fault).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION" });
    expect(refused.raw.last).toContain(":SequenceTerminated<");
  });

  it("understands who is too busy, who is not there and who refuses (R-WCF-CS-7)", () => {
    for (const [fault, code] of [
      [
        { name: "CreateSequenceRefused", code: "Receiver", reason: "full", isConnectionLimitReached: true },
        "SESSION_SERVER_TOO_BUSY",
      ],
      [{ name: "CreateSequenceRefused", code: "Sender", reason: "no" }, "SESSION_REFUSED"],
      [{ name: "EndpointUnavailable", code: "Sender", reason: "nobody" }, "SESSION_ENDPOINT_NOT_FOUND"],
      [{ name: "ActionNotSupported", code: "Sender", reason: "what" }, "SESSION_REFUSED"],
    ] as const) {
      const { world, raw } = opening();
      raw.send({ action: raw.dialect.fault, content: { type: "fault", fault } });
      expect(world.client.fault).toMatchObject({ code, isRemote: true });
      expect(world.client.fault?.reason).toContain(fault.reason);
    }
  });
});

function endpointOf(version: RmVersion): string | undefined {
  return version === "1.1" ? anonymous : undefined;
}

function create(world: World, raw: RawPeer, parts: Partial<Extract<RmBody, { type: "create-sequence" }>>): void {
  const offer = {
    identifier: world.nextId(),
    endpoint: endpointOf(raw.dialect.version),
    incompleteSequenceBehavior: undefined,
  };
  const action = raw.dialect.createSequence;
  raw.send({
    action,
    addressing: { action, messageId: world.nextId() },
    content: {
      type: "protocol",
      body: { type: "create-sequence", acksTo: anonymous, expires: undefined, offer, ...parts },
    },
  });
}
