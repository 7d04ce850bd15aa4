// Serves the page, and hosts what it calls: `npm run example:browser`, then open the address that it prints.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { openMarket } from "./host.ts";

/** The page's program as one file, as any bundler for browsers makes it. */
async function bundle(path: string): Promise<string> {
  const build = await rolldown({ input: path, platform: "browser" });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  return output[0].code;
}

const html = await readFile(new URL("../../src/browser/index.html", import.meta.url), "utf8");
const program = await bundle(fileURLToPath(new URL("page.js", import.meta.url)));

const server = createServer();
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const address = await openMarket(origin);

const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/": ["text/html; charset=utf-8", html],
  "/page.js": ["text/javascript; charset=utf-8", program],
  "/address": ["text/plain; charset=utf-8", address],
};
server.on("request", (request, response) => {
  const [type, text] = files[request.url ?? "/"] ?? ["text/plain", undefined];
  response.writeHead(text === undefined ? 404 : 200, { "content-type": type }).end(text ?? "not found\n");
});
console.log(`open ${origin}/ in a browser; Ctrl+C ends this`);
