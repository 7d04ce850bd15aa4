/** Cuts the SizedEnvelope records (06, size, payload) out of one direction of a net.tcp stream, skipping the records around them. */
export function sizedEnvelopes(stream: Uint8Array): Uint8Array[] {
  const envelopes: Uint8Array[] = [];
  let at = 0;
  const size = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = stream[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const skipString = (): void => {
    const byteLength = size();
    at += byteLength;
  };
  while (at < stream.length) {
    const record = stream[at++]!;
    switch (record) {
      case 0x00:
        at += 2;
        break;
      case 0x01:
      case 0x03:
        at += 1;
        break;
      case 0x02:
      case 0x08:
        skipString();
        break;
      case 0x06: {
        const byteLength = size();
        envelopes.push(stream.subarray(at, at + byteLength));
        at += byteLength;
        break;
      }
      case 0x07:
      case 0x0b:
      case 0x0c:
        break;
      default:
        throw new Error(`framing record ${record} is not expected in a recording`);
    }
  }
  return envelopes;
}

/** The bytes of a hex string, which the vector files write in upper case. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
