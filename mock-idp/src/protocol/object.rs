//! Objects: serde would also take a list of the members in their order, which nobody means.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, value::MapAccessDeserializer},
};

/// For `serde(deserialize_with)`, where something that has members is read by its kind or its shape.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Visitor(PhantomData))
}

struct Visitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Thing {
        Count { number: u8 },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Holder(#[serde(deserialize_with = "object")] Thing);

    #[test]
    fn a_list_is_no_object() {
        let read = |json: &str| serde_json::from_str::<Holder>(json).map_err(|error| error.to_string());
        assert_eq!(read(r#"{"kind":"count","number":7}"#), Ok(Holder(Thing::Count { number: 7 })));
        assert!(serde_json::from_str::<Thing>(r#"["count",7]"#).is_ok(), "serde takes it");
        for json in [r#"["count",7]"#, "null", "7"] {
            let error = read(json).unwrap_err();
            assert!(error.contains("expected an object"), "{json}: {error}");
        }
    }
}
