#!/bin/sh
# gs2 1.4.21, the SDK for TypeScript: a call that gets no response rejects with an empty list.
#
# Expected: an Error whose message, or cause, says that the server cannot be reached.
# Seen: a POST request to a port on which nobody listens rejects with [], which is no Error. A GET request rejects with a
# TypeError about the property `data` of undefined.
# Consequence: `error.message` says nothing about the connection, or is undefined. Treat both as a lost connection.
#
# Exits 0 while this is so, 1 when it has changed. Needs Node 18 or newer.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
# It requires the other two without declaring them.
npm install --silent --no-audit --no-fund --ignore-scripts gs2@1.4.21 tslib@2.9.1 ws@8.23.0 >/dev/null
cat >call.js <<'NODE'
const { BasicGs2Credential, Gs2Constant, Gs2RestSession } = require("gs2/core/model");
const { Gs2SerialKeyRestClient, request } = require("gs2/serialKey");
const { createServer } = require("node:http");

const thrown = async (call) => call.then(() => "nothing", (error) => error);

createServer((_, response) => response.end('{"access_token": "t"}')).listen(0, "127.0.0.1", async function () {
  const endpoint = `http://127.0.0.1:${this.address().port}`;
  Gs2Constant.ENDPOINT_HOST = endpoint;
  const session = new Gs2RestSession(new BasicGs2Credential("id", "secret"), "local");
  await session.connect();
  await new Promise((resolve) => { this.close(resolve); this.closeAllConnections(); });
  const client = new Gs2SerialKeyRestClient(session);
  const posted = await thrown(client.createNamespace(request.CreateNamespaceRequest.fromDict({ name: "shop" })));
  const got = await thrown(client.describeNamespaces(request.DescribeNamespacesRequest.fromDict({})));
  const version = require("gs2/package.json").version;
  const shown = (error) => (error instanceof Error ? `Error ${error.message}` : JSON.stringify(error));
  console.log(`gs2 ${version}: POST rejects with ${shown(posted)}, GET with ${shown(got)}`);
  process.exit(JSON.stringify(posted) === "[]" && !(posted instanceof Error) ? 0 : 1);
});
NODE
node call.js
