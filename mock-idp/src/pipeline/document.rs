//! The documents that an issuer publishes: its keys and its metadata. Their bytes are shared, not copied.

use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::{
    endpoint::{ISSUER, TABLE},
    fault::{DocumentFault, Kind},
    issuer::Issuer,
    protocol::{
        endpoint::Endpoint,
        metadata::{Document, Metadata},
    },
    respond::{Response, json as to_json, written_json},
};

/// The header `Cache-Control` of a document: one minute, unless a test sets something else.
const A_MINUTE: HeaderValue = HeaderValue::from_static("max-age=60, must-revalidate");

/// The public keys.
pub(super) fn keys(issuer: &Issuer, fault: Option<&Kind>) -> Response {
    let (json, cache) = issuer.keys().published();
    let cache = match cache.seconds() {
        60 => A_MINUTE,
        other => HeaderValue::try_from(format!("max-age={other}, must-revalidate")).unwrap_or(A_MINUTE),
    };
    match fault {
        Some(Kind::Document(DocumentFault::Keys(change))) => {
            let ring = issuer.keys();
            cached(to_json(StatusCode::OK, &change.on(&ring.jwks(), ring.outdated_jwks())), cache)
        }
        _ => cached(written_json(json), cache),
    }
}

/// The metadata: the endpoints are those of the table.
pub(super) fn metadata(
    issuer: &Issuer,
    document: Document,
    iss_parameter: bool,
    fault: Option<&Kind>,
) -> Response {
    let metadata =
        || Metadata::new(document, issuer.url(), issuer.back_channel_url(), iss_parameter, path_of);
    let response = match fault {
        Some(Kind::Document(DocumentFault::Metadata(change))) => {
            to_json(StatusCode::OK, &change.on(json!(metadata())))
        }
        _ => written_json(issuer.metadata_json(document, iss_parameter, metadata)),
    };
    cached(response, A_MINUTE)
}

fn cached(mut response: Response, cache: HeaderValue) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
}

/// Where an endpoint is, below its issuer.
fn path_of(endpoint: Endpoint) -> &'static str {
    let row = TABLE.iter().find(|row| row.endpoint == endpoint);
    row.and_then(|row| row.paths[0].strip_prefix(ISSUER)).unwrap_or_default()
}
