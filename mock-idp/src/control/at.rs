//! Where the control API of an issuer is, and the issuer that a request's path names.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{FromRequestParts, OriginalUri, Path},
    http::request::Parts,
};
use utoipa_axum::router::OpenApiRouter;

use super::problem::Problem;
use crate::{issuer::Issuer, issuers::Issuers};

/// The base path of an issuer's control API.
pub(super) const BASE: &str = "/oauth2/{issuer}/_mock";

/// The routes of a resource, each with its description.
pub(super) type Routes = OpenApiRouter<Issuers>;

/// The issuer whose control API is called.
pub(super) struct At(pub(super) Arc<Issuer>);

impl FromRequestParts<Issuers> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, issuers: &Issuers) -> Result<Self, Problem> {
        let names =
            <Path<HashMap<String, String>> as FromRequestParts<Issuers>>::from_request_parts(parts, issuers)
                .await;
        let name = names.ok().and_then(|Path(mut names)| names.remove("issuer")).unwrap_or_default();
        let caller = issuers.caller(&parts.headers);
        issuers.named_by(caller, &name).map(Self).ok_or_else(|| {
            let path =
                parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri).path();
            Problem::unknown_issuer(path)
        })
    }
}
