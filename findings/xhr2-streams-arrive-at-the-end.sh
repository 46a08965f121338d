#!/bin/sh
# xhr2 0.2.1, an XMLHttpRequest for Node: the text of a response cannot be read before the response has ended.
#
# Expected, by the standard of XMLHttpRequest and as in xmlhttprequest 1.8.0: in the state LOADING, responseText is what has arrived.
# Seen: it reports progress, but responseText is empty until the state DONE.
# Consequence: grpc-web on Node delivers the messages of a server stream all together at its end, and those of an endless stream
# never. Use xmlhttprequest with the text format, or a client that uses fetch.
#
# Exits 0 while this is so, 1 when it has changed. Needs Node 18 or newer.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts xhr2@0.2.1 xmlhttprequest@1.8.0 >/dev/null
cat >read.js <<'NODE'
const { createServer } = require("node:http");
const libraries = { xhr2: require("xhr2"), xmlhttprequest: require("xmlhttprequest").XMLHttpRequest };
let proceed; // sends the second part, after the first was reported

// Return what a library shows of a response when its first part has arrived, and at its end.
const read = (Request, url) => new Promise((resolve) => {
  const request = new Request();
  let first = null;
  const look = () => {
    if (request.readyState === 4) resolve([first, request.responseText]);
    if (request.readyState !== 3 || !proceed) return;
    first = request.responseText;
    setTimeout(() => { first ||= request.responseText; proceed?.(); proceed = undefined; }, 500);
  };
  request.onreadystatechange = look;
  request.onprogress = look;
  request.open("GET", url);
  request.send();
});

const server = createServer((_, response) => {
  response.setHeader("content-type", "text/plain");
  proceed = () => response.end(", second");
  response.write("first");
}).listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  const found = {};
  for (const [name, Request] of Object.entries(libraries)) found[name] = await read(Request, url);
  console.log("xhr2 0.2.1 and xmlhttprequest 1.8.0, text after the first part and at the end:", found);
  process.exit(`${found.xhr2}` === ",first, second" && `${found.xmlhttprequest}` === "first,first, second" ? 0 : 1);
});
NODE
timeout 60 node read.js
