import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { acceptsContentType } from "@bowline/protocol/framing";
import { type ExchangeLink, isPeerMistake, LinkError, type MessageCodec, tooLarge } from "@bowline/protocol/session";
import { codecOf, type LinkOwner, type PeerIdentity, type Wire } from "@bowline/transport";
import { identityOf, joined } from "@bowline/transport/node";
import { type Acceptor, newExchangeLink } from "./acceptor.ts";
import { ServerError } from "./errors.ts";
import { Newcomer, type NewcomerOptions } from "./newcomer.ts";

/** One exchange at the side that answers. */
class HttpExchange implements Wire {
  readonly link: ExchangeLink;
  readonly remoteAddress: string;
  readonly identity: PeerIdentity | undefined;
  readonly #response: ServerResponse;
  readonly #contentType: string;
  #owner: LinkOwner | undefined;

  constructor(link: ExchangeLink, socket: Socket, response: ServerResponse, contentType: string) {
    this.link = link;
    this.remoteAddress = `${socket.remoteAddress}:${socket.remotePort}`;
    this.identity = identityOf(socket);
    this.#response = response;
    this.#contentType = contentType;
    response.on("close", () => {
      const owner = this.#owner;
      this.#owner = undefined;
      owner?.closed(link, undefined);
    });
  }

  handOver(owner: LinkOwner): void {
    this.#owner = owner;
  }

  /** The request is there. */
  received(envelope: Uint8Array): void {
    this.#owner?.received(this.link, envelope);
  }

  flush(): void {
    // The answer leaves when the exchange is closed.
  }

  /** Sends the answer: an envelope, or none; or drops the connection. */
  close(isGraceful: boolean): void {
    this.#owner = undefined;
    const response = this.#response;
    // It was refused, in words.
    if (response.writableEnded) return;
    if (!isGraceful || response.destroyed) {
      response.destroy();
      return;
    }
    const { link } = this;
    const envelope = link.takeOutput();
    if (envelope !== undefined) {
      const headers = { "content-type": this.#contentType, "content-length": envelope.length };
      response.writeHead(link.isFault ? 500 : 200, headers).end(envelope);
    } else if (link.error !== undefined) answerInWords(response, statusOf(link.error), link.error.message);
    else response.writeHead(202, { "content-length": 0 }).end();
  }
}

/**
 * Takes one request for an endpoint: reads it, within the endpoint's limit, and lets the session that it belongs to answer, which it may
 * have to wait for like any other newcomer. What no session answers is answered by HTTP's status, as WCF does (R-HTTP-STATUS-1).
 */
export async function takeExchange(
  endpoint: Acceptor,
  request: IncomingMessage,
  response: ServerResponse,
  options: NewcomerOptions,
): Promise<void> {
  const codec = codecOf(endpoint.endpoint);
  const onRefused = (error: unknown): void => {
    options.onRefused(error);
    // Of a request that broke off nothing is known: to call it malformed would be believed.
    const isCut = !request.complete && !(error instanceof HttpRefusal || error instanceof LinkError);
    if (isCut || response.headersSent || response.destroyed) response.destroy();
    else answerInWords(response, statusOf(error), wordsOf(error));
  };
  try {
    const envelope = await read(request, endpoint, codec);
    const wire = new HttpExchange(newExchangeLink(endpoint.endpoint), request.socket, response, codec.contentType);
    if (!codec.version.hasAddressing) wire.link.action = soapActionOf(request);
    const newcomer = new Newcomer(endpoint, { ...options, onRefused });
    wire.handOver(newcomer);
    newcomer.start(wire);
    wire.received(envelope);
  } catch (error) {
    onRefused(error);
  }
}

/** The envelope that came. @throws HttpRefusal, LinkError */
async function read(
  request: IncomingMessage,
  endpoint: Acceptor,
  { contentType, charsets }: MessageCodec,
): Promise<Uint8Array> {
  if (request.method !== "POST") throw new HttpRefusal(405, `the method is ${request.method}; messages come by POST`);
  const type = request.headers["content-type"] ?? "";
  if (!acceptsContentType(type, contentType, charsets))
    throw new HttpRefusal(415, `content-type is ${type || "not given"}; this endpoint takes ${contentType}`);
  const { maxReceivedMessageSize } = endpoint.endpoint;
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    byteLength += chunk.length;
    if (byteLength > maxReceivedMessageSize) throw tooLarge(undefined, maxReceivedMessageSize);
    chunks.push(chunk);
  }
  if (byteLength === 0) throw new HttpRefusal(400, "the request has no envelope");
  return joined(chunks, byteLength);
}

/** SOAP 1.1 6.1.1: the action, in quotes. @throws HttpRefusal without one */
function soapActionOf({ headers }: IncomingMessage): string {
  const { soapaction } = headers;
  if (typeof soapaction !== "string") throw new HttpRefusal(400, "the request has no SOAPAction");
  return soapaction.trim().replace(/^"(.*)"$/, "$1");
}

/** A request that is none for this endpoint. */
class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpRefusal) return error.status;
  if (error instanceof LinkError && error.code === "LINK_MESSAGE_TOO_LARGE") return 413;
  if (error instanceof LinkError && error.code === "LINK_SERVER_TOO_BUSY") return 503;
  if (error instanceof ServerError && error.code === "SERVER_IDENTITY_CHANGED") return 403;
  return error instanceof LinkError || isPeerMistake(error) ? 400 : 500;
}

/** What is said of an error: all of it where the request was wrong, nothing of the service's own affairs or of other clients. */
function wordsOf(error: unknown): string {
  if (error instanceof HttpRefusal || error instanceof LinkError || isPeerMistake(error))
    return (error as Error).message;
  return "the service did not take the request; its log says why";
}

/** An answer for people, where there is no envelope to give one. What is left of the request is not read. */
export function answerInWords(response: ServerResponse, status: number, words: string): void {
  const headers = { "content-type": "text/plain; charset=utf-8", connection: "close" };
  response.writeHead(status, headers).end(`${words}\n`);
}
