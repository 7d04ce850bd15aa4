/**
 * A message or sequence identifier as it travels: a GUID (`urn:uuid:…`, 16 bytes in binary XML) or any other URI.
 *
 * Compare by `key`. GUID bytes are in .NET's layout: the first three groups little-endian, as on the wire.
 */
export class UniqueId {
  /** What identifies it, for `Map` and `===`: the 16 bytes as characters 0-255 for a GUID, else `text:` and the URI. */
  readonly key: string;
  readonly isGuid: boolean;

  private constructor(key: string, isGuid: boolean) {
    this.key = key;
    this.isGuid = isGuid;
  }

  /** The GUID whose 16 bytes start at `at`. */
  static fromGuidBytes(bytes: Uint8Array, at = 0): UniqueId {
    return new UniqueId(
      String.fromCharCode(
        bytes[at]!,
        bytes[at + 1]!,
        bytes[at + 2]!,
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes[at + 5]!,
        bytes[at + 6]!,
        bytes[at + 7]!,
        bytes[at + 8]!,
        bytes[at + 9]!,
        bytes[at + 10]!,
        bytes[at + 11]!,
        bytes[at + 12]!,
        bytes[at + 13]!,
        bytes[at + 14]!,
        bytes[at + 15]!,
      ),
      true,
    );
  }

  /** The same identifier again, of one that lost its class on its way between threads. */
  static like({ key, isGuid }: Pick<UniqueId, "key" | "isGuid">): UniqueId {
    return new UniqueId(key, isGuid);
  }

  /** `urn:uuid:` with a GUID in any case becomes the GUID; every other text stays as it is. */
  static parse(text: string): UniqueId {
    if (!urnUuid.test(text)) return new UniqueId(`text:${text}`, false);
    const hex = text.slice(9).replaceAll("-", "");
    let key = "";
    for (const index of guidByteOrder)
      key += String.fromCharCode(Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
    return new UniqueId(key, true);
  }

  /** Writes the 16 bytes of a GUID at `at`. */
  copyGuidBytes(bytes: Uint8Array, at: number): void {
    for (let index = 0; index < 16; index++) bytes[at + index] = this.key.charCodeAt(index);
  }

  equals(other: UniqueId | undefined): boolean {
    return other !== undefined && this.key === other.key;
  }

  toString(): string {
    return this.isGuid ? `urn:uuid:${guidText(this.key)}` : this.key.slice(5);
  }
}

/** The lower-case text of a GUID whose 16 wire bytes are the characters of `key`. */
export function guidText(key: string): string {
  let text = "";
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-";
    text += key.charCodeAt(guidByteOrder[index]!).toString(16).padStart(2, "0");
  }
  return text;
}

const urnUuid = /^urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
/** Byte i on the wire is byte `guidByteOrder[i]` of the text, and the other way round. */
const guidByteOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
