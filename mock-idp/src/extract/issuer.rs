//! The issuer that a path names.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts, Path},
    http::{HeaderMap, request::Parts},
    response::Response,
};

use crate::{
    issuer::Issuer,
    issuers::{Caller, DEFAULT, Issuers},
    respond,
};

/// The issuer of the path `/oauth2/{issuer}/…`, made at its first use. A name that cannot be is answered with
/// Okta's 404.
#[derive(Debug, Clone)]
pub(crate) struct IssuerAt(pub(crate) Arc<Issuer>);

async fn find<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<IssuerAt, String>
where
    Issuers: FromRef<S>,
{
    let names =
        <Path<HashMap<String, String>> as FromRequestParts<S>>::from_request_parts(parts, state).await;
    let name = names.ok().and_then(|Path(mut names)| names.remove("issuer")).unwrap_or_default();
    let issuers = Issuers::from_ref(state);
    let caller = if is_from_elsewhere(&parts.headers, &issuers) { Caller::Stranger } else { Caller::Known };
    issuers.named_by(caller, &name).map(IssuerAt).ok_or(name)
}

/// Whether a page sends this that neither comes from this machine nor is taken for it: as browsers tell
/// (`Sec-Fetch-Site`, `Origin`), or because its name leads here without being ours (DNS rebinding). Programs tell nothing.
fn is_from_elsewhere(headers: &HeaderMap, issuers: &Issuers) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_own = |host: &str| issuers.is_own_host(host);
    let site = text("sec-fetch-site");
    site == Some("cross-site")
        || text("origin")
            .is_some_and(|origin| !origin.split_once("://").is_some_and(|(_, host)| is_own(host)))
        || (site.is_some() && !text("host").is_some_and(is_own))
}

impl<S: Send + Sync> FromRequestParts<S> for IssuerAt
where
    Issuers: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        find(parts, state).await.map_err(|name| {
            let error_id = Issuers::from_ref(state).get_or_make(DEFAULT).step(|step| step.entropy.error_id());
            respond::unknown_issuer(&name, error_id)
        })
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IssuerAt
where
    Issuers: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Infallible> {
        Ok(find(parts, state).await.ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn pages_from_elsewhere_are_known_by_what_browsers_tell() {
        let config = Config { issuer_url: Some("https://mock.example.com".to_owned()), ..Config::demo() };
        let issuers = Issuers::new(config, "http://localhost:9100");
        for (headers, elsewhere) in [
            (&[("host", "localhost:9100")][..], false),
            (&[("host", "mock-idp:9100")], false),
            (&[("host", "localhost:9100"), ("sec-fetch-site", "none")], false),
            (
                &[
                    ("host", "localhost:9100"),
                    ("origin", "http://localhost:8080"),
                    ("sec-fetch-site", "same-site"),
                ],
                false,
            ),
            (
                &[
                    ("host", "mock.example.com"),
                    ("origin", "https://mock.example.com"),
                    ("sec-fetch-site", "same-origin"),
                ],
                false,
            ),
            (&[("host", "localhost:9100"), ("sec-fetch-site", "cross-site")], true),
            (&[("host", "localhost:9100"), ("origin", "http://evil.test")], true),
            (&[("host", "localhost:9100"), ("origin", "null")], true),
            (&[("host", "evil.test:9100"), ("sec-fetch-site", "same-origin")], true),
        ] {
            let map =
                headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(is_from_elsewhere(&map, &issuers), elsewhere, "{headers:?}");
        }
    }
}
