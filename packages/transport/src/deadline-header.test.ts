import { expect, it } from "vitest";
import { deadlineHeader, headersOf, remainingMsOf } from "./deadline-header.ts";

const block = (value: string | undefined) => ({ ...deadlineHeader(0), mustUnderstand: false, value });

it("a call's wait is told in whole ms, and read again (R-HOST-DEADLINE-1)", () => {
  expect(remainingMsOf([block(deadlineHeader(1499.6).value)])).toBe(1500);
  expect(remainingMsOf([block(deadlineHeader(-3).value)])).toBe(0);
  expect(deadlineHeader(5).mustUnderstand).toBeUndefined();
});

it.each([undefined, "", "soon", "-1", "1e3", "1".repeat(16)])(
  "a wait of %s is passed over (R-HOST-DEADLINE-1)",
  (value) => {
    expect(remainingMsOf([block(value)])).toBeUndefined();
  },
);

it("a header of the same name in another namespace is another one (R-HOST-DEADLINE-1)", () => {
  expect(remainingMsOf([{ ...block("5"), namespaceUri: "urn:other" }])).toBeUndefined();
});

it("the wait is sent when it is asked for and has an end, beside the caller's own headers (R-HOST-DEADLINE-1)", () => {
  const headers = [{ namespaceUri: "urn:a", localName: "A", value: "1" }];
  expect(headersOf({ headers }, 100, false)).toBe(headers);
  expect(headersOf({}, 100, false)).toBeUndefined();
  expect(headersOf({ headers }, 100, true)).toEqual([...headers, deadlineHeader(100)]);
  expect(headersOf({ sendsDeadline: true }, 100, false)).toEqual([deadlineHeader(100)]);
  expect(headersOf({ sendsDeadline: false }, 100, true)).toBeUndefined();
  expect(headersOf({}, Number.POSITIVE_INFINITY, true)).toBeUndefined();
});
