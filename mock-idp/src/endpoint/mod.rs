//! The endpoints, one a file: a row of the table and a function that decides. They know neither axum nor tokio; the
//! pipeline reads requests for them and writes their answers.

mod api;
mod authorize;
mod client;
pub(crate) mod cookies;
pub(crate) mod form;
mod gateway;
mod introspect;
mod keys;
mod logout;
mod metadata;
pub(crate) mod reply;
pub(crate) mod request;
mod revoke;
pub(crate) mod row;
mod sign_in;
mod sign_in_page;
mod subscriptions;
mod token;
mod userinfo;

use row::Row;

/// Every kind of URL that an issuer answers, in the order in which a sign-in happens. Routes, methods, CORS, the
/// metadata's list and the journal's names come from here.
pub(crate) static TABLE: [Row; 14] = [
    metadata::OPENID_CONFIGURATION,
    metadata::OAUTH_AUTHORIZATION_SERVER,
    keys::ROW,
    authorize::ROW,
    sign_in::ROW,
    sign_in::FAULTS,
    token::ROW,
    userinfo::ROW,
    introspect::ROW,
    revoke::ROW,
    logout::ROW,
    gateway::ROW,
    subscriptions::LIST,
    subscriptions::CONTEXT,
];

/// What the paths of an issuer's endpoints begin with.
pub(crate) const ISSUER: &str = "/oauth2/{issuer}";

#[cfg(test)]
pub(crate) mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use fixtures::{oidc_app, subscriber, tutorial_app};
    use http::{HeaderMap, Method, Version};

    use super::{
        authorize,
        cookies::{CookieChange, Cookies},
        form::Form,
        reply::{Answer, Reply},
        request::Request,
        row::{Reads, Row},
        token,
    };
    use crate::{
        Config, bearer,
        fault::RequestFacts,
        grant::TokenOrder,
        interaction::Gives,
        issuer::{Issuer, Parts},
        keys::KeyMaterial,
        ledger::Session,
        protocol::{text::Username, timestamp::Expiry},
        respond::TokenAnswer,
    };

    /// API Key and API Secret of the demo's apps.
    pub(crate) const TUTORIAL: (&str, &str) = (tutorial_app::API_KEY, tutorial_app::API_SECRET);
    pub(crate) const OIDC: (&str, &str) = (oidc_app::API_KEY, oidc_app::API_SECRET);

    /// A valid authorization request for a code. Both apps register this redirect URI.
    pub(crate) const CODE_REQUEST: [(&str, &str); 5] = [
        ("client_id", tutorial_app::API_KEY),
        ("redirect_uri", tutorial_app::REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "xyz"),
    ];

    /// The parameters with another value for one of them, or with one more.
    pub(crate) fn with<'a>(
        params: &[(&'a str, &'a str)],
        name: &'a str,
        value: &'a str,
    ) -> Vec<(&'a str, &'a str)> {
        let others = params.iter().filter(|(own, _)| *own != name);
        others.copied().chain([(name, value)]).collect()
    }

    /// A request before it is read.
    #[derive(Debug, Clone)]
    pub(crate) struct Sent {
        method: Method,
        path: String,
        headers: HeaderMap,
        body: String,
        named: Option<String>,
    }

    pub(crate) fn get(path: &str) -> Sent {
        let (path, headers) = (path.to_owned(), HeaderMap::new());
        Sent { method: Method::GET, path, headers, body: String::new(), named: None }
    }

    /// A form that is posted.
    pub(crate) fn post(path: &str, form: &[(&str, &str)]) -> Sent {
        Sent { method: Method::POST, body: encoded(form), ..get(path) }
    }

    /// An authorization request by a browser.
    pub(crate) fn asking(params: &[(&str, &str)]) -> Sent {
        get(&format!("/oauth2/test/v1/authorize?{}", encoded(params)))
    }

    fn encoded(params: &[(&str, &str)]) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
    }

    impl Sent {
        pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
            self.headers.append(name, value.parse().unwrap());
            self
        }

        /// By an app that authenticates itself.
        pub(crate) fn by(self, (api_key, api_secret): (&str, &str)) -> Self {
            let credentials = STANDARD.encode(format!("{api_key}:{api_secret}"));
            self.header("authorization", &format!("Basic {credentials}"))
        }

        pub(crate) fn bearer(self, token: &str) -> Self {
            self.header("authorization", &format!("Bearer {token}"))
        }

        /// With a cookie that an earlier answer has set.
        pub(crate) fn cookie(self, cookie: &CookieChange) -> Self {
            let cookie = cookie.header("http://localhost/").unwrap();
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            self.header("cookie", pair)
        }

        /// With another body.
        pub(crate) fn body(self, body: String) -> Self {
            Self { body, ..self }
        }

        /// With what the path names below the issuer.
        pub(crate) fn named(self, name: &str) -> Self {
            Self { named: Some(name.to_owned()), ..self }
        }
    }

    /// An issuer with a clock that stands still. It answers as the pipeline has it answer, without HTTP.
    #[derive(Debug)]
    pub(crate) struct Case {
        pub(crate) issuer: Issuer,
    }

    impl Case {
        /// With the demo data.
        pub(crate) fn new() -> Self {
            Self::with(Config::demo())
        }

        pub(crate) fn with(config: Config) -> Self {
            let url = "http://localhost:9100/oauth2/test".to_owned();
            let issuer = Issuer::new(Parts {
                name: "test".to_owned(),
                back_channel: url.clone(),
                url,
                lifetimes: config.lifetimes,
                gateway: config.gateway,
                key: KeyMaterial::demo(),
                seed: Some(1),
                mask: true,
                directory: config.directory,
            });
            Self { issuer }
        }

        /// The request as the endpoint gets it.
        pub(crate) fn read(&self, row: &Row, sent: &Sent) -> Request {
            let Sent { method, path, headers, body, named } = sent.clone();
            let uri: http::Uri = path.parse().unwrap();
            let (form, cookies) = match row.reads {
                Reads::Form => {
                    (Form::read(&headers, uri.query(), Ok(body.as_bytes())), Cookies::of(&headers))
                }
                Reads::Nothing | Reads::Body => (Ok(Form::unread()), Cookies::default()),
            };
            let is_too_large = row.reads.limit().is_some_and(|limit| body.len() > limit);
            let version = Version::HTTP_11;
            let mut request = Request {
                method,
                uri,
                version,
                headers,
                named,
                cookies,
                form,
                is_too_large,
                presented: None,
            };
            request.presented =
                (row.presents)(&request).map(|token| bearer::verified(self.issuer.keys(), token));
            request
        }

        /// What the endpoint decides.
        pub(crate) fn send(&self, row: &Row, sent: &Sent) -> Reply {
            let (request, facts) = (self.read(row, sent), self.facts(row, sent));
            self.issuer.step(|mut step| (row.handle)(&request, &facts, &mut step))
        }

        /// The rule that refuses a request, and what kind of answer says so. Such an answer sets no cookie.
        #[track_caller]
        pub(crate) fn refused(&self, row: &Row, sent: &Sent) -> (&'static str, &'static str) {
            let reply = self.send(row, sent);
            assert_eq!(reply.cookie, None);
            let rule = reply.note.rule().unwrap_or_else(|| panic!("the request is refused: {reply:?}"));
            (rule, kind(&reply.answer))
        }

        /// What the journal and the faults know of a request before the endpoint decides.
        pub(crate) fn facts(&self, row: &Row, sent: &Sent) -> RequestFacts {
            let request = self.read(row, sent);
            let mut facts = RequestFacts::at(row.endpoint);
            self.issuer.step(|step| (row.facts)(&request, &step, &mut facts));
            facts
        }

        /// The cookie of a browser in which the demo's first user has just signed in.
        pub(crate) fn session(&self) -> CookieChange {
            self.issuer.step(|step| {
                let id = step.entropy.session_id();
                let user = step.directory.user(&Username::new(subscriber::USERNAME)).unwrap();
                let expires = Expiry::after(step.now, step.lifetimes.session);
                let session = Session { person: user.person(), auth_time: step.now, expires };
                step.ledger.sessions.begin(id.clone(), session);
                CookieChange::KeepSession(id)
            })
        }

        /// A code for the tutorial's request in these scopes.
        pub(crate) fn code(&self, scope: &str) -> String {
            let asked = asking(&with(&CODE_REQUEST, "scope", scope)).cookie(&self.session());
            match self.send(&authorize::ROW, &asked).answer {
                Answer::Granted(granted) => match granted.gives {
                    Gives::Code(code) => code.expose().to_owned(),
                    Gives::Tokens(_) => panic!("tokens in place of a code"),
                },
                other => panic!("no code: {other:?}"),
            }
        }

        /// The refresh token that such a code gives.
        pub(crate) fn refresh_token(&self) -> String {
            let code = self.code("openid offline_access");
            let reply = self.send(&token::ROW, &post("/v1/token", &redemption(&code)).by(TUTORIAL));
            let Answer::Tokens(issuance) = reply.answer else { panic!("no tokens: {reply:?}") };
            issuance.refresh_token.unwrap().expose().to_owned()
        }

        /// Tokens to order, without a flow.
        pub(crate) fn mint(&self, order: &TokenOrder) -> TokenAnswer {
            self.issuer.mint(order).unwrap()
        }
    }

    /// What kind of answer it is.
    pub(crate) const fn kind(answer: &Answer) -> &'static str {
        match answer {
            Answer::Keys => "keys",
            Answer::Metadata { .. } => "metadata",
            Answer::Json(_) => "json",
            Answer::Userinfo(_) => "userinfo",
            Answer::Tokens(_) => "tokens",
            Answer::Granted(_) => "granted",
            Answer::CallbackError { .. } => "callback error",
            Answer::Redirect { .. } => "redirect",
            Answer::SignIn(..) => "sign-in page",
            Answer::Faults(_) => "list of faults",
            Answer::SignedOut(_) => "signed-out page",
            Answer::RefusalPage(..) => "refusal page",
            Answer::Error { .. } => "error",
            Answer::BearerError(_) => "bearer error",
            Answer::Written(_) => "written",
            Answer::Gateway { .. } => "gateway",
        }
    }

    /// What the tutorial's app sends to redeem a code.
    pub(crate) fn redemption(code: &str) -> [(&str, &str); 3] {
        [("grant_type", "authorization_code"), ("redirect_uri", tutorial_app::REDIRECT_URI), ("code", code)]
    }
}
