//! Flows: what belongs to one sign-in attempt, joined to a list of steps with a status. Computed from the journal.
//!
//! A flow begins when a browser comes to `/v1/authorize`, or when an app asks for a token of its own. The issuer gives
//! it a number, which the sign-in page, the code, the refresh tokens and every token's `jti` keep. An entry that the
//! journal has dropped is missing in its flow too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{AppliedFault, Entry, Outcome};
use crate::{
    protocol::{
        endpoint::Endpoint,
        flow_id::FlowId,
        grant_type::RequestedGrant,
        text::{ApiKey, Username},
        timestamp::{Expiry, Lifetime, Timestamp},
    },
    refusal::{Explanation, rule},
};

/// One sign-in attempt, from the browser's redirect to the last API call, or one token that an app got for itself.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, API_SECRET, REDIRECT_URI};
/// use mock_idp::{FlowStatus, Username};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// # issuer.sign_in_as("subscriber@example.com");
/// // Here somebody signs in, and the app exchanges the code.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// # let answer = browser.get(url).send().await?;
/// # let callback = url::Url::parse(answer.headers()["location"].to_str()?)?;
/// # let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1;
/// # let form = format!("grant_type=authorization_code&redirect_uri={REDIRECT_URI}&code={code}");
/// # let request = browser.post(format!("{}/v1/token", issuer.url()));
/// # request.basic_auth(API_KEY, Some(API_SECRET)).body(form).send().await?;
/// let flow = &issuer.flows()[0];
/// assert_eq!(flow.status, FlowStatus::SignedIn);
/// assert_eq!(flow.user, Some(Username::new("subscriber@example.com")));
/// assert_eq!(flow.summary, "subscriber@example.com is signed in");
/// let steps: Vec<&str> = flow.steps.iter().map(|step| step.what.as_str()).collect();
/// assert_eq!(steps[0], "the callback for subscriber@example.com received: code");
/// assert_eq!(steps[1], "the app sent the code and received: access token, id token");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Flow {
    /// Counts from 1 within the issuer.
    pub id: FlowId,
    /// The status.
    pub status: FlowStatus,
    /// The status in a sentence.
    pub summary: String,
    /// When it began.
    pub began: Timestamp,
    /// When its last exchange was answered.
    pub last: Timestamp,
    /// The app, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<ApiKey>,
    /// The user, once one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Username>,
    /// When the code expires, if it has not been exchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_expires: Option<Timestamp>,
    /// What happened, in order.
    pub steps: Vec<FlowStep>,
}

/// One exchange of a flow.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, API_SECRET, REDIRECT_URI};
/// use mock_idp::Endpoint;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// # issuer.sign_in_as("subscriber@example.com");
/// // Here somebody signs in, and the app sends the code with another redirect URI.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// # let answer = browser.get(url).send().await?;
/// # let callback = url::Url::parse(answer.headers()["location"].to_str()?)?;
/// # let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1;
/// # let form = format!("grant_type=authorization_code&redirect_uri=http://localhost/&code={code}");
/// # let request = browser.post(format!("{}/v1/token", issuer.url()));
/// # request.basic_auth(API_KEY, Some(API_SECRET)).body(form).send().await?;
/// let steps = &issuer.flows()[0].steps;
/// assert_eq!((steps[1].number, steps[1].endpoint, steps[1].status), (2, Endpoint::Token, 400));
/// assert_eq!(steps[1].what, "the app sent the code, and was refused");
/// assert_eq!(steps[1].refusal.as_ref().unwrap().rule, "redirect_uri_mismatch");
/// // The journal has the whole exchange under the same number.
/// assert_eq!(issuer.journal().entries()[1].number, steps[1].number);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FlowStep {
    /// The number of the journal's entry.
    pub number: u64,
    /// When it was answered.
    pub at: Timestamp,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What happened, in a sentence.
    pub what: String,
    /// The HTTP status.
    pub status: u16,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused: the rule, its section, what was expected, what was received, how to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Explanation>,
    /// Relaxed rules without which it would have been refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lenient: Vec<&'static str>,
    /// The fault that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<AppliedFault>,
}

/// The status of a flow.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{FlowId, FlowStatus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let status = || issuer.flow(FlowId::new(1)).unwrap().status;
/// # issuer.sign_in_as("subscriber@example.com");
/// // Here somebody signs in, and the app forgets about it.
/// # let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// # let app = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}");
/// # let url = format!("{}/v1/authorize?{app}&response_type=code&scope=openid&state=s", issuer.url());
/// # browser.get(url).send().await?;
/// assert_eq!(status(), FlowStatus::CodeIssued);
/// issuer.advance(issuer.lifetimes().code.duration());
/// assert_eq!(status(), FlowStatus::CodeExpired);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlowStatus {
    /// A sign-in page is open.
    WaitingForSignIn,
    /// A user has signed in, and the app has not exchanged the code yet.
    CodeIssued,
    /// The app has let the code expire.
    CodeExpired,
    /// The app has tokens for a user.
    SignedIn,
    /// The app has a token for itself.
    TokenIssued,
    /// A request was refused, and no later request has succeeded.
    Refused,
    /// The person went back to the app without signing in.
    Cancelled,
    /// Its tokens were revoked, by the app or because a code or refresh token was used twice.
    Revoked,
    /// The person has signed out.
    SignedOut,
}

/// Joins the entries to flows, the oldest first. `code` is how long a code lives.
pub(super) fn joined<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    code: Lifetime,
    now: Timestamp,
) -> Vec<Flow> {
    let mut flows: BTreeMap<FlowId, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if let Some(flow) = entry.flow {
            flows.entry(flow).or_default().push(entry);
        }
    }
    flows.into_iter().filter_map(|(id, entries)| flow(id, &entries, code, now)).collect()
}

fn flow(id: FlowId, entries: &[&Entry], code: Lifetime, now: Timestamp) -> Option<Flow> {
    let (first, last) = (entries.first()?, entries.last()?);
    let mut progress = Progress::default();
    for entry in entries {
        progress.add(entry);
    }
    let code_expires = progress.code_issued.map(|issued| Expiry::after(issued, code));
    let status = match progress.status {
        Some(FlowStatus::CodeIssued) if code_expires.is_some_and(|expiry| !expiry.is_live(now)) => {
            FlowStatus::CodeExpired
        }
        Some(status) => status,
        // The beginning was dropped, and the rest does not show the status.
        None => FlowStatus::SignedIn,
    };
    let app = entries.iter().rev().find_map(|entry| entry.app.clone());
    let user = entries.iter().rev().find_map(|entry| entry.user.clone());
    let who = user.as_ref().map_or("somebody", Username::as_str);
    Some(Flow {
        id,
        status,
        summary: progress.summary(status, who, code),
        began: first.began,
        last: last.at,
        code_expires: code_expires.filter(|_| status == FlowStatus::CodeIssued).map(Expiry::moment),
        steps: entries.iter().map(|entry| step(entry)).collect(),
        app,
        user,
    })
}

/// What the entries of a flow have shown so far.
#[derive(Default)]
struct Progress<'a> {
    status: Option<FlowStatus>,
    code_issued: Option<Timestamp>,
    /// The refusal or the fault that decided the status.
    decisive: Option<&'a Entry>,
    wrong_passwords: usize,
    refreshes: usize,
    calls: usize,
    refusals: usize,
}

impl<'a> Progress<'a> {
    fn add(&mut self, entry: &'a Entry) {
        if decisive_fault(entry).is_some() {
            return self.add_fault(entry);
        }
        let refused = entry.outcome == Outcome::Refused;
        let rule = entry.refusal.as_ref().map(|why| why.rule);
        self.refusals += usize::from(rule.is_some());
        match entry.endpoint {
            Endpoint::Authorize | Endpoint::SignIn if refused => self.add_refused_sign_in(entry, rule),
            Endpoint::Authorize | Endpoint::SignIn => {
                if entry.gave.contains(&"code") {
                    self.code_issued = Some(entry.at);
                    self.proceed(FlowStatus::CodeIssued);
                } else if !entry.gave.is_empty() {
                    self.proceed(FlowStatus::SignedIn);
                } else if self.is_open() {
                    self.proceed(FlowStatus::WaitingForSignIn);
                }
            }
            Endpoint::Token if refused => match rule {
                Some(rule::CODE_REPLAYED | rule::REFRESH_TOKEN_REUSED) => {
                    self.end(FlowStatus::Revoked, entry);
                }
                _ if self.has_tokens() => {}
                _ => self.end(FlowStatus::Refused, entry),
            },
            Endpoint::Token => {
                let own = entry.user.is_none();
                self.refreshes += usize::from(grant(entry) == Some(RequestedGrant::RefreshToken));
                self.proceed(if own { FlowStatus::TokenIssued } else { FlowStatus::SignedIn });
            }
            Endpoint::Revoke if !refused => self.proceed(FlowStatus::Revoked),
            Endpoint::Logout if !refused => self.proceed(FlowStatus::SignedOut),
            Endpoint::Userinfo | Endpoint::Gateway | Endpoint::Subscriptions if !refused => self.calls += 1,
            _ => {}
        }
    }

    /// A fault does not undo earlier steps, and the client may send the request again.
    fn add_fault(&mut self, entry: &'a Entry) {
        let decides = match entry.endpoint {
            Endpoint::Authorize | Endpoint::SignIn => self.is_open(),
            Endpoint::Token => !self.has_tokens(),
            _ => false,
        };
        if decides {
            self.end(FlowStatus::Refused, entry);
        }
    }

    fn add_refused_sign_in(&mut self, entry: &'a Entry, rule: Option<&str>) {
        match rule {
            // A form that is sent late or twice does not undo a sign-in.
            _ if !self.is_open() => {}
            Some(rule::CANCELLED) => self.end(FlowStatus::Cancelled, entry),
            // The mock shows the page again.
            None if entry.endpoint == Endpoint::SignIn => self.wrong_passwords += 1,
            _ => self.end(FlowStatus::Refused, entry),
        }
    }

    const fn is_open(&self) -> bool {
        matches!(self.status, None | Some(FlowStatus::WaitingForSignIn | FlowStatus::Refused))
    }

    const fn has_tokens(&self) -> bool {
        matches!(
            self.status,
            Some(
                FlowStatus::SignedIn | FlowStatus::TokenIssued | FlowStatus::Revoked | FlowStatus::SignedOut
            )
        )
    }

    fn proceed(&mut self, status: FlowStatus) {
        self.status = Some(status);
        self.decisive = None;
    }

    fn end(&mut self, status: FlowStatus, entry: &'a Entry) {
        self.status = Some(status);
        self.decisive = Some(entry);
    }

    fn summary(&self, status: FlowStatus, who: &str, code: Lifetime) -> String {
        let description = match status {
            FlowStatus::WaitingForSignIn => "the sign-in page is open".to_owned(),
            FlowStatus::CodeIssued => format!("{who} signed in, and the app has not exchanged the code yet"),
            FlowStatus::CodeExpired => {
                format!("{who} signed in, and the code was not exchanged within {} s", code.seconds())
            }
            FlowStatus::SignedIn => format!("{who} is signed in"),
            FlowStatus::TokenIssued => "the app has a token of its own".to_owned(),
            FlowStatus::Refused => "refused".to_owned(),
            FlowStatus::Cancelled => "the person cancelled".to_owned(),
            FlowStatus::Revoked => format!("the tokens of {who} were revoked"),
            FlowStatus::SignedOut => format!("{who} is signed out"),
        };
        let at = match self.decisive.filter(|_| status != FlowStatus::Cancelled) {
            Some(Entry { endpoint, refusal: Some(why), .. }) => {
                format!(" at {endpoint}: {}; {}", why.rule, why.remedy)
            }
            Some(Entry { endpoint, fault: Some(fault), .. }) => format!(" at {endpoint}: {fault}"),
            Some(Entry { endpoint, .. }) => format!(" at {endpoint}"),
            None => String::new(),
        };
        // The summary already contains the decisive refusal.
        let is_named = self.decisive.is_some_and(|entry| entry.refusal.is_some());
        let refusals = self.refusals - usize::from(is_named);
        let counts = [
            counted(self.wrong_passwords, "wrong password", "wrong passwords"),
            counted(self.refreshes, "refresh", "refreshes"),
            counted(self.calls, "API call", "API calls"),
            counted(refusals, "refusal", "refusals"),
        ];
        format!("{description}{at}{}", counts.concat())
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(", 1 {one}"),
        _ => format!(", {count} {several}"),
    }
}

fn grant(entry: &Entry) -> Option<RequestedGrant> {
    let (_, value) = entry.params.iter().find(|(name, _)| name == "grant_type")?;
    RequestedGrant::parse(value)
}

fn step(entry: &Entry) -> FlowStep {
    FlowStep {
        number: entry.number,
        at: entry.at,
        endpoint: entry.endpoint,
        what: what(entry),
        status: entry.status,
        outcome: entry.outcome,
        refusal: entry.refusal.clone(),
        lenient: entry.lenient.clone(),
        fault: entry.fault,
    }
}

/// The fault that replaced the answer to a request.
fn decisive_fault(entry: &Entry) -> Option<AppliedFault> {
    entry.fault.filter(|_| matches!(entry.outcome, Outcome::Refused | Outcome::Unanswered))
}

/// What happened, in a sentence.
fn what(entry: &Entry) -> String {
    if let Some(fault) = decisive_fault(entry) {
        return format!("{} {} failed: {fault}", entry.method, entry.endpoint);
    }
    let refused = entry.outcome == Outcome::Refused;
    let rule = entry.refusal.as_ref().map(|why| why.rule);
    let who = entry.user.as_ref().map_or("a user who was already signed in", Username::as_str);
    let gave = entry.gave.iter().map(|what| what.replace('_', " ")).collect::<Vec<_>>().join(", ");
    match entry.endpoint {
        Endpoint::Authorize | Endpoint::SignIn => match (entry.outcome, rule) {
            (Outcome::Asked, _) => "the sign-in page was shown".to_owned(),
            (Outcome::Answered, _) => format!("the callback for {who} received: {gave}"),
            (Outcome::Refused, Some(rule::CANCELLED)) => "the person cancelled".to_owned(),
            (Outcome::Refused, None) => "the user name or the password was wrong".to_owned(),
            (Outcome::Refused, Some(_)) if entry.endpoint == Endpoint::SignIn => {
                "the form was refused".to_owned()
            }
            (Outcome::Refused | Outcome::Unanswered, _) => "the browser's request was refused".to_owned(),
        },
        Endpoint::Token => {
            let by = match grant(entry) {
                Some(RequestedGrant::AuthorizationCode) => "the app sent the code",
                Some(RequestedGrant::RefreshToken) => "the app sent the refresh token",
                Some(RequestedGrant::ClientCredentials) => "the app asked for a token of its own",
                None => "the app asked for tokens",
            };
            if refused { format!("{by}, and was refused") } else { format!("{by} and received: {gave}") }
        }
        Endpoint::Gateway => {
            let path = entry.params.iter().find(|(name, _)| name == "path").map_or("", |(_, path)| path);
            format!("API call {} {path}{}", entry.method, if refused { ", refused" } else { "" })
        }
        other => {
            let doing = match other {
                Endpoint::Userinfo => "the app asked for userinfo",
                Endpoint::Introspect => "the app introspected a token",
                Endpoint::Revoke => "the app revoked a token",
                Endpoint::Logout => "the browser signed out",
                Endpoint::Subscriptions => "the app asked for its subscriptions",
                _ => "the app sent a request that needs no credentials",
            };
            format!("{doing}{}", if refused { ", and was refused" } else { "" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::entry::tests::entry,
        refusal::{Refusal, SignInRefusal, TokenRefusal},
    };

    const CODE: Lifetime = Lifetime::from_seconds(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn exchange(endpoint: Endpoint, outcome: Outcome, gave: &[&'static str]) -> Entry {
        Entry {
            flow: Some(FlowId::new(1)),
            outcome,
            gave: gave.to_vec(),
            user: Some(Username::new("sam")),
            ..entry(endpoint)
        }
    }

    fn refused(endpoint: Endpoint, refusal: &Refusal) -> Entry {
        Entry { refusal: Some(refusal.explain()), ..exchange(endpoint, Outcome::Refused, &[]) }
    }

    /// The status and the summary of a flow of these exchanges, a second after the last one.
    #[track_caller]
    fn status_of(entries: &[Entry]) -> (FlowStatus, String) {
        let flow = joined(entries, CODE, at(1)).pop().unwrap();
        (flow.status, flow.summary)
    }

    fn asked() -> Entry {
        Entry { user: None, ..exchange(Endpoint::Authorize, Outcome::Asked, &[]) }
    }

    fn signed_in() -> Entry {
        exchange(Endpoint::SignIn, Outcome::Answered, &["code"])
    }

    fn redeemed() -> Entry {
        exchange(Endpoint::Token, Outcome::Answered, &["access_token", "id_token"])
    }

    fn refreshed() -> Entry {
        Entry { params: vec![("grant_type".into(), "refresh_token".into())], ..redeemed() }
    }

    #[test]
    fn the_last_step_decides_the_status_of_a_flow() {
        use FlowStatus::{CodeIssued, Refused, Revoked, SignedIn, SignedOut, WaitingForSignIn};
        let wrong = || Entry { status: 401, user: None, ..exchange(Endpoint::SignIn, Outcome::Refused, &[]) };
        let bad_verifier = || refused(Endpoint::Token, &TokenRefusal::VerifierWrong.into());
        for (entries, status, summary) in [
            (vec![asked()], WaitingForSignIn, "the sign-in page is open"),
            (
                vec![asked(), wrong(), wrong()],
                WaitingForSignIn,
                "the sign-in page is open, 2 wrong passwords",
            ),
            (
                vec![asked(), signed_in()],
                CodeIssued,
                "sam signed in, and the app has not exchanged the code yet",
            ),
            (vec![asked(), wrong(), signed_in(), redeemed()], SignedIn, "sam is signed in, 1 wrong password"),
            (
                vec![asked(), signed_in(), bad_verifier()],
                Refused,
                "refused at token: code_verifier_wrong; store the code_verifier of each sign-in and send it with the code",
            ),
            (vec![asked(), signed_in(), bad_verifier(), redeemed()], SignedIn, "sam is signed in, 1 refusal"),
            (
                vec![
                    asked(),
                    signed_in(),
                    redeemed(),
                    refreshed(),
                    exchange(Endpoint::Gateway, Outcome::Answered, &[]),
                    exchange(Endpoint::Userinfo, Outcome::Answered, &[]),
                ],
                SignedIn,
                "sam is signed in, 1 refresh, 2 API calls",
            ),
            (
                vec![asked(), refused(Endpoint::SignIn, &SignInRefusal::Cancelled.into())],
                FlowStatus::Cancelled,
                "the person cancelled",
            ),
            (
                vec![asked(), signed_in(), refused(Endpoint::SignIn, &SignInRefusal::Unknown.into())],
                CodeIssued,
                "sam signed in, and the app has not exchanged the code yet, 1 refusal",
            ),
            (
                vec![asked(), refused(Endpoint::SignIn, &SignInRefusal::Elsewhere.into()), signed_in()],
                CodeIssued,
                "sam signed in, and the app has not exchanged the code yet, 1 refusal",
            ),
            (
                vec![asked(), signed_in(), exchange(Endpoint::Token, Outcome::Refused, &[])],
                Refused,
                "refused at token",
            ),
            (
                vec![redeemed(), exchange(Endpoint::Revoke, Outcome::Answered, &[])],
                Revoked,
                "the tokens of sam were revoked",
            ),
            (
                vec![redeemed(), exchange(Endpoint::Logout, Outcome::Answered, &[])],
                SignedOut,
                "sam is signed out",
            ),
            (
                vec![redeemed(), refused(Endpoint::Token, &TokenRefusal::RefreshTokenRevoked.into())],
                SignedIn,
                "sam is signed in, 1 refusal",
            ),
        ] {
            assert_eq!(status_of(&entries), (status, summary.to_owned()));
        }
    }

    #[test]
    fn a_code_or_refresh_token_used_twice_revokes() {
        let twice = [
            TokenRefusal::CodeReplayed { redeemed_at: at(0) }.into(),
            TokenRefusal::RefreshTokenReused.into(),
        ];
        for refusal in twice {
            let (status, summary) = status_of(&[redeemed(), refused(Endpoint::Token, &refusal)]);
            assert_eq!(status, FlowStatus::Revoked);
            let rule = refusal.explain().rule;
            assert!(summary.starts_with(&format!("the tokens of sam were revoked at token: {rule}; ")));
        }
    }

    #[test]
    fn a_code_waits_until_it_expires() {
        let entries = [asked(), signed_in()];
        let flow = |now| joined(&entries, CODE, at(now)).pop().unwrap();
        assert_eq!((flow(59).status, flow(59).code_expires), (FlowStatus::CodeIssued, Some(at(60))));
        assert_eq!((flow(60).status, flow(60).code_expires), (FlowStatus::CodeExpired, None));
        assert_eq!(flow(60).summary, "sam signed in, and the code was not exchanged within 60 s");
    }

    #[test]
    fn entries_are_grouped_by_flow_and_those_without_one_are_left_out() {
        let other = Entry { flow: Some(FlowId::new(2)), ..redeemed() };
        let entries = [other, asked(), entry(Endpoint::Keys), signed_in()];
        let flows = joined(&entries, CODE, at(1));
        let told: Vec<_> = flows.iter().map(|flow| (flow.id, flow.steps.len())).collect();
        assert_eq!(told, [(FlowId::new(1), 2), (FlowId::new(2), 1)]);
    }

    #[test]
    fn a_fault_is_named_and_the_request_can_be_sent_again() {
        let fault = Some(AppliedFault { id: Some(1), kind: "reset" });
        let lost = Entry { fault, ..exchange(Endpoint::Token, Outcome::Unanswered, &[]) };
        let mut entries = vec![exchange(Endpoint::SignIn, Outcome::Answered, &["code"]), lost];
        let flow = joined(&entries, CODE, at(0)).remove(0);
        assert_eq!(flow.status, FlowStatus::Refused);
        assert_eq!(flow.summary, "refused at token: fault reset (no. 1)");
        assert_eq!(flow.steps[1].what, "GET token failed: fault reset (no. 1)");
        entries.push(exchange(Endpoint::Token, Outcome::Answered, &["access_token"]));
        assert_eq!(joined(&entries, CODE, at(0)).remove(0).status, FlowStatus::SignedIn);
    }
}
