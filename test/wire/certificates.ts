import { generate } from "selfsigned";

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** An authority of one test run, and those it vouches for. */
export interface Authority {
  readonly ca: string;
  /** For `localhost` and 127.0.0.1. */
  readonly service: Identity;
  readonly alice: Identity;
  readonly bob: Identity;
}

const settings = { keyType: "ec", algorithm: "sha256" } as const;

export async function newAuthority(): Promise<Authority> {
  const root = await generate([{ name: "commonName", value: "Test authority" }], {
    ...settings,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const signed = async (name: string): Promise<Identity> => {
    const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
      ...settings,
      ca: { cert: root.cert, key: root.private },
      extensions: [
        { name: "basicConstraints", cA: false },
        { name: "extKeyUsage", serverAuth: true, clientAuth: true },
        {
          name: "subjectAltName",
          altNames: [
            { type: 2, value: name },
            { type: 7, ip: "127.0.0.1" },
          ],
        },
      ],
    });
    return { cert, key };
  };
  return {
    ca: root.cert,
    service: await signed("localhost"),
    alice: await signed("alice"),
    bob: await signed("bob"),
  };
}
