//! Sample resources: what the API gateway answers on a path, instead of an API provider.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::protocol::text::ApiKey;

/// An answer for a path below the gateway. Only the path is required.
///
/// ```
/// use mock_idp::{Config, MockIdp, TokenOrder};
/// use serde_json::{Value, json};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut config = Config::demo();
/// let deal = json!({ "path": "/deals/{id}", "body": { "dealId": "{id}", "status": "OPEN" } });
/// config.directory.resources.push(serde_json::from_value(deal)?);
/// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
///
/// let token = idp.default_issuer().mint(&TokenOrder::new())?.access_token.unwrap();
/// let call = reqwest::Client::new().get(format!("{}/api/default/deals/D-7", idp.url()));
/// let answer = call.bearer_auth(token).header("Subscription-Id", "test").send().await?;
/// assert_eq!(answer.json::<Value>().await?, json!({ "dealId": "D-7", "status": "OPEN" }));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Which paths it answers: `/cdk/sales/v1/deals/{id}`.
    pub path: PathTemplate,
    /// Which methods it answers; an empty list means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<ResourceMethod>,
    /// The apps that may call it; an empty list means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<ApiKey>,
    /// The HTTP status.
    #[serde(default)]
    pub status: ResourceStatus,
    /// The JSON body; empty unless given. `{id}` in a text is replaced by the path's parameter of that name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "body")]
    pub body: Option<Value>,
}

/// An HTTP method that a resource answers.
///
/// ```
/// use mock_idp::{Resource, ResourceMethod};
///
/// let text = r#"{ "path": "/deals", "methods": ["GET", "POST"] }"#;
/// let methods = serde_json::from_str::<Resource>(text)?.methods;
/// assert_eq!(methods.iter().map(|method| method.as_str()).collect::<Vec<_>>(), ["GET", "POST"]);
/// // Methods are written in capital letters, as in a request.
/// assert_eq!(
///     serde_json::from_value::<ResourceMethod>("get".into()).unwrap_err().to_string(),
///     "unknown variant `get`, expected one of `GET`, `POST`, `PUT`, `PATCH`, `DELETE`"
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the methods of RFC 9110 §9 and RFC 5789 are named as there")]
pub enum ResourceMethod {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// A status that ends an exchange: 200 to 599.
///
/// ```
/// use mock_idp::ResourceStatus;
///
/// assert_eq!(u16::from(ResourceStatus::default()), 200);
/// assert_eq!(u16::from(ResourceStatus::try_from(503)?), 503);
/// let error = ResourceStatus::try_from(100).unwrap_err(); // 100 is an interim status
/// assert_eq!(error, "status 100 is not a final status, expected 200 to 599");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u16", into = "u16")]
#[schema(minimum = 200, maximum = 599)]
pub struct ResourceStatus(u16);

/// A path with parameters: `/cdk/sales/v1/deals/{id}`. A parameter is one whole segment.
///
/// ```
/// use mock_idp::PathTemplate;
///
/// let template = |text: &str| PathTemplate::try_from(text.to_owned());
/// assert_eq!(template("/deals/{id}/lines/{line}")?.to_string(), "/deals/{id}/lines/{line}");
/// assert_eq!(
///     template("/deals/D-{id}").unwrap_err(),
///     "path /deals/D-{id} has a segment that is neither a text nor one {name}, \
///      expected for example /cdk/sales/v1/deals/{id}"
/// );
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "/cdk/sales/v1/deals/{id}")]
pub struct PathTemplate(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// The parameters of a path that was sent: names and values.
pub(crate) type Captured<'a> = Vec<(&'a str, String)>;

impl Resource {
    /// Whether it answers this method. `HEAD` is a `GET` without the body (RFC 9110 §9.3.2).
    pub(crate) fn answers(&self, method: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        self.methods.is_empty() || self.methods.iter().any(|own| own.as_str() == method)
    }

    /// Whether an app may call it.
    pub(crate) fn is_open_to(&self, app: &ApiKey) -> bool {
        self.apps.is_empty() || self.apps.contains(app)
    }

    /// The body with the path's parameters filled in.
    pub(crate) fn filled(&self, captured: &Captured<'_>) -> Option<Value> {
        self.body.clone().map(|body| fill(body, captured))
    }
}

impl ResourceMethod {
    /// All methods.
    pub(super) const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// Its name in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl ResourceStatus {
    /// The number.
    pub(crate) const fn code(self) -> u16 {
        self.0
    }
}

impl Default for ResourceStatus {
    fn default() -> Self {
        Self(200)
    }
}

impl TryFrom<u16> for ResourceStatus {
    type Error = String;

    fn try_from(code: u16) -> Result<Self, String> {
        match code {
            200..=599 => Ok(Self(code)),
            _ => Err(format!("status {code} is not a final status, expected 200 to 599")),
        }
    }
}

impl From<ResourceStatus> for u16 {
    fn from(status: ResourceStatus) -> Self {
        status.0
    }
}

impl PathTemplate {
    /// The parameters of a path as it was sent, percent-encoded; `None` if it does not match.
    pub(crate) fn captures(&self, path: &str) -> Option<Captured<'_>> {
        let sent: Vec<String> = path
            .strip_prefix('/')?
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        if sent.len() != self.0.len() {
            return None;
        }
        let mut captured = Vec::new();
        for (own, sent) in self.0.iter().zip(sent) {
            match own {
                Segment::Literal(text) if *text == sent => {}
                Segment::Parameter(name) if !sent.is_empty() => captured.push((name.as_str(), sent)),
                Segment::Literal(_) | Segment::Parameter(_) => return None,
            }
        }
        Some(captured)
    }

    /// The segments without the names of parameters, which are `None`. Templates of one shape match the same paths.
    pub(super) fn shape(&self) -> Vec<Option<&str>> {
        let segments = self.0.iter();
        segments
            .map(|segment| match segment {
                Segment::Literal(text) => Some(text.as_str()),
                Segment::Parameter(_) => None,
            })
            .collect()
    }

    /// Orders templates that match the same path: the one that stays literal longer from the left comes first.
    pub(crate) fn cmp_precedence(&self, other: &Self) -> std::cmp::Ordering {
        let wild = |template: &Self| -> Vec<bool> {
            template.0.iter().map(|segment| matches!(segment, Segment::Parameter(_))).collect()
        };
        wild(self).cmp(&wild(other))
    }
}

impl TryFrom<String> for PathTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let refuse =
            |why: &str| Err(format!("path {text} {why}, expected for example /cdk/sales/v1/deals/{{id}}"));
        let Some(rest) = text.strip_prefix('/').filter(|rest| !rest.is_empty()) else {
            return refuse("does not begin with / and a name");
        };
        let mut segments = Vec::new();
        for segment in rest.split('/') {
            let parameter = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            let name = parameter.unwrap_or(segment);
            if name.contains(['{', '}', '?', '#']) || parameter == Some("") {
                return refuse("has a segment that is neither a text nor one {name}");
            }
            let segment = match parameter {
                Some(name) => Segment::Parameter(name.to_owned()),
                None => Segment::Literal(segment.to_owned()),
            };
            if parameter.is_some() && segments.contains(&segment) {
                return refuse("names one parameter twice");
            }
            segments.push(segment);
        }
        Ok(Self(segments))
    }
}

impl From<PathTemplate> for String {
    fn from(template: PathTemplate) -> Self {
        template.to_string()
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Literal(text) => write!(f, "/{text}"),
            Segment::Parameter(name) => write!(f, "/{{{name}}}"),
        })
    }
}

fn fill(value: Value, captured: &Captured<'_>) -> Value {
    match value {
        Value::String(text) => Value::String(
            captured.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value)),
        ),
        Value::Array(items) => items.into_iter().map(|item| fill(item, captured)).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, fill(value, captured)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// Reads a body. A TOML date becomes a text, because JSON has no dates.
fn body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Option::<Value>::deserialize(deserializer).map(|body| body.map(dates_as_text))
}

fn dates_as_text(value: Value) -> Value {
    /// The key under which the TOML parser passes a date to other formats.
    const DATE: &str = "$__toml_private_datetime";
    match value {
        Value::Object(mut members) => match members.remove(DATE) {
            Some(date) => date,
            None => members
                .into_iter()
                .map(|(name, value)| (name, dates_as_text(value)))
                .collect::<Map<_, _>>()
                .into(),
        },
        Value::Array(items) => items.into_iter().map(dates_as_text).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(text: &str) -> PathTemplate {
        PathTemplate::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_parameter_takes_one_whole_segment() {
        let deal = template("/cdk/sales/v1/deals/{id}");
        assert_eq!(deal.captures("/cdk/sales/v1/deals/D-7"), Some(vec![("id", "D-7".to_owned())]));
        assert_eq!(deal.captures("/cdk/sales/v1/deals/a%2Fb"), Some(vec![("id", "a/b".to_owned())]));
        for path in [
            "/cdk/sales/v1/deals",
            "/cdk/sales/v1/deals/",
            "/cdk/sales/v1/deals/7/lines",
            "/CDK/sales/v1/deals/7",
        ] {
            assert_eq!(deal.captures(path), None, "{path}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_template_is_refused_with_an_example() {
        for text in ["", "/", "cdk", "/a/{}", "/a/x{id}", "/a/{id", "/{id}/{id}", "/a?b=c"] {
            let error = PathTemplate::try_from(text.to_owned()).unwrap_err();
            assert!(error.ends_with(", expected for example /cdk/sales/v1/deals/{id}"), "{error}");
        }
        assert_eq!(template("/a/{id}/b").to_string(), "/a/{id}/b");
    }

    #[test]
    fn texts_of_the_body_name_the_paths_parameters() {
        let resource: Resource = serde_json::from_value(json!({
            "path": "/deals/{id}",
            "body": { "dealId": "{id}", "lines": [{ "href": "/deals/{id}/lines/1" }], "note": "{other}", "sum": 1.5 },
        }))
        .unwrap();
        let captured = resource.path.captures("/deals/D-7").unwrap();
        assert_eq!(
            resource.filled(&captured).unwrap(),
            json!({ "dealId": "D-7", "lines": [{ "href": "/deals/D-7/lines/1" }], "note": "{other}", "sum": 1.5 })
        );
    }

    #[test]
    fn dates_of_toml_become_texts() {
        let resource: Resource =
            toml::from_str("path = \"/a\"\nbody = { sold = 2026-01-02, at = [2026-01-02T03:04:05Z] }")
                .unwrap();
        assert_eq!(resource.body, Some(json!({ "sold": "2026-01-02", "at": ["2026-01-02T03:04:05Z"] })));
    }

    #[test]
    fn head_is_answered_where_get_is() {
        let resource: Resource = serde_json::from_value(json!({ "path": "/a", "methods": ["GET"] })).unwrap();
        assert!(resource.answers("GET") && resource.answers("HEAD") && !resource.answers("POST"));
    }

    #[test]
    fn templates_of_one_shape_match_the_same_paths() {
        assert_eq!(template("/a/{id}").shape(), template("/a/{name}").shape());
        assert_ne!(template("/a/{id}").shape(), template("/a/b").shape());
    }
}
