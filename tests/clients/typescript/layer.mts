/** The client for grpc-js against a server that takes tokens back and loses responses. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { AuthServiceService } from "redeemd-client-grpc-js/redeem/auth/v1/auth_service";
import { LoginProjectResponse } from "redeemd-client-grpc-js/redeem/auth/v1/requests";
import type { LoginProjectRequest } from "redeemd-client-grpc-js/redeem/auth/v1/requests";
import { UseRequest, UseResponse } from "redeemd-client-grpc-js/redeem/serialkey/v1/requests";
import { SerialKeyServiceService } from "redeemd-client-grpc-js/redeem/serialkey/v1/serialkey_service";
import { items, Key, Login, Redeemd, RedeemError, TokenFile } from "redeemd-client-grpc-js/redeemd";
import type { Credential } from "redeemd-client-grpc-js/redeemd";

const request = UseRequest.create({ namespaceName: "shop", code: "code" });

/** What the server knows. */
class State {
  logins = 0;
  keys: string[] = [];
  readonly life: number;
  lost: number;

  constructor(life: number, lost = 0) {
    this.life = life;
    this.lost = lost;
  }
}

/** Run a test with a server, and with a client of it. */
async function serving(state: State, credential: Credential, body: (redeemd: Redeemd) => Promise<void>): Promise<void> {
  const server = new Server();
  server.addService({ loginProject: AuthServiceService.loginProject } as never, {
    loginProject: (_: ServerUnaryCall<LoginProjectRequest, LoginProjectResponse>, done: sendUnaryData<LoginProjectResponse>) => {
      state.logins++;
      done(null, LoginProjectResponse.create({ accessToken: `token ${state.logins}`, expiresIn: state.life }));
    },
  });
  server.addService({ use: SerialKeyServiceService.use } as never, {
    use: ({ metadata }: ServerUnaryCall<UseRequest, UseResponse>, done: sendUnaryData<UseResponse>) => {
      if (metadata.get("authorization")[0] !== `Bearer token ${state.logins}`) {
        return done({ code: status.UNAUTHENTICATED, details: "not this one" });
      }
      state.keys.push(...metadata.get("idempotency-key").map(String));
      return state.lost-- > 0 ? done({ code: status.UNAVAILABLE, details: "lost" }) : done(null, UseResponse.create({}));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
  });
  const redeemd = new Redeemd(`127.0.0.1:${port}`, credential);
  try {
    await body(redeemd);
  } finally {
    redeemd.close();
    server.forceShutdown();
  }
}

test("attempts of one call have one key; a key of the caller is sent as it is", async () => {
  const state = new State(100, 2);
  await serving(state, new Login("id.secret"), async (redeemd) => {
    await redeemd.serialKeys.use(request);
    await redeemd.serialKeys.use(request);
    await redeemd.serialKeys.use(request, { key: "mine" });
    await redeemd.serialKeys.use({ ...request, duplicationAvoider: "inside" });
    const metadata = new Metadata();
    metadata.set("idempotency-key", "beside");
    await redeemd.serialKeys.use(request, { metadata });
  });
  const [first, second, third, other, mine, ...rest] = state.keys;
  assert.deepEqual([second, third, mine, rest], [first, first, "mine", ["beside"]]);
  assert.ok(first && other && first !== other);
});

test("a call whose attempts all fail says with which key to repeat it", async () => {
  const state = new State(100, 5);
  await serving(state, new Login("id.secret"), async (redeemd) => {
    await assert.rejects(redeemd.serialKeys.use(request), (error: unknown) => {
      assert.ok(error instanceof RedeemError);
      assert.deepEqual([error.code, error.outcomeUnknown, error.key], [status.UNAVAILABLE, true, state.keys[4]]);
      return true;
    });
  });
});

test("a token that the server takes back is replaced; a key is not", async () => {
  const state = new State(100);
  await serving(state, new Login("id.secret"), async (redeemd) => {
    for (let round = 0; round < 3; round++) {
      await redeemd.serialKeys.use(request);
      state.logins++;
    }
  });
  await serving(state, new Key("no.key"), async (redeemd) => {
    await assert.rejects(redeemd.serialKeys.use(request), { code: status.UNAUTHENTICATED, reason: "", outcomeUnknown: false });
  });
});

test("callers at once log in once; a token whose life is over is renewed", async () => {
  const [state, expired] = [new State(100), new State(0)];
  await serving(state, new Login("id.secret"), async (redeemd) => {
    await Promise.all(Array.from({ length: 20 }, () => redeemd.serialKeys.use(request)));
  });
  assert.equal(state.logins, 1);
  await serving(expired, new Login("id.secret"), async (redeemd) => {
    await redeemd.serialKeys.use(request);
    await redeemd.serialKeys.use(request);
  });
  assert.equal(expired.logins, 2);
});

test("a file is read again when its token is refused, and keeps the last token while it is away", async () => {
  const [folder, state] = [mkdtempSync(join(tmpdir(), "redeemd-")), new State(100)];
  const path = join(folder, "token");
  writeFileSync(path, "token 0");
  await serving(state, new TokenFile(path), async (redeemd) => {
    await redeemd.serialKeys.use(request);
    state.logins = 1;
    writeFileSync(path, "token 1\n");
    await redeemd.serialKeys.use(request);
    rmSync(folder, { recursive: true });
    await redeemd.serialKeys.use(request);
  });
  assert.throws(() => new TokenFile(path));
});

test("a listing is read page by page", async () => {
  const asked: (string | undefined)[] = [];
  const list = async ({ pageToken }: { pageToken?: string | undefined; limit: number }) => {
    asked.push(pageToken);
    return { items: [asked.length], nextPageToken: asked.length < 3 ? `page ${asked.length}` : undefined };
  };
  const found: number[] = [];
  for await (const item of items(list, { limit: 1 })) {
    found.push(item);
  }
  assert.deepEqual([found, asked], [[1, 2, 3], [undefined, "page 1", "page 2"]]);
});
