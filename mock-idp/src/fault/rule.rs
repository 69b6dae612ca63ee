//! Where, when and how often a fault strikes.

#![expect(unused_qualifications, reason = "utoipa's macro writes the types of members in full")]

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema, Type,
        schema::{ObjectBuilder, OneOfBuilder},
    },
};

use super::{Fault, Flaw, Kind};
use crate::protocol::{
    endpoint::Endpoint,
    grant_type::GrantType,
    text::{ApiKey, GrantId, Username},
    whole::of_float,
};

/// A fault at its place: where × when × what × how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFault)]
pub struct Rule {
    /// Where. A callback that follows the sign-in page counts as the answer of `authorize`, too.
    pub endpoint: Endpoint,
    /// For which requests.
    #[serde(default)]
    pub when: When,
    /// Whether the request takes effect.
    #[serde(default)]
    pub phase: Phase,
    /// What.
    pub fault: Kind,
    /// How often.
    #[serde(default)]
    pub times: Times,
}

/// For which requests a fault strikes: all that is given must match; nothing given matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = FaultWhen)]
pub struct When {
    /// With this grant type; at the authorization endpoint the one that the response type belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<GrantType>,
    /// By this app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<ApiKey>,
    /// For this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Username>,
    /// With a `state` that begins so: the request's own, or at the token endpoint that of the request that the code
    /// was issued for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_prefix: Option<String>,
    /// In this one sign-in. The mock fills it in for a user name such as `fault:expired@example.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sign_in: Option<GrantId>,
}

/// Whether a request takes effect before the fault strikes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FaultPhase)]
pub enum Phase {
    /// The request is not looked at: no code is used up, no token is issued.
    #[default]
    Before,
    /// The request has taken effect, and the answer is lost: a code is used up, a refresh token is rotated.
    After,
}

/// How often a fault strikes. As JSON: a number from 1 up, or `"always"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// So many times.
    Times(u32),
    /// Until it is taken away.
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
                let whole = of_float(number).and_then(|number| u64::try_from(number).ok());
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

impl Rule {
    /// This fault at this endpoint.
    pub fn new(endpoint: Endpoint, fault: Fault) -> Self {
        let Fault { kind, when, phase, times } = fault;
        Self { endpoint, when, phase, fault: kind, times }
    }

    /// What makes it impossible.
    pub(crate) fn flaw(&self) -> Option<Flaw> {
        let Self { endpoint, phase, fault, .. } = self;
        if !fault.endpoints().contains(endpoint) {
            let names: Vec<&str> = fault.endpoints().iter().map(|endpoint| endpoint.as_str()).collect();
            return Some(Flaw::new(
                "endpoint",
                format!("this {} fault cannot strike at {endpoint}", fault.name()),
                &format!("expected {}", names.join(" or ")),
            ));
        }
        if *phase == Phase::After && fault.is_within(*endpoint) {
            return Some(Flaw::new(
                "phase",
                format!(
                    "a fault {} changes what the answer says, and strikes while it is made",
                    fault.name()
                ),
                "leave phase out",
            ));
        }
        fault.flaw().map(Flaw::in_fault)
    }
}

/// What is known of a request when a fault may strike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occasion {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What is asked for.
    pub grant_type: Option<GrantType>,
    /// By whom.
    pub app: Option<ApiKey>,
    /// For whom.
    pub user: Option<Username>,
    /// The `state` of the authorization request.
    pub state: Option<String>,
    /// The authorization that a code or a refresh token belongs to.
    pub(crate) sign_in: Option<GrantId>,
}

impl Occasion {
    /// A request of which nothing is known yet.
    pub(crate) const fn at(endpoint: Endpoint) -> Self {
        Self { endpoint, grant_type: None, app: None, user: None, state: None, sign_in: None }
    }
}

impl When {
    /// Whether this request is meant.
    pub(super) fn matches(&self, occasion: &Occasion) -> bool {
        let Self { grant_type, app, user, state_prefix, sign_in } = self;
        grant_type.is_none_or(|meant| occasion.grant_type == Some(meant))
            && app.as_ref().is_none_or(|meant| occasion.app.as_ref() == Some(meant))
            && sign_in.as_ref().is_none_or(|meant| occasion.sign_in.as_ref() == Some(meant))
            // User names are e-mail addresses: capitals do not matter.
            && user.as_ref().is_none_or(|meant| {
                occasion.user.as_ref().is_some_and(|user| user.as_str().eq_ignore_ascii_case(meant.as_str()))
            })
            && state_prefix.as_ref().is_none_or(|prefix| {
                occasion.state.as_ref().is_some_and(|state| state.starts_with(prefix.as_str()))
            })
    }
}
