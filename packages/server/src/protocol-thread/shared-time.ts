/** Every thread counts `performance.now()` from its own start; `process.hrtime` is the same for all. */
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** A time of this thread's clock, as all threads understand it. */
export function toSharedMs<Ms extends number | undefined>(ms: Ms): Ms {
  return (ms === undefined ? undefined : ms + offsetMs) as Ms;
}

/** The other way. */
export function fromSharedMs<Ms extends number | undefined>(sharedMs: Ms): Ms {
  return (sharedMs === undefined ? undefined : sharedMs - offsetMs) as Ms;
}
