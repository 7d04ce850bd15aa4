import { acceptsContentType } from "@bowline/protocol/framing";
import { type ExchangeLink, LinkError, statusErrorOf, tooLarge } from "@bowline/protocol/session";
import type { Dispatcher, Pool } from "undici";
import type { HttpEndpoint } from "./http-endpoint.ts";
import { codecOf } from "./message-codecs.ts";
import { nodeTlsOptions, securityError, serverIdentityOptions } from "./tls.ts";
import type { ExchangeClient, LinkOwner, Wire } from "./wire.ts";

/** Beyond `maxConnections`, for keep-alives and the messages of the protocol, which must not wait behind requests. */
const spareConnectionCount = 4;

/** The HTTP connections of one client's session. They are made when they are needed, and let go when they are not. */
export class HttpClient implements ExchangeClient {
  readonly #endpoint: HttpEndpoint;
  #pool: Promise<Pool> | undefined;

  constructor(endpoint: HttpEndpoint) {
    this.#endpoint = endpoint;
  }

  /** Sends what is in the output of `link`; `owner` hears of the answer, or that there is none. */
  exchange(link: ExchangeLink, owner: LinkOwner): Wire {
    this.#pool ??= this.#open();
    return new HttpExchange(this.#pool, this.#endpoint, link, owner);
  }

  /** No more exchanges; those under way go on. */
  close(): void {
    const pool = this.#pool;
    this.#pool = undefined;
    void pool?.then((open) => open.close()).catch(() => undefined);
  }

  async #open(): Promise<Pool> {
    const { host, port, tls, maxConnections, openTimeoutMs } = this.#endpoint;
    // Loaded by those who use it.
    const { Pool } = await import("undici");
    const origin = `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Pool(origin, {
      connections: maxConnections + spareConnectionCount,
      pipelining: 1,
      connect: {
        timeout: Number.isFinite(openTimeoutMs) ? openTimeoutMs : 0,
        ...(tls === undefined ? {} : { ...nodeTlsOptions(tls), ...serverIdentityOptions(host, tls) }),
      },
    });
  }
}

/** One exchange at the side that asks. */
class HttpExchange implements Wire {
  readonly link: ExchangeLink;
  readonly remoteAddress: undefined = undefined;
  readonly identity: undefined = undefined;
  readonly #endpoint: HttpEndpoint;
  readonly #abort = new AbortController();
  #owner: LinkOwner | undefined;

  constructor(pool: Promise<Pool>, endpoint: HttpEndpoint, link: ExchangeLink, owner: LinkOwner) {
    this.link = link;
    this.#endpoint = endpoint;
    this.#owner = owner;
    void this.#run(pool, link.takeOutput()!);
  }

  handOver(owner: LinkOwner): void {
    this.#owner = owner;
  }

  flush(): void {
    // The request left when the exchange began.
  }

  close(isGraceful: boolean): void {
    this.#owner = undefined;
    if (!isGraceful) this.#abort.abort();
  }

  async #run(pool: Promise<Pool>, body: Uint8Array): Promise<void> {
    let answer: Uint8Array | undefined;
    try {
      answer = await this.#ask(await pool, body);
    } catch (error) {
      return this.#ended(securityError(error));
    }
    if (answer !== undefined) this.#owner?.received(this.link, answer);
    this.#ended(undefined);
  }

  #ended(error: unknown): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.closed(this.link, error);
  }

  /** The envelope of the answer; undefined when it is empty. @throws LinkError for what is no envelope, else the connection's error */
  async #ask(pool: Pool, body: Uint8Array): Promise<Uint8Array | undefined> {
    const { path, sendTimeoutMs } = this.#endpoint;
    const { contentType, charsets, version } = codecOf(this.#endpoint);
    // Whoever waits has a time-out of its own; this one is for answers that nobody waits for.
    const timeoutMs = Number.isFinite(sendTimeoutMs) ? sendTimeoutMs : 0;
    const response = await pool.request({
      path,
      method: "POST",
      headers: version.hasAddressing
        ? { "content-type": contentType }
        : { "content-type": contentType, soapaction: `"${this.link.action}"` },
      body,
      signal: this.#abort.signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const bytes = await this.#read(response);
    const said = `${response.statusCode} ${response.statusText}`.trim();
    const type = String(response.headers["content-type"] ?? "");
    if (bytes.length > 0 && acceptsContentType(type, contentType, charsets)) return bytes;
    const error = statusErrorOf(response.statusCode, said);
    if (error !== undefined) throw error;
    if (bytes.length === 0) return undefined;
    const message = `the server answered ${said} with ${type || "no content type"}; expected ${contentType}`;
    throw new LinkError("LINK_REFUSED", message, { isRemote: true });
  }

  async #read({ body }: Dispatcher.ResponseData): Promise<Uint8Array> {
    const { maxReceivedMessageSize } = this.#endpoint;
    const chunks: Uint8Array[] = [];
    let byteLength = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      byteLength += chunk.length;
      if (byteLength > maxReceivedMessageSize) throw tooLarge(undefined, maxReceivedMessageSize);
      chunks.push(chunk);
    }
    return joined(chunks, byteLength);
  }
}

/** Bytes of their own: what is made of them must not share a buffer with other messages. */
export function joined(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
