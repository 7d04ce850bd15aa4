import type { DictionaryString } from "../xml/index.ts";
import { soap11, soap12 } from "./names.ts";

/** Which envelope is spoken, and whether WS-Addressing headers are: WCF's `MessageVersion`. */
export interface MessageVersion {
  readonly soap: "1.1" | "1.2";
  readonly envelopeNamespace: DictionaryString;
  /** WS-Addressing 1.0 headers; without them the transport says which action is meant, and connections say what belongs together. */
  readonly hasAddressing: boolean;
}

/** WCF's `MessageVersion.Soap12WSAddressing10`: of net.tcp, WebSocket and WSHttpBinding. */
export const soap12Addressing10: MessageVersion = Object.freeze({
  soap: "1.2",
  envelopeNamespace: soap12,
  hasAddressing: true,
});

/** WCF's `MessageVersion.Soap11`, which is SOAP 1.1 without addressing: of BasicHttpBinding, where HTTP's SOAPAction names the action. */
export const soap11WithoutAddressing: MessageVersion = Object.freeze({
  soap: "1.1",
  envelopeNamespace: soap11,
  hasAddressing: false,
});
