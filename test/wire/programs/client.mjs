// A client that calls and ends its session in one way or another, and then has nothing left to do: it must exit by itself.
import { connect } from "@bowline/client";
import { Desk, endpoint } from "./desk.mjs";

const [port = "", kind = "", end] = process.argv.slice(2);
if (end === "never-open") {
  await connect(Desk, endpoint(port, kind)).catch((error) => console.log(error.code));
} else {
  const client = await connect(Desk, endpoint(port, kind));
  console.log(await client.Add({ a: 1, b: 2 }));
  if (end === "close") await client.close();
  else client.abort();
}
console.log("done");
