import { describe, expect, it } from "vitest";
import { BinaryXmlReader, dictionaryString, toXmlText } from "../binary-xml/index.ts";
import { pureUtf8 } from "../bytes/index.ts";
import { binaryContentType } from "../framing/index.ts";
import { dialects, type Transmission } from "../reliable-messaging/index.ts";
import { isOnSoapFault, soap11WithoutAddressing, soap12Addressing10, writeSoapFault } from "../soap/index.ts";
import { UniqueId, XmlError } from "../xml/index.ts";
import {
  BinaryMessageCodec,
  type BodyWriter,
  LinkStrings,
  type MessageCodec,
  MessageLink,
  ReceivedEnvelope,
  StatelessBinaryMessageCodec,
  TextMessageCodec,
} from "./index.ts";

const id = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-000000000001");
const otherId = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-000000000002");
const to = "http://host/service";
const encoder = new TextEncoder();

const greeting: BodyWriter = (writer) => {
  writer.startElement("", "Greet");
  writer.declareNamespace("", "urn:greet");
  writer.text("grüß <dich>");
  writer.endElement();
};

function application(codec: MessageCodec, link: MessageLink, write: BodyWriter): Transmission {
  return {
    addressing: { action: "urn:act", messageId: id },
    sequenceId: undefined,
    messageNumber: 0,
    isLastMessage: false,
    ackRequestedId: undefined,
    acknowledgement: undefined,
    content: { type: "application", body: codec.encodeBody(link.strings, write) },
    attempt: 1,
  };
}

function newLink(): MessageLink {
  return new MessageLink({ utf8: pureUtf8, maxMessageByteLength: 65_536 });
}

/** The envelope that `codec` makes of a message with this body. */
function envelopeOf(codec: MessageCodec, write: BodyWriter): Uint8Array {
  const link = newLink();
  const byteLength = codec.write(link, undefined, to, application(codec, link, write));
  const [envelope] = link.takeMessages();
  expect(envelope).toHaveLength(byteLength);
  return envelope!;
}

const addressed =
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>' +
  '<a:Action s:mustUnderstand="1">urn:act</a:Action><a:MessageID>urn:uuid:00000000-0000-0000-0000-000000000001</a:MessageID>' +
  `<a:To s:mustUnderstand="1">${to}</a:To></s:Header><s:Body>`;
const greeted = '<Greet xmlns="urn:greet">grüß &lt;dich&gt;</Greet></s:Body></s:Envelope>';

describe("the codec of text", () => {
  it("writes SOAP 1.2 with addressing, and says so (R-WCF-TEXT-1, R-WCF-TEXT-2)", () => {
    const codec = new TextMessageCodec();
    expect([codec.contentType, codec.charsets, codec.version]).toEqual([
      "application/soap+xml; charset=utf-8",
      ["utf-8"],
      soap12Addressing10,
    ]);
    expect(new TextDecoder().decode(envelopeOf(codec, greeting))).toBe(`${addressed}${greeted}`);
  });

  it("writes SOAP 1.1 without addressing, faults too (R-SOAP11-ENV-1)", () => {
    const codec = new TextMessageCodec({ version: soap11WithoutAddressing });
    const start = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>';
    expect([codec.contentType, codec.version]).toEqual(["text/xml; charset=utf-8", soap11WithoutAddressing]);
    expect(new TextDecoder().decode(envelopeOf(codec, greeting))).toBe(`${start}${greeted}`);
    const fault = { code: "Receiver", subcodes: [], reason: "no", reasonLanguage: "" };
    const text = new TextDecoder().decode(
      envelopeOf(codec, (writer, version) => writeSoapFault(writer, version, fault, undefined)),
    );
    expect(text).toContain(
      '<s:Fault><faultcode>s:Server</faultcode><faultstring xml:lang="">no</faultstring></s:Fault>',
    );
  });

  it("reads both, up to the Body of an application message", () => {
    for (const codec of [new TextMessageCodec(), new TextMessageCodec({ version: soap11WithoutAddressing })]) {
      const bytes = envelopeOf(codec, greeting);
      const message = new ReceivedEnvelope(undefined);
      const hasAddressing = codec.version.hasAddressing;
      const reader = codec.read(message, bytes, 0, bytes.length);
      expect([message.headers.action, message.headers.to]).toEqual(hasAddressing ? ["urn:act", to] : ["", undefined]);
      expect(reader.nextChild() && reader.is("Greet", "urn:greet") && reader.readString()).toBe("grüß <dich>");
      const again = codec.readAgain(new ReceivedEnvelope(undefined), message.retain().document);
      expect(again.nextChild() && again.readString()).toBe("grüß <dich>");
    }
  });

  it("refuses more header blocks and depth than it may have", () => {
    const codec = new TextMessageCodec({ quotas: { maxDepth: 3 }, maxHeaderCount: 1 });
    const read = (text: string): unknown => {
      const bytes = encoder.encode(text);
      return codec.read(new ReceivedEnvelope(undefined), bytes, 0, bytes.length);
    };
    expect(() => read(`${addressed}<a><b/></a></s:Body></s:Envelope>`)).toThrow(XmlError);
    expect(() => read(`${addressed}</s:Body></s:Envelope>`)).toThrow(/maxHeaderCount/);
  });

  it("tells faults outside a sequence, as every encoding does", () => {
    const fault = { code: "Receiver", subcodes: [], reason: "no", reasonLanguage: "" };
    for (const codec of [new TextMessageCodec(), new StatelessBinaryMessageCodec()]) {
      const bytes = envelopeOf(codec, (writer, version) => writeSoapFault(writer, version, fault, undefined));
      const reliable = new ReceivedEnvelope(dialects["1.1"], 16);
      codec.read(reliable, bytes, 0, bytes.length);
      expect([reliable.isFault, reliable.soapFault?.reason]).toEqual([true, "no"]);
      const plain = new ReceivedEnvelope(undefined);
      const reader = codec.read(plain, bytes, 0, bytes.length);
      expect(reader.nextChild() && isOnSoapFault(reader)).toBe(true);
    }
  });
});

describe("the binary codec without a session (R-WCF-TEXT-4)", () => {
  const codec = new StatelessBinaryMessageCodec();

  it("writes each message as a document on its own, without a string table", () => {
    expect([codec.contentType, codec.charsets]).toEqual([binaryContentType, []]);
    const reader = new BinaryXmlReader();
    for (let round = 0; round < 2; round++) {
      const bytes = envelopeOf(codec, greeting);
      reader.reset(bytes);
      expect(toXmlText(reader)).toBe(`${addressed}${greeted}`);
    }
  });

  it("reads messages in any order, and one that waited", () => {
    const bytes = envelopeOf(codec, greeting);
    const message = new ReceivedEnvelope(undefined);
    for (let round = 0; round < 2; round++) {
      const reader = codec.read(message, bytes, 0, bytes.length);
      expect([message.headers.action, message.headers.messageId?.equals(id), reader.nextChild()]).toEqual([
        "urn:act",
        true,
        true,
      ]);
    }
    const again = codec.readAgain(new ReceivedEnvelope(undefined), message.retain().document);
    expect(again.nextChild() && again.readString()).toBe("grüß <dich>");
  });
});

it("every codec carries what a reliable session says of itself", () => {
  for (const codec of [new TextMessageCodec(), new StatelessBinaryMessageCodec()]) {
    for (const dialect of [dialects["1.0"], dialects["1.1"]]) {
      const link = newLink();
      const message = {
        ...application(codec, link, greeting),
        sequenceId: otherId,
        messageNumber: 7,
        ackRequestedId: otherId,
        acknowledgement: { identifier: id, ranges: [{ lower: 1, upper: 3 }], isFinal: false, bufferRemaining: 8 },
      };
      codec.write(link, dialect, to, message);
      const [bytes] = link.takeMessages();
      const received = new ReceivedEnvelope(dialect, 16);
      codec.read(received, bytes!, 0, bytes!.length);
      expect([received.kind, received.rm.messageNumber, received.rm.sequenceId?.equals(otherId)]).toEqual([
        "application",
        7,
        true,
      ]);
      expect(received.rm.acknowledgement).toMatchObject({ ranges: [{ lower: 1, upper: 3 }], bufferRemaining: 8 });
    }
  }
});

describe("BinaryMessageCodec", () => {
  it("writes bodies that have the strings of another place as compactly as those with the connection's own", () => {
    const codec = new BinaryMessageCodec();
    const elsewhere = new LinkStrings(pureUtf8);
    const named: BodyWriter = (writer) => {
      writer.startElement("", dictionaryString("Greet"));
      writer.declareNamespace("", dictionaryString("urn:greet"));
      writer.startElement("", dictionaryString("dich"));
      writer.text("so");
      writer.endElement();
      writer.endElement();
    };
    const lengthsOf = (strings: (link: MessageLink) => LinkStrings): number[] => {
      const link = newLink();
      const [received, reading] = [new ReceivedEnvelope(undefined), new LinkStrings(pureUtf8)];
      return Array.from({ length: 16 }, () => {
        const message = application(codec, link, named);
        const content = { type: "application", body: codec.encodeBody(strings(link), named) } as const;
        codec.write(link, undefined, to, { ...message, content });
        const [envelope] = link.takeMessages();
        const reader = codec.read(received, envelope!, 0, envelope!.length, { strings: reading });
        expect(reader.nextChild()).toBe(true);
        expect([reader.localName, reader.namespaceUri]).toEqual(["Greet", "urn:greet"]);
        return envelope!.length;
      });
    };
    // The other place has numbers of its own.
    elsewhere.writer.idOf(dictionaryString("urn:first"));
    expect(lengthsOf(() => elsewhere)).toEqual(lengthsOf((link) => link.strings));
  });
});
