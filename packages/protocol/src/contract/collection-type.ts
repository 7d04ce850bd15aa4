import { dictionaryString } from "../binary-xml/index.ts";
import type { DictionaryString, XmlReader } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { DataType, refuseNil } from "./data-type.ts";
import { ContractError, describeValue, errorWithin, wrongType } from "./errors.ts";
import {
  arraysNamespace,
  checkedName,
  checkedNamespace,
  type ElementName,
  elementName,
  isBuiltInNamespace,
} from "./names.ts";
import { namespacesDigest } from "./namespace-digest.ts";

/** Names of a collection that has a data contract of its own (CollectionDataContract). What is left out follows .NET's rules. */
export interface ArrayOptions {
  readonly name?: string;
  /** The namespace of the collection and of its items. */
  readonly namespace?: string;
  readonly itemName?: string;
}

/** Names of a dictionary with a data contract of its own. */
export interface DictionaryOptions extends ArrayOptions {
  readonly keyName?: string;
  readonly valueName?: string;
}

abstract class CollectionType<T> extends DataType<T> {
  override readonly isValueType = false;
  readonly #options: ArrayOptions;
  #namespace: DictionaryString | undefined;
  #item: ElementName | undefined;

  constructor(options: ArrayOptions) {
    super();
    this.#options = options;
    if (options.name !== undefined) checkedName(options.name, "the collection's name");
    if (options.itemName !== undefined) checkedName(options.itemName, "the collection's item name");
    if (options.namespace !== undefined)
      this.#namespace = checkedNamespace(options.namespace, "the collection's namespace");
  }

  override get contractName(): string {
    return this.#options.name ?? `ArrayOf${this.defaultItemContractName()}`;
  }

  override get contractNamespace(): DictionaryString {
    this.#namespace ??= this.defaultNamespace();
    return this.#namespace;
  }

  /** True when any name was given. */
  protected get hasOwnContract(): boolean {
    const { name, namespace, itemName } = this.#options;
    return name !== undefined || namespace !== undefined || itemName !== undefined;
  }

  protected get item(): ElementName {
    this.#item ??= elementName(this.#options.itemName ?? this.defaultItemName(), this.contractNamespace);
    return this.#item;
  }

  override bindContent(scope: BodyScope): void {
    scope.bindContent(this.contractNamespace);
  }

  protected abstract defaultItemName(): string;
  protected abstract defaultItemContractName(): string;
  protected abstract defaultNamespace(): DictionaryString;

  protected open(scope: BodyScope, element: ElementName, itemType?: DataType<unknown>): number {
    const mark = scope.startElement(element);
    scope.bindContent(this.contractNamespace);
    // A collection with a namespace of its own declares that of its items once for all of them.
    itemType?.bindContent(scope);
    scope.openContent();
    return mark;
  }

  /** Moves to the next item; false at the end. Another element is an error, as it is to .NET. */
  protected nextItem(reader: XmlReader): boolean {
    if (!reader.nextChild()) return false;
    const { localName, namespaceUri } = this.item;
    if (reader.is(localName.value, namespaceUri.value)) return true;
    throw new ContractError(
      "CONTRACT_UNEXPECTED_ELEMENT",
      `holds {${reader.namespaceUri}}${reader.localName}, allowed is {${namespaceUri.value}}${localName.value} alone`,
    );
  }
}

class ArrayType<T> extends CollectionType<readonly T[]> {
  readonly #itemType: DataType<T>;

  constructor(itemType: DataType<T>, options: ArrayOptions) {
    super(options);
    this.#itemType = itemType;
  }

  override get faultName(): string {
    return `ArrayOf${this.#itemType.faultName}`;
  }

  /** A collection with a contract of its own is a class in .NET, not an array. */
  override get isPrimitiveParameter(): boolean {
    return !this.hasOwnContract && this.#itemType.isPrimitiveArrayItem;
  }

  override write(scope: BodyScope, element: ElementName, value: readonly T[]): void {
    if (!Array.isArray(value)) throw wrongType(value, "an array");
    const mark = this.open(scope, element, this.#itemType);
    const itemType = this.#itemType;
    const item = this.item;
    let index = 0;
    try {
      for (; index < value.length; index++) itemType.write(scope, item, value[index] as T);
    } catch (error) {
      throw errorWithin(error, `[${index}]`);
    }
    scope.endElement(mark);
  }

  override read(reader: XmlReader): readonly T[] {
    if (reader.attributeCount !== 0) refuseNil(reader);
    const values: T[] = [];
    try {
      while (this.nextItem(reader)) values.push(this.#itemType.read(reader));
    } catch (error) {
      throw errorWithin(error, `[${values.length}]`);
    }
    return values;
  }

  override prepare(seen: Set<DataType<unknown>>): void {
    if (seen.has(this)) return;
    seen.add(this);
    this.#itemType.prepare(seen);
    checkedName(this.item.localName.value, "the name of an item");
  }

  protected override defaultItemName(): string {
    return this.#itemType.itemName;
  }

  protected override defaultItemContractName(): string {
    return this.#itemType.contractName;
  }

  protected override defaultNamespace(): DictionaryString {
    const namespaceUri = this.#itemType.contractNamespace;
    return isBuiltInNamespace(namespaceUri) ? arraysNamespace : namespaceUri;
  }
}

class DictionaryType<Key, Value> extends CollectionType<ReadonlyMap<Key, Value>> {
  readonly #keyType: DataType<Key>;
  readonly #valueType: DataType<Value>;
  readonly #keyName: DictionaryString;
  readonly #valueName: DictionaryString;
  #key: ElementName | undefined;
  #value: ElementName | undefined;

  constructor(keyType: DataType<Key>, valueType: DataType<Value>, options: DictionaryOptions) {
    super(options);
    this.#keyType = keyType;
    this.#valueType = valueType;
    this.#keyName = dictionaryString(checkedName(options.keyName ?? "Key", "the dictionary's key name"));
    this.#valueName = dictionaryString(checkedName(options.valueName ?? "Value", "the dictionary's value name"));
  }

  override write(scope: BodyScope, element: ElementName, value: ReadonlyMap<Key, Value>): void {
    if (!(value instanceof Map)) throw wrongType(value, "a Map");
    const mark = this.open(scope, element);
    const item = this.item;
    const keyElement = this.#keyElement();
    const valueElement = this.#valueElement();
    for (const [key, entry] of value as ReadonlyMap<Key, Value>) {
      const itemMark = scope.startElement(item);
      scope.openContent();
      try {
        this.#keyType.write(scope, keyElement, key);
        this.#valueType.write(scope, valueElement, entry);
      } catch (error) {
        throw errorWithin(error, `[${describeValue(key)}]`);
      }
      scope.endElement(itemMark);
    }
    scope.endElement(mark);
  }

  override read(reader: XmlReader): ReadonlyMap<Key, Value> {
    if (reader.attributeCount !== 0) refuseNil(reader);
    const map = new Map<Key, Value>();
    while (this.nextItem(reader)) this.#readEntry(reader, map);
    return map;
  }

  override prepare(seen: Set<DataType<unknown>>): void {
    if (seen.has(this)) return;
    seen.add(this);
    this.#keyType.prepare(seen);
    this.#valueType.prepare(seen);
    checkedName(this.item.localName.value, "the name of an item");
  }

  protected override defaultItemName(): string {
    const { contractName: key, contractNamespace: keyNamespace } = this.#keyType;
    const { contractName: value, contractNamespace: valueNamespace } = this.#valueType;
    const isBuiltIn = isBuiltInNamespace(keyNamespace) && isBuiltInNamespace(valueNamespace);
    return `KeyValueOf${key}${value}${isBuiltIn ? "" : namespacesDigest([keyNamespace.value, valueNamespace.value])}`;
  }

  protected override defaultItemContractName(): string {
    return this.defaultItemName();
  }

  protected override defaultNamespace(): DictionaryString {
    return arraysNamespace;
  }

  #readEntry(reader: XmlReader, map: Map<Key, Value>): void {
    const keyElement = this.#keyElement();
    const valueElement = this.#valueElement();
    let key: Key | undefined;
    let hasKey = false;
    try {
      let value: Value | undefined;
      let hasValue = false;
      while (reader.nextChild()) {
        if (!hasKey && reader.is(keyElement.localName.value, keyElement.namespaceUri.value)) {
          key = this.#keyType.read(reader);
          hasKey = true;
        } else if (!hasValue && reader.is(valueElement.localName.value, valueElement.namespaceUri.value)) {
          value = this.#valueType.read(reader);
          hasValue = true;
        } else reader.skip();
      }
      if (!hasKey || !hasValue) {
        throw new ContractError(
          "CONTRACT_MISSING_MEMBER",
          `an entry has no ${hasKey ? this.#valueName.value : this.#keyName.value}`,
        );
      }
      if (map.has(key as Key)) throw new ContractError("CONTRACT_DUPLICATE_KEY", "the key appears twice");
      map.set(key as Key, value as Value);
    } catch (error) {
      throw errorWithin(error, `[${hasKey ? describeValue(key) : map.size}]`);
    }
  }

  #keyElement(): ElementName {
    this.#key ??= { localName: this.#keyName, namespaceUri: this.contractNamespace };
    return this.#key;
  }

  #valueElement(): ElementName {
    this.#value ??= { localName: this.#valueName, namespaceUri: this.contractNamespace };
    return this.#value;
  }
}

/**
 * An array or list. Its items are named after their type (`<string>`, `<Line>`), in the Arrays namespace for primitives and in the
 * item type's own for others, unless `options` names them.
 */
export function array<T>(itemType: DataType<T>, options: ArrayOptions = {}): DataType<readonly T[]> {
  return new ArrayType(itemType, options);
}

/**
 * A dictionary, as a `Map`. Entries are `KeyValueOf…` elements in the Arrays namespace, named by .NET's rule with its digest of
 * namespaces, unless `options` names them. Keys that are objects (dateTime, records) are told apart by identity when sent.
 */
export function dictionary<Key, Value>(
  keyType: DataType<Key>,
  valueType: DataType<Value>,
  options: DictionaryOptions = {},
): DataType<ReadonlyMap<Key, Value>> {
  return new DictionaryType(keyType, valueType, options);
}
