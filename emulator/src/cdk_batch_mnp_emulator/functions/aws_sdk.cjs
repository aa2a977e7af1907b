// The AWS SDK for JavaScript, version 3, as far as functions use it: clients, commands, paginators and
// waiters. Lambda has the SDK, and this machine need not. The server makes the calls, with boto3.
//
// Packages are written next to the function when it loads them, unless it brings its own.

"use strict";

const { mkdirSync, readSync, readdirSync, readFileSync, writeFileSync, writeSync } = require("node:fs");
const Module = require("node:module");
const { join } = require("node:path");
const { Readable } = require("node:stream");

const SHARED = Symbol.for("cdk-batch-mnp.aws-sdk");
const ESM_IMPORT = /(?:from|import)\s*["'](@aws-sdk\/[\w-]+)["']/g;

class AwsError extends Error {
  constructor({ code, message, status }) {
    super(message);
    this.name = code;
    this.Code = code;
    this.$fault = status >= 500 ? "server" : "client";
    this.$metadata = { httpStatusCode: status, attempts: 1 };
  }
}

function channel(number) {
  const chunk = Buffer.alloc(65536);
  return (message) => {
    let line = Buffer.from(`${JSON.stringify(message, encoded)}\n`);
    while (line.length > 0) line = line.subarray(writeSync(number, line));
    const parts = [];
    for (;;) {
      const length = readSync(number, chunk);
      if (length === 0) throw new Error("the embedded AWS has ended");
      parts.push(Buffer.from(chunk.subarray(0, length)));
      if (chunk[length - 1] === 10) break;
    }
    const answer = JSON.parse(Buffer.concat(parts).toString(), decoded);
    if (answer.error) throw new AwsError(answer.error);
    return answer.result;
  };
}

function encoded(key, value) {
  const own = this[key];
  if (own instanceof Uint8Array) return { $bytes: Buffer.from(own).toString("base64") };
  return value === null ? undefined : value;
}

function decoded(_, value) {
  if (typeof value?.$bytes === "string") return contentOf(Buffer.from(value.$bytes, "base64"));
  if (typeof value?.$date === "string") return new Date(value.$date);
  return value;
}

// Bytes and streams in one: the SDK has the one for some members and the other for others.
function contentOf(content) {
  const methods = {
    on: (...rest) => Readable.from([content]).on(...rest),
    pipe: (...rest) => Readable.from([content]).pipe(...rest),
    transformToByteArray: async () => new Uint8Array(content),
    transformToString: (encoding) => content.toString(encoding), // also to be awaited
    async *[Symbol.asyncIterator]() {
      yield content;
    },
  };
  const properties = Object.entries(Object.getOwnPropertyDescriptors(methods));
  const hidden = properties.map(([name, property]) => [name, { ...property, enumerable: false }]);
  hidden.push([Symbol.asyncIterator, { value: methods[Symbol.asyncIterator] }]);
  return Object.defineProperties(new Uint8Array(content), Object.fromEntries(hidden));
}

async function collected(input) {
  const known = { ...input };
  for (const [name, value] of Object.entries(known)) {
    if (value?.[Symbol.asyncIterator] && !(value instanceof Uint8Array)) {
      const parts = [];
      for await (const part of value) parts.push(Buffer.from(part));
      known[name] = Buffer.concat(parts);
    }
  }
  return known;
}

function smallFirst(name) {
  return name[0].toLowerCase() + name.slice(1);
}

function clientPackage(ask, described) {
  const { service, prefix, operations, paginators, waiters, errors } = described;

  class Client {
    constructor(config = {}) {
      const region = config.region ?? process.env.AWS_REGION;
      this.config = { ...config, region: async () => (typeof region === "function" ? region() : region) };
      this.middlewareStack = { add() {}, addRelativeTo() {}, clone() {}, remove() {}, use() {} };
    }

    async call(verb, operation, input, more) {
      const region = await this.config.region();
      return ask({ verb, service, region, operation, input: await collected(input), ...more });
    }

    async send(command, ...rest) {
      const answer = this.call("call", command.operation, command.input);
      const callback = rest.find((value) => typeof value === "function");
      if (!callback) return answer;
      answer.then((value) => callback(null, value), callback);
    }

    destroy() {}
  }

  const made = { [`${prefix}Client`]: Client, [prefix]: class extends Client {} };
  for (const operation of operations) {
    made[`${operation}Command`] = class {
      constructor(input = {}) {
        this.input = input;
        this.operation = operation;
      }
    };
    made[prefix].prototype[smallFirst(operation)] = function (input, ...rest) {
      return this.send(new made[`${operation}Command`](input), ...rest);
    };
  }
  for (const operation of paginators) {
    made[`paginate${operation}`] = async function* ({ client }, input) {
      yield* await client.call("pages", operation, input);
    };
  }
  for (const waiter of waiters) {
    const wait = async ({ client, maxWaitTime }, input) => {
      await client.call("wait", waiter, input, { seconds: maxWaitTime });
      return { state: "SUCCESS" };
    };
    Object.assign(made, { [`waitUntil${waiter}`]: wait, [`waitFor${waiter}`]: wait });
  }
  for (const error of errors) {
    made[error] = class extends AwsError {
      static [Symbol.hasInstance](value) {
        return value?.name === error;
      }
    };
  }
  made[`${prefix}ServiceException`] = AwsError;
  return made;
}

// A valid key may do everything here, so it does not matter whose it is.
const CREDENTIALS = new Proxy(
  { fromTemporaryCredentials: null, fromEnv: null, fromNodeProviderChain: null, fromIni: null },
  { get: (target, name) => (name in target ? () => undefined : target[name]) },
);

function install(number, folder) {
  const ask = channel(number);
  const packages = new Map();

  globalThis[SHARED] = (name) => packages.get(name);

  function write(name) {
    let content = name === "@aws-sdk/credential-providers" ? CREDENTIALS : undefined;
    if (name.startsWith("@aws-sdk/client-")) {
      const described = ask({ verb: "describe", package: name });
      content = described && clientPackage(ask, described);
    }
    if (!content) return false;
    packages.set(name, content);
    const at = join(folder, "node_modules", name);
    mkdirSync(at, { recursive: true });
    const exports = { ".": { import: "./index.mjs", default: "./index.cjs" } };
    writeFileSync(join(at, "package.json"), JSON.stringify({ name, main: "index.cjs", exports }));
    const shared = `globalThis[Symbol.for(${JSON.stringify(SHARED.description)})](${JSON.stringify(name)})`;
    writeFileSync(join(at, "index.cjs"), `module.exports = ${shared};\n`);
    const names = Object.keys(content).join(", ");
    writeFileSync(join(at, "index.mjs"), `const own = ${shared};\nexport default own;\nexport const { ${names} } = own;\n`);
    return true;
  }

  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    try {
      return resolve.call(this, request, ...rest);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND" || !/^@(aws-sdk|smithy)\//.test(request)) throw error;
      if (!write(request)) {
        error.message = `the embedded AWS has no ${request}: bundle it with the function (${error.message})`;
        throw error;
      }
      return join(folder, "node_modules", request, "index.cjs"); // Node.js remembers that it was not there
    }
  };

  return {
    // Names of ES modules are looked up before they run.
    writeImported(task) {
      for (const entry of readdirSync(task, { recursive: true })) {
        if (!/\.m?js$/.test(entry) || entry.includes("node_modules")) continue;
        for (const [, name] of readFileSync(join(task, entry), "utf8").matchAll(ESM_IMPORT)) {
          if (!packages.has(name)) write(name);
        }
      }
    },
  };
}

module.exports = { install };
