/** Record bytes of [MC-NBFX] section 2.2; text records by their even byte, one more closes the element as well. */
export const RecordType = {
  endElement: 0x01,
  comment: 0x02,
  array: 0x03,
  shortAttribute: 0x04,
  attribute: 0x05,
  shortDictionaryAttribute: 0x06,
  dictionaryAttribute: 0x07,
  shortXmlnsAttribute: 0x08,
  xmlnsAttribute: 0x09,
  shortDictionaryXmlnsAttribute: 0x0a,
  dictionaryXmlnsAttribute: 0x0b,
  prefixDictionaryAttributeA: 0x0c,
  prefixAttributeA: 0x26,
  lastAttribute: 0x3f,
  shortElement: 0x40,
  element: 0x41,
  shortDictionaryElement: 0x42,
  dictionaryElement: 0x43,
  prefixDictionaryElementA: 0x44,
  prefixElementA: 0x5e,
  lastElement: 0x77,
  zeroText: 0x80,
  oneText: 0x82,
  falseText: 0x84,
  trueText: 0x86,
  int8Text: 0x88,
  int16Text: 0x8a,
  int32Text: 0x8c,
  int64Text: 0x8e,
  floatText: 0x90,
  doubleText: 0x92,
  decimalText: 0x94,
  dateTimeText: 0x96,
  chars8Text: 0x98,
  chars16Text: 0x9a,
  chars32Text: 0x9c,
  bytes8Text: 0x9e,
  bytes16Text: 0xa0,
  bytes32Text: 0xa2,
  startListText: 0xa4,
  endListText: 0xa6,
  emptyText: 0xa8,
  dictionaryText: 0xaa,
  uniqueIdText: 0xac,
  timeSpanText: 0xae,
  uuidText: 0xb0,
  uint64Text: 0xb2,
  boolText: 0xb4,
  unicodeChars8Text: 0xb6,
  unicodeChars16Text: 0xb8,
  unicodeChars32Text: 0xba,
  qnameDictionaryText: 0xbc,
} as const;

/** Payload length of a text record with the even byte 0x80 + 2i; -1 where the payload says it itself or there is no such record. */
export const fixedTextByteLength: Int8Array = Int8Array.of(
  0, 0, 0, 0, //      80 zero, one, false, true
  1, 2, 4, 8, //      88 int8, int16, int32, int64
  4, 8, 16, 8, //     90 float, double, decimal, dateTime
  -1, -1, -1, //      98 chars
  -1, -1, -1, //      9E bytes
  -1, -1, 0, -1, //   A4 start list, end list, empty, dictionary
  16, 8, 16, 8, //    AC uniqueId, timeSpan, uuid, uint64
  1, -1, -1, -1, //   B4 bool, unicode chars
  -1, //              BC qname
);

/** Bytes of one value of an array record of this (even) type; 0 where arrays of it do not exist. [MC-NBFX] 2.2.1.4 */
export function arrayItemByteLength(type: number): number {
  switch (type) {
    case RecordType.boolText:
      return 1;
    case RecordType.int16Text:
      return 2;
    case RecordType.int32Text:
    case RecordType.floatText:
      return 4;
    case RecordType.int64Text:
    case RecordType.doubleText:
    case RecordType.dateTimeText:
    case RecordType.timeSpanText:
      return 8;
    case RecordType.decimalText:
    case RecordType.uuidText:
      return 16;
    default:
      return 0;
  }
}

/** True for an element, attribute or xmlns record (04 to 77) whose prefix is a string before the name. */
export function hasPrefixString(record: number): boolean {
  switch (record) {
    case RecordType.attribute:
    case RecordType.dictionaryAttribute:
    case RecordType.xmlnsAttribute:
    case RecordType.dictionaryXmlnsAttribute:
    case RecordType.element:
    case RecordType.dictionaryElement:
      return true;
    default:
      return false;
  }
}

/** True for an element, attribute or xmlns record (04 to 77) whose name or namespace is a dictionary id. */
export function isDictionaryName(record: number): boolean {
  if (record >= RecordType.shortElement) {
    return record >= RecordType.shortDictionaryElement && record < RecordType.prefixElementA;
  }
  if (record >= RecordType.prefixDictionaryAttributeA) return record < RecordType.prefixAttributeA;
  return (record & 2) === 2;
}

/** True for xmlns declarations. */
export function isDeclaration(record: number): boolean {
  return record >= RecordType.shortXmlnsAttribute && record <= RecordType.dictionaryXmlnsAttribute;
}

const structureNames: readonly string[] = [
  "", "EndElement", "Comment", "Array", "ShortAttribute", "Attribute", "ShortDictionaryAttribute", "DictionaryAttribute",
  "ShortXmlnsAttribute", "XmlnsAttribute", "ShortDictionaryXmlnsAttribute", "DictionaryXmlnsAttribute",
];
const elementNames: readonly string[] = ["ShortElement", "Element", "ShortDictionaryElement", "DictionaryElement"];
const textNames: readonly string[] = [
  "Zero", "One", "False", "True", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "Decimal", "DateTime", "Chars8", "Chars16",
  "Chars32", "Bytes8", "Bytes16", "Bytes32", "StartList", "EndList", "Empty", "Dictionary", "UniqueId", "TimeSpan", "Uuid", "UInt64",
  "Bool", "UnicodeChars8", "UnicodeChars16", "UnicodeChars32", "QNameDictionary",
];

/** Name of a record as [MC-NBFX] writes it; undefined for a reserved byte. */
export function recordName(record: number): string | undefined {
  if (record === 0) return undefined;
  if (record <= 0x0b) return structureNames[record];
  if (record <= 0x25) return `PrefixDictionaryAttribute${letter(record - 0x0c)}`;
  if (record <= 0x3f) return `PrefixAttribute${letter(record - 0x26)}`;
  if (record <= 0x43) return elementNames[record - 0x40];
  if (record <= 0x5d) return `PrefixDictionaryElement${letter(record - 0x44)}`;
  if (record <= 0x77) return `PrefixElement${letter(record - 0x5e)}`;
  if (record < 0x80) return undefined;
  const text = textNames[(record - 0x80) >> 1];
  return text === undefined ? undefined : `${text}Text${record % 2 === 1 ? "WithEndElement" : ""}`;
}

/** Where [MC-NBFX] describes a record. */
export function recordClause(record: number): string {
  if (record === RecordType.endElement) return "[MC-NBFX] 2.2.1.2";
  if (record === RecordType.comment) return "[MC-NBFX] 2.2.1.3";
  if (record === RecordType.array) return "[MC-NBFX] 2.2.1.4";
  if (record <= RecordType.lastAttribute) return "[MC-NBFX] 2.2.2";
  if (record <= RecordType.lastElement) return "[MC-NBFX] 2.2.1.1";
  return "[MC-NBFX] 2.2.3";
}

function letter(index: number): string {
  return String.fromCharCode(0x41 + index);
}
