//! Two hundred issuers in one mock at once, each with a clock, faults, a user and sign-ins of its own, as the tests of a
//! large suite have them that share a mock: none sees anything of another.

use std::{sync::Arc, time::Duration};

use mock_idp::{
    Config, Endpoint, Fault, Issuer, MockIdp, Timestamp,
    fault::{CallbackChange, KeysChange, UserinfoChange},
};
use reqwest::{Client, RequestBuilder, header, redirect::Policy};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Barrier, Semaphore},
    task::JoinSet,
};

use crate::support::{
    Answer, NOW, OIDC, basic, claims, decoded, encoded, oidc_redemption, oidc_request, text, with,
};

/// How many issuers there are at once.
const CROWD: u64 = 200;

/// How many requests are on their way at once, and thus how many connections there are.
const CONNECTIONS: usize = 8;

/// As long as a code lives, and a second.
const TOO_LATE: Duration = Duration::from_secs(61);

/// What goes wrong at an issuer, and how a client notices.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    /// The callback brings another state.
    State,
    /// The token endpoint answers with this status.
    Status(u16),
    /// The token endpoint asks to wait so many seconds, until a moment of the issuer's clock.
    Limit { seconds: i64, until: i64 },
    /// The tokens have this claim.
    Claim(i64),
    /// The key set lacks the key that has signed.
    Keys,
    /// Userinfo speaks of another person.
    Person,
    /// The code has expired, since time has passed at this issuer.
    Late,
}

/// One of the crowd: a client at an issuer of its own.
struct Guest {
    number: u64,
    issuer: Arc<Issuer>,
    /// The issuer's address as it is reached.
    url: String,
    http: Client,
    turns: Arc<Semaphore>,
    /// What was asked and answered, in order.
    seen: Vec<(Endpoint, u16)>,
}

impl Guest {
    /// What goes wrong at this issuer, `None` where it is the clock; and how often.
    fn order(&self) -> (Option<(Endpoint, Fault)>, u32) {
        let claim = i64::try_from(self.number).unwrap();
        let order = match self.number % 7 {
            0 => Some((Endpoint::Authorize, Fault::callback(CallbackChange::WrongState))),
            1 => Some((Endpoint::Token, Fault::status(self.status()))),
            2 => Some((Endpoint::Token, Fault::rate_limit(self.number.try_into().unwrap()))),
            3 => Some((Endpoint::Token, Fault::set("ver", claim))),
            4 => Some((Endpoint::Keys, Fault::keys(KeysChange::Stale))),
            5 => Some((Endpoint::Userinfo, Fault::userinfo(UserinfoChange::ForeignSubject))),
            _ => None,
        };
        (order, u32::try_from(self.number % 3).unwrap() + 1)
    }

    /// What a client notices of it in a sign-in that began at `now`.
    fn trouble(&self, now: i64) -> Trouble {
        let number = i64::try_from(self.number).unwrap();
        match self.number % 7 {
            0 => Trouble::State,
            1 => Trouble::Status(self.status()),
            2 => Trouble::Limit { seconds: number, until: now + number },
            3 => Trouble::Claim(number),
            4 => Trouble::Keys,
            5 => Trouble::Person,
            _ => Trouble::Late,
        }
    }

    fn status(&self) -> u16 {
        500 + u16::try_from(self.number % 100).unwrap()
    }

    fn user(&self) -> String {
        format!("guest-{}@example.com", self.number)
    }

    /// How much time passes at this issuer before each sign-in.
    fn pause(&self) -> Duration {
        Duration::from_secs(1000 * (self.number + 1))
    }

    fn now(&self) -> i64 {
        self.issuer.clock().now().unix_seconds()
    }

    async fn send(&mut self, endpoint: Option<Endpoint>, request: RequestBuilder) -> Answer {
        let _turn = self.turns.acquire().await.unwrap();
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.seen.extend(endpoint.map(|endpoint| (endpoint, status)));
        Answer { status, headers, body: response.text().await.unwrap() }
    }

    async fn get(&mut self, endpoint: Endpoint, path: &str) -> Value {
        self.send(Some(endpoint), self.http.get(format!("{}{path}", self.url))).await.json()
    }

    /// Sets the clock, orders the faults, and has somebody sign in who exists at this issuer alone.
    async fn settle(&mut self) {
        self.issuer.clock().freeze(Timestamp::from_unix_seconds(NOW).unwrap());
        if let (Some((endpoint, fault)), times) = self.order() {
            self.issuer.fail_next(endpoint, fault.times(times));
        }
        let person = self.http.put(format!("{}/_mock/users/{}", self.url, self.user()));
        let person = person.json(&json!({ "password": "secret" }));
        assert_eq!(self.send(None, person).await.status, 201);
        self.issuer.sign_in_as(&self.user());
    }

    /// A whole sign-in, up to what the client notices.
    async fn sign_in(&mut self, is_late: bool) -> Option<Trouble> {
        let state = format!("state-{}", self.number);
        let query = encoded(&with(&oidc_request(), "state", &state));
        let request = self.http.get(format!("{}/v1/authorize?{query}", self.url));
        let callback = self.send(Some(Endpoint::Authorize), request).await;
        if callback.callback_param("state").as_deref() != Some(state.as_str()) {
            return Some(Trouble::State);
        }
        let code = callback.callback_param("code").unwrap();

        if is_late {
            self.issuer.advance(TOO_LATE);
        }
        let form = encoded(&oidc_redemption(&code));
        let request = self.http.post(format!("{}/v1/token", self.url)).body(form);
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, basic(OIDC));
        let answer = self.send(Some(Endpoint::Token), request).await;
        match answer.status {
            200 => {}
            400 => return (answer.json()["error"] == "invalid_grant").then_some(Trouble::Late),
            429 => {
                let number = |name| answer.header(name).parse().unwrap();
                return Some(Trouble::Limit {
                    seconds: number("retry-after"),
                    until: number("x-rate-limit-reset"),
                });
            }
            status => return Some(Trouble::Status(status)),
        }
        let tokens = answer.json();
        let told = claims(&tokens["access_token"]);
        assert_eq!(
            (text(&told["iss"]), text(&told["sub"]), &told["iat"]),
            (self.issuer.url(), self.user().as_str(), &json!(self.now())),
            "of this issuer, this person, and this clock"
        );
        if told["ver"] != json!(1) {
            return told["ver"].as_i64().map(Trouble::Claim);
        }

        let keys = self.get(Endpoint::Keys, "/v1/keys").await;
        if keys["keys"][0]["kid"] != decoded(&tokens["id_token"])["header"]["kid"] {
            return Some(Trouble::Keys);
        }
        let request = self.http.get(format!("{}/v1/userinfo", self.url));
        let request = request.bearer_auth(text(&tokens["access_token"]));
        let userinfo = self.send(Some(Endpoint::Userinfo), request).await.json();
        (userinfo["sub"] != claims(&tokens["id_token"])["sub"]).then_some(Trouble::Person)
    }

    /// Signs in as often as something is to go wrong, and once more.
    async fn stay(&mut self) {
        let (order, times) = self.order();
        let mut now = NOW;
        for sign_in in 0..=times {
            self.issuer.advance(self.pause());
            now += i64::try_from(self.pause().as_secs()).unwrap();
            let is_wrong = sign_in < times;
            let is_late = is_wrong && order.is_none();
            let noticed = self.sign_in(is_late).await;
            assert_eq!(noticed, is_wrong.then(|| self.trouble(now)), "sign-in {sign_in} at {}", self.url);
            now += if is_late { i64::try_from(TOO_LATE.as_secs()).unwrap() } else { 0 };
            assert_eq!(self.now(), now, "the clock of {}", self.url);
        }
    }

    /// The issuer remembers this client, and nobody else.
    fn leave(&self) {
        let (order, times) = self.order();
        let struck: Vec<u32> = self.issuer.faults().iter().map(|fault| fault.struck).collect();
        assert_eq!(struck, if order.is_some() { vec![times] } else { Vec::new() }, "{}", self.url);

        let journal = self.issuer.journal().entries();
        let told: Vec<_> = journal.iter().map(|entry| (entry.endpoint, entry.status)).collect();
        assert_eq!(told, self.seen, "{}", self.url);
        let faults = journal.iter().filter_map(|entry| Some((entry.endpoint, entry.fault?.id)));
        let at = order.map(|(endpoint, _)| endpoint);
        let expected = at.into_iter().flat_map(|at| vec![(at, Some(1)); times as usize]);
        assert!(faults.eq(expected), "{}: {journal:#?}", self.url);
        for entry in journal {
            let user = entry.user.map(|user| user.as_str().to_owned());
            assert!(user.is_none_or(|user| user == self.user()), "somebody else at {}", self.url);
            let mut states = entry.params.iter().filter(|(name, _)| name == "state");
            assert!(states.all(|(_, state)| *state == format!("state-{}", self.number)), "{}", self.url);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_issuers_at_once_never_see_each_other() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let idp = MockIdp::start_on(listener, Config { seed: Some(1), ..Config::demo() }).unwrap();
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let turns = Arc::new(Semaphore::new(CONNECTIONS));
    let all_have_settled = Arc::new(Barrier::new(CROWD.try_into().unwrap()));
    let mut crowd = JoinSet::new();
    for number in 0..CROWD {
        let name = format!("guest-{number}");
        let url = format!("http://{}/oauth2/{name}", idp.addr());
        let (http, turns) = (http.clone(), turns.clone());
        let mut guest = Guest { number, issuer: idp.issuer(&name), url, http, turns, seen: Vec::new() };
        let all_have_settled = all_have_settled.clone();
        crowd.spawn(async move {
            guest.settle().await;
            // From here on each has something that could strike the others.
            all_have_settled.wait().await;
            guest.stay().await;
            guest
        });
    }
    // Nobody is asked before all have finished: what came to the wrong issuer late is found, too.
    let guests = crowd.join_all().await;
    assert_eq!(guests.len(), usize::try_from(CROWD).unwrap());
    guests.iter().for_each(Guest::leave);
    assert_eq!(idp.default_issuer().journal().entries(), []);
}
