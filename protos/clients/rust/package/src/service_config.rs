//! gRPC service config for tonic, which does not support it: a layer on a channel that retries calls and limits their
//! duration by method, as the published file says. It reads `methodConfig` and `retryThrottling` of the file; tonic has
//! no health checks of channels.
//!
//! As in other gRPC libraries, a call is retried only before its response has started, delays are random up to the
//! back-off, the earlier of the caller's deadline and the method's time-out applies to all attempts together, and
//! retries stop for a while if failures outnumber successes. A request stream is buffered in memory until the call has a
//! response.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, request::Parts};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use serde::Deserialize;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout_at};
use tonic::{Code, Status, body::Body};
use tower::{BoxError, Layer, Service, ServiceExt, util::BoxCloneSyncService};

const TIMEOUT: &str = "grpc-timeout";
#[rustfmt::skip]
const NAMES: [&str; 17] = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
];

/// Returns the canonical name of a status code, such as `FAILED_PRECONDITION`.
pub fn name(code: Code) -> &'static str {
    NAMES[code as usize]
}

/// A service config, as a layer for a channel.
#[derive(Clone)]
pub struct ServiceConfig {
    methods: Arc<HashMap<String, Arc<MethodConfig>>>,
    tokens: Option<Arc<Tokens>>,
}

impl ServiceConfig {
    /// Parses the JSON of `service_config.json`.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let file: File = serde_json::from_str(text)?;
        let mut methods = HashMap::new();
        for mut config in file.method_config {
            let names = std::mem::take(&mut config.name);
            let config = Arc::new(config);
            for Name { service, method } in names {
                methods.insert(format!("/{service}/{method}"), config.clone());
            }
        }
        let tokens =
            file.retry_throttling.map(|limits| Arc::new(Tokens { left: Mutex::new(limits.max_tokens), limits }));
        Ok(Self { methods: Arc::new(methods), tokens })
    }
}

/// A channel with a service config.
pub type Configured = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

impl<S> Layer<S> for ServiceConfig
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError> + Send,
{
    type Service = Configured;

    fn layer(&self, channel: S) -> Configured {
        let config = self.clone();
        BoxCloneSyncService::new(tower::service_fn(move |request: Request<Body>| {
            let method = config.methods.get(request.uri().path()).cloned().unwrap_or_default();
            let call = Call { channel: channel.clone(), method, tokens: config.tokens.clone() };
            async move { Ok(call.until_deadline(request).await) }
        }))
    }
}

struct Call<S> {
    channel: S,
    method: Arc<MethodConfig>,
    tokens: Option<Arc<Tokens>>,
}

impl<S> Call<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone,
    S::Error: Into<BoxError>,
{
    /// Returns the response, and ends its stream, by the deadline of the call at the latest.
    async fn until_deadline(self, request: Request<Body>) -> Response<Body> {
        let Some(timeout) = wanted(request.headers()).into_iter().chain(self.method.timeout).min() else {
            return self.attempts(request, None).await;
        };
        let deadline = Instant::now() + timeout;
        match timeout_at(deadline, self.attempts(request, Some(deadline))).await {
            Ok(response) => response.map(|body| Body::new(Until { body, end: Box::pin(sleep_until(deadline)) })),
            Err(_) => exceeded().into_http(),
        }
    }

    async fn attempts(mut self, request: Request<Body>, deadline: Option<Instant>) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let message = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(status) => return status.into_http(),
        };
        let mut attempt = 1;
        loop {
            tell_time_left(&mut parts, deadline);
            let request = Request::from_parts(parts.clone(), Body::new(Full::new(message.clone())));
            let response = self.send(request).await;
            let Some(pause) = self.pause(&response, attempt) else {
                return response;
            };
            sleep(pause).await;
            attempt += 1;
        }
    }

    /// Sends a request once, and returns an error of the channel as a response with a status.
    async fn send(&mut self, request: Request<Body>) -> Response<Body> {
        let sent = async { self.channel.ready().await?.call(request).await };
        sent.await.unwrap_or_else(|error: S::Error| Status::from_error(error.into()).into_http())
    }

    /// Returns the delay before the call is retried, or None if it is not.
    fn pause(&self, response: &Response<Body>, attempt: u32) -> Option<Duration> {
        let retry = self.method.retry_policy.as_ref()?;
        let code = refused(response).map(name);
        let transient = code.is_some_and(|code| retry.retryable_status_codes.iter().any(|other| other == code));
        let allowed = self.tokens.as_ref().is_none_or(|tokens| tokens.count(transient));
        (transient && allowed && attempt < retry.max_attempts).then(|| {
            let growth = retry.backoff_multiplier.powi(attempt as i32 - 1);
            retry.initial_backoff.mul_f64(growth).min(retry.max_backoff).mul_f64(fastrand::f64())
        })
    }
}

/// Returns the status of a response that has only an error.
fn refused(response: &Response<Body>) -> Option<Code> {
    response.headers().get(Status::GRPC_STATUS).map(|value| Code::from_bytes(value.as_bytes()))
}

fn exceeded() -> Status {
    Status::deadline_exceeded("the deadline of the call has passed")
}

/// Returns the time-out set by the caller, which is sent as digits and a unit.
fn wanted(headers: &HeaderMap) -> Option<Duration> {
    let (digits, unit) = headers.get(TIMEOUT)?.to_str().ok()?.split_at_checked(headers[TIMEOUT].len() - 1)?;
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

fn tell_time_left(parts: &mut Parts, deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        let left = deadline.saturating_duration_since(Instant::now()).as_millis() + 1;
        parts.headers.insert(TIMEOUT, format!("{left}m").parse().expect("digits and a unit"));
    }
}

/// The body of a response, which ends at the deadline of the call.
struct Until {
    body: Body,
    end: Pin<Box<Sleep>>,
}

impl http_body::Body for Until {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(exceeded())));
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Retry throttling: a failure takes a token, a success returns a fraction of one, and half of them must be left.
struct Tokens {
    left: Mutex<f64>,
    limits: RetryThrottling,
}

impl Tokens {
    /// Records a response, and returns whether retries are allowed.
    fn count(&self, failed: bool) -> bool {
        let change = if failed { -1.0 } else { self.limits.token_ratio };
        let mut left = self.left.lock().expect("no panic while the lock is held");
        *left = (*left + change).clamp(0.0, self.limits.max_tokens);
        *left > self.limits.max_tokens / 2.0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    method_config: Vec<MethodConfig>,
    retry_throttling: Option<RetryThrottling>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetryThrottling {
    max_tokens: f64,
    token_ratio: f64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MethodConfig {
    name: Vec<Name>,
    #[serde(default, deserialize_with = "optional_seconds")]
    timeout: Option<Duration>,
    retry_policy: Option<RetryPolicy>,
}

#[derive(Deserialize)]
struct Name {
    service: String,
    method: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetryPolicy {
    max_attempts: u32,
    #[serde(deserialize_with = "seconds")]
    initial_backoff: Duration,
    #[serde(deserialize_with = "seconds")]
    max_backoff: Duration,
    backoff_multiplier: f64,
    retryable_status_codes: Vec<String>,
}

/// A duration in JSON: "0.1s".
fn seconds<'de, D: serde::Deserializer<'de>>(json: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(json)?;
    let number = text.strip_suffix('s').and_then(|digits| digits.parse().ok());
    let duration = number.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| serde::de::Error::custom(format!("not a duration: {text}")))
}

fn optional_seconds<'de, D: serde::Deserializer<'de>>(json: D) -> Result<Option<Duration>, D::Error> {
    seconds(json).map(Some)
}
