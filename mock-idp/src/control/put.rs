//! `PUT` of an item that the path names: an app, a user, a subscription.

use axum::{Json, http::StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    input::deserialize,
    problem::{BodyFlaw, Problem},
};
use crate::directory::{Flaw, Put};

/// Reads the item from the body. The body may leave the name out. A name that it contains must be the one in the path.
pub(super) fn fit<T: DeserializeOwned>(mut body: Value, field: &str, name: &str) -> Result<T, Problem> {
    if let Some(members) = body.as_object_mut() {
        let given = members.entry(field).or_insert_with(|| name.into());
        if given.as_str().is_some_and(|given| given != name) {
            return Err(Problem::flawed(
                field,
                &format!("{field} is {given}"),
                &format!("expected {name:?}, as in the path"),
            ));
        }
    }
    deserialize(body)
}

/// The answer: the status says whether the item is new (RFC 9110 §9.3.4).
pub(super) fn answer_put<T>(put: Result<Put, Vec<Flaw>>, item: T) -> Result<(StatusCode, Json<T>), Problem> {
    match put {
        Ok(Put::Added) => Ok((StatusCode::CREATED, Json(item))),
        Ok(Put::Replaced) => Ok((StatusCode::OK, Json(item))),
        Err(flaws) => Err(Problem::of_flaws(flaws.into_iter().map(BodyFlaw::of_item).collect())),
    }
}
