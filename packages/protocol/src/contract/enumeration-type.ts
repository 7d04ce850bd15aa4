import type { DictionaryString, XmlReader } from "../xml/index.ts";
import { trimXmlSpace } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { DataType, refuseNil } from "./data-type.ts";
import { invalidDefinition, outOfRange, wrongType } from "./errors.ts";
import { checkedName, checkedNamespace, type ElementName } from "./names.ts";

abstract class NamedValuesType<T> extends DataType<T> {
  override readonly contractName: string;
  override readonly contractNamespace: DictionaryString;
  override readonly isValueType = true;
  /** Every value by its own text: reading gives the one string of the definition. */
  protected readonly values: ReadonlyMap<string, string>;

  constructor(name: string, namespaceUri: string, values: readonly string[]) {
    super();
    this.contractName = checkedName(name, "the enumeration's name");
    this.contractNamespace = checkedNamespace(namespaceUri, `the namespace of ${name}`);
    if (values.length === 0) throw invalidDefinition(`enumeration ${name} has no values`);
    for (const value of values) {
      if (typeof value !== "string" || value === "" || trimXmlSpace(value) !== value) {
        throw invalidDefinition(
          `enumeration ${name} has the value ${JSON.stringify(value)}, which is empty or has blanks around it`,
        );
      }
    }
    this.values = new Map(values.map((value) => [value, value]));
    if (this.values.size !== values.length) throw invalidDefinition(`enumeration ${name} has a value twice`);
  }

  override write(scope: BodyScope, element: ElementName, value: T): void {
    const mark = scope.startElement(element);
    scope.openContent();
    const text = this.textOf(value);
    if (text.length !== 0) scope.writer.text(text);
    scope.endElement(mark);
  }

  override read(reader: XmlReader): T {
    if (reader.attributeCount !== 0) refuseNil(reader);
    return this.parse(trimXmlSpace(reader.readString()));
  }

  protected abstract textOf(value: T): string;
  protected abstract parse(text: string): T;

  protected known(value: unknown): string {
    const known = typeof value === "string" ? this.values.get(value) : undefined;
    if (known === undefined)
      throw outOfRange(value, `one of ${[...this.values.keys()].join(", ")} (${this.contractName})`);
    return known;
  }
}

class EnumerationType<Value extends string> extends NamedValuesType<Value> {
  protected override textOf(value: Value): string {
    if (typeof value !== "string") throw wrongType(value, `a string, one of ${[...this.values.keys()].join(", ")}`);
    return this.known(value);
  }
  protected override parse(text: string): Value {
    return this.known(text) as Value;
  }
}

class FlagsType<Value extends string> extends NamedValuesType<readonly Value[]> {
  constructor(name: string, namespaceUri: string, values: readonly string[]) {
    super(name, namespaceUri, values);
    const blank = values.find((value) => /[\t\n\r ]/.test(value));
    if (blank !== undefined)
      throw invalidDefinition(`flags ${name} have the value "${blank}", in which a blank would part two flags`);
  }

  protected override textOf(value: readonly Value[]): string {
    if (!Array.isArray(value)) throw wrongType(value, "an array of strings");
    return value.map((flag) => this.known(flag)).join(" ");
  }
  protected override parse(text: string): readonly Value[] {
    return text === "" ? [] : text.split(/[\t\n\r ]+/).map((flag) => this.known(flag) as Value);
  }
}

/** An enum: one of `values`, which are the texts on the wire (the EnumMember values). */
export function enumeration<const Value extends string>(
  name: string,
  namespaceUri: string,
  values: readonly Value[],
): DataType<Value> {
  return new EnumerationType<Value>(name, namespaceUri, values);
}

/** A flags enum: any of `values`, as an array; on the wire a list parted by spaces. No flag at all is an empty text. */
export function flags<const Value extends string>(
  name: string,
  namespaceUri: string,
  values: readonly Value[],
): DataType<readonly Value[]> {
  return new FlagsType<Value>(name, namespaceUri, values);
}
