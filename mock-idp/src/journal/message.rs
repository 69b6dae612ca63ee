//! The recorded messages of an exchange: addresses, headers and bodies.

use serde::Serialize;
use utoipa::ToSchema;

/// How much of a body is kept, in bytes: as much as an endpoint reads, and more than an endpoint sends.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// A request as it was received.
///
/// ```
/// use mock_idp::Endpoint;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here the program under test introspects a token.
/// # let request = reqwest::Client::new().post(format!("{}/v1/introspect", issuer.url()));
/// # let request = request.header("content-type", "application/x-www-form-urlencoded").header("x-request-id", "7");
/// # request.body("token_type_hint=access_token&token=").send().await?;
/// let request = issuer.journal().expect_one(Endpoint::Introspect).await?.request;
/// assert_eq!(request.url, format!("{}/v1/introspect", issuer.url()));
/// assert_eq!(request.header("Content-Type"), Some("application/x-www-form-urlencoded"));
/// assert_eq!(request.header("X-Request-Id"), Some("7")); // the id that it adds to every call
/// assert_eq!(request.body.text.unwrap(), "token_type_hint=access_token&token=");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordedRequest {
    /// The whole URL, with the base URL that the mock advertises.
    pub url: String,
    /// `HTTP/1.1`.
    pub version: String,
    /// Names in lower case, in the order of the request.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: RecordedBody,
}

/// An answer as it was sent.
///
/// ```
/// use mock_idp::Endpoint;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here the program under test asks for the keys.
/// # let keys = reqwest::get(format!("{}/v1/keys", issuer.url())).await?.text().await?;
/// let answer = issuer.journal().expect_one(Endpoint::Keys).await?.answer;
/// assert_eq!(answer.header("Cache-Control"), Some("max-age=60, must-revalidate"));
/// assert_eq!(answer.header("Set-Cookie"), None);
/// assert_eq!(answer.body.text, Some(keys)); // byte for byte what it received
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordedAnswer {
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: RecordedBody,
}

/// What is kept of a body.
///
/// ```
/// use mock_idp::{Endpoint, RecordedBody};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here the program under test asks for a token of its own.
/// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
/// # request.body("grant_type=client_credentials").send().await?;
/// let call = issuer.journal().expect_one(Endpoint::Token).await?;
/// let text = Some("grant_type=client_credentials".to_owned());
/// assert_eq!(call.request.body, RecordedBody { bytes: Some(29), text, left_out: None });
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordedBody {
    /// The length in bytes, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The body itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why it is missing or incomplete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Omission>,
}

/// Why a body is missing or incomplete.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{Endpoint, Omission};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here a browser is shown the sign-in page.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// # let page = browser.get(url).send().await?.text().await?;
/// let journal = issuer.journal();
/// assert_eq!(journal.entries()[0].answer.body.left_out, Some(Omission::Masked));
/// assert_eq!(journal.revealed()[0].answer.body.text, Some(page)); // revealed on request
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Omission {
    /// It was not read: the request was answered first.
    Unread,
    /// It was streamed.
    Streamed,
    /// It is not UTF-8.
    Binary,
    /// It was too long: only the beginning is kept.
    Cut,
    /// It may contain secrets anywhere: a page, or text that is not well-formed JSON.
    Masked,
    /// Later exchanges needed the space. The query and the headers are missing too.
    Forgotten,
}

impl RecordedBody {
    /// A body of which `read` is kept: the whole body, or its beginning if `is_cut`.
    pub(super) fn decoded(read: &[u8], bytes: u64, is_cut: bool) -> Self {
        let text = match std::str::from_utf8(read) {
            Ok(text) => text,
            // The end may be a part of a character.
            Err(error) if is_cut && error.error_len().is_none() => {
                std::str::from_utf8(&read[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Self { bytes: Some(bytes), text: None, left_out: Some(Omission::Binary) },
        };
        Self {
            bytes: Some(bytes),
            text: Some(text.to_owned()).filter(|text| !text.is_empty()),
            left_out: is_cut.then_some(Omission::Cut),
        }
    }

    /// A body that is not kept.
    pub(crate) const fn without(why: Omission, bytes: Option<u64>) -> Self {
        Self { bytes, text: None, left_out: Some(why) }
    }
}

impl RecordedRequest {
    /// A header's value; the first, if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

impl RecordedAnswer {
    /// A header's value; the first, if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_kept_as_text_as_far_as_it_goes() {
        let whole = RecordedBody::decoded(b"a=b", 3, false);
        assert_eq!((whole.text.as_deref(), whole.left_out), (Some("a=b"), None));
        let cut = RecordedBody::decoded("né".as_bytes().split_last().unwrap().1, 9, true);
        assert_eq!((cut.text.as_deref(), cut.left_out), (Some("n"), Some(Omission::Cut)));
        let binary = RecordedBody::decoded(&[0xff, 0xfe], 2, false);
        assert_eq!((binary.text, binary.left_out), (None, Some(Omission::Binary)));
        assert_eq!(
            RecordedBody::decoded(b"", 0, false),
            RecordedBody { bytes: Some(0), ..RecordedBody::default() }
        );
    }
}
