import type { NamespaceBinding } from "./namespace-scopes.ts";

/** Where a reader stands, without the bytes: what is open there, and which namespaces are in force. */
export interface ReaderContext {
  readonly depth: number;
  readonly elements: OpenElements;
  readonly declarations: readonly NamespaceBinding[];
}

/** Names, namespaces and first declarations of open elements, outermost first. */
export interface OpenElements {
  readonly prefixes: readonly string[];
  readonly localNames: readonly string[];
  readonly namespaceUris: readonly string[];
  readonly scopeMarks: readonly number[];
}
