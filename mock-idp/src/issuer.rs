//! One isolated authorization server inside the mock: its own directory, memory, dice, clock, keys and journal.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    clock::Clock,
    directory::Directory,
    entropy::Entropy,
    gateway::GatewayRules,
    grant::{Issuance, OrderError, Terms, TokenOrder},
    journal::Journal,
    keys::KeyRing,
    ledger::{Ledger, SignInMode},
    protocol::{jwt::at_hash, lifetimes::Lifetimes, text::Username, timestamp::Timestamp},
    respond::TokenAnswer,
};

/// One authorization server. Two issuers share nothing but the machine.
#[derive(Debug)]
pub struct Issuer {
    name: String,
    url: String,
    back_channel: String,
    lifetimes: Lifetimes,
    gateway: GatewayRules,
    clock: Clock,
    keys: KeyRing,
    journal: Journal,
    /// Who existed at the beginning.
    beginning: Directory,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    directory: Directory,
    ledger: Ledger,
    entropy: Entropy,
}

/// What one step of an issuer can see and change, all at one moment.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// Who exists.
    pub directory: &'a mut Directory,
    /// What is remembered.
    pub ledger: &'a mut Ledger,
    /// Dice.
    pub entropy: &'a mut Entropy,
    /// How long things live.
    pub lifetimes: &'a Lifetimes,
    /// The moment of this step.
    pub now: Timestamp,
}

/// What an issuer is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) back_channel: String,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) gateway: GatewayRules,
    pub(crate) keys: KeyRing,
    pub(crate) directory: Directory,
    pub(crate) entropy: Entropy,
}

impl Issuer {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { name, url, back_channel, lifetimes, gateway, keys, directory, entropy } = parts;
        Self {
            name,
            url,
            back_channel,
            lifetimes,
            gateway,
            keys,
            clock: Clock::default(),
            journal: Journal::default(),
            beginning: directory.clone(),
            memory: Mutex::new(Memory { directory, ledger: Ledger::default(), entropy }),
        }
    }

    /// The last part of its path: `default`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its identifier, `iss`: `http://localhost:9100/oauth2/default`. Browsers reach it there.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where servers reach it: the same, unless a container network needs another name.
    pub fn back_channel_url(&self) -> &str {
        &self.back_channel
    }

    /// Its clock.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Lets time pass: codes, tokens and sessions of this issuer age by `by`, and nobody waits.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Makes it what it was at the beginning: its first apps, users and subscriptions, no memory, an empty journal, the
    /// machine's clock. Only the dice roll on, so that no old cookie or token becomes good again.
    pub fn reset(&self) {
        self.step(|step| {
            *step.directory = self.beginning.clone();
            *step.ledger = Ledger::default();
        });
        self.clock.follow();
        self.journal.clear();
    }

    /// From now on signs this user in where a sign-in page would be shown, as if the password had just been typed.
    ///
    /// # Panics
    /// If nobody has this name.
    #[track_caller]
    pub fn sign_in_as(&self, username: &str) {
        let username = Username::new(username);
        self.step(|step| {
            assert!(step.directory.user(&username).is_some(), "nobody is called {username}");
            step.ledger.sign_in_mode = SignInMode::Automatic { username };
        });
    }

    /// What was asked of it, and what it answered.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Its keys.
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// How long it lets things live.
    pub const fn lifetimes(&self) -> &Lifetimes {
        &self.lifetimes
    }

    /// How its API gateway behaves.
    pub const fn gateway(&self) -> GatewayRules {
        self.gateway
    }

    /// Runs one step under the lock: the only place that locks. The closure cannot await, so the lock is short,
    /// and of two requests that redeem one code the second finds it redeemed.
    pub(crate) fn step<R>(&self, step: impl FnOnce(Step<'_>) -> R) -> R {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        // Read within the lock, so that moments follow each other as the steps do.
        let now = self.clock.now();
        let Memory { directory, ledger, entropy } = &mut *memory;
        step(Step { issuer: &self.url, directory, ledger, entropy, lifetimes: &self.lifetimes, now })
    }

    /// Makes tokens to order, without a flow: as good at userinfo, introspection and the API gateway as any.
    pub fn mint(&self, order: &TokenOrder) -> Result<TokenAnswer, OrderError> {
        let issuance = self.step(|step| {
            let terms = Terms { issuer: step.issuer, lifetimes: step.lifetimes, now: step.now };
            order.make_out(step.directory, step.entropy, terms)
        })?;
        Ok(self.sign(issuance))
    }

    /// Signs what a step has issued, outside the lock: a signature takes a quarter of a millisecond.
    pub(crate) fn sign(&self, issuance: Issuance) -> TokenAnswer {
        let key = self.keys.signing();
        let access_token = issuance.access.map(|draft| key.sign(draft.token_type, &draft.claims));
        let id_token = issuance.id.map(|mut draft| {
            if let Some(access_token) = access_token.as_deref().filter(|_| issuance.at_hash) {
                draft.claims.set("at_hash", at_hash(access_token));
            }
            key.sign(draft.token_type, &draft.claims)
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
