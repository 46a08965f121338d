/**
 * A client of redeemd for @grpc/grpc-js: promises and async iterators, with the published service config, a credential
 * that is renewed, an idempotency key for each call that writes, and errors with their reason.
 *
 *     const redeemd = new Redeemd("redeemd.example:50051", new Login(key));
 *     await redeemd.serialKeys.useByUserId(UseByUserIdRequest.create({ namespaceName: "shop", userId: "alice", code }));
 */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import type { CallOptions, ChannelCredentials, ClientOptions } from "@grpc/grpc-js";

import { PlayerLogin } from "./credentials.js";
import type { Credential, Header } from "./credentials.js";
import { errorOf, RedeemError } from "./errors.js";
import { keyed, writing } from "./methods.js";
import { AuthServiceService } from "./redeem/auth/v1/auth_service.js";
import { EventServiceService } from "./redeem/event/v1/event_service.js";
import { ExchangeServiceService } from "./redeem/exchange/v1/exchange_service.js";
import { LimitServiceService } from "./redeem/limit/v1/limit_service.js";
import { SerialKeyServiceService } from "./redeem/serialkey/v1/serialkey_service.js";
import { TransactionServiceService } from "./redeem/transaction/v1/transaction_service.js";

export { Key, Login, TokenFile } from "./credentials.js";
export type { Credential, Header } from "./credentials.js";
export { RedeemError } from "./errors.js";
export type { Violation } from "./errors.js";

/** The published service config: which calls are retried, their time-outs, and how they are balanced. JSON. */
export const SERVICE_CONFIG = readFileSync(new URL("../service_config.json", import.meta.url), "utf8");

const KEY = "idempotency-key";
const MESSAGE_BYTES_MAX = 21 * 1024 * 1024; // of responses; settings are the longest

/** What a call may have besides its request. */
export interface Options {
  /** The idempotency key of a call that writes. Without one, and without one in the request, the client makes one. */
  key?: string;
  /** How long the call may take with all of its attempts, in milliseconds; by default, as the service config says. */
  timeout?: number;
  /** Further metadata. */
  metadata?: Metadata;
}

interface Definition {
  path: string;
  requestStream: boolean;
  responseStream: boolean;
  requestSerialize(value: unknown): Buffer;
  responseDeserialize(value: Buffer): unknown;
}

interface Typed<Q, A> {
  requestStream: false;
  requestSerialize: (value: Q) => Buffer;
  responseDeserialize: (value: Buffer) => A;
}

type Method<D> = D extends { responseStream: false } & Typed<infer Q, infer A>
  ? (request: Q, options?: Options) => Promise<A>
  : D extends { responseStream: true } & Typed<infer Q, infer A>
    ? (request: Q, options?: Options) => AsyncGenerator<A, void, undefined>
    : never;

/** The methods of a service; those with a stream of requests are only in the clients of ts-proto. */
export type Service<D> = { readonly [M in keyof D as Method<D[M]> extends never ? never : M]: Method<D[M]> };

/** A client of a server, or of all of its replicas. Close it. */
export class Redeemd {
  readonly auth: Service<AuthServiceService>;
  readonly events: Service<EventServiceService>;
  readonly exchanges: Service<ExchangeServiceService>;
  readonly limits: Service<LimitServiceService>;
  readonly serialKeys: Service<SerialKeyServiceService>;
  readonly transactions: Service<TransactionServiceService>;
  readonly #client: Client;
  readonly #credential: Credential | undefined;

  /**
   * `address` is a target of gRPC, such as host:port or dns:///name:port; `channel` are credentials of the connection
   * (`credentials.createSsl(...)`), without which it is not encrypted; `options` come after those of the package, so they
   * can replace the service config.
   */
  constructor(
    address: string | Client,
    credential?: Credential,
    channel: ChannelCredentials = credentials.createInsecure(),
    options: Partial<ClientOptions> = {},
  ) {
    this.#credential = credential;
    this.#client =
      address instanceof Client
        ? address
        : new Client(address, channel, {
            "grpc.service_config": SERVICE_CONFIG,
            "grpc.enable_retries": 1,
            "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
            ...options,
          });
    this.auth = this.#service(AuthServiceService);
    this.events = this.#service(EventServiceService);
    this.exchanges = this.#service(ExchangeServiceService);
    this.limits = this.#service(LimitServiceService);
    this.serialKeys = this.#service(SerialKeyServiceService);
    this.transactions = this.#service(TransactionServiceService);
  }

  /** Return a client of a player, whom the server of the game has authenticated. It shares the connection. */
  player(userId: string): Redeemd {
    return new Redeemd(this.#client, new PlayerLogin(userId, this));
  }

  /** Return the credential as metadata, for a client of ts-proto. Rejects with RedeemError if the login fails. */
  async metadata(): Promise<Metadata> {
    return this.#sent(await this.#header(), new Metadata(), undefined);
  }

  /** Close the connection. */
  close(): void {
    this.#client.close();
  }

  #service<D extends object>(definitions: D): Service<D> {
    const methods = Object.entries(definitions as Record<string, Definition>).map(([name, definition]) => [
      name,
      definition.responseStream
        ? (request: unknown, options?: Options) => this.#stream(definition, request, options)
        : (request: unknown, options?: Options) => this.#call(definition, request, options),
    ]);
    return Object.fromEntries(methods) as Service<D>;
  }

  /** Make a call. If the server refuses its credential, send it again with a new one, once. */
  async #call(definition: Definition, request: unknown, options: Options = {}): Promise<unknown> {
    const key = keyOf(definition, request, options);
    const callOptions = optionsOf(options);
    for (let attempt = 1; ; attempt++) {
      const header = await this.#header();
      try {
        return await this.#once(definition, request, this.#sent(header, options.metadata, key.sent), callOptions);
      } catch (failure) {
        const error = errorOf(failure, writing.has(definition.path), key.value);
        if (attempt > 1 || !this.#refused(header, error)) {
          throw error;
        }
      }
    }
  }

  #once(definition: Definition, request: unknown, metadata: Metadata, options: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        metadata,
        options,
        (error, response) => (error ? reject(error) : resolve(response)),
      );
    });
  }

  async *#stream(definition: Definition, request: unknown, options: Options = {}): AsyncGenerator<unknown, void, undefined> {
    const callOptions = optionsOf(options);
    for (let attempt = 1, received = false; ; attempt++) {
      const header = await this.#header();
      const stream = this.#client.makeServerStreamRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        this.#sent(header, options.metadata, undefined),
        callOptions,
      );
      try {
        for await (const response of stream as AsyncIterable<unknown>) {
          received = true;
          yield response;
        }
        return;
      } catch (failure) {
        const error = errorOf(failure, writing.has(definition.path), "");
        if (received || attempt > 1 || !this.#refused(header, error)) {
          throw error;
        }
      } finally {
        stream.cancel();
      }
    }
  }

  async #header(): Promise<Header | undefined> {
    return this.#credential?.header((request) => new Redeemd(this.#client).auth.loginProject(request));
  }

  #sent(header: Header | undefined, metadata = new Metadata(), key: string | undefined): Metadata {
    const sent = metadata.clone();
    if (header !== undefined) {
      sent.set(header.name, header.value);
    }
    if (key !== undefined) {
      sent.set(KEY, key);
    }
    return sent;
  }

  #refused(header: Header | undefined, error: RedeemError): boolean {
    const ofPlayer = error.metadata.kind === "access token";
    return (
      header !== undefined &&
      error.code === status.UNAUTHENTICATED &&
      ofPlayer === (header.name !== "authorization") &&
      this.#credential!.refused(header)
    );
  }
}

/** Yield the items of a listing, of all pages from that of the request on: `items(redeemd.auth.listKeys, request)`. */
export async function* items<Q extends { pageToken?: string | undefined }, T>(
  list: (request: Q) => Promise<{ items: T[]; nextPageToken?: string | undefined }>,
  request: Q,
): AsyncGenerator<T, void, undefined> {
  for (let pageToken: string | undefined = request.pageToken, first = true; first || pageToken; first = false) {
    const page = await list({ ...request, pageToken });
    yield* page.items;
    pageToken = page.nextPageToken;
  }
}

function keyOf({ path }: Definition, request: unknown, { key, metadata }: Options): { value: string; sent: string | undefined } {
  const [beside] = metadata?.get(KEY) ?? [];
  const inside = (request as { duplicationAvoider?: string }).duplicationAvoider || (beside && String(beside));
  if (!keyed.has(path)) {
    return { value: "", sent: undefined };
  }
  const made = key ?? randomUUID();
  return inside ? { value: inside, sent: undefined } : { value: made, sent: made };
}

function optionsOf({ timeout }: Options): CallOptions {
  return timeout === undefined ? {} : { deadline: Date.now() + timeout };
}
