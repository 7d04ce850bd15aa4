import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstClientPort, type PassedBytes, pcapOf } from "./pcap.ts";

const serverPort = 8808;
const sizedEnvelope = 6;
/** Wireshark's severities from here on are warnings and errors; below are notes on the life of connections. */
const leastWarning = 0x60_0000;

/** Such as `4.0.17`; undefined when there is no tshark. */
export const tsharkVersion: string | undefined = /TShark.*?(\d+\.\d+\.\d+)/.exec(
  spawnSync("tshark", ["--version"], { encoding: "utf8" }).stdout ?? "",
)?.[1];

if (tsharkVersion === undefined) {
  console.warn(
    "SKIPPED: tshark is not installed, so no independent dissector reads our net.tcp traffic (apt-get install tshark)",
  );
}

/** What the dissector makes of a recording. */
export interface Dissection {
  /**
   * Records by connection and side, such as `0 client`: each the number of its type in [MC-NMF] 2.2.1, for sized envelopes with their
   * byte length, such as `6:120`.
   */
  readonly records: Readonly<Record<string, readonly string[]>>;
  readonly vias: readonly string[];
  /** Malformed packets, warnings and errors. */
  readonly complaints: readonly string[];
}

/** Has tshark read these connections as MC-NMF. */
export function dissect(passed: readonly PassedBytes[]): Dissection {
  const records: Record<string, string[]> = {};
  const vias: string[] = [];
  const complaints: string[] = [];
  for (const line of linesOf(passed)) {
    const [port = "", types = "", lengths = "", via = "", malformed = "", severities = "", messages = ""] =
      line.split("\t");
    const isFromServer = Number(port.split(";")[0]) === serverPort;
    const clientPort = Number(port.split(";")[isFromServer ? 1 : 0]);
    const key = `${clientPort - firstClientPort} ${isFromServer ? "server" : "client"}`;
    const remainingLengths = valuesOf(lengths);
    for (const type of valuesOf(types)) {
      const isSized = Number(type) === sizedEnvelope;
      (records[key] ??= []).push(isSized ? `${type}:${remainingLengths.shift()}` : type);
    }
    vias.push(...valuesOf(via));
    const isWarning = valuesOf(severities).some((severity) => Number(severity) >= leastWarning);
    if (malformed !== "" || isWarning) complaints.push(`${key}: ${malformed} ${messages}`);
  }
  return { records, vias, complaints };
}

function linesOf(passed: readonly PassedBytes[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "bowline-pcap-"));
  try {
    const file = join(folder, "recording.pcap");
    writeFileSync(file, pcapOf(passed, serverPort));
    const fields = [
      "tcp.port",
      "mc-nmf.record_type",
      "mc-nmf.payload_length",
      "mc-nmf.via",
      "_ws.malformed",
      "_ws.expert.severity",
      "_ws.expert.message",
    ].flatMap((field) => ["-e", field]);
    const format = ["-T", "fields", "-E", "separator=/t", "-E", "aggregator=;", ...fields];
    const text = execFileSync("tshark", ["-r", file, "-d", `tcp.port==${serverPort},mc-nmf`, ...format], {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.split("\n").filter((line) => line !== "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function valuesOf(field: string): string[] {
  return field === "" ? [] : field.split(";");
}
