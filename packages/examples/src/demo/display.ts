import type { TraceRecord } from "@bowline/client";

/** How long a line waits for an earlier one of another process. */
const sortingDelayMs = 60;

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** Prints what happens, in order of time. */
export class Display {
  readonly #startedAtMs: number;
  readonly #isColoured: boolean;
  readonly #lines: Line[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(now: () => number) {
    this.#startedAtMs = now();
    this.#isColoured = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
    this.#timer = setInterval(() => this.#print(now() - sortingDelayMs), sortingDelayMs);
  }

  /** What the columns mean. */
  legend(): void {
    console.log("ALM: application message, ILM: infrastructure message; as the client sees them.");
    console.log("number: place in its sequence; try: 2 and up when sent again; acks: numbers it acknowledges.\n");
    console.log(this.#paint("2", "   time from     to     level message                  number  try  acks     bytes"));
  }

  heading(atMs: number, text: string): void {
    this.#lines.push({ atMs, text: `\n${this.#paint("1", text)}` });
  }

  /** A message as the client saw it. `remark` stands behind it. */
  message(atMs: number, record: TraceRecord, remark: string): void {
    const attempt = (record.attempt ?? 1) > 1 ? `${record.attempt}` : "";
    const columns = [
      this.#time(atMs),
      record.direction === "sent" ? "client → host  " : "client ← host  ",
      record.level.padEnd(5),
      record.name.padEnd(24),
      `${record.messageNumber ?? ""}`.padStart(6),
      attempt.padStart(4),
      ` ${(record.acknowledges ?? "").padEnd(7)}`,
      `${record.byteLength}`.padStart(6),
      remark,
    ];
    const text = columns.join(" ").trimEnd();
    this.#lines.push({ atMs, text: record.level === "ILM" ? this.#paint("36", text) : text });
  }

  event(atMs: number, who: string, text: string): void {
    this.#lines.push({ atMs, text: this.#paint("33", `${this.#time(atMs)} ${who.padEnd(6)} ** ${text}`) });
  }

  /** A line after everything that came before. */
  conclude(text: string): void {
    clearInterval(this.#timer);
    this.#print(Number.POSITIVE_INFINITY);
    console.log(text);
  }

  #time(atMs: number): string {
    return ((atMs - this.#startedAtMs) / 1000).toFixed(3).padStart(7);
  }

  #print(upToMs: number): void {
    this.#lines.sort((a, b) => a.atMs - b.atMs);
    while (this.#lines.length > 0 && this.#lines[0]!.atMs <= upToMs) console.log(this.#lines.shift()!.text);
  }

  #paint(code: string, text: string): string {
    return this.#isColoured ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
