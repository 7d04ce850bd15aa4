// What is measured: the public API with a typed contract, a reliable session with its defaults.
import { connect } from "@bowline/client";
import { contract, netHttp, netTcp, oneWay, operation, ServiceHost, xs } from "@bowline/server";

export const Echo = contract("http://tempuri.org/", "IEcho", {
  EchoBytes: operation({ request: { data: xs.base64Binary }, reply: xs.base64Binary }),
  EchoText: operation({ request: { text: xs.string }, reply: xs.string }),
  PutBytes: oneWay({ data: xs.base64Binary }),
  PutText: oneWay({ text: xs.string }),
});

const makers = {
  "net.tcp": (place, options) => netTcp(`net.tcp://${place}`, options),
  websocket: (place, options) => netHttp(`ws://${place}`, options),
  http: (place, options) => netHttp(`http://${place}`, options),
};

/** @param {string} kind a version of reliable messaging, or "plain"; with " thread" behind it the host has a protocol thread */
const options = (kind, version = kind.split(" ")[0]) => ({
  maxReceivedMessageSize: 1 << 20,
  ...(version === "plain" ? {} : { reliableSession: { version } }),
});

export const echoHandlers = {
  EchoBytes: ({ data }) => data,
  EchoText: ({ text }) => text,
  PutBytes: () => undefined,
  PutText: () => undefined,
};

export async function serveEcho(transport, kind) {
  const host = new ServiceHost({ protocolThread: kind.endsWith(" thread") });
  host.addService(Echo, echoHandlers, { endpoints: [makers[transport]("127.0.0.1:0/echo", options(kind))] });
  await host.open();
  return host.ports[0];
}

export async function echoClient(port, transport, kind) {
  const client = await connect(Echo, makers[transport](`127.0.0.1:${port}/echo`, options(kind)));
  return {
    call: (body) => (typeof body === "string" ? client.EchoText({ text: body }) : client.EchoBytes({ data: body })),
    async sendAll(body, count) {
      const isText = typeof body === "string";
      for (let sent = 0; sent < count; sent++) {
        const accepted = isText ? client.PutText({ text: body }) : client.PutBytes({ data: body });
        // As many as the queue takes at once; waiting for each would measure the promise, not the session.
        if (sent % 512 === 511) await accepted;
      }
      await client.session.acknowledged();
    },
    close: () => client.close(),
  };
}

/** Bytes that look like no text, or text that is plain ASCII. */
export function echoBody(byteLength, isText) {
  return isText ? "x".repeat(byteLength) : new Uint8Array(byteLength).fill(0xa5);
}
