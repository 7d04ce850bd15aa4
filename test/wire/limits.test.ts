import { connect, type NetTcpOptions, netTcp, type TraceRecord } from "@bowline/client";
import { transientDictionaryString } from "@bowline/protocol/binary-xml";
import { utf8ByteLength } from "@bowline/protocol/bytes";
import { describe, expect, it } from "vitest";
import { connectDesk, Desk, rejection, type Served, serveDesk, sessionError, twoFlavours, until } from "./loopback.ts";
import { type Part, RawClient } from "./raw-client.ts";

/** A host with a limit, and a client of it that does nothing wrong. */
async function serveLimited(
  options: NetTcpOptions,
): Promise<{ served: Served; raw: () => Promise<RawClient>; expectUnharmed: () => Promise<void> }> {
  const served = await serveDesk(options);
  const { readerQuotas, maxReceivedMessageSize, ...own } = options;
  const bystander = await connectDesk(netTcp(served.address, own));
  return {
    served,
    raw: () => RawClient.to(served.port, served.address),
    expectUnharmed: async () => {
      expect(await bystander.Add({ a: 20, b: 3 })).toBe(23);
      expect(bystander.session.reconnectCount).toBe(0);
    },
  };
}

/** Byte length of the second message each way, with `text` in it: the first carries the session's strings. */
async function messageSizes(options: NetTcpOptions, text: string): Promise<{ request: number; reply: number }> {
  const served = await serveDesk(options);
  const records: TraceRecord[] = [];
  const client = await connect(Desk, served.endpoint(), { trace: (record) => records.push(record) });
  await client.Echo({ text: "" });
  records.length = 0;
  await client.Echo({ text });
  const sizeOf = (direction: string): number =>
    records.find((record) => record.level === "ALM" && record.direction === direction)?.byteLength ?? 0;
  // The size of the empty string table, one byte, is no part of what is traced of a received message.
  const sizes = { request: sizeOf("sent"), reply: sizeOf("received") + 1 };
  await client.close();
  return sizes;
}

const text = "x".repeat(2_000);

describe("maxReceivedMessageSize", () => {
  it("is what the service takes and no byte more, and the client learns of it", async () => {
    const limit = (await messageSizes({}, text)).request;
    const { served, expectUnharmed } = await serveLimited({ maxReceivedMessageSize: limit });
    const client = await connectDesk(netTcp(served.address));
    await client.Echo({ text: "" });

    expect(await client.Echo({ text })).toBe(text);
    const call = await rejection(client.Echo({ text: `${text}x` }));

    expect(call).toMatchObject({ code: "CALL_SESSION_ENDED" });
    expect(await client.session.ended).toMatchObject({
      code: "SESSION_MESSAGE_TOO_LARGE",
      isRemote: true,
      message: expect.stringContaining("maxReceivedMessageSize"),
    });
    await until(() => served.ends.length === 1, "the service ends the session");
    const { error } = served.ends[0]!;
    expect(error).toMatchObject({ code: "SESSION_MESSAGE_TOO_LARGE", isRemote: false });
    expect(error?.message).toContain(String(limit));
    expect(error?.message).toContain(String(limit + 1));
    await expectUnharmed();
  });

  it("is what the client takes and no byte more, and the service learns of it", async () => {
    const limit = (await messageSizes({}, text)).reply;
    const { served, expectUnharmed } = await serveLimited({});
    const client = await connectDesk(netTcp(served.address, { maxReceivedMessageSize: limit }));
    await client.Echo({ text: "" });

    expect(await client.Echo({ text })).toBe(text);
    await rejection(client.Echo({ text: `${text}x` }));

    const error = await client.session.ended;
    expect(error).toMatchObject({ code: "SESSION_MESSAGE_TOO_LARGE", isRemote: false });
    expect(error?.message).toContain(String(limit));
    expect(error?.message).toContain(String(limit + 1));
    await until(() => served.ends.length === 1, "the service hears of it");
    expect(served.ends[0]?.error).toBeInstanceOf(Error);
    await expectUnharmed();
  });

  it("of the client ends a reliable session of the service too, which is told why", async () => {
    const options = { reliableSession: {} };
    const { served, expectUnharmed } = await serveLimited(options);
    const client = await connectDesk(netTcp(served.address, { ...options, maxReceivedMessageSize: 3_000 }));

    await rejection(client.Echo({ text: "x".repeat(3_000) }));

    expect(await client.session.ended).toMatchObject({ code: "SESSION_MESSAGE_TOO_LARGE", isRemote: false });
    await until(() => served.ends.length === 1, "the service hears of it");
    expect(served.ends[0]?.error).toMatchObject({ code: "SESSION_TERMINATED_BY_PEER", isRemote: true });
    expect(served.ends[0]?.error?.message).toContain("3000");
    await expectUnharmed();
  });

  it("ends a reliable session too, since the message would come again and again", async () => {
    const options = { reliableSession: {} };
    const { served, expectUnharmed } = await serveLimited({ ...options, maxReceivedMessageSize: 3_000 });
    const client = await connectDesk(netTcp(served.address, options));

    await rejection(client.Echo({ text: "x".repeat(3_000) }));

    expect(await client.session.ended).toMatchObject({ code: "SESSION_MESSAGE_TOO_LARGE", isRemote: true });
    expect(client.session.reconnectCount).toBe(0);
    await until(() => served.ends.length === 1, "the service ends the session");
    expect(served.ends[0]?.error).toMatchObject({ code: "SESSION_MESSAGE_TOO_LARGE", isRemote: false });
    await expectUnharmed();
  });
});

describe.each(twoFlavours)("a reader quota (%s)", (_name, options) => {
  it("maxStringContentLength fails the call that passes it by one, and the session lives on", async () => {
    const { served, expectUnharmed } = await serveLimited({
      ...options,
      readerQuotas: { maxStringContentLength: 1_000 },
    });
    const client = await connectDesk(netTcp(served.address, options));

    expect(await client.Echo({ text: "x".repeat(1_000) })).toHaveLength(1_000);
    const error = await rejection(client.Echo({ text: "x".repeat(1_001) }));

    expect(error).toMatchObject({ name: "SoapFaultError", faultCode: "Sender" });
    expect(error.message).toContain("1001 characters");
    expect(error.message).toContain("maxStringContentLength is 1000");
    expect(await client.Echo({ text: "alive" })).toBe("alive");
    await expectUnharmed();
  });

  it("maxArrayLength fails the call that passes it by one, and the session lives on", async () => {
    const { served, expectUnharmed } = await serveLimited({ ...options, readerQuotas: { maxArrayLength: 500 } });
    const client = await connectDesk(netTcp(served.address, options));

    expect(await client.Bytes({ data: new Uint8Array(500) })).toHaveLength(500);
    const error = await rejection(client.Bytes({ data: new Uint8Array(501) }));

    expect(error).toMatchObject({ name: "SoapFaultError", faultCode: "Sender" });
    expect(error.message).toContain("501");
    expect(error.message).toContain("maxArrayLength is 500");
    expect(await client.Echo({ text: "alive" })).toBe("alive");
    await expectUnharmed();
  });

  it("of the client fails the call whose reply passes it, and the session lives on", async () => {
    const { served, expectUnharmed } = await serveLimited(options);
    const client = await connectDesk(
      netTcp(served.address, { ...options, readerQuotas: { maxStringContentLength: 300 } }),
    );

    expect(await client.Echo({ text: "x".repeat(300) })).toHaveLength(300);
    const error = await rejection(client.Echo({ text: "x".repeat(301) }));

    expect(error.message).toContain("maxStringContentLength is 300");
    expect(await client.Echo({ text: "alive" })).toBe("alive");
    await expectUnharmed();
  });
});

describe("a limit of XML", () => {
  it("maxDepth counts elements inside each other", async () => {
    const { raw, expectUnharmed } = await serveLimited({ readerQuotas: { maxDepth: 12 } });
    const client = await raw();
    // Envelope, Body and Add are around them.
    const nested = (depth: number): Part => {
      return (writer) => {
        for (let level = 0; level < depth; level++) writer.startElement("", "more");
        for (let level = 0; level < depth; level++) writer.endElement();
      };
    };

    expect(await client.add({ more: nested(9) })).toContain("<AddResult>3</AddResult>");
    const fault = await client.add({ more: nested(10) });

    expect(fault).toContain("Sender");
    expect(fault).toMatch(/maxDepth, which is 12/);
    expect(await client.add()).toContain("<AddResult>3</AddResult>");
    await expectUnharmed();
  });

  it("maxAttributeCount counts attributes and declarations of one element", async () => {
    const { raw, expectUnharmed } = await serveLimited({ readerQuotas: { maxAttributeCount: 7 } });
    const client = await raw();
    const attributes = (count: number): Part => {
      return (writer) => {
        for (let index = 0; index < count; index++) writer.attribute("", `a${index}`, "");
      };
    };

    expect(await client.add({ attributes: attributes(6) })).toContain("<AddResult>3</AddResult>");
    const fault = await client.add({ attributes: attributes(7) });

    expect(fault).toContain("Sender");
    expect(fault).toMatch(/maxAttributeCount, which is 7/);
    expect(await client.add()).toContain("<AddResult>3</AddResult>");
    await expectUnharmed();
  });

  it("maxBytesPerRead bounds one start tag", async () => {
    const { raw, expectUnharmed } = await serveLimited({ readerQuotas: { maxBytesPerRead: 200 } });
    const client = await raw();
    const attribute = (byteLength: number): Part => {
      return (writer) => writer.attribute("", "a", "x".repeat(byteLength));
    };

    // The name, its declaration and the heads of the records take the rest.
    expect(await client.add({ attributes: attribute(150) })).toContain("<AddResult>3</AddResult>");
    const fault = await client.add({ attributes: attribute(201) });

    expect(fault).toMatch(/maxBytesPerRead is 200/);
    expect(await client.add()).toContain("<AddResult>3</AddResult>");
    await expectUnharmed();
  });
});

describe("maxHeaderCount", () => {
  const blocks = (count: number): Part => {
    return (writer) => {
      for (let index = 0; index < count; index++) {
        writer.startElement("", "Extra");
        writer.declareNamespace("", "urn:extra");
        writer.endElement();
      }
    };
  };

  it("ends the session whose message has one header block more", async () => {
    const { served, raw, expectUnharmed } = await serveLimited({ maxHeaderCount: 10 });
    const client = await raw();

    // With Action, MessageID, ReplyTo and To.
    expect(await client.add({ headers: blocks(6) })).toContain("<AddResult>3</AddResult>");
    expect(await client.add({ headers: blocks(7) })).toBeUndefined();

    expect(served.ends[0]?.error).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION" });
    expect(served.ends[0]?.error?.message).toContain("more than 10 header blocks (maxHeaderCount)");
    await expectUnharmed();
  });

  it("tells the client of a reliable session which limit it was", async () => {
    const options = { reliableSession: { version: "1.1" } } as const;
    // CreateSequence has four, a call of a reliable session has more.
    const served = await serveDesk({ ...options, maxHeaderCount: 4 });
    const client = await connectDesk(netTcp(served.address, options));

    await rejection(client.Add({ a: 1, b: 2 }));

    const error = await client.session.ended;
    expect(error).toMatchObject({ code: "SESSION_TERMINATED_BY_PEER", isRemote: true });
    expect(error?.message).toContain("more than 4 header blocks (maxHeaderCount)");
  });
});

describe("maxAckRangeCount", () => {
  it("ends the session whose acknowledgement has one range more", async () => {
    const { served, raw, expectUnharmed } = await serveLimited({
      reliableSession: { version: "1.1", maxAckRangeCount: 2 },
    });
    const client = await raw();
    const { outputId, inputId } = await client.create();
    for (let count = 1; count <= 5; count++) {
      await client.add({ rm: "1.1", headers: client.sequence(outputId) });
    }
    const only = (messageNumber: number): { lower: number; upper: number } => ({
      lower: messageNumber,
      upper: messageNumber,
    });

    client.acknowledge(inputId, [only(1), only(3)]);
    client.acknowledge(inputId, [only(1), { lower: 3, upper: 4 }]);
    client.acknowledge(inputId, [only(1), only(3), only(5)]);

    await until(() => served.ends.length === 1, "the service ends the session");
    expect(served.ends[0]?.error).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION" });
    expect(served.ends[0]?.error?.message).toContain("more than 2 ranges (maxAckRangeCount)");
    await until(() => client.envelopes.at(-1)?.includes("maxAckRangeCount") === true, "the client is told");
    await expectUnharmed();
  });
});

describe("maxSessionByteLength", () => {
  it("bounds the strings of a session, of all its messages together", async () => {
    const limit = 400;
    const { served, raw, expectUnharmed } = await serveLimited({ maxSessionByteLength: limit });
    // Strings that fill the session's table up to `byteLength`.
    const padding = (client: RawClient, byteLength: number): Part => {
      return (writer) => {
        const free = byteLength - client.link.strings.writer.pendingByteLength;
        const name = transientDictionaryString("x".repeat(free - (free > 128 ? 2 : 1)));
        expect(utf8ByteLength(name.value)).toBeGreaterThan(0);
        writer.startElement("", name);
        writer.endElement();
      };
    };
    const within = await raw();
    const beyond = await raw();

    expect(await within.add({ more: padding(within, limit) })).toContain("<AddResult>3</AddResult>");
    expect(await within.add()).toContain("<AddResult>3</AddResult>");
    expect(await beyond.add({ more: padding(beyond, limit + 1) })).toBeUndefined();

    expect(served.ends).toHaveLength(1);
    expect(served.ends[0]?.error).toMatchObject({ code: "SESSION_PROTOCOL_VIOLATION" });
    expect(served.ends[0]?.error?.message).toContain(`have ${limit + 1} bytes; maxSessionByteLength is ${limit}`);
    await expectUnharmed();
  });

  it("is told to the host when the first message of a reliable session passes it", async () => {
    const served = await serveDesk({ reliableSession: {}, maxSessionByteLength: 20 });

    const error = await sessionError(
      connect(Desk, netTcp(served.address, { reliableSession: {}, openTimeoutMs: 1_000 })),
    );

    expect(error.code).toBe("SESSION_CONNECTION_LOST");
    expect(String(served.errors[0]?.error)).toContain("maxSessionByteLength is 20");
  });
});
