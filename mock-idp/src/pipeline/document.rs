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
    respond::{Response, json as json_answer},
};

const METADATA_CACHE: HeaderValue = HeaderValue::from_static("max-age=60, must-revalidate");

/// The public keys.
pub(super) fn keys(issuer: &Issuer, fault: Option<&Kind>) -> Response {
    let ring = issuer.keys();
    let mut response = match fault {
        Some(Kind::Document(DocumentFault::Keys(change))) => {
            json_answer(StatusCode::OK, &change.on(&ring.jwks(), ring.outdated_jwks()))
        }
        _ => json_answer(StatusCode::OK, &ring.jwks()),
    };
    let cache = format!("max-age={}, must-revalidate", ring.cache().seconds());
    if let Ok(cache) = HeaderValue::try_from(cache) {
        response.headers_mut().insert(header::CACHE_CONTROL, cache);
    }
    response
}

/// The metadata: the endpoints are those of the table.
pub(super) fn metadata(
    issuer: &Issuer,
    document: Document,
    iss_parameter: bool,
    fault: Option<&Kind>,
) -> Response {
    let metadata = Metadata::new(document, issuer.url(), issuer.back_channel_url(), iss_parameter, path_of);
    let mut response = match fault {
        Some(Kind::Document(DocumentFault::Metadata(change))) => {
            json_answer(StatusCode::OK, &change.on(json!(metadata)))
        }
        _ => json_answer(StatusCode::OK, &metadata),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, METADATA_CACHE);
    response
}

/// Where an endpoint is, below its issuer.
fn path_of(endpoint: Endpoint) -> &'static str {
    let row = TABLE.iter().find(|row| row.endpoint == endpoint);
    row.and_then(|row| row.paths[0].strip_prefix(ISSUER)).unwrap_or_default()
}
