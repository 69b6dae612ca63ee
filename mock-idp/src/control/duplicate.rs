//! Refuses JSON objects in which a member appears twice. `serde_json` would silently keep the last one.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// A value without such an object.
pub(super) struct WithoutDuplicates(pub(super) Value);

impl<'de> Deserialize<'de> for WithoutDuplicates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

struct ValueVisitor;

macro_rules! visit_simple_values {
    ($($method:ident: $type:ty),*) => {
        $(fn $method<E: de::Error>(self, value: $type) -> Result<Value, E> {
            Ok(value.into())
        })*
    };
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    visit_simple_values! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(WithoutDuplicates(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, WithoutDuplicates(value))) =
            members.next_entry::<String, WithoutDuplicates>()?
        {
            if object.contains_key(&name) {
                return Err(de::Error::custom(format_args!("duplicate field `{name}`, expected it once")));
            }
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<Value, String> {
        serde_json::from_str(json).map(|WithoutDuplicates(value)| value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_member_that_appears_twice_is_refused_wherever_it_is() {
        for json in [r#"{"a":1,"a":1}"#, r#"[{"a":{"b":1,"b":2}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(read(json).unwrap_err().starts_with("duplicate field `"), "{json}");
        }
        assert!(read(r#"{"a":{"b":1},"b":{"b":1}}"#).is_ok());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e9..1e9).prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("\\PC{0,4}", inner, 0..4)
                    .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn everything_else_is_read_as_serde_json_reads_it(value in any_json()) {
            let json = value.to_string();
            prop_assert_eq!(read(&json), serde_json::from_str::<Value>(&json).map_err(|error| error.to_string()));
        }
    }
}
