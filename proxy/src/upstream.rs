//! The HTTP client: requests to the authorization server and to the API, and their failures.

use std::{error::Error, io, time::Duration};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use fortellis_service::{StartError, basic_credentials};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::LengthLimitError;
use reqwest::{Client, Response, Url, redirect};
use serde_json::{Map, Value};

use crate::{
    Config,
    error::Refusal,
    queue::{Late, Queue},
    retry_after,
    target::Target,
};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Connections are not kept longer than common servers keep them, so that no request meets one that is just closing.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// The largest token answer that is read.
const TOKEN_ANSWER_LIMIT: usize = 1024 * 1024;
/// What the token endpoint must answer.
const TOKEN_ANSWER: &str = "a JSON object (RFC 6749 §5)";

/// What the token endpoint answered: any status, and a JSON object, byte for byte.
pub(crate) struct TokenAnswer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) retry_after: Option<HeaderValue>,
    /// The same as a time, where it is one.
    pub(crate) wait: Option<Duration>,
}

/// What is called with the backend's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// The API gateway.
    Gateway,
    /// The Subscriptions API.
    Subscriptions,
}

/// An API call, ready to be sent. The path and query begin with `/` and are appended to the API's URL.
pub(crate) struct ApiCall {
    pub(crate) api: Api,
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ApiBody,
}

/// The body of an API call.
pub(crate) enum ApiBody {
    /// One that is here, and can be sent again.
    Whole(Bytes),
    /// One that is still arriving from the caller, and is streamed. Its length, if the caller has stated it.
    Coming(Body, Option<HeaderValue>),
}

impl ApiCall {
    /// A copy of the call, unless its body can be sent only once.
    pub(crate) fn again(&self) -> Option<Self> {
        let ApiBody::Whole(body) = &self.body else { return None };
        Some(Self {
            api: self.api,
            method: self.method.clone(),
            path_and_query: self.path_and_query.clone(),
            headers: self.headers.clone(),
            body: ApiBody::Whole(body.clone()),
        })
    }
}

/// The client with what it needs to know about both upstreams.
pub(crate) struct Upstream {
    client: Client,
    timeout: Duration,
    token: Target,
    keys: Target,
    api_url: String,
    subscriptions_url: String,
    /// `Basic …`, RFC 6749 §2.3.1.
    basic: HeaderValue,
    /// The queue of the API calls.
    queue: Queue,
}

impl Upstream {
    /// Fails where an upstream is https and this machine has no CA certificates to check it with.
    pub(crate) fn new(config: &Config) -> Result<Self, StartError> {
        let issuer = &config.auth_server.issuer;
        let auth_server =
            |path| Target { url: format!("{issuer}{path}"), setting: "FORTELLIS_AUTH_SERVER_URL" };
        Ok(Self {
            client: client(config)?,
            timeout: config.timeout,
            token: auth_server("/v1/token"),
            keys: auth_server("/v1/keys"),
            api_url: config.api_url.clone(),
            subscriptions_url: config.subscriptions_url.clone(),
            basic: basic(&config.credentials.api_key, config.credentials.api_secret.expose()),
            queue: Queue::new(),
        })
    }

    /// Posts a form to the token endpoint, once, with the headers that the tutorial's `api.py` sends.
    pub(crate) async fn token(&self, form: String) -> Result<TokenAnswer, Refusal> {
        let request = self
            .client
            .post(&self.token.url)
            .timeout(self.timeout)
            .header(header::AUTHORIZATION, self.basic.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let response = request.send().await.map_err(|error| self.failed(&self.token, &error))?;
        self.token_answer(response).await
    }

    async fn token_answer(&self, mut response: Response) -> Result<TokenAnswer, Refusal> {
        let status = response.status();
        if status.is_redirection() {
            return Err(self.token_nonsense(status, redirection(&response), TOKEN_ANSWER));
        }
        uncompressed(&response, &self.token)?;
        let media_type = media_type(&response);
        let wait = retry_after::wait(status, response.headers());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&self.token, &error))? {
            if body.len() + chunk.len() > TOKEN_ANSWER_LIMIT {
                return Err(self.token_nonsense(status, "more than 1 MiB".to_owned(), TOKEN_ANSWER));
            }
            body.extend_from_slice(&chunk);
        }
        if !is_json_object(&body) {
            // A busy server may answer in any form: the header is enough.
            if let Some(wait) = wait {
                return Err(Refusal::Busy { target: self.token.clone(), status, wait });
            }
            let found = format!("something else ({media_type})");
            return Err(self.token_nonsense(status, found, TOKEN_ANSWER));
        }
        let retry_after = response.headers_mut().remove(header::RETRY_AFTER);
        Ok(TokenAnswer { status, body: body.freeze(), retry_after, wait })
    }

    /// Whether the authorization server publishes its keys.
    pub(crate) async fn keys(&self) -> Result<(), Refusal> {
        let request = self.client.get(&self.keys.url).timeout(self.timeout);
        let response = request.send().await.map_err(|error| self.failed(&self.keys, &error))?;
        match response.status() {
            StatusCode::OK => Ok(()),
            status => Err(Refusal::Nonsense {
                target: self.keys.clone(),
                status,
                found: media_type(&response),
                expected: "200 and its keys",
            }),
        }
    }

    /// Sends an API call and gives back the answer as soon as its headers are there. `limit` is how many bytes the
    /// body may have; the body itself enforces it.
    pub(crate) async fn api(
        &self,
        call: ApiCall,
        bearer: &HeaderValue,
        limit: usize,
    ) -> Result<Response, Refusal> {
        let target = self.api_target(&call);
        let request = self
            .client
            .request(call.method, format!("{}{}", self.base_url(call.api), call.path_and_query))
            .headers(call.headers)
            .header(header::AUTHORIZATION, bearer.clone());
        let request = match call.body {
            ApiBody::Whole(body) => request.body(body),
            ApiBody::Coming(body, length) => {
                let request = request.body(reqwest::Body::wrap_stream(body.into_data_stream()));
                // Some servers need the length, so it is passed on if it is known.
                match length {
                    Some(length) => request.header(header::CONTENT_LENGTH, length),
                    None => request,
                }
            }
        };
        let answered = match self.queue.call(self.timeout, request.send()).await {
            Ok(answered) => answered,
            Err(Late::InTheQueue) => return Err(Refusal::QueueTimeout { target, timeout: self.timeout }),
            Err(Late::AtTheApi { queued }) => {
                return Err(Refusal::Timeout { target, timeout: self.timeout, queued });
            }
        };
        let answer = answered.map_err(|error| {
            if caused_by::<LengthLimitError>(&error) {
                Refusal::PayloadTooLarge { limit }
            } else if caused_by::<axum::Error>(&error) {
                Refusal::InvalidRequest("the body ended early".to_owned())
            } else {
                self.failed(&target, &error)
            }
        })?;
        usable(answer, target)
    }

    fn base_url(&self, api: Api) -> &str {
        match api {
            Api::Gateway => &self.api_url,
            Api::Subscriptions => &self.subscriptions_url,
        }
    }

    /// The API call's address without its query, which may hold what should not be printed.
    fn api_target(&self, call: &ApiCall) -> Target {
        let path = call.path_and_query.split('?').next().unwrap_or_default();
        let setting = match call.api {
            Api::Gateway => "FORTELLIS_API_URL",
            Api::Subscriptions => "FORTELLIS_SUBSCRIPTIONS_URL",
        };
        Target { url: format!("{}{path}", self.base_url(call.api)), setting }
    }

    /// The token endpoint, for messages about it.
    pub(crate) fn token_target(&self) -> Target {
        self.token.clone()
    }

    /// The refusal for a token endpoint's answer that is not what it should be.
    pub(crate) fn token_nonsense(
        &self,
        status: StatusCode,
        found: String,
        expected: &'static str,
    ) -> Refusal {
        Refusal::Nonsense { target: self.token.clone(), status, found, expected }
    }

    fn failed(&self, target: &Target, error: &reqwest::Error) -> Refusal {
        let target = target.clone();
        if error.is_timeout() {
            let timeout = if error.is_connect() { self.timeout.min(CONNECT_TIMEOUT) } else { self.timeout };
            Refusal::Timeout { target, timeout, queued: Duration::ZERO }
        } else if error.is_connect() {
            Refusal::Unreachable { target, cause: cause(error) }
        } else {
            Refusal::BrokeOff { target, cause: cause(error) }
        }
    }
}

/// An API's answer that may be passed on: it is final, and not compressed.
fn usable(answer: Response, target: Target) -> Result<Response, Refusal> {
    let status = answer.status();
    if status.is_informational() {
        // The other informational ones are not passed to here.
        let found = "a change of protocol that nobody asked for".to_owned();
        return Err(Refusal::Nonsense { target, status, found, expected: "a final status" });
    }
    uncompressed(&answer, &target)?;
    Ok(answer)
}

/// Refuses an answer that is compressed, as content (RFC 9110 §8.4) or for the transfer (RFC 9112 §7).
fn uncompressed(answer: &Response, target: &Target) -> Result<(), Refusal> {
    for (name, plain) in [(header::CONTENT_ENCODING, "identity"), (header::TRANSFER_ENCODING, "chunked")] {
        for value in answer.headers().get_all(&name) {
            let text = String::from_utf8_lossy(value.as_bytes());
            let mut codings = text.split(',').map(str::trim).filter(|coding| !coding.is_empty());
            if codings.any(|coding| !coding.eq_ignore_ascii_case(plain)) {
                let field = if plain == "identity" { "Content-Encoding" } else { "Transfer-Encoding" };
                let coding = format!("{field}: {text}");
                return Err(Refusal::Compressed { target: target.clone(), coding });
            }
        }
    }
    Ok(())
}

/// Without the system's proxy, without redirects, without retries: a code works once, and a secret goes to the
/// server that it was made for. Without compression: what cannot be read cannot be masked.
fn client(config: &Config) -> Result<Client, StartError> {
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .default_headers(HeaderMap::from_iter([(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        )]))
        .connect_timeout(CONNECT_TIMEOUT)
        // Token requests have a time for the whole of it as well. An API's answer may go on as long as it moves.
        .read_timeout(config.timeout)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT);
    if ![&config.auth_server.issuer, &config.api_url, &config.subscriptions_url]
        .into_iter()
        .any(|url| is_https(url))
    {
        // Reading the machine's CA certificates takes time, and fails where there are none; plain http needs none.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        StartError::new(
            "FORTELLIS_AUTH_SERVER_URL, FORTELLIS_API_URL, FORTELLIS_SUBSCRIPTIONS_URL",
            format!("https needs CA certificates, and this machine's cannot be used ({})", cause(&error)),
            "install them, or name a PEM file with SSL_CERT_FILE",
        )
    })
}

fn is_https(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "https")
}

/// The client's id and secret as a header that no log prints.
fn basic(api_key: &str, api_secret: &str) -> HeaderValue {
    let credentials = basic_credentials(api_key, api_secret);
    let mut value = HeaderValue::from_str(credentials.expose()).expect("Base64 is plain text");
    value.set_sensitive(true);
    value
}

fn is_json_object(body: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(body).is_ok()
}

fn media_type(response: &Response) -> String {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    match content_type.and_then(|value| value.to_str().ok()) {
        Some(text) => format!("Content-Type {text}"),
        None => "no Content-Type".to_owned(),
    }
}

fn redirection(response: &Response) -> String {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    match location.and_then(|text| text.split(['?', '#']).next()) {
        Some(place) => format!("a redirect to {place}"),
        None => "a redirect".to_owned(),
    }
}

/// Whether an error of this type is somewhere behind another.
fn caused_by<E: Error + 'static>(error: &reqwest::Error) -> bool {
    std::iter::successors(Some(error as &dyn Error), |error| (*error).source()).any(<dyn Error>::is::<E>)
}

/// The innermost reason, in which no URL is named.
fn cause(error: &reqwest::Error) -> String {
    let mut root: &dyn Error = error;
    while let Some(source) = root.source() {
        root = source;
    }
    match root.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(io::ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        _ => root.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    #[test]
    fn key_and_secret_are_form_encoded_before_they_are_joined() {
        // What curl -u would send; Fortellis' alphanumerics stay as they are.
        assert_eq!(basic("key", "secret"), "Basic a2V5OnNlY3JldA==");
        let value = basic("k:e y", "s+%/");
        let pair = BASE64_STANDARD.decode(&value.to_str().unwrap()["Basic ".len()..]).unwrap();
        assert_eq!(pair, b"k%3Ae+y:s%2B%25%2F");
        assert_eq!(format!("{value:?}"), "Sensitive");
    }

    #[test]
    fn only_an_object_is_a_token_answer() {
        assert!(is_json_object(br#"{"access_token":"a","n":[{}]}"#));
        for body in ["", "[]", "null", "\"text\"", "{\"access_token\":", "<html>", "{} {}"] {
            assert!(!is_json_object(body.as_bytes()), "{body}");
        }
    }
}
