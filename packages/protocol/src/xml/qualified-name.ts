/** The prefix and the local name of a QName in content, white space around it removed; undefined when it is none. */
export function splitQName(text: string): { readonly prefix: string; readonly localName: string } | undefined {
  const parts = text.split(":", 3);
  if (parts.length > 2 || parts.includes("")) return undefined;
  return parts.length === 1 ? { prefix: "", localName: parts[0]! } : { prefix: parts[0]!, localName: parts[1]! };
}
