import type { DataType } from "./data-type.ts";

/** What a fault says beside its detail. */
export interface FaultOptions {
  /** For people. Default: WCF's own sentence for a fault without one. */
  readonly reason?: string;
  /** Whose doing it was. Default `Sender`, as WCF's FaultException has it. */
  readonly faultCode?: "Sender" | "Receiver";
}

/**
 * A fault that an operation declares: thrown by a handler with a typed detail, and caught as the same class by the caller.
 *
 * Tell them apart with the type they are of: `if (Problem.isFault(error)) error.detail.Why`.
 */
export class ContractFault<Detail = unknown> extends Error {
  override readonly name = "ContractFault";
  readonly code = "CONTRACT_FAULT";
  readonly type: DataType<Detail>;
  readonly detail: Detail;
  readonly faultCode: "Sender" | "Receiver";

  constructor(type: DataType<Detail>, detail: Detail, options: FaultOptions = {}) {
    super(options.reason ?? "The creator of this fault did not specify a Reason.");
    this.type = type;
    this.detail = detail;
    this.faultCode = options.faultCode ?? "Sender";
  }

  /** The reason text of the fault. */
  get reason(): string {
    return this.message;
  }
}
