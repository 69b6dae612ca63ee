//! The members of a JSON object in which one member names the shape of the others: `{"kind":"delay","ms":60}`.
//!
//! Types of several shapes read their members one by one, so that an error can name the member that is wrong.

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};
use serde_json::{Map, Value};

use super::json::{self, JsonError};

/// The members that have not been read yet.
#[derive(Debug)]
pub(crate) struct Members(Map<String, Value>);

impl Members {
    /// For an implementation of `Deserialize`: reads a value from the members of an object.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T>(
        deserializer: D,
        read: impl FnOnce(Self) -> Result<T, JsonError>,
    ) -> Result<T, D::Error> {
        read(Self(Map::deserialize(deserializer)?)).map_err(de::Error::custom)
    }

    /// Reads the member that names the shape: one of `names`.
    pub(crate) fn take_name(
        &mut self,
        member: &str,
        names: impl IntoIterator<Item = &'static str> + Clone,
    ) -> Result<&'static str, JsonError> {
        let value = self.take_value(member)?;
        let Some(name) = value.as_str() else {
            return Err(JsonError::new(member, format!("{value}, expected a name")));
        };
        names.clone().into_iter().find(|known| *known == name).ok_or_else(|| {
            let known: Vec<String> = names.into_iter().map(|known| format!("`{known}`")).collect();
            JsonError::new(member, format!("unknown {member} `{name}`, expected one of {}", known.join(", ")))
        })
    }

    /// Reads all members that remain.
    pub(crate) fn rest<T: DeserializeOwned>(self) -> Result<T, JsonError> {
        json::read(Value::Object(self.0))
    }

    /// Reads the only member that remains.
    pub(crate) fn only<T: DeserializeOwned>(mut self, member: &str) -> Result<T, JsonError> {
        if let Some(unknown) = self.0.keys().find(|name| *name != member) {
            return Err(JsonError::new(unknown, format!("unknown field `{unknown}`, expected `{member}`")));
        }
        let value = self.take_value(member)?;
        json::read(value).map_err(|error| error.within(member))
    }

    /// Nothing remains.
    pub(crate) fn none(self) -> Result<(), JsonError> {
        match self.0.keys().next() {
            Some(unknown) => {
                Err(JsonError::new(unknown, format!("unknown field `{unknown}`, expected no other member")))
            }
            None => Ok(()),
        }
    }

    fn take_value(&mut self, member: &str) -> Result<Value, JsonError> {
        self.0.remove(member).ok_or_else(|| JsonError::new(member, format!("missing field `{member}`")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Shape {
        Circle(u8),
        Point,
    }

    impl<'de> Deserialize<'de> for Shape {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Members::deserialize(deserializer, |mut members| {
                match members.take_name("shape", ["circle", "point"])? {
                    "circle" => members.only("radius").map(Self::Circle),
                    _ => members.none().map(|()| Self::Point),
                }
            })
        }
    }

    fn read(value: Value) -> Result<Shape, String> {
        json::read(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_shape_is_read_from_its_members() {
        assert_eq!(read(json!({ "radius": 7.0, "shape": "circle" })), Ok(Shape::Circle(7)));
        assert_eq!(read(json!({ "shape": "point" })), Ok(Shape::Point));
        assert_eq!(serde_json::from_str::<Shape>(r#"{"shape":"point"}"#).unwrap(), Shape::Point);
    }

    #[test]
    fn an_error_names_the_member() {
        for (value, error) in [
            (json!({}), "`shape`: missing field `shape`"),
            (json!({ "shape": 7 }), "`shape`: 7, expected a name"),
            (
                json!({ "shape": "cirle" }),
                "`shape`: unknown shape `cirle`, expected one of `circle`, `point`",
            ),
            (json!({ "shape": "circle" }), "`radius`: missing field `radius`"),
            (json!({ "shape": "circle", "radus": 7 }), "`radus`: unknown field `radus`, expected `radius`"),
            (
                json!({ "shape": "circle", "radius": "7" }),
                "`radius`: invalid type: string \"7\", expected u8",
            ),
            (
                json!({ "shape": "point", "radius": 7 }),
                "`radius`: unknown field `radius`, expected no other member",
            ),
            (json!(["point"]), "a list, expected an object"),
        ] {
            assert_eq!(read(value), Err(error.to_owned()));
        }
        let error = serde_json::from_str::<Vec<Shape>>(r#"[["point"]]"#).unwrap_err().to_string();
        assert!(error.starts_with("invalid type: sequence, expected a map"), "{error}");
    }
}
