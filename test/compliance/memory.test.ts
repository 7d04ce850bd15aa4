import { MemoryNetwork } from "@bowline/client";
import { type Addresses, describeTransport } from "./suite.ts";

describeTransport("memory", () => {
  const network = new MemoryNetwork();
  const endpoint: Addresses["listening"] = (path, options) => network.endpoint(path, options);
  return { listening: endpoint, calling: endpoint, cut: () => network.cut() };
});
