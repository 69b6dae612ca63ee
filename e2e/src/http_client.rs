//! The HTTP client of the doctor and the probe: one request, and its response or the reason why there is none.

use std::{error::Error, fmt, io, time::Duration};

use http::{HeaderMap, HeaderName, Method, header};
use reqwest::{Client, redirect};
use tokio_rustls::rustls::{self, CertificateError};

/// How long a server may take for its whole response.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of a response is read, in bytes. Sign-in pages are the longest.
const BODY_LIMIT: usize = 1024 * 1024;

/// A request. The values of its headers are never printed: they may be secrets.
#[derive(Clone)]
pub struct HttpRequest {
    method: Method,
    url: String,
    headers: Vec<(HeaderName, String)>,
    body: Option<String>,
}

impl HttpRequest {
    /// A request without headers and body of its own.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: None }
    }

    /// A GET that asks for JSON.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url).header(header::ACCEPT, "application/json")
    }

    /// A POST of a form (`a=b&c=d`), as the tutorial's `api.py` sends it.
    pub fn form(url: impl Into<String>, form: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `POST https://… (authorization, content-type)`: the request without the values of its headers.
impl fmt::Display for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)?;
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            write!(f, " ({})", names.join(", "))?;
        }
        self.body.as_ref().map_or(Ok(()), |body| write!(f, " {body}"))
    }
}

/// A response, as far as it was read.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, its first MiB.
    pub body: String,
}

impl HttpResponse {
    /// A header's value; empty if there is none.
    pub fn field(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The media type without its parameters, in lower case; empty if there is none.
    pub fn media_type(&self) -> String {
        let text = self.field(header::CONTENT_TYPE);
        text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// A short description: `404 with a page`, `302 to https://…`.
    pub fn in_words(&self) -> String {
        let location = self.field(header::LOCATION);
        if !location.is_empty() {
            let place = location.split(['?', '#']).next().unwrap_or_default();
            return format!("{} to {place}", self.status);
        }
        let content = match self.media_type().as_str() {
            _ if self.body.is_empty() => "nothing else".to_owned(),
            "text/html" => "a page".to_owned(),
            "application/json" => "JSON".to_owned(),
            "" => "a text without Content-Type".to_owned(),
            other => other.to_owned(),
        };
        format!("{} with {content}", self.status)
    }
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The machine's CA certificates cannot be read.
    #[error("https needs CA certificates, and this machine's cannot be used ({0})")]
    NoCertificates(String),
    /// The host's name is not known.
    #[error("the host name cannot be resolved")]
    UnknownHost,
    /// No program listens there.
    #[error("no program listens there")]
    Refused,
    /// No answer in time.
    #[error("no answer arrived in time")]
    Timeout,
    /// The certificate is for another host.
    #[error("the certificate is for another host")]
    WrongHost,
    /// The certificate has expired, or is not valid yet, by this machine's clock.
    #[error("by this machine's clock the certificate has expired or is not valid yet")]
    WrongTime,
    /// This machine does not trust the certificate's CA.
    #[error("the certificate is signed by a CA that this machine does not trust")]
    Untrusted,
    /// The program at this address does not speak TLS.
    #[error("the program at this address does not speak https")]
    NotTls,
    /// The program at this address does not speak HTTP.
    #[error("the program at this address does not speak http")]
    NotHttp,
    /// Another failure of the handshake.
    #[error("the TLS handshake failed ({0})")]
    Handshake(String),
    /// The connection broke.
    #[error("the connection was closed early")]
    BrokeOff,
    /// Anything else.
    #[error("the request could not be sent ({0})")]
    Other(String),
}

impl HttpError {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        let mut root = error.to_string();
        let mut broken = false;
        while let Some(error) = next {
            root = error.to_string();
            // The resolver's errors have no public type.
            if root == "dns error" {
                return Self::UnknownHost;
            }
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Self::of_tls(tls);
            }
            let io = error.downcast_ref::<io::Error>();
            match io.map(io::Error::kind) {
                Some(io::ErrorKind::ConnectionRefused) => return Self::Refused,
                Some(
                    io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof,
                ) => broken = true,
                _ => {}
            }
            // An I/O error does not list what it wraps among its sources.
            let wrapped = io.and_then(io::Error::get_ref).map(|inner| inner as &(dyn Error + 'static));
            next = wrapped.or_else(|| error.source());
        }
        // Nor have hyper's errors.
        if root.starts_with("invalid HTTP") {
            Self::NotHttp
        } else if broken || root.contains("closed before message completed") {
            Self::BrokeOff
        } else {
            Self::Other(root)
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(why) => match why {
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::WrongTime,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::WrongHost
                }
                CertificateError::UnknownIssuer => Self::Untrusted,
                other => Self::Handshake(other.to_string()),
            },
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            other => Self::Handshake(other.to_string()),
        }
    }

    /// What to do about it, where that does not depend on the server.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::NoCertificates(_) => {
                Some("install them (ca-certificates), or name a PEM file with SSL_CERT_FILE")
            }
            Self::UnknownHost => Some("check the spelling of the host, and whether the network is up"),
            Self::WrongHost => Some("use the host that the certificate was made for"),
            Self::WrongTime => {
                Some("set this machine's clock; if it is right, the server needs a new certificate")
            }
            Self::Untrusted => Some(
                "if it is the mock's, name its ca.pem with SSL_CERT_FILE; if a company's firewall signs for others, \
                 its CA",
            ),
            Self::NotTls => Some("write http:// if it is the mock without --tls; else check the port"),
            Self::NotHttp => Some("write https:// if it is the mock with --tls; else check the port"),
            Self::Refused | Self::Timeout | Self::Handshake(_) | Self::BrokeOff | Self::Other(_) => None,
        }
    }
}

/// Sends requests as the tutorial's programs do: without the system's proxy, without redirects, without retries.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: Client,
}

impl HttpClient {
    /// A client for servers at URLs such as `url`. Fails where that is https and this machine has no CA certificates.
    pub fn to(url: &str) -> Result<Self, HttpError> {
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        if url.starts_with("http://") {
            // Reading the machine's CA certificates takes time, and fails where there are none; plain http needs none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| HttpError::NoCertificates(root(&error)))?;
        Ok(Self { client })
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, ask: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut request = self.client.request(ask.method.clone(), &ask.url);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &ask.body {
            request = request.body(body.clone());
        }
        let mut response = request.send().await.map_err(|error| HttpError::of(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| HttpError::of(&error))? {
            let room = BODY_LIMIT - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if body.len() == BODY_LIMIT {
                break;
            }
        }
        Ok(HttpResponse {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

fn root(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(HeaderName, &str)], body: &str) -> HttpResponse {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        HttpResponse { status, headers, body: body.to_owned() }
    }

    #[test]
    fn an_answer_is_told_in_a_few_words_without_what_a_redirect_carries() {
        let to = [(header::LOCATION, "https://a.test/cb?code=secret#x")];
        assert_eq!(answer(302, &to, "").in_words(), "302 to https://a.test/cb");
        let page = [(header::CONTENT_TYPE, "text/html;charset=utf-8")];
        assert_eq!(answer(400, &page, "<p>").in_words(), "400 with a page");
        assert_eq!(answer(204, &[], "").in_words(), "204 with nothing else");
    }

    #[test]
    fn a_request_does_not_print_what_its_headers_say() {
        let ask = HttpRequest::form("http://a.test/", "a=b").header(header::AUTHORIZATION, "Basic c2VjcmV0");
        let expected = "POST http://a.test/ (accept, content-type, authorization) a=b";
        assert_eq!((ask.to_string().as_str(), format!("{ask:?}").as_str()), (expected, expected));
    }

    #[test]
    fn each_trouble_with_a_certificate_has_its_words() {
        let of = |error| HttpError::of_tls(&rustls::Error::InvalidCertificate(error));
        assert_eq!(of(CertificateError::Expired), HttpError::WrongTime);
        assert_eq!(of(CertificateError::NotValidYet), HttpError::WrongTime);
        assert_eq!(of(CertificateError::NotValidForName), HttpError::WrongHost);
        assert_eq!(of(CertificateError::UnknownIssuer), HttpError::Untrusted);
        assert!(matches!(of(CertificateError::Revoked), HttpError::Handshake(_)));
    }
}
