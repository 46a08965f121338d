/** What a client shows a server: a key, a token of a file, or a token for which it logs in and which it renews. */

import { readFileSync } from "node:fs";

import type { RedeemError } from "./errors.js";
import { LoginProjectRequest, LoginRequest } from "./redeem/auth/v1/requests.js";
import type { LoginProjectResponse } from "./redeem/auth/v1/requests.js";
import type { Redeemd } from "./redeemd.js";

/** Metadata that proves who calls. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** Log in without a credential. */
export type LogIn = (request: LoginProjectRequest) => Promise<LoginProjectResponse>;

/** What a client shows a server. */
export interface Credential {
  /** Return what to send. Rejects with RedeemError if the login fails. */
  header(logIn: LogIn): Promise<Header>;
  /** Note that the server refused a header. Return whether there can be another one. */
  refused(header: Header): boolean;
}

const RENEWED_AT = 0.8; // of the life of a token
const POSTPONED_MS = 10_000;
const CHECKED_MS = 1000;
const LIFE_MS_MIN = 60_000; // of a token that expires at a time of another clock

/** An API key, `<id>.<secret>`, that is sent with each call, or any other bearer token that does not expire. */
export class Key implements Credential {
  readonly #header: Header;

  constructor(key: string) {
    this.#header = bearer(key);
  }

  async header(): Promise<Header> {
    return this.#header;
  }

  refused(): boolean {
    return false;
  }
}

/** A file with a bearer token that somebody else renews. It is read again once a second, and when it is refused. */
export class TokenFile implements Credential {
  readonly #path: string;
  #header: Header;
  #readAt = 0;

  /** Throws if the file cannot be read. */
  constructor(path: string) {
    this.#path = path;
    this.#header = this.#read();
  }

  async header(): Promise<Header> {
    if (performance.now() > this.#readAt + CHECKED_MS) {
      this.#update();
    }
    return this.#header;
  }

  refused(header: Header): boolean {
    this.#update();
    return this.#header.value !== header.value;
  }

  #read(): Header {
    this.#readAt = performance.now();
    return bearer(readFileSync(this.#path, "utf8").trim());
  }

  #update(): void {
    try {
      this.#header = this.#read();
    } catch {
      // It is being replaced.
    }
  }
}

/** A token for which the client logs in. It is renewed when most of its life is over; of several callers, one logs in. */
abstract class Expiring implements Credential {
  #header: Header | undefined;
  #renewAt = 0;
  #expiresAt = 0;
  #renewing: Promise<void> | undefined;

  protected abstract logIn(logIn: LogIn): Promise<{ header: Header; life: number }>;

  async header(logIn: LogIn): Promise<Header> {
    if (performance.now() >= this.#renewAt || this.#header === undefined) {
      this.#renewing ??= this.#renew(logIn).finally(() => (this.#renewing = undefined));
      await this.#renewing;
    }
    return this.#header!;
  }

  async #renew(logIn: LogIn): Promise<void> {
    try {
      const { header, life } = await this.logIn(logIn);
      const now = performance.now();
      [this.#header, this.#renewAt, this.#expiresAt] = [header, now + RENEWED_AT * life, now + life];
    } catch (error) {
      if (performance.now() >= this.#expiresAt) {
        throw error as RedeemError;
      }
      this.#renewAt = performance.now() + POSTPONED_MS;
    }
  }

  refused(header: Header): boolean {
    if (this.#header?.value === header.value) {
      this.#header = undefined;
      this.#expiresAt = 0;
    }
    return true;
  }
}

/** A key that is exchanged for a project token, so that its secret is sent once a day and not with each call. */
export class Login extends Expiring {
  readonly #request: LoginProjectRequest;

  /** `key` is `<id>.<secret>`. */
  constructor(key: string) {
    super();
    const dot = key.indexOf(".");
    this.#request = LoginProjectRequest.create({ clientId: key.slice(0, dot), clientSecret: key.slice(dot + 1) });
  }

  protected async logIn(logIn: LogIn): Promise<{ header: Header; life: number }> {
    const { accessToken = "", expiresIn = 0 } = await logIn(this.#request);
    return { header: bearer(accessToken), life: expiresIn * 1000 };
  }
}

/** The access token of a player, whom the client of a server logs in. */
export class PlayerLogin extends Expiring {
  readonly #request: LoginRequest;
  readonly #by: Redeemd;

  constructor(userId: string, by: Redeemd) {
    super();
    this.#request = LoginRequest.create({ userId });
    this.#by = by;
  }

  protected async logIn(): Promise<{ header: Header; life: number }> {
    const { token = "", expire = 0n } = await this.#by.auth.login(this.#request);
    return { header: { name: "x-access-token", value: token }, life: Math.max(Number(expire) - Date.now(), LIFE_MS_MIN) };
  }
}

function bearer(token: string): Header {
  return { name: "authorization", value: `Bearer ${token}` };
}
