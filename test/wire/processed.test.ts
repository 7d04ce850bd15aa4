import { describe, expect, it } from "vitest";
import { connectDesk, gate, serveDesk, until } from "./loopback.ts";

describe.each(["1.0", "1.1"] as const)('a service that acknowledges on "processed" (R-WCF-ACK-3), RM %s', (version) => {
  const reliableSession = { version, ackOn: "processed" } as const;

  it("tells of a one-way message when its operation has returned, or failed, and not before", async () => {
    const [first, second] = [gate(), gate()];
    const started: number[] = [];
    const { endpoint, errors } = await serveDesk(
      { reliableSession },
      {
        Note: async ({ number }) => {
          started.push(number);
          await (number === 1 ? first : second).promise;
          if (number === 2) throw new Error("no such note");
        },
      },
    );
    const client = await connectDesk(endpoint());
    let acknowledgedCount = 0;
    for (const number of [1, 2]) {
      await client.Note({ number });
      void client.session.acknowledged().then(() => (acknowledgedCount = number));
    }
    await until(() => started.length === 2, "both operations run");

    second.open();
    await until(() => errors.length === 1, "the second one fails");
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(acknowledgedCount).toBe(0);

    first.open();
    await until(() => acknowledgedCount === 2, "both are acknowledged");
    await client.close();
  });

  it("lets acknowledgements ride on replies, and closes in order", async () => {
    const { endpoint } = await serveDesk({ reliableSession });
    const client = await connectDesk(endpoint());
    const sums = await Promise.all(Array.from({ length: 200 }, (_, a) => client.Add({ a, b: 1 })));
    expect(sums).toEqual(Array.from({ length: 200 }, (_, a) => a + 1));
    await client.close();
    expect(client.session.state).toBe("closed");
  });
});
