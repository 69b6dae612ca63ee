//! A form posted to an endpoint: its parameters from body and query, its `Authorization` header.

use std::convert::Infallible;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};

use crate::{
    protocol::params::{Params, Unreadable},
    refusal::{Refusal, RequestRefusal},
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
    /// What claims to be JSON and is no object.
    BrokenJson,
}

/// A request to an endpoint that takes forms, as it came.
#[derive(Debug)]
pub(crate) struct FormRequest {
    pub(crate) headers: HeaderMap,
    pub(crate) written: Written,
    pub(crate) body: Params,
    pub(crate) query: Params,
}

impl FormRequest {
    /// The `Authorization` header. One that is not text is no credential either.
    pub(crate) fn authorization(&self) -> Option<&str> {
        self.headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default())
    }

    /// The parameters of body and query together.
    pub(crate) fn all(&self) -> Params {
        self.body.clone().merged_with(self.query.clone())
    }

    /// The request, unless its body is JSON: for endpoints where no rule can be relaxed to allow that.
    pub(crate) fn without_json(self) -> Result<Self, Refusal> {
        if self.written != Written::Form {
            return Err(
                RequestRefusal::MediaTypeUnsupported { received: "application/json".to_owned() }.into()
            );
        }
        Ok(self)
    }
}

/// A form, or why there is none: each endpoint words that in its own way.
#[derive(Debug)]
pub(crate) struct Form(pub(crate) Result<FormRequest, Refusal>);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        Ok(Self(FormRequest::read(request, state).await.map_err(Refusal::from)))
    }
}

impl FormRequest {
    async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Self, RequestRefusal> {
        let headers = request.headers().clone();
        if headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
            return Err(RequestRefusal::Unreadable {
                why: "the header Authorization appears twice".to_owned(),
            });
        }
        let query = params(request.uri().query().unwrap_or_default().as_bytes())?;
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(failure)
                if failure.status() == StatusCode::PAYLOAD_TOO_LARGE =>
            {
                RequestRefusal::BodyTooLarge { limit: FORM_LIMIT }
            }
            _ => RequestRefusal::Unreadable { why: "the body is incomplete".to_owned() },
        })?;
        match media(&headers) {
            _ if body.is_empty() => {
                Ok(Self { headers, written: Written::Form, body: Params::default(), query })
            }
            Media::Form => Ok(Self { written: Written::Form, body: params(&body)?, headers, query }),
            Media::Json => match serde_json::from_slice(&body) {
                Ok(object) => {
                    Ok(Self { written: Written::Json, body: json_params(&object)?, headers, query })
                }
                Err(_) => Ok(Self { written: Written::BrokenJson, body: Params::default(), headers, query }),
            },
            Media::Other(received) => Err(RequestRefusal::MediaTypeUnsupported { received }),
        }
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
