/** The error of a call that failed. */

import { status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";

import { BadRequest, ErrorInfo, RetryInfo } from "./google/rpc/error_details.js";
import { Status } from "./google/rpc/status.js";

/** What is wrong with a field of a request: its path, and a text for developers. */
export interface Violation {
  field: string;
  description: string;
}

// A call that ended so may have been executed, whatever its details say: they are those of the last attempt, and the
// response of an earlier one may have been lost.
const UNKNOWN = [status.UNAVAILABLE, status.CANCELLED, status.DEADLINE_EXCEEDED, status.UNKNOWN, status.INTERNAL];

/** A call failed. */
export class RedeemError extends Error {
  override readonly name = "RedeemError";

  constructor(
    /** The status of the call. */
    readonly code: status,
    message: string,
    /** A name of an ErrorReason of the contract without its prefix; empty if the failure is none of the server. */
    readonly reason: string,
    /** What the contract says about the reason. */
    readonly metadata: Readonly<Record<string, string>>,
    /** The invalid fields. */
    readonly violations: readonly Violation[],
    /** After how many milliseconds the server suggests to send the call again. */
    readonly retryAfter: number | undefined,
    /** The idempotency key of the call, empty if it had none: to send the call again with it is always safe. */
    readonly key: string,
    /** Whether a call that writes may have been executed, or not: send it again with `key`. */
    readonly outcomeUnknown: boolean,
    cause: unknown,
  ) {
    super([status[code], reason].filter(Boolean).join(" ") + `: ${message}`, { cause });
  }
}

/** Return the error of a failed call; others, such as mistakes in a request, as they are. */
export function errorOf(failure: unknown, writes: boolean, key: string): RedeemError {
  const { code, details, metadata } = failure as ServiceError;
  if (failure instanceof RedeemError || code === undefined) {
    throw failure;
  }
  const [packed] = metadata?.get("grpc-status-details-bin") ?? [];
  const typed = packed === undefined ? [] : Status.decode(packed as Buffer).details;
  const found = <T>(type: { $type: string; decode(bytes: Uint8Array): T }) => {
    const detail = typed.find(({ typeUrl }) => typeUrl.endsWith(`/${type.$type}`));
    return detail && type.decode(detail.value);
  };
  const info = found(ErrorInfo);
  const delay = found(RetryInfo)?.retryDelay;
  return new RedeemError(
    code,
    details,
    info?.reason ?? "",
    info?.metadata ?? {},
    found(BadRequest)?.fieldViolations ?? [],
    delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    key,
    writes && UNKNOWN.includes(code),
    failure,
  );
}
