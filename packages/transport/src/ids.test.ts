import { describe, expect, it } from "vitest";
import { CountedIds, randomId } from "./ids.ts";

describe("identifiers", () => {
  it("that are random are UUIDs of version 4, and each is another", () => {
    const texts = Array.from({ length: 100 }, () => randomId().toString());

    expect(new Set(texts).size).toBe(100);
    for (const text of texts)
      expect(text).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("that are counted differ among themselves and between counters", () => {
    const [one, other] = [new CountedIds(), new CountedIds()];
    const texts = Array.from({ length: 1_000 }, () => [one.next().toString(), other.next().toString()]).flat();

    expect(new Set(texts).size).toBe(2_000);
    for (const text of texts) expect(text).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
  });

  it("that are counted do not change once they are given out", () => {
    const ids = new CountedIds();
    const first = ids.next();
    const text = first.toString();
    ids.next();

    expect(first.toString()).toBe(text);
  });
});
