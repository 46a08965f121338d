// A receiver of webhooks: verifies each message, and handles each event once.
//
// npm ci && npx tsc
// node receiver.js analytics.secret 8000

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { type CloudEventV1, HTTP } from "cloudevents";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

/** The event that redeemd recorded; the reference lists all members. */
interface Recorded {
  userId?: string;
}

const [secretFile = "", port = ""] = process.argv.slice(2);
const secret = new Webhook(readFileSync(secretFile, "ascii").trim());
const handled = new Set<string>(); // in a database, in the transaction that handles the event

/** Do what the event is for. */
function handle(event: CloudEventV1<Recorded>): void {
  console.log(event.type, event.data?.userId);
}

/** Return the events of a message. Throws WebhookVerificationError if no secret of this receiver signed it. */
async function verified(message: IncomingMessage): Promise<CloudEventV1<Recorded>[]> {
  const body = await text(message);
  const headers = message.headers as Record<string, string>; // Node joins what is repeated
  secret.verify(body, headers, { jsonParse: false });
  const content = HTTP.toEvent<Recorded>({ headers, body });
  return Array.isArray(content) ? content : [content];
}

/** Return the status of a message: 204 only after its events are handled; until then, redeemd sends them again. */
async function receive(message: IncomingMessage): Promise<number> {
  try {
    for (const event of await verified(message)) {
      if (!handled.has(event.id)) handle(event);
      handled.add(event.id);
    }
    return 204;
  } catch (error) {
    return error instanceof WebhookVerificationError ? 401 : 500;
  }
}

createServer(async (message, response) => {
  response.writeHead(await receive(message)).end();
}).listen(Number(port), "127.0.0.1");
