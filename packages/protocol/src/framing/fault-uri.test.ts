import { describe, expect, it } from "vitest";
import { errorOfFault, type FramingFaultName, faultNameOf, faultUriOf, framingFaults } from "./index.ts";

describe("framing faults", () => {
  const names = Object.keys(framingFaults) as FramingFaultName[];

  it("are fifteen, and one of them ends in Fault (R-NMF-2.2.5-1)", () => {
    expect(names).toHaveLength(15);
    expect(names.filter((name) => name.endsWith("Fault"))).toEqual(["MaxMessageSizeExceededFault"]);
    expect(faultUriOf("EndpointNotFound")).toBe(
      "http://schemas.microsoft.com/ws/2006/05/framing/faults/EndpointNotFound",
    );
  });

  it.each(names)("%s is an error of its own for a client (R-NMF-2.2.5-1)", (name) => {
    const error = errorOfFault(faultUriOf(name), 7);

    expect(faultNameOf(faultUriOf(name))).toBe(name);
    expect(error).toMatchObject({
      code: framingFaults[name].code,
      receivedFaultUri: faultUriOf(name),
      streamOffset: 7,
    });
    expect(error.faultUri).toBeUndefined();
    expect(error.message).toContain(`(fault ${name})`);
    expect(names.filter((other) => framingFaults[other].code === error.code)).toEqual([name]);
  });

  it.each([
    "",
    "EndpointNotFound",
    "urn:other:EndpointNotFound",
    "http://schemas.microsoft.com/ws/2006/05/framing/faults/",
    "http://schemas.microsoft.com/ws/2006/05/framing/faults/endpointnotfound",
    "http://schemas.microsoft.com/ws/2006/05/framing/faults/toString",
  ])("an unknown fault %j keeps its text (R-NMF-2.2.5-2)", (uri) => {
    expect(faultNameOf(uri)).toBeUndefined();
    const error = errorOfFault(uri, 0);
    expect(error).toMatchObject({ code: "FRAMING_FAULT_UNKNOWN", receivedFaultUri: uri });
    expect(error.message).toContain(JSON.stringify(uri));
  });
});
