//! The issuer that a path names.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts, Path},
    http::request::Parts,
    response::Response,
};

use crate::{
    issuer::Issuer,
    issuers::{DEFAULT, Issuers},
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
    Issuers::from_ref(state).named(&name).map(IssuerAt).ok_or(name)
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
