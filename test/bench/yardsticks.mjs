import { postsClient, servePosts } from "./http-posts.mjs";
import { framesClient, serveFrames } from "./net-frames.mjs";
import { messagesClient, serveMessages } from "./ws-messages.mjs";

/** What each transport is compared with: the bare thing below it. */
export const yardsticks = {
  "net.tcp": {
    name: "raw net sockets (length prefix, one write per message)",
    serve: serveFrames,
    client: framesClient,
  },
  websocket: { name: "bare WebSockets of the ws package", serve: serveMessages, client: messagesClient },
  http: { name: "bare POSTs, node:http and undici", serve: servePosts, client: postsClient },
};
