/** The subprotocol of NetHttpBinding [MS-SWSB] 3.1. */
export const webSocketSubprotocol = "soap";

/**
 * Offered by pages besides, who are not told the status of a refused handshake: a host of ours that has no endpoint at the path takes
 * this one, and ends the WebSocket at once.
 */
export const notFoundSubprotocol = "bowline.endpoint-not-found";

/** Says which encoder a WebSocket's messages are for [MS-SWSB] 3.2. */
export const contentTypeHeader = "soap-content-type";
/** Says whether binary messages are whole; sent with the binary encoder alone. */
export const transferModeHeader = "microsoft-binary-transfer-mode";
/** The one transfer mode that sessions use. */
export const bufferedTransferMode = "Buffered";

/** The headers by which .NET's peers compare their encoders during the handshake. */
export function webSocketHeaders(contentType: string): Record<string, string> {
  const isBinary = contentType.startsWith("application/soap+msbin");
  return {
    [contentTypeHeader]: contentType,
    ...(isBinary ? { [transferModeHeader]: bufferedTransferMode } : {}),
  };
}
