import { expect, it } from "vitest";
import { type AllowedOrigins, checkedOrigins } from "./page-origins.ts";

it.each([undefined, [], ["https://app.example.org", "http://localhost:8080", "null"], "any"] as const)(
  "%j says whose pages may call",
  (value) => {
    expect(checkedOrigins(value)).toEqual(value ?? []);
  },
);

it.each([
  ["https://app.example.org/", /https:\/\/app.example.org\/"; an origin looks like https:/],
  ["app.example.org", /"app.example.org"; an origin/],
  ["https://APP.example.org", /APP/],
  [7, /allowedOrigins has 7/],
])("%j in allowedOrigins is no origin, which the error says (R-WS-PAGE-4)", (value, message) => {
  expect(() => checkedOrigins([value] as unknown as AllowedOrigins)).toThrow(message);
});

it("allowedOrigins is a list or any", () => {
  expect(() => checkedOrigins("https://a.example" as unknown as AllowedOrigins)).toThrow(
    'allowedOrigins is "https://a.example"; it must be an array of origins, or "any"',
  );
});
