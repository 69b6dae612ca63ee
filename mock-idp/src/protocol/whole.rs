//! Whole numbers as JSON has them: `60.0` is one (JSON Schema 2020-12 Core §4.2.3), `60.5` is none, and beyond 64 bits
//! with a sign there are none that all languages can read.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, Unexpected},
};

/// A number that is read strictly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole<T>(pub(crate) T);

/// What can be read.
pub(crate) trait Number: TryFrom<i64> {
    /// The least that is taken.
    const MIN: i64;
    /// The greatest that is taken.
    const MAX: i64;
}

macro_rules! number {
    ($($type:ty: $min:expr, $max:expr;)*) => {
        $(impl Number for $type {
            const MIN: i64 = $min;
            const MAX: i64 = $max;
        })*
    };
}

number! {
    u16: 0, u16::MAX as i64;
    u32: 0, u32::MAX as i64;
    u64: 0, i64::MAX;
    usize: 0, i64::MAX;
    i64: i64::MIN, i64::MAX;
}

/// For `serde(deserialize_with)`.
pub(crate) fn whole<'de, D: Deserializer<'de>, T: Number>(deserializer: D) -> Result<T, D::Error> {
    Whole::deserialize(deserializer).map(|Whole(number)| number)
}

/// The same where `null` is nothing.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: Number>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Whole<T>>::deserialize(deserializer)?.map(|Whole(number)| number))
}

/// The whole number that a floating-point number is.
pub(crate) fn of_float(number: f64) -> Option<i64> {
    /// Up to here each whole number has a floating-point number of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

impl<'de, T: Number> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The hint makes a query's text a number; JSON shows whatever is there.
        if T::MIN < 0 {
            deserializer.deserialize_i64(Visitor(PhantomData))
        } else {
            deserializer.deserialize_u64(Visitor(PhantomData))
        }
    }
}

struct Visitor<T>(PhantomData<T>);

impl<T: Number> Visitor<T> {
    fn fit<E: de::Error>(&self, number: Option<i64>, found: Unexpected<'_>) -> Result<Whole<T>, E> {
        number
            .and_then(|number| T::try_from(number).ok())
            .map(Whole)
            .ok_or_else(|| E::invalid_value(found, self))
    }
}

impl<T: Number> de::Visitor<'_> for Visitor<T> {
    type Value = Whole<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (T::MIN, T::MAX) {
            (i64::MIN, i64::MAX) => f.write_str("a whole number of 64 bits"),
            (least, greatest) => write!(f, "a whole number from {least} to {greatest}"),
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Whole<T>, E> {
        self.fit(i64::try_from(number).ok(), Unexpected::Unsigned(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Whole<T>, E> {
        self.fit(Some(number), Unexpected::Signed(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Whole<T>, E> {
        self.fit(of_float(number), Unexpected::Float(number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<T: Number>(json: &str) -> Result<T, String> {
        serde_json::from_str(json).map(|Whole(number)| number).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_without_a_fraction_is_whole_however_it_is_written() {
        assert_eq!(read::<u32>("60"), Ok(60));
        assert_eq!(read::<u32>("60.0"), Ok(60));
        assert_eq!(read::<u32>("6e1"), Ok(60));
        assert_eq!(read::<i64>("-60.0"), Ok(-60));
    }

    #[test]
    fn what_does_not_fit_is_told_with_what_would() {
        let expected = "a whole number from 0 to 65535 at line 1 column";
        for (json, found) in [
            ("60.5", "invalid value: floating point `60.5`"),
            ("-1", "invalid value: integer `-1`"),
            ("65536", "invalid value: integer `65536`"),
            ("1e300", "invalid value: floating point `1e+300`"),
            ("\"60\"", "invalid type: string \"60\""),
            ("null", "invalid type: null"),
            ("[60]", "invalid type: sequence"),
        ] {
            let error = read::<u16>(json).unwrap_err();
            assert!(error.starts_with(&format!("{found}, expected {expected}")), "{json}: {error}");
        }
        assert!(read::<u64>("9223372036854775807").is_ok());
        assert!(read::<u64>("9223372036854775808").is_err());
    }

    #[test]
    fn nothing_is_no_number() {
        #[derive(Deserialize)]
        struct Order {
            #[serde(default, deserialize_with = "optional")]
            seconds: Option<i64>,
        }
        let seconds = |json: &str| serde_json::from_str::<Order>(json).unwrap().seconds;
        assert_eq!(
            (seconds("{}"), seconds(r#"{"seconds":null}"#), seconds(r#"{"seconds":6.0}"#)),
            (None, None, Some(6))
        );
    }

    proptest! {
        #[test]
        fn each_number_reads_back(number: u32, signed: i64) {
            prop_assert_eq!(read::<u32>(&number.to_string()), Ok(number));
            prop_assert_eq!(read::<u32>(&format!("{number}.0")), Ok(number));
            prop_assert_eq!(read::<i64>(&signed.to_string()), Ok(signed));
        }
    }
}
