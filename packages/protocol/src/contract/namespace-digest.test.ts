import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { md5, namespacesDigest } from "./namespace-digest.ts";

const xsd = "http://www.w3.org/2001/XMLSchema";

test.each([
  [[xsd, "http://x/types"], "YPuUnT8U"],
  [[xsd, "http://schemas.microsoft.com/2003/10/Serialization/Arrays"], "ty7Ep6D1"],
  [["http://schemas.datacontract.org/2004/07/System", xsd], "RDHGY3MA"],
  [["http://x/types", "http://other/types"], "OpsDsmUd"],
  [[xsd, "http://col/"], "7is_Sqv92"],
  [["http://x/types"], "G2nnheXx"],
])("the digest of %j is the one that .NET appends (R-DCS-4-4)", (namespaceUris, digest) => {
  expect(namespacesDigest(namespaceUris)).toBe(digest);
});

test("MD5 is MD5 at every length around a block's end", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
    expect(Buffer.from(md5(bytes)).toString("hex")).toBe(createHash("md5").update(bytes).digest("hex"));
  }
});
