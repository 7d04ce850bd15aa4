/** Bytes that passed on a connection, as one read gave them. */
export interface PassedBytes {
  /** Connections of one capture are told apart by it: 0, 1, 2, … */
  readonly connection: number;
  readonly from: "client" | "server";
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** The client's port of connection 0; each further one has the next. */
export const firstClientPort = 50_000;

/** What an IP packet has room for beside its headers, as on a loopback interface. */
const maxSegmentByteLength = 65_495;
const linkTypeEthernet = 1;
const flags = { fin: 0x01, syn: 0x02, psh: 0x08, ack: 0x10 } as const;

/**
 * A pcap file of TCP connections that carry these bytes: handshake, segments with true sequence numbers, FIN from both sides.
 * Checksums are zero, which dissectors do not look at unless told to.
 *
 * What one side sends before the other does goes into one segment: Wireshark 4.0 does not join an MC-NMF record that lies in several.
 */
export function pcapOf(passed: readonly PassedBytes[], serverPort: number): Uint8Array {
  const packets: Uint8Array[] = [fileHeader()];
  const streams = new Map<number, TcpStream>();
  for (const { connection, from, atMs, bytes } of turnsOf(passed)) {
    let stream = streams.get(connection);
    if (stream === undefined) {
      stream = new TcpStream(firstClientPort + connection, serverPort, packets);
      streams.set(connection, stream);
      stream.open(atMs);
    }
    stream.send(from, flags.psh | flags.ack, bytes, atMs);
  }
  for (const stream of streams.values()) stream.close(passed.at(-1)!.atMs);
  return Buffer.concat(packets);
}

function turnsOf(passed: readonly PassedBytes[]): PassedBytes[] {
  const turns: PassedBytes[] = [];
  for (const part of passed) {
    const last = turns.at(-1);
    const isSameTurn = last?.connection === part.connection && last.from === part.from;
    if (isSameTurn && last.bytes.length + part.bytes.length <= maxSegmentByteLength) {
      turns[turns.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, part.bytes]) };
    } else turns.push(part);
  }
  return turns;
}

/** The packets of one connection, in order. */
class TcpStream {
  readonly #ports: { readonly client: number; readonly server: number };
  readonly #packets: Uint8Array[];
  /** Next sequence number of each side. */
  readonly #next = { client: 1_000, server: 9_000 };

  constructor(clientPort: number, serverPort: number, packets: Uint8Array[]) {
    this.#ports = { client: clientPort, server: serverPort };
    this.#packets = packets;
  }

  open(atMs: number): void {
    this.send("client", flags.syn, new Uint8Array(), atMs);
    this.send("server", flags.syn | flags.ack, new Uint8Array(), atMs);
    this.send("client", flags.ack, new Uint8Array(), atMs);
  }

  close(atMs: number): void {
    this.send("client", flags.fin | flags.ack, new Uint8Array(), atMs);
    this.send("server", flags.fin | flags.ack, new Uint8Array(), atMs);
    this.send("client", flags.ack, new Uint8Array(), atMs);
  }

  send(from: "client" | "server", flagBits: number, payload: Uint8Array, atMs: number): void {
    const to = from === "client" ? "server" : "client";
    const tcp = Buffer.alloc(20);
    tcp.writeUInt16BE(this.#ports[from], 0);
    tcp.writeUInt16BE(this.#ports[to], 2);
    tcp.writeUInt32BE(this.#next[from], 4);
    if ((flagBits & flags.ack) !== 0) tcp.writeUInt32BE(this.#next[to], 8);
    tcp[12] = 5 << 4;
    tcp[13] = flagBits;
    tcp.writeUInt16BE(65_535, 14);
    this.#packets.push(packet(Buffer.concat([ethernetAndIp(from, tcp.length + payload.length), tcp, payload]), atMs));
    // SYN and FIN count as one byte.
    this.#next[from] += payload.length + ((flagBits & (flags.syn | flags.fin)) === 0 ? 0 : 1);
  }
}

function ethernetAndIp(from: "client" | "server", contentByteLength: number): Uint8Array {
  const hosts = { client: 1, server: 2 } as const;
  const to = from === "client" ? "server" : "client";
  const header = Buffer.alloc(14 + 20);
  header.set([2, 0, 0, 0, 0, hosts[to], 2, 0, 0, 0, 0, hosts[from], 0x08, 0x00]);
  header[14] = 0x45;
  header.writeUInt16BE(20 + contentByteLength, 14 + 2);
  header[14 + 8] = 64;
  header[14 + 9] = 6;
  header.set([192, 0, 2, hosts[from], 192, 0, 2, hosts[to]], 14 + 12);
  return header;
}

function fileHeader(): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(linkTypeEthernet, 20);
  return header;
}

function packet(frame: Uint8Array, atMs: number): Uint8Array {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(Math.floor(atMs / 1000), 0);
  header.writeUInt32LE(Math.floor((atMs % 1000) * 1000), 4);
  header.writeUInt32LE(frame.length, 8);
  header.writeUInt32LE(frame.length, 12);
  return Buffer.concat([header, frame]);
}
