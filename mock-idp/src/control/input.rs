//! What the control API is told: JSON bodies and query parameters, both strict.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::request::Parts,
};
use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, IntoDeserializer, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};

use super::{Problem, plain::Plain};

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // Two steps, so that a slip of the pen and a wrong value are told apart.
        let value = parse(&read(request, state).await?)?;
        // Each body is an object; something with kinds would also be read from a list.
        if value.is_array() {
            return Err(Problem::unfit_body("", "a list, expected an object"));
        }
        deserialize(value).map(Self)
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| Problem::unreadable_body(rejection.status(), rejection.body_text()))
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let Plain(value) = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() {
            let message = error.to_string();
            return Problem::unfit_body(&field(&[&path], &message), &message);
        }
        Problem::malformed(&error.to_string())
    })?;
    parser.end().map_err(|error| Problem::malformed(&error.to_string()))?;
    Ok(value)
}

/// Reads a value. A problem names the field.
pub(super) fn deserialize<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    deserialize_at("", value)
}

/// The same for a part of a body, which stands at this place of it.
pub(super) fn deserialize_at<T: DeserializeOwned>(place: &str, value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        Problem::unfit_body(&field(&[place, &path], &message), &message)
    })
}

/// The field that a message of serde is about. What is missing or there twice, and what is unknown among the members of
/// one kind of a thing, is named by the message alone.
fn field(path: &[&str], message: &str) -> String {
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .into_iter()
        .find_map(|says| message.strip_prefix(says));
    let named = named.and_then(|rest| rest.split('`').next());
    // A parser calls the whole `.`.
    let mut parts: Vec<&str> = path.iter().copied().filter(|part| !matches!(*part, "" | ".")).collect();
    parts.extend(named.filter(|named| parts.last().and_then(|path| path.rsplit('.').next()) != Some(named)));
    parts.join(".")
}

/// A value in which what has members is an object. serde would also take a list of the members in their order, which
/// nobody means.
struct Strict(Value);

impl<'de> Deserializer<'de> for Strict {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Strict));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(members) => {
                let mut members =
                    MapDeserializer::new(members.into_iter().map(|(name, value)| (name, Self(value))));
                let value = visitor.visit_map(&mut members)?;
                members.end().map(|()| value)
            }
            simple => simple.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Array(_) => Err(de::Error::custom("a list, expected an object")),
            Value::Null => Err(de::Error::custom("null, expected an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    /// Which kind of thing it is, `{"mode":"automatic"}`: serde would also take the number of the kind.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::String(name) => visitor.visit_string(name),
            other => Err(de::Error::custom(format_args!("{other}, expected a name"))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct ignored_any
    }
}

impl IntoDeserializer<'_, serde_json::Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
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
                let path = error.path().to_string();
                let message = error.into_inner().to_string();
                Problem::unfit_query(repeated(&message).unwrap_or(&path), &message)
            },
        )
    }
}

/// The parameter that stands twice: of that a parser tells in words alone.
fn repeated(message: &str) -> Option<&str> {
    message.strip_prefix("duplicate field `")?.strip_suffix('`')
}
