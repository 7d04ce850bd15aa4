import type { DictionaryString, XmlReader } from "../xml/index.ts";
import type { BodyScope } from "./body-scope.ts";
import { DataType } from "./data-type.ts";
import { invalidDefinition } from "./errors.ts";
import { type ElementName, xsdNamespace } from "./names.ts";

/** No value. A reply of this type has an empty wrapper; anywhere else it is a mistake in the contract. */
export class VoidType extends DataType<void> {
  override readonly contractName = "void";
  override readonly contractNamespace: DictionaryString = xsdNamespace;
  override readonly isValueType = true;

  override get isPrimitiveParameter(): boolean {
    return true;
  }

  override write(_scope: BodyScope, element: ElementName): void {
    throw misplacedVoid(element.localName.value);
  }

  override read(reader: XmlReader): void {
    throw misplacedVoid(reader.localName);
  }

  override prepare(): void {
    throw misplacedVoid("a member, item or parameter");
  }
}

function misplacedVoid(where: string): Error {
  return invalidDefinition(`xs.void can only be the reply of an operation, not ${where}`);
}
