//! Reads JSON that people write, and says where a value is wrong.
//!
//! Three rules hold for all types. A list is not read instead of an object, as serde would do. `60.0` is a whole number
//! (JSON Schema 2020-12 Core §4.2.3). A number beyond 64 bits with a sign is refused, since not all languages can read
//! it.

use std::fmt;

use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, IntoDeserializer, Unexpected, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

/// Reads a value.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_path_to_error::deserialize(JsonReader(value)).map_err(JsonError::from)
}

/// The whole number that a floating-point number is.
pub(crate) fn whole_number(number: f64) -> Option<i64> {
    /// Each whole number up to this one has an exact floating-point number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// What is wrong with a JSON value, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// The member: `fault.headers`, `apps[1].api_key`. Empty for the whole value.
    pub place: String,
    /// What is wrong with it, in serde's form: "unknown field `secnds`, expected `seconds`".
    pub problem: String,
}

impl JsonError {
    /// This is wrong with this member.
    pub(crate) fn new(place: &str, problem: impl Into<String>) -> Self {
        Self { place: place.to_owned(), problem: problem.into() }
    }

    /// The same, seen from the object or the list that holds the value at `outer`.
    pub(super) fn within(mut self, outer: &str) -> Self {
        // `serde_path_to_error` calls the whole value `.`.
        let outer = if outer == "." { "" } else { outer };
        let dot = if outer.is_empty() || self.place.is_empty() { "" } else { "." };
        self.place = format!("{outer}{dot}{}", self.place);
        self
    }

    /// The reverse of `Display`: an error may have passed through serde, which keeps only the text.
    fn parse(text: &str) -> Option<Self> {
        let (place, problem) = text.strip_prefix('`')?.split_once("`: ")?;
        Some(Self::new(place, problem))
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.problem),
            place => write!(f, "`{place}`: {}", self.problem),
        }
    }
}

impl<E: fmt::Display> From<serde_path_to_error::Error<E>> for JsonError {
    fn from(error: serde_path_to_error::Error<E>) -> Self {
        let path = error.path().to_string();
        let text = error.into_inner().to_string();
        if let Some(inner) = Self::parse(&text) {
            return inner.within(&path);
        }
        // The path ends at the object if only the text names the member that is missing, unknown or repeated.
        let named = ["missing field `", "unknown field `", "duplicate field `"]
            .into_iter()
            .find_map(|says| text.strip_prefix(says)?.split('`').next())
            .filter(|named| path.rsplit('.').next() != Some(named));
        Self::new(named.unwrap_or_default(), text.as_str()).within(&path)
    }
}

/// A value that is read by the rules at the top of this file.
struct JsonReader(Value);

impl JsonReader {
    fn read_whole_number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, serde_json::Error> {
        let Value::Number(number) = &self.0 else { return self.0.deserialize_any(visitor) };
        match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => visitor.visit_i64(number),
            (None, Some(number), _) => Err(de::Error::invalid_value(Unexpected::Unsigned(number), &visitor)),
            (None, None, Some(number)) if let Some(whole) = whole_number(number) => visitor.visit_i64(whole),
            _ => self.0.deserialize_any(visitor),
        }
    }
}

macro_rules! read_whole_numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            self.read_whole_number(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for JsonReader {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(JsonReader));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(members) => visitor.visit_map(MapDeserializer::new(
                members.into_iter().map(|(name, value)| (name, Self(value))),
            )),
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
        match self.0 {
            Value::Object(members) if members.len() == 1 => {
                let members = members.into_iter().map(|(name, value)| (name, Self(value)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(members)))
            }
            other => other.deserialize_enum(name, variants, visitor),
        }
    }

    read_whole_numbers! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    }

    forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct identifier
        ignored_any
    }
}

impl IntoDeserializer<'_, serde_json::Error> for JsonReader {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    fn number<T: DeserializeOwned>(value: Value) -> Result<T, String> {
        read(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_without_a_fraction_is_whole_however_it_is_written() {
        assert_eq!(number::<u32>(json!(60)), Ok(60));
        assert_eq!(number::<u32>(json!(60.0)), Ok(60));
        assert_eq!(number::<u32>(serde_json::from_str("6e1").unwrap()), Ok(60));
        assert_eq!(number::<i64>(json!(-60.0)), Ok(-60));
        assert_eq!(number::<Option<u16>>(json!(7.0)), Ok(Some(7)));
        assert_eq!(number::<Option<u16>>(json!(null)), Ok(None));
    }

    #[test]
    fn what_is_read_as_it_is_keeps_its_decimal_point() {
        assert_eq!(
            number::<Value>(json!({ "exp": [9.0] })).map(|value| value.to_string()).unwrap(),
            r#"{"exp":[9.0]}"#
        );
    }

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        for (value, found) in [
            (json!(60.5), "invalid type: floating point `60.5`"),
            (json!(-1), "invalid value: integer `-1`"),
            (json!(65536), "invalid value: integer `65536`"),
            (json!(1e300), "invalid type: floating point `1e+300`"),
            (json!("60"), "invalid type: string \"60\""),
            (json!(null), "invalid type: null"),
            (json!([60]), "invalid type: sequence"),
        ] {
            assert_eq!(number::<u16>(value), Err(format!("{found}, expected u16")));
        }
        assert_eq!(number::<u64>(json!(i64::MAX)), Ok(i64::MAX.unsigned_abs()));
        assert_eq!(
            number::<u64>(json!(u64::MAX)),
            Err("invalid value: integer `18446744073709551615`, expected u64".to_owned())
        );
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Point {
        x: u8,
        y: u8,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Shape {
        points: Vec<Point>,
    }

    #[test]
    fn an_error_names_the_member() {
        let error = |value: Value| {
            let JsonError { place, problem } = read::<Shape>(value).unwrap_err();
            format!("{place}: {problem}")
        };
        assert_eq!(error(json!({ "points": [{ "x": 1 }] })), "points[0].y: missing field `y`");
        assert_eq!(
            error(json!({ "points": [{ "x": 1, "y": true }] })),
            "points[0].y: invalid type: boolean `true`, expected u8"
        );
        assert_eq!(
            error(json!({ "points": [{ "x": 1, "z": 2 }] })),
            "points[0].z: unknown field `z`, expected `x` or `y`"
        );
        assert_eq!(error(json!({ "points": [[1, 2]] })), "points[0]: a list, expected an object");
        assert_eq!(error(json!([[]])), ": a list, expected an object");
    }

    #[test]
    fn an_error_keeps_its_place_on_the_way_through_serde() {
        #[derive(Debug)]
        struct Inner;
        impl<'de> Deserialize<'de> for Inner {
            fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                Err(de::Error::custom(JsonError::new("headers.x", "null, expected a string")))
            }
        }
        #[derive(Debug, Deserialize)]
        struct Outer {
            #[expect(dead_code, reason = "it cannot be read")]
            faults: Vec<Inner>,
        }
        let error = read::<Outer>(json!({ "faults": [{}] })).unwrap_err();
        assert_eq!(error, JsonError::new("faults[0].headers.x", "null, expected a string"));
        assert_eq!(read::<Inner>(json!({})).unwrap_err().to_string(), "`headers.x`: null, expected a string");
    }

    #[test]
    fn a_variant_with_a_value_has_one_name() {
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Saved {
            Number(u8),
        }
        assert_eq!(read::<Saved>(json!({ "number": 7.0 })), Ok(Saved::Number(7)));
        assert!(read::<Saved>(json!({ "number": 7, "more": 1 })).is_err());
        assert!(read::<Saved>(json!(0)).is_err());
    }

    proptest! {
        #[test]
        fn each_number_reads_back(unsigned: u32, signed: i64) {
            prop_assert_eq!(number::<u32>(json!(unsigned)), Ok(unsigned));
            prop_assert_eq!(number::<u32>(json!(f64::from(unsigned))), Ok(unsigned));
            prop_assert_eq!(number::<i64>(json!(signed)), Ok(signed));
        }
    }
}
