// The script of a page: calls with our stubs, from the origin of the page. `told` is the test's, which hears the outcomes.
import { ErrorInfoSchema } from "redeemd-client-connect/google/rpc/error_details_pb";
import { EventService } from "redeemd-client-connect/redeem/event/v1/event_service_pb";
import { SerialKeyService } from "redeemd-client-connect/redeem/serialkey/v1/serialkey_service_pb";
import { makeCaller } from "./callers.mjs";

const baseUrl = new URLSearchParams(location.search).get("server");
const caller = makeCaller({ baseUrl, services: [SerialKeyService, EventService], errorInfo: ErrorInfoSchema });

globalThis.hear = (given) => {
  if ("abort" in given) caller.abort(given.abort);
  else caller.call(given).then(told);
};
