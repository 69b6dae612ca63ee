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
    flow_id::FlowId,
    grant_type::GrantType,
    object::object,
    text::{ApiKey, GrantId, Username},
    whole::of_float,
};

/// A fault at its place: where × when × what × how often.
///
/// ```
/// use mock_idp::{Endpoint, Fault, GrantType, fault::Rule};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // As JSON it can be sent to a mock that runs elsewhere.
/// let limit = Fault::rate_limit(5).for_grant(GrantType::RefreshToken).always();
/// let rule = Rule::new(Endpoint::Token, limit);
/// let faults = format!("{}/_mock/faults", issuer.url());
/// let answer = reqwest::Client::new().post(faults).json(&rule).send().await?;
/// assert_eq!(answer.status(), 201);
/// assert_eq!(issuer.faults()[0].rule(), rule);
/// # Ok(())
/// # }
/// ```
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
    #[serde(deserialize_with = "object")]
    pub fault: Kind,
    /// How often.
    #[serde(default)]
    pub times: Times,
}

/// For which requests a fault strikes: all that is given must match; nothing given matches all.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{Endpoint, Fault, fault::When};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let fault = Fault::status(503).always().for_app(API_KEY).for_state_prefix("test-7-");
/// issuer.fail_next(Endpoint::Authorize, fault);
/// let when: When = serde_json::from_value(serde_json::json!({ "app": API_KEY, "state_prefix": "test-7-" }))?;
/// assert_eq!(issuer.faults()[0].when, when);
///
/// for (state, status) in [("test-7-a", 503), ("test-8-a", 200)] {
///     // Here a browser asks to sign in.
/// #   let query = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}&response_type=code&scope=openid");
/// #   let answer = reqwest::get(format!("{}/v1/authorize?{query}&state={state}", issuer.url())).await?;
///     assert_eq!(answer.status(), status);
/// }
/// # Ok(())
/// # }
/// ```
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
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, API_SECRET, REDIRECT_URI};
/// use mock_idp::{Endpoint, Fault, fault::Phase};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// # issuer.sign_in_as("subscriber@example.com");
/// for (fault, second_try) in [(Fault::status(503), 200), (Fault::status(503).after(), 400)] {
///     issuer.fail_next(Endpoint::Token, fault);
///     // Here somebody signs in, and the program under test sends the same code two times.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// #   let answer = browser.get(url).send().await?;
/// #   let callback = url::Url::parse(answer.headers()["location"].to_str()?)?;
/// #   let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
/// #   let form = format!("grant_type=authorization_code&redirect_uri={REDIRECT_URI}&code={code}");
/// #   let url = format!("{}/v1/token", issuer.url());
/// #   let send = || browser.post(&url).basic_auth(API_KEY, Some(API_SECRET)).body(form.clone()).send();
/// #   let (first, second) = (send().await?, send().await?);
///     assert_eq!((first.status().as_u16(), second.status().as_u16()), (503, second_try));
/// }
/// let phases: Vec<Phase> = issuer.faults().iter().map(|fault| fault.phase).collect();
/// assert_eq!(phases, [Phase::Before, Phase::After]);
/// # Ok(())
/// # }
/// ```
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
        let Self { endpoint, when, phase, fault, times } = self;
        if *times == Times::Times(0) {
            return Some(Flaw::new(
                "times",
                "times is 0".to_owned(),
                "expected a number from 1 up, or \"always\"",
            ));
        }
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
        when.flaw(*endpoint).or_else(|| fault.flaw().map(Flaw::in_fault))
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
    /// The sign-in attempt that it goes on with. No fault asks for it.
    pub(crate) flow: Option<FlowId>,
}

impl Occasion {
    /// A request of which nothing is known yet.
    pub(crate) const fn at(endpoint: Endpoint) -> Self {
        Self { endpoint, grant_type: None, app: None, user: None, state: None, sign_in: None, flow: None }
    }
}

/// What can be known of a request to an endpoint: what it says itself, and what the issuer remembers of the code or the
/// token that it brings. See [`Occasion`].
const fn told_at(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::Authorize | Endpoint::SignIn | Endpoint::Token => {
            &["grant_type", "app", "user", "state_prefix"]
        }
        Endpoint::Introspect | Endpoint::Revoke | Endpoint::Logout => &["app", "user", "state_prefix"],
        Endpoint::Userinfo | Endpoint::Gateway | Endpoint::Subscriptions => &["app", "user"],
        Endpoint::Metadata | Endpoint::Keys => &[],
    }
}

impl When {
    /// What no request to this endpoint tells: such a fault would wait for ever.
    fn flaw(&self, endpoint: Endpoint) -> Option<Flaw> {
        let Self { grant_type, app, user, state_prefix, sign_in: _ } = self;
        let wanted = [
            ("grant_type", grant_type.is_some()),
            ("app", app.is_some()),
            ("user", user.is_some()),
            ("state_prefix", state_prefix.is_some()),
        ];
        let told = told_at(endpoint);
        let (field, _) = wanted.into_iter().find(|(field, is_wanted)| *is_wanted && !told.contains(field))?;
        let expected = match told {
            [] => "leave it out: the fault can be meant for the whole issuer alone".to_owned(),
            told => format!("expected {}", told.join(" or ")),
        };
        Some(Flaw::new(
            &format!("when.{field}"),
            format!("no request to {endpoint} tells its {field}"),
            &expected,
        ))
    }

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
