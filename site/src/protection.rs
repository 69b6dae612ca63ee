//! Who may call the site, and what the page may do.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::{Host, Url};

use crate::Config;

/// The names that the site answers to: this machine's, and the one in the Callback URL, by which a tunnel or a name
/// of one's own may reach it.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Option<Arc<str>>);

impl Hosts {
    pub(crate) fn new(config: &Config) -> Self {
        let url = Url::parse(&config.auth_server.redirect_uri).ok();
        Self(url.and_then(|url| url.host_str().map(Arc::from)))
    }

    fn knows(&self, host: &str) -> bool {
        let url = format!("http://{host}");
        fortellis_service::is_loopback(&url)
            || Url::parse(&url)
                .is_ok_and(|url| url.host_str().is_some_and(|host| self.0.as_deref() == Some(host)))
    }
}

/// What browsers say about a request (Fetch Metadata): from where, for what, and where the answer goes.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Refuses requests by foreign names, and what pages of other origins load. A page that reaches this machine by a name of
/// its own (DNS rebinding) counts as the same origin, and could read the configuration.
pub(crate) async fn refuse_foreign_callers(
    State(hosts): State<Hosts>,
    request: Request,
    next: Next,
) -> Response {
    match check(&hosts, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn check(hosts: &Hosts, request: &Request) -> Result<(), (StatusCode, String)> {
    // The server has checked that there is one field.
    let host = request.headers().get(header::HOST).map(text);
    let target = request.uri().authority().map(ToString::to_string);
    if let Some(host) = [host, target].into_iter().flatten().find(|host| !hosts.knows(host)) {
        let why = format!(
            "\"{host}\" is not this site; open it as localhost, or by the name in the Callback URL\n"
        );
        return Err((StatusCode::MISDIRECTED_REQUEST, why));
    }
    if opens_a_tab(request.headers()) {
        return Ok(());
    }
    let mut sites = request.headers().get_all(FETCH_SITE).iter().map(text);
    sites.find(|site| !["same-origin", "none"].contains(&site.as_str())).map_or(Ok(()), |site| {
        let why = format!(
            "{} is for the page of this site; a page of another origin may only open it in a tab, and this is something \
             else (Sec-Fetch-Site: {site})\n",
            request.uri().path()
        );
        Err((StatusCode::FORBIDDEN, why))
    })
}

/// Whether the answer becomes a page in a tab of its own, as the answer of a sign-in does, which comes from another
/// origin.
fn opens_a_tab(headers: &HeaderMap) -> bool {
    let all = |name, wanted: &str| headers.get_all(name).iter().all(|value| value == wanted);
    headers.contains_key(FETCH_MODE) && all(FETCH_MODE, "navigate") && all(FETCH_DEST, "document")
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// The fields that every answer carries.
#[derive(Debug, Clone)]
pub(crate) struct Protection(Arc<HeaderMap>);

impl Protection {
    pub(crate) fn new(config: &Config) -> Self {
        // Origins are ASCII, so the policy is always a field; without one, the page may at least do nothing.
        let policy = HeaderValue::try_from(policy(config));
        let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
        let fields = [
            (header::CONTENT_SECURITY_POLICY, policy),
            // The page's address has the code for a moment: it must not be cached or sent on.
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("same-origin"),
            ),
        ];
        Self(Arc::new(fields.into_iter().collect()))
    }
}

/// Adds the fields to an answer.
pub(crate) async fn protect(State(protection): State<Protection>, mut response: Response) -> Response {
    for (name, value) in protection.0.iter() {
        response.headers_mut().insert(name, value.clone());
    }
    response
}

/// Own scripts and styles, and nothing inline; calls to the proxy, the API and the authorization server; no text that
/// turns into HTML; no frame (Content Security Policy Level 3).
fn policy(config: &Config) -> String {
    let mut connect = vec!["'self'".to_owned()];
    for url in [&config.proxy_url, &config.api_url, &config.auth_server.issuer] {
        let source = source(url);
        if !connect.contains(&source) {
            connect.push(source);
        }
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src {}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        connect.join(" ")
    )
}

/// The origin of a URL as a policy can name it. It has no words for IPv6 addresses (CSP §2.3.1), so there the scheme
/// must do; what would end the directive is left out.
fn source(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) if matches!(url.host(), Some(Host::Ipv6(_))) => format!("{}:", url.scheme()),
        Ok(url) if !url.authority().contains([';', ',']) => url.origin().ascii_serialization(),
        _ => "'none'".to_owned(),
    }
}
