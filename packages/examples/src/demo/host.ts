import { type Handlers, ServiceHost } from "@bowline/server";
import { Ledger } from "./ledger.ts";
import { OrderDesk, orderDeskAt, unitPrice } from "./order-desk.ts";
import { endWithMain, leaveMain, ordered, tell, timeOfDayMs } from "./processes.ts";

// The host process: serves the order desk, and counts.
endWithMain();

const requests = new Ledger("request");
const approvals = new Ledger("reply to Approve");
const faults: string[] = [];
const sessionIds: string[] = [];
let repliesSentCount = 0;
let callbacksSentCount = 0;
let approvalsAskedCount = 0;

const desk: Handlers<typeof OrderDesk> = {
  Price({ number, quantity }) {
    requests.take(number);
    repliesSentCount += 1;
    return quantity * unitPrice;
  },
  async Order({ number }, { callback }) {
    requests.take(number);
    await callback.Fill({ number: ++callbacksSentCount });
  },
  async Watch({ number, fillCount }, { callback }) {
    requests.take(number);
    for (let count = 0; count < fillCount; count++) await callback.Fill({ number: ++callbacksSentCount });
    const position = ++approvalsAskedCount;
    await callback.Approve({ number: ++callbacksSentCount, amount: fillCount * unitPrice });
    approvals.take(position);
  },
};

const host = new ServiceHost();
host.addService(OrderDesk, desk, { endpoints: [orderDeskAt(0)] });
host.onError(({ error, operation }) => faults.push(`host, ${operation ?? "connection"}: ${error}`));
host.onSession((session) => {
  sessionIds.push(session.id ?? "none");
  tell({ type: "event", atMs: timeOfDayMs(), who: "host", text: `new session ${session.id}` });
});
host.onSessionEnd(({ error }) => {
  if (error !== undefined) faults.push(`host: ${error.code}: ${error.message}`);
  const text = error === undefined ? "session closed in order" : `session faulted: ${error.message}`;
  tell({ type: "event", atMs: timeOfDayMs(), who: "host", text });
  const { deliveredCount: requestCount, mistakes } = requests;
  tell({
    type: "host-report",
    report: {
      requestCount,
      repliesSentCount,
      callbacksSentCount,
      approvalCount: approvals.deliveredCount,
      sessionIds,
      mistakes: [...mistakes, ...approvals.mistakes],
      faults,
    },
  });
});
await host.open();
tell({ type: "listening", port: host.ports[0]! });

await ordered("stop");
await host.close();
leaveMain();
