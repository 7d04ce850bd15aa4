import type { SessionFault, TraceRecord } from "@bowline/protocol/session";
import type { SoapHeader } from "@bowline/protocol/soap";
import type { UniqueId } from "@bowline/protocol/xml";
import type { Endpoint } from "@bowline/transport";
import type { AllowedOrigins } from "../page-origins.ts";
import type { Peer } from "../session-peer.ts";
import type { ErrorImage } from "./error-image.ts";

/** An identifier without its class; see `UniqueId.like`. */
export type IdImage = Pick<UniqueId, "key" | "isGuid">;

/** An application's message on its way to the protocol thread; its body lies in the batch's bytes. */
export interface SendOrder {
  readonly type: "send";
  readonly session: number;
  readonly action: string;
  readonly messageId: IdImage | undefined;
  readonly relatesTo: IdImage | undefined;
  /** It is a call, which names the address for its reply. */
  readonly isCall: boolean;
  readonly isFault: boolean;
  readonly headers: readonly SoapHeader[] | undefined;
  /** Strings that bodies of this session use from this one on. */
  readonly strings: readonly string[] | undefined;
  readonly from: number;
  readonly to: number;
}

/** What the application tells one session. */
export type SessionOrder =
  | SendOrder
  /** Of the messages so far the application has taken so many, and so many operations run. */
  | { readonly type: "progress"; readonly session: number; readonly taken: number; readonly running: number }
  | { readonly type: "processed"; readonly session: number; readonly messageNumber: number }
  | { readonly type: "close"; readonly session: number }
  | { readonly type: "abort"; readonly session: number; readonly reason: string | undefined }
  | { readonly type: "break"; readonly session: number; readonly cause: ErrorImage };

/** Why a session that was asked for will not be: what its client is told. */
export interface RefusalOrder {
  readonly type: "refuse";
  readonly session: number;
  /** `"busy"`: what there is for it, CreateSequenceRefused or a busy server; `"full"`: a busy server; `"drop"`: nothing. */
  readonly how: "busy" | "full" | "drop";
  readonly reason: string;
}

/** What the host tells its protocol thread. */
export type Order =
  | SessionOrder
  | RefusalOrder
  | { readonly type: "admit"; readonly session: number }
  | { readonly type: "listen"; readonly port: number }
  | { readonly type: "close-port"; readonly port: number }
  /** All ports are closed, all sessions are over: the thread ends when its connections have. */
  | { readonly type: "end" };

/** A received message on its way to the application: its envelope, which lies in the batch's bytes. */
export interface MessageNews {
  readonly type: "message";
  readonly session: number;
  readonly messageNumber: number;
  /** Shared time. */
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  /** It came over another connection than the one before, whose strings mean nothing any more. */
  readonly isNewConnection: boolean;
  /** Strings of the connection that the application has not been told yet. */
  readonly strings: readonly string[] | undefined;
}

/** A session's fault without what only the thread needs; times are shared times. */
export interface FaultImage extends Omit<SessionFault, "cause" | "fault"> {
  readonly cause: ErrorImage | undefined;
}

/** What becomes of one session. */
export type SessionNews =
  | MessageNews
  | {
      readonly type: "progress";
      readonly session: number;
      readonly accepted: number;
      readonly acknowledged: number;
      readonly dropped: number;
    }
  | { readonly type: "bound"; readonly session: number; readonly peer: Peer }
  | { readonly type: "input-ended"; readonly session: number }
  | { readonly type: "closed"; readonly session: number }
  | { readonly type: "faulted"; readonly session: number; readonly fault: FaultImage }
  | { readonly type: "trace"; readonly session: number; readonly record: TraceRecord };

/** A client wants a session. */
export interface AskNews {
  readonly type: "ask";
  readonly session: number;
  readonly endpoint: number;
  /** Identifier that the session will have; undefined on plain sessions. */
  readonly id: IdImage | undefined;
  readonly peer: Peer;
}

/** What the protocol thread tells the host. */
export type News =
  | SessionNews
  | AskNews
  /** The client who asked is gone. */
  | { readonly type: "left"; readonly session: number }
  | { readonly type: "listening"; readonly port: number; readonly number: number | undefined }
  | { readonly type: "listen-failed"; readonly port: number; readonly error: ErrorImage }
  | { readonly type: "refused"; readonly error: ErrorImage; readonly remoteAddress: string | undefined };

/** A port as the thread is told of it. */
export interface PortSetup {
  readonly protocol: "net.tcp" | "http" | "https";
  readonly host: string;
  readonly port: number;
  /** Numbers of its endpoints. */
  readonly endpoints: readonly number[];
}

/** An endpoint as the thread is told of it. */
export interface EndpointImage {
  readonly endpoint: Endpoint;
  readonly isOneWayOnly: boolean;
}

/** What a protocol thread starts from. */
export interface ThreadSetup {
  readonly ports: readonly PortSetup[];
  readonly endpoints: readonly EndpointImage[];
  readonly preambleTimeoutMs: number;
  readonly maxConnections: number;
  readonly allowedOrigins: AllowedOrigins;
  readonly isTraced: boolean;
}
