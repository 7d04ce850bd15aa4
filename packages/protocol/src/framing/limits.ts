/** How large a record may be before the peer is refused. All in bytes of payload, 1 to 2^31-1. */
export interface FramingLimits {
  /** Via record; WCF's 2048. Beyond: `FRAMING_VIA_TOO_LONG`, without a fault, as WCF does. */
  readonly maxViaByteLength: number;
  /** Extensible Encoding record; WCF's 256. Beyond: `FRAMING_CONTENT_TYPE_TOO_LONG`, without a fault, as WCF does. */
  readonly maxContentTypeByteLength: number;
  /** Upgrade Request record; WCF's 256. Beyond: `FRAMING_UPGRADE_NAME_TOO_LONG`. */
  readonly maxUpgradeNameByteLength: number;
  /** Fault record; WCF's 256. Beyond: `FRAMING_FAULT_TOO_LONG`. */
  readonly maxFaultByteLength: number;
  /**
   * One Sized Envelope, or the sum of the chunks of one Unsized Envelope; WCF's MaxReceivedMessageSize of 65536.
   * Beyond: `FRAMING_MAX_MESSAGE_SIZE_EXCEEDED`, answered with the fault `MaxMessageSizeExceededFault`.
   */
  readonly maxEnvelopeByteLength: number;
}

/** WCF's quotas of net.tcp. */
export const defaultFramingLimits: FramingLimits = Object.freeze({
  maxViaByteLength: 2048,
  maxContentTypeByteLength: 256,
  maxUpgradeNameByteLength: 256,
  maxFaultByteLength: 256,
  maxEnvelopeByteLength: 65_536,
});

/** The largest size a record can carry: 2^31-1, see [MC-NMF] 2.2.2 and its note 2. */
export const maxRecordByteLength = 0x7fff_ffff;

/** The defaults with `limits` laid over them. @throws RangeError when a limit is no integer from 1 to 2^31-1 */
export function resolveFramingLimits(limits: Partial<FramingLimits> = {}): FramingLimits {
  const resolved: FramingLimits = { ...defaultFramingLimits, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    if (!Number.isInteger(value) || value < 1 || value > maxRecordByteLength) {
      throw new RangeError(`${name} is ${value}; it must be a whole number of bytes from 1 to ${maxRecordByteLength}`);
    }
  }
  return resolved;
}

/** Refuses an option that must be a positive, finite number. @throws RangeError naming the option and its value */
export function demandPositive(option: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new RangeError(`${option} is ${value}; it must be a positive number`);
}
