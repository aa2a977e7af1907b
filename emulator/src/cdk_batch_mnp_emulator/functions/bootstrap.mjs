// Runs the handler of one invocation of a function with a Node.js runtime.
//
// The first line of its input is the invocation. The input ends with the server, and then this ends.

import { existsSync, readSync, writeFileSync, writeSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

function firstLine() {
  const parts = [];
  const byte = Buffer.alloc(65536);
  for (;;) {
    let length;
    try {
      length = readSync(0, byte);
    } catch (error) {
      if (error.code === "EAGAIN") continue;
      throw error;
    }
    parts.push(Buffer.from(byte.subarray(0, length)));
    if (length === 0 || byte[length - 1] === 10) return Buffer.concat(parts).toString();
  }
}

const request = JSON.parse(firstLine());

const { install } = createRequire(import.meta.url)("./aws_sdk.cjs");
const sdk = install(request.sdk, dirname(request.task));

// Handlers of custom resources answer with https and the host name only, as on AWS. The embedded AWS
// is at a port, without TLS.
const endpoint = new URL(process.env.AWS_ENDPOINT_URL);
const secured = https.request;
https.request = (first, ...rest) => {
  const to = typeof first === "string" ? new URL(first) : first;
  if ((to.hostname ?? to.host) !== endpoint.hostname) return secured(first, ...rest);
  const { port } = endpoint;
  if (to instanceof URL) return http.request(new URL(`${to.pathname}${to.search}`, endpoint), ...rest);
  return http.request({ ...to, port, protocol: "http:", agent: undefined }, ...rest);
};
syncBuiltinESMExports();

process.stdin.on("end", () => process.kill(-process.pid, "SIGKILL")).resume().unref();

function respond(response) {
  writeFileSync(request.response, JSON.stringify(response));
  process.exit(0);
}

function fail(errorType, errorMessage, trace) {
  console.error(`${errorType}: ${errorMessage}`);
  respond({ error: { errorType, errorMessage, trace } });
}

function failWith(error) {
  if (error instanceof Error) {
    fail(error.name, error.message, (error.stack ?? "").split("\n"));
  } else {
    fail("object", String(error), []);
  }
}

process.on("uncaughtException", failWith);
process.on("unhandledRejection", failWith);

async function load() {
  const dot = request.handler.lastIndexOf(".");
  const [file, name] = [request.handler.slice(0, dot), request.handler.slice(dot + 1)];
  const found = [".js", ".mjs", ".cjs"]
    .map((end) => join(request.task, file + end))
    .find((path) => existsSync(path));
  if (!found) fail("Runtime.ImportModuleError", `Cannot find module '${file}'`, []);
  sdk.writeImported(request.task);
  const module = await import(pathToFileURL(found)).catch((error) =>
    fail("Runtime.ImportModuleError", error.message, (error.stack ?? "").split("\n")),
  );
  const handler = module[name] ?? module.default?.[name];
  if (typeof handler !== "function") {
    fail("Runtime.HandlerNotFound", `${request.handler} is undefined or not exported`, []);
  }
  return handler;
}

const handler = await load();
try {
  writeSync(request.ready, "\n");
} catch {
  // The server does not wait any more.
}
const deadline = Date.now() + request.timeout * 1000;
const own = request.context;
const context = {
  awsRequestId: own.aws_request_id,
  callbackWaitsForEmptyEventLoop: true,
  functionName: own.function_name,
  functionVersion: own.function_version,
  getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
  invokedFunctionArn: own.invoked_function_arn,
  logGroupName: own.log_group_name,
  logStreamName: own.log_stream_name,
  memoryLimitInMB: own.memory_limit_in_mb,
};
const result = await new Promise((resolve, reject) => {
  const callback = (error, value) => (error ? reject(error) : resolve(value));
  Object.assign(context, { done: callback, fail: reject, succeed: resolve });
  const returned = handler(request.event, context, callback);
  if (typeof returned?.then === "function") returned.then(resolve, reject);
  // A handler without a promise goes on until nothing is left to wait for.
  else process.once("beforeExit", () => resolve(null));
}).catch(failWith);
respond({ result: JSON.stringify(result ?? null) });
