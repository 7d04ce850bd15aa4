import { expect, it } from "vitest";
import { UniqueId } from "../xml/index.ts";
import { Acknowledger } from "./acknowledger.ts";
import { dialects } from "./dialect.ts";
import { defaultReliableSessionOptions } from "./options.ts";
import { OutgoingMessages } from "./outgoing-messages.ts";
import type { RmDestinationState } from "./rm-destination.ts";
import { abortedFault } from "./session-failures.ts";
import type { Transmission } from "./transmission.ts";

const identifier = UniqueId.parse("urn:uuid:00000000-0000-0000-0000-000000000001");

it("a 1.1 fault after the peer closed its sequence has the final acknowledgement, and offers no room in it", () => {
  const sent: Transmission[] = [];
  const out = new OutgoingMessages({
    dialect: dialects["1.1"],
    role: "initiator",
    address: "net.tcp://host/a",
    emit: (transmission) => sent.push(transmission),
  });
  out.isLinkUp = true;
  const received = {
    ranges: [{ lower: 1, upper: 3 }],
    finalRanges: [{ lower: 1, upper: 5 }],
    highest: 5,
    bufferRemaining: 8,
  } as unknown as RmDestinationState;
  out.acknowledger = new Acknowledger({ ...defaultReliableSessionOptions, version: "1.1" }, received, identifier);
  out.fault({ ...abortedFault, identifier }, true);
  out.fault({ ...abortedFault, identifier }, false);
  expect(sent[0]?.acknowledgement).toMatchObject({ isFinal: true, ranges: [{ lower: 1, upper: 5 }] });
  expect(sent[0]?.acknowledgement?.bufferRemaining).toBeUndefined();
  expect(sent[1]?.acknowledgement).toBeUndefined();
});
