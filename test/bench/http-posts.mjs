// The yardstick over HTTP: node:http and undici, one POST for each body, as many connections as ours.
import { createServer } from "node:http";
import { Pool } from "undici";

export async function servePosts() {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      response.end(body[0] === 1 ? body : undefined);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address().port;
}

export async function postsClient(port) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 32 });
  const post = async (body) => {
    const answer = await pool.request({ method: "POST", path: "/", body });
    return answer.body.bytes();
  };
  return {
    call: post,
    /** One-way messages, each a POST that is answered without a body. */
    async sendAll(body, count) {
      let left = count;
      const lane = async () => {
        while (left-- > 0) await post(body);
      };
      await Promise.all(Array.from({ length: 32 }, lane));
    },
    close: () => pool.destroy(),
  };
}
