//! A form posted to an endpoint: its parameters in body and query, its client credentials.

use http::{HeaderMap, header};

use crate::{
    client_authentication::Credentials,
    protocol::params::{Params, Unreadable},
    refusal::RequestRefusal,
};

/// The largest form that is read, in bytes.
pub(crate) const FORM_LIMIT: usize = 64 * 1024;

/// How the body of a request is written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Media {
    /// A form; also where nothing is said, as `requests` posts a string.
    Form,
    Json,
    Other(String),
}

/// In what the parameters of a body were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// A form, or no body at all.
    Form,
    /// A JSON object, which only a relaxed rule allows.
    Json,
    /// What claims to be JSON and is not an object.
    BrokenJson,
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than the endpoint reads.
    TooLarge,
    /// The client broke off.
    BrokeOff,
}

/// The parameters of a request.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) written: Written,
    pub(crate) body: Params,
    pub(crate) query: Params,
    /// Those of body and query together.
    pub(crate) all: Params,
    /// The app that the request speaks for, and how it proves that.
    pub(crate) credentials: Credentials,
}

impl Form {
    /// The form of a request whose endpoint reads none.
    pub(crate) fn unread() -> Self {
        let (body, query) = (Params::default(), Params::default());
        let credentials = Credentials::read(None, &body, &query);
        Self { written: Written::Form, all: Params::default(), body, query, credentials }
    }

    /// Reads a form, or says why there is none. Each endpoint words that in its own way.
    pub(crate) fn read(
        headers: &HeaderMap,
        query: Option<&str>,
        body: Result<&[u8], Unread>,
    ) -> Result<Self, RequestRefusal> {
        if headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
            return Err(RequestRefusal::Unreadable {
                why: "the header Authorization appears twice".to_owned(),
            });
        }
        let query = params(query.unwrap_or_default().as_bytes())?;
        let body = body.map_err(|unread| match unread {
            Unread::TooLarge => RequestRefusal::BodyTooLarge { limit: FORM_LIMIT },
            Unread::BrokeOff => RequestRefusal::Unreadable { why: "the body is incomplete".to_owned() },
        })?;
        let (written, body) = match media(headers) {
            _ if body.is_empty() => (Written::Form, Params::default()),
            Media::Form => (Written::Form, params(body)?),
            Media::Json => match serde_json::from_slice(body) {
                Ok(object) => (Written::Json, json_params(&object)?),
                Err(_) => (Written::BrokenJson, Params::default()),
            },
            Media::Other(received) => return Err(RequestRefusal::MediaTypeUnsupported { received }),
        };
        // A header that is not text is not a credential either.
        let authorization =
            headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        let credentials = Credentials::read(authorization, &body, &query);
        let all = body.clone().merged_with(query.clone());
        Ok(Self { written, body, query, all, credentials })
    }

    /// The form, unless the body is JSON: for endpoints where no rule can be relaxed to allow that.
    pub(crate) fn without_json(&self) -> Result<&Self, RequestRefusal> {
        if self.written != Written::Form {
            return Err(RequestRefusal::MediaTypeUnsupported { received: "application/json".to_owned() });
        }
        Ok(self)
    }
}

fn params(bytes: &[u8]) -> Result<Params, RequestRefusal> {
    Params::parse(bytes)
        .map_err(|unreadable: Unreadable| RequestRefusal::Unreadable { why: unreadable.to_string() })
}

fn media(headers: &HeaderMap) -> Media {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Media::Form };
    let text = value.to_str().unwrap_or_default();
    match text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" | "" => Media::Form,
        "application/json" => Media::Json,
        _ => Media::Other(text.to_owned()),
    }
}

/// The members of a JSON object that are text, as parameters.
fn json_params(object: &serde_json::Map<String, serde_json::Value>) -> Result<Params, RequestRefusal> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in object {
        if let Some(text) = value.as_str() {
            form.append_pair(name, text);
        }
    }
    params(form.finish().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_media_type_means_a_form() {
        let media_of = |value: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            }
            media(&headers)
        };
        assert_eq!(media_of(None), Media::Form);
        assert_eq!(media_of(Some("application/x-www-form-urlencoded; charset=UTF-8")), Media::Form);
        assert_eq!(media_of(Some("application/json")), Media::Json);
        assert_eq!(media_of(Some("text/plain")), Media::Other("text/plain".into()));
    }
}
