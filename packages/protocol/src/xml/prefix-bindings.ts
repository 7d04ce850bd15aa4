export const xmlNamespace = "http://www.w3.org/XML/1998/namespace";
export const xmlnsNamespace = "http://www.w3.org/2000/xmlns/";

/**
 * The xmlns declarations in force, innermost last, with an index by prefix: a look-up costs the same however many there are, which an
 * attacker may choose.
 */
export class PrefixBindings {
  readonly prefixes: string[] = [];
  readonly uris: string[] = [];
  /** Which declaration of the same prefix each one hides; -1 for none. */
  readonly #hidden: number[] = [];
  readonly #innermost = new Map<string, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  push(prefix: string, uri: string): void {
    const index = this.#count++;
    this.prefixes[index] = prefix;
    this.uris[index] = uri;
    this.#hidden[index] = this.#innermost.get(prefix) ?? -1;
    this.#innermost.set(prefix, index);
  }

  /** Forgets all declarations but the first `count`. */
  releaseTo(count: number): void {
    while (this.#count > count) {
      const index = --this.#count;
      const hidden = this.#hidden[index]!;
      if (hidden < 0) this.#innermost.delete(this.prefixes[index]!);
      else this.#innermost.set(this.prefixes[index]!, hidden);
    }
  }

  /** The namespace bound to a prefix; "" without a declaration is no namespace. Undefined for an unbound prefix. */
  find(prefix: string): string | undefined {
    const index = this.#innermost.get(prefix);
    if (index !== undefined) return this.uris[index];
    if (prefix === "") return "";
    if (prefix === "xml") return xmlNamespace;
    return prefix === "xmlns" ? xmlnsNamespace : undefined;
  }
}
