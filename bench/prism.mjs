// A Seller that is nothing but the official files: each API is mocked by Prism, and this puts them under one
// address, as a Seller has them, with a token endpoint that gives a token to everybody.
//
//   node prism.mjs PRISM SDK PORT
//
// PRISM is Prism's program, SDK the folder with the official files. Says `ready` once all of them answer.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";

const [prism, sdk, port] = process.argv.slice(2);
const folder = join(sdk, "kylie", "api");
const mocks = new Map(); // base path -> port
for (const name of readdirSync(folder).filter((name) => name.endsWith("-management.yaml"))) {
  const base = readFileSync(join(folder, name), "utf8").match(/url:.*(\/mefApi\/sonata\/[^\s'"]+)/);
  if (base) mocks.set(base[1].replace(/\/$/, ""), { file: join(folder, name), port: Number(port) + 1 + mocks.size });
}
const children = [...mocks.values()].map(({ file, port }) =>
  spawn(prism, ["mock", "--host", "127.0.0.1", "--port", String(port), file], { stdio: "ignore" }));
const end = () => { children.forEach((child) => child.kill()); process.exit(); };
process.on("SIGTERM", end).on("SIGINT", end);

function refuse(response, status) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end("{}");
}

const front = http.createServer((request, response) => {
  if (request.url === "/token") {
    request.resume();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ access_token: "anybody", token_type: "Bearer", expires_in: 3600 }));
    return;
  }
  const found = [...mocks].find(([base]) => request.url.startsWith(`${base}/`));
  if (!found) return refuse(response, 404);
  const [base, mock] = found;
  const options = { port: mock.port, host: "127.0.0.1", method: request.method, headers: request.headers, path: request.url.slice(base.length) };
  const onward = http.request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => refuse(response, 502));
  request.pipe(onward);
});

async function answers({ port }) {
  for (let tries = 0; tries < 300; tries += 1) {
    const there = await new Promise((done) => {
      http.get({ port, host: "127.0.0.1", path: "/" }, (answer) => done(answer.resume())).on("error", () => done(false));
    });
    if (there) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error("Prism does not answer");
}

front.listen(Number(port), "127.0.0.1", async () => {
  await Promise.all([...mocks.values()].map(answers));
  console.log("ready");
});
