export { BodyCodec } from "./body-codec.ts";
export { maxBodyDepth } from "./body-scope.ts";
export { type ArrayOptions, array, type DictionaryOptions, dictionary } from "./collection-type.ts";
export { ContractFault, type FaultOptions } from "./contract-fault.ts";
export { DataType, type ValueOf } from "./data-type.ts";
export { dateTimeOffset } from "./date-time-offset.ts";
export { enumeration, flags } from "./enumeration-type.ts";
export { ContractError, type ContractErrorCode } from "./errors.ts";
export { type FaultContractOptions, type FaultSpec, faultContract, type OperationFault } from "./fault-spec.ts";
export type {
  CallbackContractOf,
  CallbackDefinitionsOf,
  CallbackHandlers,
  CallbackProxy,
  DefinitionsOf,
  OperationCall,
  OperationHandler,
  ServiceHandlers,
  ServiceProxy,
} from "./inference.ts";
export { lazy } from "./lazy-type.ts";
export {
  type MemberOptions,
  type MemberSpec,
  type MemberSpecs,
  type MembersValue,
  member,
  optional,
  type Simplify,
} from "./member.ts";
export type { ElementName } from "./names.ts";
export { nillable } from "./nillable-type.ts";
export {
  Operation,
  type OperationDefinition,
  type OperationNames,
  type OperationSpec,
  oneWay,
  operation,
  type TwoWayNames,
} from "./operation.ts";
export { polymorphic, type TaggedValue } from "./polymorphic-type.ts";
export type { QNameValue } from "./primitive-type.ts";
export { type RecordOptions, RecordType, record } from "./record-type.ts";
export {
  type AnyServiceContract,
  type ContractOptions,
  contract,
  type OperationDefinitions,
  type Operations,
  type ReplyOf,
  type RequestOf,
  ServiceContract,
} from "./service-contract.ts";
export { type PrimitiveTypes, xs } from "./xs.ts";
