#!/bin/sh
# cloudevents 10.0.0 of npm: structured events whose data is false, 0 or "" arrive without data.
#
# Expected: the member `data` of an event in JSON may have any value, and HTTP.toEvent returns it.
# Seen: in structured mode it skips members whose value counts as false. In a batch the same event keeps its data.
# Consequence: a receiver cannot distinguish these events from events without data. Read the body with JSON.parse, or wrap such
# values in an object.
#
# Exits 0 while this is so, 1 when it has changed. Needs Node 18 or newer.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts cloudevents@10.0.0 >/dev/null
cat >read.js <<'NODE'
const { HTTP } = require("cloudevents");

const arrives = (type, content) =>
  HTTP.toEvent({ headers: { "content-type": `application/cloudevents${type}+json` }, body: JSON.stringify(content) });

const values = [false, 0, "", true, 1];
const events = values.map((data) => ({ specversion: "1.0", id: "1", source: "/shop", type: "example", data }));
const structured = events.map((event) => arrives("", event).data);
const batched = arrives("-batch", events).map((event) => event.data);
const { version } = require("cloudevents/package.json");
console.log(`cloudevents ${version}, data of structured events:`, structured, "and in a batch:", batched);
const [nothing, expected] = [[undefined, undefined, undefined, true, 1], values];
const same = (found, wanted) => found.every((each, at) => each === wanted[at]);
process.exit(same(structured, nothing) && same(batched, expected) ? 0 : 1);
NODE
node read.js
