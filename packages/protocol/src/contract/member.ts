import { DataType } from "./data-type.ts";
import { invalidDefinition } from "./errors.ts";
import { checkedName } from "./names.ts";

/** How a member stands in its record, where that is not by its key and type alone. */
export interface MemberOptions {
  /** The element's name. Default: the key in the record. */
  readonly name?: string;
  /** DataMember.Order: members without come first, by name; then ascending, equal ones by name. 0 or more. */
  readonly order?: number;
}

/** A member of a record or a parameter of an operation: a type and how it stands there. Made by `member` and `optional`. */
export class MemberSpec<T, IsOptional extends boolean> {
  readonly type: DataType<T>;
  readonly isOptional: IsOptional;
  readonly name: string | undefined;
  readonly order: number;

  constructor(type: DataType<T>, isOptional: IsOptional, options: MemberOptions) {
    if (!(type instanceof DataType))
      throw invalidDefinition("a member's type is not a DataType: use xs.…, record(…), array(…) and the like");
    const order = options.order ?? -1;
    if (options.order !== undefined && !(Number.isInteger(order) && order >= 0)) {
      throw invalidDefinition(`a member's order is ${order}, must be a whole number from 0`);
    }
    this.type = type;
    this.isOptional = isOptional;
    this.name = options.name === undefined ? undefined : checkedName(options.name, "a member's name");
    this.order = order;
  }
}

/** A member that must be there, with a name or an order of its own. */
export function member<T>(type: DataType<T>, options: MemberOptions = {}): MemberSpec<T, false> {
  return new MemberSpec(type, false, options);
}

/**
 * A member that may be absent (EmitDefaultValue = false, IsRequired = false): `undefined` writes nothing.
 *
 * An element that is nil reads as `undefined` too, unless the type is `nillable`: .NET peers write nil for what they do not leave out.
 */
export function optional<T>(type: DataType<T>, options: MemberOptions = {}): MemberSpec<T, true> {
  return new MemberSpec(type, true, options);
}

/** Members by key: a bare type is a member that must be there. */
export type MemberSpecs = Readonly<Record<string, DataType<unknown> | MemberSpec<unknown, boolean>>>;

type OptionalKeys<Members> = {
  [Key in keyof Members]: Members[Key] extends MemberSpec<unknown, true> ? Key : never;
}[keyof Members];
type MemberValue<Member> =
  Member extends MemberSpec<infer Value, boolean> ? Value : Member extends DataType<infer Value> ? Value : never;

/** Flattens an intersection, so that editors show members instead of type arithmetic. */
export type Simplify<T> = { [Key in keyof T]: T[Key] } & {};

/** The object that `Members` describe. */
export type MembersValue<Members> = Simplify<
  { readonly [Key in Exclude<keyof Members, OptionalKeys<Members>>]: MemberValue<Members[Key]> } & {
    readonly [Key in OptionalKeys<Members>]?: MemberValue<Members[Key]> | undefined;
  }
>;
