import type { XmlReader, XmlWriter } from "../xml/index.ts";
import { BodyScope } from "./body-scope.ts";
import type { DataType } from "./data-type.ts";
import { ContractError, errorWithin } from "./errors.ts";
import type { MemberEntry, MemberTable, MemberValues } from "./member-table.ts";
import type { ElementName } from "./names.ts";

/**
 * Writes and reads what a Body or a fault's Detail holds: one element with one value in it.
 *
 * Prefixes `s`, `a` and `r` are taken to be the envelope's and are not used.
 */
export abstract class BodyCodec<T> {
  /** The element that this codec writes and reads. */
  readonly element: ElementName;
  readonly #isPrimitive: boolean;
  readonly #scope: BodyScope = new BodyScope();

  /** @param isPrimitive true for the shape of WCF's formatter for operations whose parameters and results are all primitive */
  constructor(element: ElementName, isPrimitive: boolean) {
    this.element = element;
    this.#isPrimitive = isPrimitive;
  }

  /**
   * Writes the element.
   * @throws ContractError when `value` does not fit; what was written until then has to be thrown away
   */
  write(writer: XmlWriter, value: T): void {
    // A getter of the value may send a message itself: then the scope is in use.
    const scope = this.#scope.isBusy ? new BodyScope() : this.#scope;
    scope.begin(writer, this.#isPrimitive);
    try {
      this.writeElement(scope, value);
    } finally {
      scope.end();
    }
  }

  /**
   * Stands on the element, ends on its end tag.
   * @throws ContractError or XmlError when it is not what the contract says
   */
  read(reader: XmlReader): T {
    const { localName, namespaceUri } = this.element;
    if (!reader.is(localName.value, namespaceUri.value)) {
      throw new ContractError(
        "CONTRACT_UNEXPECTED_ELEMENT",
        `the body holds {${reader.namespaceUri}}${reader.localName}, expected is {${namespaceUri.value}}${localName.value}`,
      );
    }
    return this.readElement(reader);
  }

  protected abstract writeElement(scope: BodyScope, value: T): void;
  protected abstract readElement(reader: XmlReader): T;
}

/** A wrapper with a member for each parameter: requests, and replies with out parameters. */
export class ParametersCodec<T> extends BodyCodec<T> {
  readonly #table: MemberTable;

  constructor(wrapper: ElementName, table: MemberTable, isPrimitive: boolean) {
    super(wrapper, isPrimitive);
    this.#table = table;
  }

  protected override writeElement(scope: BodyScope, value: T): void {
    const mark = scope.startElement(this.element);
    scope.openContent();
    // An operation without parameters may be called without an argument.
    if (value !== undefined || this.#table.entries.length > 0) this.#table.write(scope, value);
    scope.endElement(mark);
  }

  protected override readElement(reader: XmlReader): T {
    const value: MemberValues = {};
    this.#table.readInto(reader, value);
    return value as T;
  }
}

/** A wrapper with one value in it: a reply. */
export class ResultCodec<T> extends BodyCodec<T> {
  readonly #entry: MemberEntry;

  constructor(wrapper: ElementName, entry: MemberEntry, isPrimitive: boolean) {
    super(wrapper, isPrimitive);
    this.#entry = entry;
  }

  protected override writeElement(scope: BodyScope, value: T): void {
    const mark = scope.startElement(this.element);
    scope.openContent();
    try {
      this.#entry.type.write(scope, this.#entry.element, value);
    } catch (error) {
      throw errorWithin(error, this.#entry.key);
    }
    scope.endElement(mark);
  }

  protected override readElement(reader: XmlReader): T {
    const { element, type, key } = this.#entry;
    let result: T | undefined;
    let hasResult = false;
    try {
      while (reader.nextChild()) {
        if (!hasResult && reader.is(element.localName.value, element.namespaceUri.value)) {
          result = type.read(reader) as T;
          hasResult = true;
        } else reader.skip();
      }
      if (!hasResult) throw new ContractError("CONTRACT_MISSING_MEMBER", "the reply does not hold it");
    } catch (error) {
      throw errorWithin(error, key);
    }
    return result as T;
  }
}

/** A wrapper with nothing in it: the reply of an operation that returns nothing. */
export class EmptyCodec extends BodyCodec<void> {
  constructor(wrapper: ElementName) {
    super(wrapper, true);
  }

  protected override writeElement(scope: BodyScope): void {
    const mark = scope.startElement(this.element);
    scope.openContent();
    scope.endElement(mark);
  }

  protected override readElement(reader: XmlReader): void {
    reader.skip();
  }
}

/** One value as an element without a wrapper: the detail of a fault. */
export class ElementCodec<T> extends BodyCodec<T> {
  readonly #type: DataType<T>;

  constructor(element: ElementName, type: DataType<T>) {
    super(element, false);
    this.#type = type;
  }

  protected override writeElement(scope: BodyScope, value: T): void {
    try {
      this.#type.write(scope, this.element, value);
    } catch (error) {
      throw errorWithin(error, this.element.localName.value);
    }
  }

  protected override readElement(reader: XmlReader): T {
    try {
      return this.#type.read(reader);
    } catch (error) {
      throw errorWithin(error, this.element.localName.value);
    }
  }
}
