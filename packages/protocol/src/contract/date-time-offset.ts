import type { DateTime } from "../xml/index.ts";
import { type RecordType, record } from "./record-type.ts";
import { xs } from "./xs.ts";

/** .NET's DateTimeOffset: the instant in UTC, and how many minutes the local clock was ahead of it. */
export const dateTimeOffset: RecordType<
  "DateTimeOffset",
  { readonly DateTime: DateTime; readonly OffsetMinutes: number }
> = record(
  "DateTimeOffset",
  "http://schemas.datacontract.org/2004/07/System",
  { DateTime: xs.dateTime, OffsetMinutes: xs.short },
  { isStruct: true },
);
