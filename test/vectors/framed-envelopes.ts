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

/** Takes the mask off the binary messages of one direction of a recorded WebSocket, skipping the HTTP head and the close frame. */
export function webSocketMessages(stream: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let at = new TextDecoder("latin1").decode(stream).indexOf("\r\n\r\n") + 4;
  while (at < stream.length) {
    const first = stream[at++]!;
    if (first !== 0x82 && first !== 0x88) throw new Error(`a frame that begins with ${first} is not expected`);
    const second = stream[at++]!;
    let byteLength = second & 0x7f;
    if (byteLength > 126) throw new Error("a frame of 64 KiB is not expected");
    if (byteLength === 126) byteLength = (stream[at++]! << 8) | stream[at++]!;
    const isMasked = second >= 0x80;
    const mask = isMasked ? stream.subarray(at, at + 4) : new Uint8Array(4);
    if (isMasked) at += 4;
    if (first === 0x82)
      messages.push(stream.subarray(at, at + byteLength).map((byte, index) => byte ^ mask[index & 3]!));
    at += byteLength;
  }
  return messages;
}

/** The envelopes of one direction of a connection of the run, whose name begins with its transport. */
export function recordedEnvelopes(run: string, stream: Uint8Array): Uint8Array[] {
  return run.startsWith("ws-") ? webSocketMessages(stream) : sizedEnvelopes(stream);
}

/** The bytes of a hex string, which the vector files write in upper case. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
