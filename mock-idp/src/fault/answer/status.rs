//! `status`: any status, body and headers.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use utoipa::ToSchema;

use crate::fault::flaw::FaultFlaw;

/// Headers that frame the answer. The server sets them.
const FRAMING: [HeaderName; 3] = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

/// `status`: an answer with this status, this body and these headers.
///
/// ```
/// use mock_idp::{Fault, fault::Kind};
///
/// // The same fault as the control API reads it, and as Rust orders it.
/// let json = r#"{ "kind": "status", "status": 503, "body": "{}", "headers": { "Retry-After": "1" } }"#;
/// let kind: Kind = serde_json::from_str(json)?;
/// assert_eq!(Fault::from(kind), Fault::answer(503, "{}", [("Retry-After", "1")]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusFault {
    /// 200 to 599.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// The body, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Headers by name. By default `Content-Type` is JSON if the body is JSON, otherwise text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl StatusFault {
    /// This status with an empty body.
    pub(in crate::fault) const fn new(status: u16) -> Self {
        Self { status, body: None, headers: BTreeMap::new() }
    }

    pub(super) fn flaw(&self) -> Option<FaultFlaw> {
        if !(200..=599).contains(&self.status) {
            return Some(FaultFlaw::new(
                "status",
                format!("status is {}", self.status),
                "expected 200 to 599",
            ));
        }
        self.headers.iter().find_map(|(name, value)| {
            let readable = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::try_from(value).ok());
            match readable {
                None => Some(FaultFlaw::new(
                    "headers",
                    format!("{name}: {value} is not a header"),
                    "expected a name of letters, digits and hyphens, and a value on one line",
                )),
                Some((name, _)) if FRAMING.contains(&name) => Some(FaultFlaw::new(
                    "headers",
                    format!("{name} is set by the server"),
                    "use the fault truncate for an answer shorter than announced",
                )),
                Some(_) => None,
            }
        })
    }

    pub(super) fn answer(&self) -> Response<String> {
        let mut answer = Response::new(self.body.clone().unwrap_or_default());
        *answer.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(body) = &self.body {
            let json = serde_json::from_str::<IgnoredAny>(body).is_ok();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(if json { "application/json" } else { "text/plain; charset=utf-8" }),
            );
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_is_that_of_the_body_unless_it_is_given() {
        let content_type = |fault: StatusFault| {
            fault.answer().headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned())
        };
        let with_body = |body: &str| StatusFault { body: Some(body.to_owned()), ..StatusFault::new(503) };
        assert_eq!(content_type(StatusFault::new(503)), None);
        assert_eq!(content_type(with_body("{}")).unwrap(), "application/json");
        assert_eq!(content_type(with_body("x")).unwrap(), "text/plain; charset=utf-8");
        let headers = BTreeMap::from([("content-type".to_owned(), "text/html".to_owned())]);
        assert_eq!(content_type(StatusFault { headers, ..with_body("x") }).unwrap(), "text/html");
    }

    #[test]
    fn a_status_or_a_header_that_cannot_be_sent_is_refused() {
        let field = |fault: StatusFault| fault.flaw().map(|flaw| flaw.field);
        let with_header = |name: &str, value: &str| StatusFault {
            headers: BTreeMap::from([(name.to_owned(), value.to_owned())]),
            ..StatusFault::new(503)
        };
        assert_eq!(field(StatusFault::new(199)).as_deref(), Some("status"));
        assert_eq!(field(StatusFault::new(600)).as_deref(), Some("status"));
        assert_eq!(field(with_header("Content-Length", "1")).as_deref(), Some("headers"));
        assert_eq!(field(with_header("x", "two\nlines")).as_deref(), Some("headers"));
        assert_eq!(field(with_header("Retry-After", "1")), None);
    }
}
