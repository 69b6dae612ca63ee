//! `POST /_mock/deliver`: sends an API provider what Fortellis would send it, to the URL in the body, and reports the
//! provider's answer. The mock sends nothing unless it is asked to.
//!
//! | `kind` | request | body |
//! |---|---|---|
//! | `api_call` | `method` (GET) to `url` | `body`, if there is one |
//! | `activation` | POST to `url` + `/activate` | the subscription, as the Admin API documents it |
//! | `deactivation` | POST to `url` + `/deactivate/{connection}` | none |
//!
//! An API behind Fortellis' gateway never sees the app's token. It gets one of the gateway's own, whose `sub` and `cid`
//! are the API's Client ID ("Updated Security for Fortellis Tokens"). Here the issuer signs it, so the provider
//! verifies it with `/v1/keys`.
//!
//! ```json
//! {"kind": "activation", "url": "http://localhost:3000/v2/admin", "api": "MyApiClientId0000000000000000001"}
//! ```
//!
//! The other members are optional: `subscription` and `app` (the first matching subscription), `user` (the first user),
//! `connection` and `request_id` (generated), `timeout_ms` (10 000). The answer contains what was `sent`, with the
//! token masked and its `claims`, and either the provider's `answer` or the reason why it was `undelivered`.

use std::{collections::BTreeMap, error::Error, time::Duration};

use axum::Json;
use reqwest::{
    Client, Method, Response, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    at::{At, Routes},
    input::Body,
    problem::Problem,
};
use crate::{
    dialect::Dialect,
    directory::{Directory, Subscription},
    protocol::{
        claims::{AccessFacts, Claims},
        jwt::TokenType,
        near_miss,
        scope::{ANONYMOUS, Scope},
        text::{ApiKey, SubscriptionId, Username},
        timestamp::Expiry,
    },
    step::Step,
};

/// The Client ID of an API if the request names none: an invented API Key.
const DEMO_API: &str = "DemoApiClientId00000000000000001";
/// What is shown instead of the token.
const MASK: &str = "[masked]";
/// How much of the provider's answer is read, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;
/// How long the provider may take for its whole answer: by default, and at most.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The methods of a request to a provider.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(deliver))
}

/// What to send, and to whom. All members except `kind` and `url` are optional.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Delivery {
    /// What happens.
    kind: DeliveryKind,
    /// Where an API call goes, or the Admin API's base.
    #[schema(example = "http://localhost:3000/v2/admin")]
    url: String,
    /// The API's Client ID, the token's `sub` and `cid`.
    api: Option<ApiKey>,
    /// The API Key of the app that the dealer subscribed to; default: the first matching one.
    app: Option<ApiKey>,
    /// The `Subscription-Id`; default: the first matching one.
    subscription: Option<SubscriptionId>,
    /// Who has subscribed; default: the first user. For an activation.
    user: Option<Username>,
    /// The `connectionId`; default: generated. For an activation and a deactivation.
    connection: Option<String>,
    /// The `Request-Id`; default: generated.
    request_id: Option<String>,
    /// The HTTP method; default: `GET`. For an API call.
    method: Option<String>,
    /// The JSON body; default: none. For an API call.
    body: Option<Value>,
    /// How long the provider may take for its whole answer, in milliseconds; default: 10 000, at most a minute.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 60_000)]
    timeout_ms: Option<u64>,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DeliveryKind {
    /// An app calls the API.
    ApiCall,
    /// A dealer subscribes to an app that uses the API.
    Activation,
    /// The dealer ends the subscription.
    Deactivation,
}

/// A request to a provider. The token is missing, because it is signed outside the lock.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveredRequest {
    /// The HTTP method.
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String)]
    method: Method,
    /// The whole URL.
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = String)]
    url: Url,
    /// The header, with the token masked.
    headers: BTreeMap<&'static str, String>,
    /// The JSON body.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    /// The claims of the token.
    #[schema(value_type = Object)]
    claims: Claims,
}

fn as_text<S: serde::Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

/// What was sent and what came back: `answer` or `undelivered`.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryReport {
    /// The request.
    sent: DeliveredRequest,
    /// The provider's answer, whatever its status.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<ProviderAnswer>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    undelivered: Option<String>,
}

/// An answer of a provider.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderAnswer {
    /// The HTTP status.
    status: u16,
    /// The headers; values of the same name are joined by commas.
    headers: BTreeMap<String, String>,
    /// The body: JSON if it is JSON, otherwise a text.
    body: Value,
    /// Whether the body is longer than the 64 KiB that are shown.
    truncated: bool,
    /// How long it took, in milliseconds.
    took_ms: u64,
}

/// Send an API provider what Fortellis would send it
///
/// The request is sent once; redirects are not followed. The status is 200 even if the provider refuses or does not
/// answer.
#[utoipa::path(
    post,
    path = "/deliver",
    tag = "Providers",
    request_body = Delivery,
    responses((status = 200, body = DeliveryReport, description = "What was sent and what came back"))
)]
async fn deliver(At(issuer): At, Body(order): Body<Delivery>) -> Result<Json<DeliveryReport>, Problem> {
    let timeout = order.timeout()?;
    let sent = issuer.step(|step| order.request(step))?;
    let token = issuer.keys().signing().sign(TokenType::Jwt, &sent.claims);
    let (answer, undelivered) = match send(&sent, &token, timeout).await {
        Ok(answer) => (Some(answer), None),
        Err(why) => (None, Some(why)),
    };
    Ok(Json(DeliveryReport { sent, answer, undelivered }))
}

impl Delivery {
    fn timeout(&self) -> Result<Duration, Problem> {
        let timeout = self.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis);
        if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
            let problem = format!("timeout_ms is {}", timeout.as_millis());
            let expected = format!("expected 1 to {}", LONGEST_TIMEOUT.as_millis());
            return Err(Problem::flawed("timeout_ms", &problem, &expected));
        }
        Ok(timeout)
    }

    /// The URL of the request: the given one, or a path of the Admin API below it.
    fn target(&self, connection: &str) -> Result<Url, Problem> {
        let refuse = |problem: &str| {
            Err(Problem::flawed(
                "url",
                &format!("url {problem}"),
                "expected one like http://localhost:3000/v2/admin",
            ))
        };
        let mut url = match Url::parse(&self.url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => url,
            Ok(url) => return refuse(&format!("has the scheme {}", url.scheme())),
            Err(_) => return refuse(&format!("is {:?}, which is not an absolute URL", self.url)),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("contains a user name or a password, which the token would replace");
        }
        let below: &[&str] = match self.kind {
            DeliveryKind::ApiCall => return Ok(url),
            DeliveryKind::Activation => &["activate"],
            DeliveryKind::Deactivation => &["deactivate", connection],
        };
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(below);
        }
        Ok(url)
    }

    fn method(&self) -> Result<Method, Problem> {
        let named = self.method.as_deref();
        if self.kind != DeliveryKind::ApiCall {
            return match (named, &self.body) {
                (None, None) => Ok(Method::POST),
                (Some(_), _) => Err(Self::not_for_the_admin_api("method")),
                (None, Some(_)) => Err(Self::not_for_the_admin_api("body")),
            };
        }
        let name = named.unwrap_or("GET");
        let known = METHODS.contains(&name).then(|| name.parse().ok()).flatten();
        known.ok_or_else(|| {
            let expected = format!("expected one of {}", METHODS.join(", "));
            Problem::flawed("method", &format!("method is {name:?}"), &expected)
        })
    }

    fn not_for_the_admin_api(field: &str) -> Problem {
        Problem::flawed(
            field,
            &format!("{field} is given"),
            "leave it out: the requests to an Admin API are those that Fortellis documents",
        )
    }

    fn request(&self, step: Step<'_>) -> Result<DeliveredRequest, Problem> {
        let Step { issuer, directory, entropy, lifetimes, now, .. } = step;
        let subscription = self.subscription(directory)?;
        let api = self.api.clone().unwrap_or_else(|| ApiKey::new(DEMO_API));
        let request_id = self.request_id.clone().unwrap_or_else(|| entropy.request_id());
        let connection = self.connection.clone().unwrap_or_else(|| entropy.request_id());
        let scope: Scope = [ANONYMOUS].into_iter().collect();
        let claims = Dialect::Fortellis.access_claims(&AccessFacts {
            issuer,
            api_key: &api,
            token_id: &entropy.access_token_id(None),
            scope: &scope,
            person: None,
            issued_at: now,
            expires_at: Expiry::after(now, lifetimes.access_token).moment(),
        });
        let mut headers = BTreeMap::from([
            ("accept", "application/json".to_owned()),
            ("authorization", format!("Bearer {MASK}")),
            ("request-id", header_text("request_id", request_id)?),
        ]);
        let body = match self.kind {
            DeliveryKind::ApiCall => {
                let id = header_text("subscription", subscription.id.to_string())?;
                headers.insert("subscription-id", id);
                self.body.clone()
            }
            DeliveryKind::Activation => {
                Some(activation(subscription, directory, self.user(directory)?, &api, &connection))
            }
            DeliveryKind::Deactivation => None,
        };
        if self.kind != DeliveryKind::ApiCall {
            headers.insert("accept-charset", "utf-8".to_owned());
            headers.insert("prefer", "return=representation".to_owned());
        }
        if body.is_some() {
            headers.insert("content-type", "application/json".to_owned());
        }
        Ok(DeliveredRequest { method: self.method()?, url: self.target(&connection)?, headers, body, claims })
    }

    /// The first subscription that matches the order.
    fn subscription<'a>(&self, directory: &'a Directory) -> Result<&'a Subscription, Problem> {
        if let Some(app) = self.app.as_ref().filter(|app| directory.app(app).is_none()) {
            return Err(Problem::names_nobody(
                "app",
                "app",
                app.as_str(),
                directory.nearest_api_key(app.as_str()),
            ));
        }
        let fits = |one: &&Subscription| {
            self.subscription.as_ref().is_none_or(|id| one.id == *id)
                && self.app.as_ref().is_none_or(|app| one.app == *app)
        };
        directory.subscriptions.iter().find(fits).ok_or_else(|| {
            let id = self.subscription.as_ref().map_or("", SubscriptionId::as_str);
            let ids = directory.subscriptions.iter().map(|one| one.id.as_str());
            let near = near_miss::nearest(id, ids).filter(|near| *near != id);
            match &self.app {
                Some(app) => Problem::flawed(
                    "subscription",
                    &format!("the app {app} has no such subscription"),
                    "make one with PUT /_mock/subscriptions/{id}",
                ),
                None => Problem::names_nobody("subscription", "subscription", id, near),
            }
        })
    }

    /// The user who has subscribed for the dealer, if there is a user.
    fn user<'a>(&self, directory: &'a Directory) -> Result<Option<&'a Username>, Problem> {
        let Some(name) = &self.user else { return Ok(directory.users.first().map(|user| &user.username)) };
        let known = directory.user_called(name.as_str()).map(|user| Some(&user.username));
        known.ok_or_else(|| {
            Problem::names_nobody("user", "user", name.as_str(), directory.nearest_username(name.as_str()))
        })
    }
}

/// The body of `/activate` as it is since 2022-09-27. Members that the mock does not know, such as addresses, are
/// empty.
fn activation(
    subscription: &Subscription,
    directory: &Directory,
    user: Option<&Username>,
    api: &ApiKey,
    connection: &str,
) -> Value {
    let Subscription { id, app, organization, .. } = subscription;
    json!({
        "organizationInfo": organization.info(),
        "appInfo": {
            "id": app,
            "name": directory.app(app).map(|app| app.name.as_str()).unwrap_or_default(),
            "developer": "",
            "contactEmail": "",
            "appOrgId": "",
        },
        "userInfo": { "fortellisId": user },
        "apiInfo": { "id": api, "name": "", "implementationName": "" },
        "subscriptionId": id,
        "connectionId": connection,
    })
}

/// Refuses a text that cannot be sent in a header.
fn header_text(field: &str, text: String) -> Result<String, Problem> {
    match HeaderValue::try_from(&text) {
        Ok(_) => Ok(text),
        Err(_) => {
            Err(Problem::flawed(field, &format!("{text:?} cannot be sent as a header"), "expected an id"))
        }
    }
}

/// Sends a request once. No proxy is used and no redirect followed.
async fn send(request: &DeliveredRequest, token: &str, timeout: Duration) -> Result<ProviderAnswer, String> {
    let mut client = Client::builder().no_proxy().redirect(Policy::none()).referer(false).timeout(timeout);
    if request.url.scheme() == "http" {
        // Reading the machine's CA certificates takes time, and plain http needs none.
        client = client.tls_certs_only([]);
    }
    let client = client.build().map_err(|error| cause(&error))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let value = value.replace(MASK, token);
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::try_from(value).map_err(|error| error.to_string())?,
        );
    }
    let mut sending = client.request(request.method.clone(), request.url.clone()).headers(headers);
    if let Some(body) = &request.body {
        sending = sending.body(body.to_string());
    }
    let said = |error: &reqwest::Error| {
        if error.is_timeout() {
            format!("{} did not answer completely within {} ms", request.url, timeout.as_millis())
        } else {
            format!("{} did not answer ({})", request.url, cause(error))
        }
    };
    let began = Instant::now();
    let mut response = sending.send().await.map_err(|error| said(&error))?;
    let (body, truncated) = beginning(&mut response).await.map_err(|error| said(&error))?;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    // A provider may echo the token.
    let text = String::from_utf8_lossy(&body).replace(token, MASK);
    Ok(ProviderAnswer {
        status: response.status().as_u16(),
        headers: shown(response.headers(), token),
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        truncated,
        took_ms,
    })
}

/// The beginning of an answer's body, and whether there is more.
async fn beginning(response: &mut Response) -> reqwest::Result<(Vec<u8>, bool)> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        body.extend_from_slice(&piece);
        if body.len() > ANSWER_LIMIT {
            body.truncate(ANSWER_LIMIT);
            return Ok((body, true));
        }
    }
    Ok((body, false))
}

fn shown(headers: &HeaderMap, token: &str) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).replace(token, MASK);
        let all = shown.entry(name.to_string()).or_default();
        *all = if all.is_empty() { value } else { format!("{all}, {value}") };
    }
    shown
}

/// The innermost reason.
fn cause(error: &reqwest::Error) -> String {
    let chain = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    chain.last().map_or_else(String::new, ToString::to_string)
}
