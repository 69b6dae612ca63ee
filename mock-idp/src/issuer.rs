//! One isolated authorization server inside the mock: its own directory, memory, faults, dice, clock, keys
//! and journal.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;

use crate::{
    clock::Clock,
    directory::Directory,
    entropy::Entropy,
    fault::{ArmedFault, Fault, Faults, NewFault, TokenFault},
    gateway::GatewayRules,
    grant::{Issuance, OrderError, Terms, TokenOrder},
    journal::{Filter, Flow, Journal, Mask},
    keys::{KeyMaterial, KeyRing, SigningKey},
    ledger::{Ledger, SignInMode},
    protocol::{
        claims::Claims,
        endpoint::Endpoint,
        flow_id::FlowId,
        jwt::{TokenType, at_hash},
        lifetimes::Lifetimes,
        metadata::{Document, Metadata},
    },
    respond::TokenAnswer,
    step::Step,
};

/// One authorization server. Two issuers share nothing but the machine.
///
/// ```
/// use std::time::Duration;
/// use fixtures::tutorial_app;
/// use mock_idp::{Endpoint, Fault, MockIdp, Outcome};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.issuer("retries");
/// issuer.fail_next(Endpoint::Token, Fault::status(503));
///
/// // Here stands the app under test; this one gets itself a token, and does not try again.
/// # let url = format!("{}/v1/token", issuer.url());
/// # let request = reqwest::Client::new().post(url).body("grant_type=client_credentials&scope=anonymous");
/// # let request = request.header("content-type", "application/x-www-form-urlencoded");
/// # request.basic_auth(tutorial_app::API_KEY, Some(tutorial_app::API_SECRET)).send().await?;
///
/// let call = issuer.journal().expect_one(Endpoint::Token).await?;
/// assert_eq!((call.status, call.outcome), (503, Outcome::Refused));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Issuer {
    name: String,
    url: String,
    back_channel: String,
    lifetimes: Lifetimes,
    gateway: GatewayRules,
    clock: Arc<Clock>,
    keys: KeyRing,
    journal: Journal,
    /// Its metadata as JSON, once it was asked for: each document, with and without `iss` on the callback.
    metadata: [OnceLock<Bytes>; 4],
    /// Who existed at the beginning.
    beginning: Directory,
    /// Whether its dice were loaded at the beginning.
    seeded: bool,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    directory: Directory,
    ledger: Ledger,
    faults: Faults,
    entropy: Entropy,
}

/// What an issuer is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) back_channel: String,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) gateway: GatewayRules,
    pub(crate) key: Arc<KeyMaterial>,
    pub(crate) seed: Option<u64>,
    pub(crate) mask: bool,
    pub(crate) directory: Directory,
}

/// The dice of one issuer.
struct Dice {
    /// For codes, tokens, sessions.
    entropy: Entropy,
    /// For the key ring alone, so that a rotation changes no code.
    of_keys: Entropy,
    /// For the salt of the journal's masks.
    of_mask: Entropy,
}

impl Dice {
    fn of(seed: Option<u64>, name: &str) -> Self {
        let dice = |label: &str| seed.map_or_else(Entropy::from_os, |seed| Entropy::from_seed(seed, label));
        // No issuer's name has a slash, so no label is another issuer's.
        Self {
            entropy: dice(name),
            of_keys: dice(&format!("{name}/keys")),
            of_mask: dice(&format!("{name}/mask")),
        }
    }
}

impl Issuer {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { name, url, back_channel, lifetimes, gateway, key, seed, mask, directory } = parts;
        let Dice { entropy, of_keys, mut of_mask } = Dice::of(seed, &name);
        let clock = Arc::new(Clock::default());
        clock.begin(seed.is_some());
        let base_url = url.strip_suffix(&format!("/oauth2/{name}")).unwrap_or(&url).to_owned();
        Self {
            seeded: seed.is_some(),
            keys: KeyRing::new(&name, key, clock.clone(), of_keys),
            name,
            url,
            back_channel,
            lifetimes,
            gateway,
            clock,
            journal: Journal::new(Mask::new(of_mask.mask_salt()), mask, &base_url),
            metadata: Default::default(),
            beginning: directory.clone(),
            memory: Mutex::new(Memory {
                directory,
                ledger: Ledger::default(),
                faults: Faults::default(),
                entropy,
            }),
        }
    }

    /// The last part of its path: `default`.
    ///
    /// ```
    /// # use mock_idp::MockIdp;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("sign-in-test");
    /// assert_eq!(issuer.name(), "sign-in-test");
    /// assert_eq!(issuer.url(), format!("{}/oauth2/sign-in-test", idp.url()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its identifier, `iss`: `http://localhost:9100/oauth2/default`. Browsers reach it there.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A metadata document as JSON, written at the first use. What it says depends on nothing that changes.
    pub(crate) fn metadata_json(
        &self,
        document: Document,
        iss_parameter: bool,
        make: impl FnOnce() -> Metadata,
    ) -> Bytes {
        let row = usize::from(document == Document::OpenIdConfiguration) * 2 + usize::from(iss_parameter);
        let json = self.metadata[row].get_or_init(|| {
            let json = serde_json::to_vec(&make()).expect("metadata is JSON");
            json.into_boxed_slice().into()
        });
        json.clone()
    }

    /// Where servers reach it: the same, unless a container network needs another name.
    ///
    /// ```
    /// # use mock_idp::{Config, MockIdp};
    /// # use tokio::net::TcpListener;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = Config { back_channel_url: Some("http://mock-idp:9100".to_owned()), ..Config::demo() };
    /// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
    /// let issuer = idp.default_issuer();
    /// assert_eq!(issuer.back_channel_url(), "http://mock-idp:9100/oauth2/default");
    /// assert_eq!(issuer.url(), format!("{}/oauth2/default", idp.local_url()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn back_channel_url(&self) -> &str {
        &self.back_channel
    }

    /// Its clock.
    ///
    /// ```
    /// # use mock_idp::{MockIdp, Timestamp, TokenOrder, Unverified};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("leap-day");
    /// issuer.clock().freeze(Timestamp::from_unix_seconds(1_835_438_400).expect("a date"));
    /// let token = issuer.mint(&TokenOrder::new())?.access_token.expect("an access token");
    /// let claims = Unverified::parse(&token).expect("a token").claims;
    /// assert_eq!(claims.moment("iat").expect("a moment").to_string(), "2028-02-29T12:00:00Z");
    /// # Ok(())
    /// # }
    /// ```
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Lets time pass: codes, tokens and sessions of this issuer age by `by`, and nobody waits.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use mock_idp::{MockIdp, TokenOrder};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("userinfo");
    /// let tokens = issuer.mint(&TokenOrder::new().scope("openid")?.lifetime_seconds(60))?;
    /// let token = tokens.access_token.expect("an access token");
    /// let ask = || reqwest::Client::new().get(format!("{}/v1/userinfo", issuer.url())).bearer_auth(&token).send();
    /// assert_eq!(ask().await?.status(), 200);
    /// issuer.advance(Duration::from_secs(60));
    /// assert_eq!(ask().await?.status(), 401); // it has expired, and nobody has waited
    /// # Ok(())
    /// # }
    /// ```
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Has something go wrong at the next request to `endpoint` that the fault is meant for, and returns the fault's
    /// number. Faults strike in the order in which they were ordered, one at a request.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("outage");
    /// issuer.fail_next(Endpoint::Keys, Fault::status(500));
    /// let keys = format!("{}/v1/keys", issuer.url());
    /// assert_eq!(reqwest::get(&keys).await?.status(), 500);
    /// assert_eq!(reqwest::get(&keys).await?.status(), 200); // it has passed
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the fault is impossible, cannot strike at this endpoint, or is for an app or a user that does not exist.
    #[track_caller]
    pub fn fail_next(&self, endpoint: Endpoint, fault: Fault) -> u64 {
        let fault = NewFault::new(endpoint, fault);
        if let Some(flaw) = fault.flaw() {
            panic!("{}; {}", flaw.problem, flaw.expected);
        }
        self.step(|step| {
            if let Some(key) = &fault.when.app {
                assert!(step.directory.app(key).is_some(), "no app has the API Key {key}");
            }
            if let Some(name) = &fault.when.user {
                assert!(step.directory.user_called(name.as_str()).is_some(), "nobody is called {name}");
            }
            step.faults.arm(fault).id
        })
    }

    /// Its faults in the order in which they strike, spent ones too, with how often each has struck.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, Fault, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("outages");
    /// let number = issuer.fail_next(Endpoint::Keys, Fault::status(500).times(2));
    /// reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
    /// let [fault] = &issuer.faults()[..] else { panic!("one was ordered") };
    /// assert_eq!((fault.id, fault.struck), (number, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn faults(&self) -> Vec<ArmedFault> {
        self.step(|step| step.faults.iter().cloned().collect())
    }

    /// Makes it what it was at the beginning: its first apps, users, subscriptions and key, no memory, no faults, an empty
    /// journal, the machine's clock (a seeded mock's stands still again). Only the dice roll on, so that no old cookie or
    /// token becomes good again.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use mock_idp::{Endpoint, Fault, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.default_issuer();
    /// issuer.advance(Duration::from_secs(3600));
    /// issuer.fail_next(Endpoint::Token, Fault::hang());
    /// issuer.keys().rotate();
    /// issuer.reset();
    /// assert!(issuer.faults().is_empty());
    /// assert_eq!(issuer.keys().held().len(), 1);
    /// assert!(issuer.clock().now() <= mock_idp::Clock::default().now());
    /// # Ok(())
    /// # }
    /// ```
    pub fn reset(&self) {
        self.step(|step| {
            *step.directory = self.beginning.clone();
            *step.ledger = Ledger { flows: step.ledger.flows.forgotten(), ..Ledger::default() };
            step.faults.clear();
        });
        self.clock.begin(self.seeded);
        self.keys.reset();
        self.journal.clear();
    }

    /// From now on makes the codes, identifiers and key ids of a mock that was just started with this seed, at the same
    /// moment: a clock that runs is stopped at the beginning of 2026. What is there already stays as it is.
    ///
    /// ```
    /// # use mock_idp::{MockIdp, TokenOrder};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("snapshots");
    /// issuer.seed(7);
    /// let first = issuer.mint(&TokenOrder::new())?;
    /// issuer.seed(7);
    /// let again = issuer.mint(&TokenOrder::new())?;
    /// assert_eq!(first.access_token, again.access_token); // to the last byte
    /// assert_eq!(issuer.clock().now().to_string(), "2026-01-01T00:00:00Z");
    /// # Ok(())
    /// # }
    /// ```
    pub fn seed(&self, seed: u64) {
        let Dice { entropy, of_keys, of_mask: _ } = Dice::of(Some(seed), &self.name);
        self.step(|step| *step.entropy = entropy);
        self.keys.seed(of_keys);
        if !self.clock.read().frozen {
            self.clock.begin(true);
        }
    }

    /// From now on signs this user in where a sign-in page would be shown, as if the password had just been typed.
    ///
    /// ```
    /// # use fixtures::{dealer, tutorial_app};
    /// # use mock_idp::MockIdp;
    /// # use reqwest::redirect;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("headless");
    /// issuer.sign_in_as(dealer::USERNAME);
    /// let query = [
    ///     ("client_id", tutorial_app::API_KEY),
    ///     ("redirect_uri", tutorial_app::REDIRECT_URI),
    ///     ("response_type", "code"),
    ///     ("scope", "openid"),
    ///     ("state", "af0ifjsldkj"),
    /// ];
    /// let browser = reqwest::Client::builder().redirect(redirect::Policy::none()).build()?;
    /// let url = url::Url::parse_with_params(&format!("{}/v1/authorize", issuer.url()), query)?;
    /// let answer = browser.get(url).send().await?;
    /// let callback = answer.headers()["location"].to_str()?; // no page, nothing to type
    /// assert!(callback.starts_with("http://localhost:8080/?code="), "{callback}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If nobody has this name.
    #[track_caller]
    pub fn sign_in_as(&self, username: &str) {
        self.step(|step| {
            let Some(user) = step.directory.user_called(username) else {
                panic!("nobody is called {username}")
            };
            step.ledger.sign_in_mode = SignInMode::Automatic { username: user.username.clone() };
        });
    }

    /// What was asked of it, and what it answered.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("who-asked");
    /// reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
    /// assert_eq!(issuer.journal().expect_one(Endpoint::Keys).await?.method, "GET");
    /// # Ok(())
    /// # }
    /// ```
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The sign-in attempts that the journal tells of, each as one story, the oldest first.
    ///
    /// ```
    /// # use mock_idp::{FlowStatus, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("flows");
    /// // Here an app under test would send a browser to the sign-in page.
    /// # let url = format!("http://{}/oauth2/flows/v1/authorize?client_id=nobody", idp.addr());
    /// # reqwest::get(url).await?;
    /// let flow = &issuer.flows()[0];
    /// assert_eq!(flow.status, FlowStatus::Refused);
    /// assert_eq!(flow.summary, "refused at authorize: client_unknown; check the API Key, or register the app");
    /// # Ok(())
    /// # }
    /// ```
    pub fn flows(&self) -> Vec<Flow> {
        self.journal.flows(&Filter::default(), self.lifetimes.code, self.clock.now())
    }

    /// The sign-in attempt of this number, if the journal still tells of it.
    pub fn flow(&self, id: FlowId) -> Option<Flow> {
        let filter = Filter { flow: Some(id), ..Filter::default() };
        self.journal.flows(&filter, self.lifetimes.code, self.clock.now()).pop()
    }

    /// Its keys: which one signs, which are published. It can rotate them.
    ///
    /// ```
    /// # use mock_idp::MockIdp;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("rotation");
    /// let kid = issuer.keys().rotate();
    /// assert_eq!(issuer.keys().signing().kid(), &kid);
    /// assert_eq!(issuer.keys().jwks().keys.len(), 2); // the old one stays published
    /// # Ok(())
    /// # }
    /// ```
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// How long it lets things live.
    ///
    /// ```
    /// # use mock_idp::MockIdp;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// assert_eq!(idp.default_issuer().lifetimes().code.seconds(), 60);
    /// # Ok(())
    /// # }
    /// ```
    pub const fn lifetimes(&self) -> &Lifetimes {
        &self.lifetimes
    }

    /// How its API gateway behaves.
    ///
    /// ```
    /// # use mock_idp::{BadTokenStatus, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let gateway = idp.default_issuer().gateway();
    /// assert_eq!((gateway.echo, gateway.bad_token_status), (true, BadTokenStatus::Unauthorized));
    /// # Ok(())
    /// # }
    /// ```
    pub const fn gateway(&self) -> GatewayRules {
        self.gateway
    }

    /// Runs one step under the lock: the only place that locks. The closure cannot await, so the lock is short,
    /// and of two requests that redeem one code the second finds it redeemed.
    pub(crate) fn step<R>(&self, step: impl FnOnce(Step<'_>) -> R) -> R {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        // Read within the lock, so that moments follow each other as the steps do.
        let now = self.clock.now();
        let Memory { directory, ledger, faults, entropy } = &mut *memory;
        step(Step {
            name: &self.name,
            issuer: &self.url,
            directory,
            ledger,
            faults,
            entropy,
            lifetimes: &self.lifetimes,
            gateway: self.gateway,
            now,
        })
    }

    /// Makes tokens to order, without a flow: as good at userinfo, introspection and the API gateway as any.
    ///
    /// ```
    /// # use fixtures::dealer;
    /// # use mock_idp::{MockIdp, TokenOrder, Unverified};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("api-test");
    /// let tokens = issuer.mint(&TokenOrder::new().user(dealer::USERNAME).claim("role", "manager"))?;
    /// let token = Unverified::parse(&tokens.access_token.expect("an access token")).expect("a token");
    /// assert_eq!((token.claims.text("sub"), token.claims.text("role")), (Some(dealer::USERNAME), Some("manager")));
    ///
    /// let unknown = issuer.mint(&TokenOrder::new().user("nobody@example.com")).unwrap_err();
    /// assert_eq!(unknown.to_string(), r#"no user is called "nobody@example.com""#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn mint(&self, order: &TokenOrder) -> Result<TokenAnswer, OrderError> {
        let key = match order.chosen_key() {
            None => self.keys.signing(),
            Some(kid) => self.keys.named(kid).ok_or_else(|| OrderError::UnknownKey {
                kid: kid.to_string(),
                near: self.keys.nearest(kid).map(|near| near.to_string()),
            })?,
        };
        let issuance = self.step(|step| {
            let terms = Terms { issuer: step.issuer, lifetimes: step.lifetimes, now: step.now };
            order.draft(step.directory, step.entropy, terms)
        })?;
        Ok(self.sign_with(&key, issuance, None))
    }

    /// Signs what a step has issued, outside the lock: a signature takes a quarter of a millisecond. A fault changes
    /// what is signed, and how.
    pub(crate) fn sign(&self, issuance: Issuance, fault: Option<&TokenFault>) -> TokenAnswer {
        self.sign_with(&self.keys.signing(), issuance, fault)
    }

    fn sign_with(&self, key: &SigningKey, issuance: Issuance, fault: Option<&TokenFault>) -> TokenAnswer {
        let sign = |id_token: bool, token_type: TokenType, claims: Claims| match fault
            .filter(|fault| fault.changes(id_token))
        {
            Some(fault) => fault.forge(id_token, token_type, claims, key, self.clock.now()),
            None => key.sign(token_type, &claims),
        };
        let access_token = issuance.access.map(|draft| sign(false, draft.token_type, draft.claims));
        let id_token = issuance.id.map(|mut draft| {
            if let Some(access_token) = access_token.as_deref().filter(|_| issuance.at_hash) {
                draft.claims.set("at_hash", at_hash(access_token));
            }
            sign(true, draft.token_type, draft.claims)
        });
        TokenAnswer {
            token_type: "Bearer",
            expires_in: issuance.expires_in,
            access_token,
            scope: issuance.scope.to_string(),
            refresh_token: issuance.refresh_token,
            id_token,
        }
    }
}
