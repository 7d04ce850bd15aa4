// A host that closes after its first call, in one way or another, and then has nothing left to do: it must exit by itself.
import { ServiceHost } from "@bowline/server";
import { Desk, endpoint } from "./desk.mjs";

const [kind = "", end] = process.argv.slice(2);
const host = new ServiceHost();
let called = () => {};
const isCalled = new Promise((resolve) => {
  called = () => resolve(undefined);
});
host.addService(
  Desk,
  {
    Add: ({ a, b }) => {
      called();
      return a + b;
    },
  },
  { endpoints: [endpoint("0", kind)] },
);
await host.open();
console.log(host.ports[0]);
await isCalled;
if (end === "close") await host.close();
else host.abort();
console.log("done");
