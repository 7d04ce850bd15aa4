import { dictionaryString } from "../binary-xml/index.ts";
import type { DictionaryString } from "../xml/index.ts";
import { describeValue, invalidDefinition } from "./errors.ts";

/** Where xsi:nil and xsi:type live. */
export const xsiNamespace: DictionaryString = dictionaryString("http://www.w3.org/2001/XMLSchema-instance");
/** The namespace of the primitive types. */
export const xsdNamespace: DictionaryString = dictionaryString("http://www.w3.org/2001/XMLSchema");
/** The namespace of .NET's own primitives (char, duration, guid), and of primitives as root elements. */
export const serializationNamespace: DictionaryString = dictionaryString(
  "http://schemas.microsoft.com/2003/10/Serialization/",
);
/** The namespace of collections of primitives and of dictionaries. */
export const arraysNamespace: DictionaryString = dictionaryString(
  "http://schemas.microsoft.com/2003/10/Serialization/Arrays",
);
/** The namespace of .NET's `System` types: `Nullable<T>`, `DateTimeOffset`. */
export const systemNamespace: DictionaryString = dictionaryString("http://schemas.datacontract.org/2004/07/System");

export const nilName: DictionaryString = dictionaryString("nil");
export const typeName: DictionaryString = dictionaryString("type");

/** The name of an element, both parts fit for the session dictionary. */
export interface ElementName {
  readonly localName: DictionaryString;
  readonly namespaceUri: DictionaryString;
}

export function elementName(localName: string, namespaceUri: DictionaryString): ElementName {
  return { localName: dictionaryString(localName), namespaceUri };
}

/** True for the namespaces whose types .NET has built in: their arrays live in the Arrays namespace, their names get no digest. */
export function isBuiltInNamespace(namespaceUri: DictionaryString): boolean {
  return namespaceUri === xsdNamespace || namespaceUri === serializationNamespace;
}

/** @throws ContractError with code `CONTRACT_INVALID_DEFINITION` when `name` is not an NCName ([XML Names] 3) */
export function checkedName(name: string, what: string): string {
  if (typeof name !== "string" || !ncName.test(name)) {
    throw invalidDefinition(
      `${what} is ${describeValue(name)}, must be an XML name: a letter or _ first, then letters, digits, - . _`,
    );
  }
  return name;
}

/** @throws ContractError with code `CONTRACT_INVALID_DEFINITION` when `uri` cannot be a namespace name */
export function checkedNamespace(uri: string, what: string): DictionaryString {
  if (typeof uri !== "string" || /[\s<>"{}|\\^`]/.test(uri)) {
    throw invalidDefinition(
      `${what} is ${describeValue(uri)}, must be a URI without blanks; it is compared character by character`,
    );
  }
  return dictionaryString(uri);
}

const nameStart =
  "A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}";
const ncName = new RegExp(`^[${nameStart}][${nameStart}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}]*$`, "u");
