//! How often a fault strikes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema, Type,
        schema::{ObjectBuilder, OneOfBuilder},
    },
};

use crate::protocol::json::whole_number;

/// How often a fault strikes. As JSON: a number from 1 up, or `"always"`.
///
/// ```
/// use mock_idp::fault::Times;
///
/// let times: Vec<Times> = serde_json::from_str(r#"[2, "always"]"#)?;
/// assert_eq!(times, [Times::Times(2), Times::Always]);
/// assert_eq!(Times::default(), Times::Times(1));
///
/// let never = serde_json::from_str::<Times>("0").unwrap_err().to_string();
/// assert!(never.starts_with("invalid value: integer `0`, expected a number from 1 up, or \"always\""));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// This many times.
    Times(u32),
    /// Until it is removed.
    Always,
}

impl Default for Times {
    fn default() -> Self {
        Self::Times(1)
    }
}

impl Times {
    /// The schema of a count that begins at `least`.
    pub(crate) fn schema_from(least: u32) -> Schema {
        let number =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(u32::MAX));
        let always = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["always"]));
        Schema::OneOf(OneOfBuilder::new().item(number).item(always).build())
    }
}

impl PartialSchema for Times {
    fn schema() -> RefOr<Schema> {
        Self::schema_from(1).into()
    }
}

impl ToSchema for Times {}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Times(times) => serializer.serialize_u32(*times),
            Self::Always => serializer.serialize_str("always"),
        }
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Times;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 1 up, or \"always\"")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Times, E> {
                u32::try_from(number)
                    .ok()
                    .filter(|times| *times > 0)
                    .map(Times::Times)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Times, E> {
                let whole = whole_number(number).and_then(|number| u64::try_from(number).ok());
                match whole {
                    Some(number) => self.visit_u64(number),
                    None => Err(E::invalid_value(de::Unexpected::Float(number), &self)),
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Times, E> {
                if text == "always" {
                    return Ok(Times::Always);
                }
                Err(E::unknown_variant(text, &["always"]))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
