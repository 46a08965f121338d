// Calls the SDK of the vendor, of which only the endpoint is changed: node calls.js ENDPOINT CLIENT_ID CLIENT_SECRET.
// Writes a line with the methods of its clients, by service. Then it reads lines, each a list of calls, {"kind", "service",
// "method", "members"}, makes the calls of a line at once, and writes a line with a list: for each call what the SDK
// returned, {"result"}, or threw, {"thrown"}.
const { createInterface } = require("node:readline");
const { BasicGs2Credential, Gs2Constant, Gs2RestSession, Gs2WebSocketSession } = require("gs2/core/model");

const PACKAGES = ["serialKey", "exchange", "limit", "auth", "distributor"];

async function main(endpoint, clientId, clientSecret) {
  Gs2Constant.ENDPOINT_HOST = `${endpoint}/{service}`;
  Gs2Constant.WS_ENDPOINT_HOST = endpoint.replace("http", "ws");
  const credential = new BasicGs2Credential(clientId, clientSecret);
  const rest = new Gs2RestSession(credential, "local");
  const socket = new Gs2WebSocketSession(credential, "local");
  await rest.connect();
  await socket.connect();

  const clients = {};
  for (const name of PACKAGES) {
    const { request, ...found } = require(`gs2/${name}`);
    clients[name] = { request, rest: new found[`Gs2${upper(name)}RestClient`](rest) };
  }
  write(Object.fromEntries(PACKAGES.map((name) => [name, methodsOf(clients[name].rest)])));

  // The package has no clients of these services for WebSockets, but a session, which sends what it is given.
  const send = {
    rest: (service, method, request) => clients[service].rest[method](request),
    socket: (service, method, request) =>
      socket.send(service, "any", method, { ...request.toDict(), xGs2AccessToken: request.getAccessToken?.() }),
  };
  const call = async ({ kind, service, method, members }) => {
    try {
      const request = clients[service].request[`${upper(method)}Request`].fromDict(members);
      const result = await send[kind](service, method, request);
      return { result: result.toDict?.() ?? result };
    } catch (thrown) {
      return { thrown: thrown instanceof Error ? thrown.stack : thrown };
    }
  };
  for await (const line of createInterface({ input: process.stdin })) {
    write(await Promise.all(JSON.parse(line).map(call)));
  }
  rest.disconnect();
  await socket.disconnect();
}

const upper = (name) => name[0].toUpperCase() + name.slice(1);

const methodsOf = (client) =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) => name !== "constructor");

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

main(...process.argv.slice(2));
