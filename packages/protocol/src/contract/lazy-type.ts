import type { DictionaryString, XmlReader } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { DataType } from "./data-type.ts";
import { invalidDefinition } from "./errors.ts";
import type { ElementName } from "./names.ts";

class LazyType<T> extends DataType<T> {
  readonly #resolve: () => DataType<T>;
  #target: DataType<T> | undefined;

  constructor(resolve: () => DataType<T>) {
    super();
    this.#resolve = resolve;
  }

  override get contractName(): string {
    return this.#type.contractName;
  }
  override get contractNamespace(): DictionaryString {
    return this.#type.contractNamespace;
  }
  override get isValueType(): boolean {
    return this.#type.isValueType;
  }
  override get faultName(): string {
    return this.#type.faultName;
  }
  override get itemName(): string {
    return this.#type.itemName;
  }
  override get isPrimitiveParameter(): boolean {
    return this.#type.isPrimitiveParameter;
  }
  override get isPrimitiveArrayItem(): boolean {
    return this.#type.isPrimitiveArrayItem;
  }
  override bindContent(scope: BodyScope): void {
    this.#type.bindContent(scope);
  }
  override writeNil(scope: BodyScope, element: ElementName): void {
    this.#type.writeNil(scope, element);
  }
  override write(scope: BodyScope, element: ElementName, value: T): void {
    this.#type.write(scope, element, value);
  }
  override read(reader: XmlReader): T {
    return this.#type.read(reader);
  }
  override prepare(seen: Set<DataType<unknown>>): void {
    if (seen.has(this)) return;
    seen.add(this);
    this.#type.prepare(seen);
  }

  get #type(): DataType<T> {
    if (this.#target === undefined) {
      const target = this.#resolve();
      if (!(target instanceof DataType) || target instanceof LazyType) {
        throw invalidDefinition("lazy(() => …) must return a type that is defined by then, and not another lazy one");
      }
      this.#target = target;
    }
    return this.#target;
  }
}

/**
 * A type that is defined later or contains itself.
 *
 * TypeScript cannot infer a type from itself: write the interface and annotate, `lazy((): DataType<Node> => NodeType)`.
 */
export function lazy<T>(resolve: () => DataType<T>): DataType<T> {
  return new LazyType(resolve);
}
