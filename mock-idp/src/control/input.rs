//! What the control API is told: JSON bodies and query parameters, both strict.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Problem;

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // Two steps, so that a slip of the pen and a wrong value are told apart.
        deserialize(parse(&read(request, state).await?)?).map(Self)
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| Problem::unreadable_body(rejection.status(), rejection.body_text()))
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| Problem::malformed(&error.to_string()))
}

fn deserialize<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    // A parser would take a list for the members in their order.
    if value.is_array() {
        return Err(Problem::unfit_body("", "the body is a list, expected an object"));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let field = error.path().to_string();
        Problem::unfit_body(&field, &error.into_inner().to_string())
    })
}

/// A resource from a body whose path has already named it: the field of the name may be left out, and must be the
/// same where it is there.
pub(super) fn fit<T: DeserializeOwned>(mut body: Value, field: &str, name: &str) -> Result<T, Problem> {
    if let Some(members) = body.as_object_mut() {
        let said = members.entry(field).or_insert_with(|| name.into());
        if said.as_str().is_some_and(|said| said != name) {
            return Err(Problem::flawed(
                field,
                &format!("{field} is {said}"),
                &format!("expected {name:?}, as in the path"),
            ));
        }
    }
    deserialize(body)
}

/// No body, `null` or an empty object: what a call that needs no more words sends along with its `Content-Type`.
pub(super) struct Nothing;

impl<S: Send + Sync> FromRequest<S> for Nothing {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self);
        }
        let members: Option<Map<String, Value>> = deserialize(parse(&bytes)?)?;
        match members.unwrap_or_default().keys().next() {
            None => Ok(Self),
            Some(field) => {
                Err(Problem::flawed(field, "nothing is to be said here", "expected {} or no body"))
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
                let field = error.path().to_string();
                Problem::unfit_query(&field, &error.into_inner().to_string())
            },
        )
    }
}
