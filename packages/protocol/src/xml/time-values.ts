/** Placeholder bodies are filled in by the value codecs of this layer. */
export type DateTimeKind = "unspecified" | "utc" | "local";
