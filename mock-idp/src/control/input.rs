//! What a caller of the control API sends: JSON bodies and query parameters. Unknown members and parameters are
//! refused.

use axum::{
    body::{Bytes, HttpBody},
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{duplicate::WithoutDuplicates, problem::Problem};
use crate::protocol::json::{self, JsonError};

/// How much of a body is read, in bytes, unless a call needs more.
const USUAL_LIMIT: usize = 2 * 1024 * 1024;

/// How much of a body is read by a call that takes none, in bytes.
const LIMIT_OF_NOTHING: usize = 1024;

/// A JSON body of at most `LIMIT` bytes.
pub(super) struct Body<T, const LIMIT: usize = USUAL_LIMIT>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync, const LIMIT: usize> FromRequest<S> for Body<T, LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        // Two steps, so that a syntax error and a wrong value get different answers.
        let value = parse(&read(request, LIMIT).await?)?;
        deserialize(value).map(Self)
    }
}

/// Reads a body. One that is too large is refused before it is read to its end: at once, if it announces its length.
async fn read(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let body = request.into_body();
    if HttpBody::size_hint(&body).lower() > limit as u64 {
        return Err(Problem::body_too_large(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::body_too_large(limit)),
        Err(error) => Err(Problem::incomplete_body(&error.to_string())),
    }
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let WithoutDuplicates(value) = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        if error.inner().is_data() {
            unfit(&JsonError::from(error))
        } else {
            Problem::malformed(&error.into_inner().to_string())
        }
    })?;
    parser.end().map_err(|error| Problem::malformed(&error.to_string()))?;
    Ok(value)
}

/// Reads a value of the body.
pub(super) fn deserialize<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    json::read(value).map_err(|error| unfit(&error))
}

fn unfit(error: &JsonError) -> Problem {
    Problem::unfit_body(&error.place, &error.problem)
}

/// No body, `null` or an empty object: what a client sends to a call that takes no body.
pub(super) struct Nothing;

impl<S: Send + Sync> FromRequest<S> for Nothing {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = read(request, LIMIT_OF_NOTHING).await?;
        if bytes.is_empty() {
            return Ok(Self);
        }
        let members: Option<Map<String, Value>> = deserialize(parse(&bytes)?)?;
        match members.unwrap_or_default().keys().next() {
            None => Ok(Self),
            Some(field) => {
                Err(Problem::flawed(field, "this call takes no members", "expected {} or no body"))
            }
        }
    }
}

/// The parameters of the query.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(query)).map(Self).map_err(
            |error| {
                let JsonError { place, problem } = error.into();
                Problem::unfit_query(&place, &problem)
            },
        )
    }
}
