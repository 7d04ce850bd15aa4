/** A prefix and the namespace that it stands for; the prefix "" is the default namespace. */
export interface NamespaceBinding {
  readonly prefix: string;
  readonly namespaceUri: string;
}

const xmlNamespace = "http://www.w3.org/XML/1998/namespace";
const xmlnsNamespace = "http://www.w3.org/2000/xmlns/";

/** The xmlns declarations in force, innermost last, in arrays that are reused. */
export class NamespaceScopes {
  readonly prefixes: string[] = [];
  readonly uris: string[] = [];
  /** Where the declaration's record begins. */
  readonly offsets: number[] = [];
  count = 0;

  push(prefix: string, uri: string, offset: number): void {
    this.prefixes[this.count] = prefix;
    this.uris[this.count] = uri;
    this.offsets[this.count++] = offset;
  }

  /** The namespace bound to a prefix; "" without a declaration is no namespace. Undefined for an unbound prefix. */
  find(prefix: string): string | undefined {
    for (let index = this.count - 1; index >= 0; index--) {
      if (this.prefixes[index] === prefix) return this.uris[index];
    }
    if (prefix === "") return "";
    if (prefix === "xml") return xmlNamespace;
    return prefix === "xmlns" ? xmlnsNamespace : undefined;
  }

  /** True when a declaration at or after `from` has this prefix. */
  hasSince(from: number, prefix: string): boolean {
    for (let index = from; index < this.count; index++) if (this.prefixes[index] === prefix) return true;
    return false;
  }

  /** All declarations in force, outermost first, those included that an inner one hides. */
  declarations(): NamespaceBinding[] {
    return Array.from({ length: this.count }, (_, index) => ({
      prefix: this.prefixes[index]!,
      namespaceUri: this.uris[index]!,
    }));
  }

  /** What a fragment below here needs to be read alone: each prefix once, with its innermost namespace. */
  bindings(): NamespaceBinding[] {
    const bindings: NamespaceBinding[] = [];
    for (let index = this.count - 1; index >= 0; index--) {
      const prefix = this.prefixes[index]!;
      if (!bindings.some((binding) => binding.prefix === prefix))
        bindings.push({ prefix, namespaceUri: this.uris[index]! });
    }
    return bindings.reverse();
  }
}
