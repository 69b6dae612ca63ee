//! `mock-idp decode`: explains a token, for people or as JSON.

use std::{
    fmt::Write,
    fs,
    io::{self, IsTerminal, Read},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use fortellis_service::StartError;
use jsonwebtoken::jwk::JwkSet;
use serde::Serialize;
use serde_json::{Map, Value};

use super::output::print;
use crate::{
    clock::Clock,
    inspection::{self, Inspection, Status, Unchecked, token_in},
    keys::{KeyMaterial, SigningKey},
    protocol::timestamp::Timestamp,
};

/// Which token to explain.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 0 if the signature is good and the token is live; 1 if not, or if it could not be checked; 2 if there is no \
token.

Examples:
  mock-idp token | mock-idp decode
  mock-idp decode 'Bearer eyJhbGciOi…'
  curl … /v1/token | mock-idp decode --jwks http://localhost:9100/oauth2/default/v1/keys")]
pub(super) struct DecodeArgs {
    /// The token, an Authorization header, or a token answer as JSON; from stdin if it is left out or `-`
    #[arg(hide_default_value = true, default_value = "-")]
    token: String,
    /// Check the signature with this key set, not with the mock's demo key
    #[arg(long, value_name = "URL|FILE")]
    jwks: Option<String>,
    /// Explain it as JSON
    #[arg(long)]
    json: bool,
    #[arg(long, env = "NO_COLOR", hide = true)]
    no_color: Option<String>,
}

/// How long fetching a key set may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether the signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Bad,
    Unchecked,
}

/// What is known about the signature.
#[derive(Debug, Serialize)]
struct Signature {
    verdict: Verdict,
    /// Which keys it was checked with.
    keys: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// The whole explanation, as JSON.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    inspection: &'a Inspection,
    signature: &'a Signature,
}

impl DecodeArgs {
    /// Explains the token.
    pub(super) async fn run(self) -> Result<ExitCode, StartError> {
        let (token, parsed) = token_in(&self.text()?).map_err(|error| {
            let error = error.to_string();
            let (found, remedy) = error.split_once("; ").unwrap_or((&error, "expected a JWT"));
            StartError::new("TOKEN", found, remedy)
        })?;
        let now = Clock::default().now();
        let inspection = Inspection::of(parsed, now);
        let signature = self.signature(&token, &inspection).await;
        if self.json {
            let report = Report { inspection: &inspection, signature: &signature };
            print(&serde_json::to_string_pretty(&report).expect("an inspection is JSON"));
        } else {
            let colored = io::stdout().is_terminal() && self.no_color.as_deref().is_none_or(str::is_empty);
            print(&in_words(&inspection, &signature, now, Paint(colored)));
        }
        let fine = signature.verdict == Verdict::Good && inspection.status == Status::Live;
        Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn text(&self) -> Result<String, StartError> {
        if self.token != "-" {
            return Ok(self.token.clone());
        }
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(|error| {
            StartError::new("TOKEN", format!("stdin cannot be read: {error}"), "expected text")
        })?;
        Ok(text)
    }

    async fn signature(&self, token: &str, inspection: &Inspection) -> Signature {
        let (keys, set) = match &self.jwks {
            Some(source) => (source.clone(), read_keys(source).await),
            None => ("the mock's demo key".to_owned(), Ok(demo_keys(inspection))),
        };
        let (verdict, problem) = match set.map(|set| inspection::check(token, &inspection.header, &set)) {
            Ok(Ok(_)) => (Verdict::Good, None),
            Ok(Err(error)) if error.is_bad() => (Verdict::Bad, Some(error.to_string())),
            Ok(Err(error)) => (Verdict::Unchecked, Some(self.explained(&error, inspection))),
            Err(problem) => (Verdict::Unchecked, Some(problem)),
        };
        Signature { verdict, keys, problem }
    }

    /// Why the signature was not checked, and which key set would help, if one is known.
    fn explained(&self, error: &Unchecked, inspection: &Inspection) -> String {
        match (error, &self.jwks, inspection.claims.text("iss")) {
            (Unchecked::UnknownKey { .. }, None, Some(issuer)) => {
                format!("the token's kid names another key; try --jwks {issuer}/v1/keys")
            }
            _ => error.to_string(),
        }
    }
}

/// The demo key with the id that it has at the token's issuer.
fn demo_keys(inspection: &Inspection) -> JwkSet {
    let issuer = inspection.claims.text("iss").and_then(|iss| iss.rsplit('/').next()).unwrap_or_default();
    let keys = vec![SigningKey::first_of(issuer, KeyMaterial::demo()).jwk()];
    let set = serde_json::to_value(crate::protocol::jwk::JwkSet { keys });
    set.and_then(serde_json::from_value).expect("a key set is a key set")
}

/// Reads a key set from a URL or a file.
async fn read_keys(source: &str) -> Result<JwkSet, String> {
    let text = if source.starts_with("http://") || source.starts_with("https://") {
        fetch(source).await.map_err(|error| format!("the keys cannot be fetched: {}", causes(&error)))?
    } else {
        fs::read_to_string(source).map_err(|error| format!("the keys cannot be read: {error}"))?
    };
    let document: Map<String, Value> =
        serde_json::from_str(&text).map_err(|_| "this is not a JSON object".to_owned())?;
    if let Some(uri) = document.get("jwks_uri").and_then(Value::as_str) {
        return Err(format!("this is metadata; the keys are at {uri}"));
    }
    serde_json::from_value(document.into()).map_err(|error| format!("this is not a key set: {error}"))
}

async fn fetch(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder().timeout(FETCH_TIMEOUT).build()?;
    client.get(url).send().await?.error_for_status()?.text().await
}

/// The last cause of an error, which is the most helpful one.
fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// Adds colours if the output is a terminal.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn wrap(self, code: u8, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn heading(self, text: &str) -> String {
        self.wrap(1, text)
    }

    fn aside(self, text: &str) -> String {
        self.wrap(2, text)
    }

    fn verdict(self, good: bool, text: &str) -> String {
        self.wrap(if good { 32 } else { 31 }, text)
    }
}

fn in_words(inspection: &Inspection, signature: &Signature, now: Timestamp, paint: Paint) -> String {
    let mut lines = String::new();
    members(&mut lines, paint, "header", inspection.header.iter(), |_| None);
    members(&mut lines, paint, "claims", inspection.claims.iter(), |name| {
        let moment = *inspection.times.get(name)?;
        Some(format!("{}, {}", inspection::moment(moment), inspection::relative(moment, now)))
    });
    let mut say = |topic: &str, text: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{}  {text}", paint.heading(&format!("{topic:<9}")));
    };
    say("lifetime", lifetime(inspection, now, paint));
    let problem = signature.problem.as_deref().unwrap_or_default();
    say(
        "signature",
        match signature.verdict {
            Verdict::Good => paint.verdict(true, &format!("good, checked with {}", signature.keys)),
            Verdict::Bad => paint.verdict(false, &printable(&format!("bad: {problem}"))),
            Verdict::Unchecked => {
                paint.verdict(false, &printable(&format!("not checked with {}: {problem}", signature.keys)))
            }
        },
    );
    let shape = &inspection.shape;
    let name = shape.dialect.as_str();
    let kind = shape.kind.as_str();
    if shape.deviations.is_empty() {
        say("dialect", format!("{name}, {kind}, as the mock issues it"));
    } else {
        let count = shape.deviations.len();
        let unusual = if count == 1 { "1 deviation" } else { &format!("{count} deviations") };
        say("dialect", format!("nearest to {name}, {kind}: {}", paint.verdict(false, unusual)));
        for deviation in &shape.deviations {
            say("", printable(deviation));
        }
    }
    lines.truncate(lines.trim_end().len());
    lines
}

/// One line for each member, with names and values aligned.
fn members<'a>(
    lines: &mut String,
    paint: Paint,
    topic: &str,
    members: impl Iterator<Item = (&'a String, &'a Value)>,
    aside: impl Fn(&str) -> Option<String>,
) {
    let members: Vec<_> = members.map(|(name, value)| (printable(name), shown(value), aside(name))).collect();
    let width = members.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
    let _ = writeln!(lines, "{}", paint.heading(topic));
    for (name, value, aside) in members {
        let aside = aside.map(|aside| format!("  {}", paint.aside(&aside))).unwrap_or_default();
        let _ = writeln!(lines, "  {name:<width$}  {value}{aside}");
    }
    lines.push('\n');
}

/// A value: as plain text if that is unambiguous, else as JSON.
fn shown(value: &Value) -> String {
    let plain = value.as_str().filter(|text| {
        !text.is_empty() && text.trim() == *text && serde_json::from_str::<Value>(text).is_err()
    });
    plain.map_or_else(|| printable(&value.to_string()), printable)
}

/// The text with control characters escaped: a token may come from an untrusted source.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default().collect::<String>());
            escaped.unwrap_or_else(|| c.to_string()).chars().collect::<Vec<_>>()
        })
        .collect()
}

fn lifetime(inspection: &Inspection, now: Timestamp, paint: Paint) -> String {
    let moment = |name: &str| {
        inspection.times.get(name).map_or_else(String::new, |moment| inspection::relative(*moment, now))
    };
    let status = match inspection.status {
        Status::Live => paint.verdict(true, &format!("live, expires {}", moment("exp"))),
        Status::Expired => paint.verdict(false, &format!("expired {}", moment("exp"))),
        Status::NotYetValid => {
            paint.verdict(false, &format!("not yet valid, becomes valid {}", moment("nbf")))
        }
        Status::WithoutExpiry => paint.verdict(false, "it never expires: there is no exp"),
    };
    match inspection.lifetime_seconds.map(|seconds| (seconds, u64::try_from(seconds))) {
        Some((seconds, Ok(span))) => format!("{} ({seconds} s), {status}", inspection::span(span)),
        Some((seconds, Err(_))) => format!("{seconds} s: it expires before it is issued, {status}"),
        None => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, TokenAnswer, TokenOrder, issuers::Issuers};

    const NOW: i64 = 1_767_323_045;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    /// A token's explanation at a moment.
    async fn explained(token: &str, seconds: i64) -> String {
        let (token, parsed) = token_in(token).unwrap();
        let inspection = Inspection::of(parsed, at(seconds));
        let args = DecodeArgs { token: token.clone(), jwks: None, json: false, no_color: None };
        let signature = args.signature(&token, &inspection).await;
        in_words(&inspection, &signature, at(seconds), Paint(false))
    }

    fn minted(order: &TokenOrder) -> TokenAnswer {
        let config = Config { seed: Some(1), ..Config::demo() };
        let issuer = Issuers::new(config, "http://localhost:9100").get_or_make("default");
        issuer.clock().freeze(at(NOW));
        issuer.mint(order).unwrap()
    }

    #[tokio::test]
    async fn the_tutorials_own_tokens_are_explained() {
        let answer: Value = serde_json::from_str(fixtures::TUTORIAL_TOKEN_ANSWER_JSON).unwrap();
        for name in ["access_token", "id_token"] {
            // A minute before they expired.
            let explanation = explained(answer[name].as_str().unwrap(), 1_643_330_859).await;
            insta::with_settings!({ filters => [(r"\S+@\S+", "[a person's address]")] }, {
                insta::assert_snapshot!(format!("tutorials_{name}"), explanation);
            });
        }
    }

    #[tokio::test]
    async fn our_own_tokens_are_explained() {
        for (name, order) in
            [("fortellis", TokenOrder::new()), ("oidc", TokenOrder::new().app(fixtures::oidc_app::API_KEY))]
        {
            let answer = minted(&order);
            let explanation = explained(&answer.access_token.unwrap(), NOW + 60).await;
            insta::assert_snapshot!(format!("{name}_access_token"), explanation);
            insta::assert_snapshot!(
                format!("{name}_id_token"),
                explained(&answer.id_token.unwrap(), NOW).await
            );
        }
        let backend = TokenOrder::new().app(fixtures::backend_app::API_KEY);
        insta::assert_snapshot!("app_token", explained(&minted(&backend).access_token.unwrap(), NOW).await);
    }

    #[tokio::test]
    async fn an_unusual_token_shows_its_deviations() {
        let order = TokenOrder::new()
            .claim("aud", "elsewhere")
            .claim("uid", Value::Null)
            .claim("role", "buyer\u{1b}[2J")
            .lifetime_seconds(60);
        let token = minted(&order).access_token.unwrap();
        let (input, _) = token.rsplit_once('.').unwrap();
        insta::assert_snapshot!(explained(&format!("{input}.c2ln"), NOW + 120).await);
    }

    #[test]
    fn text_is_shown_as_it_is_unless_it_could_be_mistaken() {
        for (value, explanation) in [
            (Value::from("openid"), "openid"),
            (Value::from("1"), "\"1\""),
            (Value::from(1), "1"),
            (Value::from("true"), "\"true\""),
            (Value::from(""), "\"\""),
            (Value::from(" a"), "\" a\""),
            (Value::from(vec!["a", "b"]), "[\"a\",\"b\"]"),
            (Value::from("\u{1b}[31mred\u{9b}"), "\\u{1b}[31mred\\u{9b}"),
        ] {
            assert_eq!(shown(&value), explanation);
        }
    }

    #[test]
    fn colours_are_for_terminals() {
        let token = token_in("e30.eyJleHAiOjF9.").unwrap().1;
        let now = at(61);
        let signature = || Signature { verdict: Verdict::Good, keys: "a key".to_owned(), problem: None };
        let inspection = Inspection::of(token, now);
        let [plain, painted] =
            [false, true].map(|colored| in_words(&inspection, &signature(), now, Paint(colored)));
        assert!(!plain.contains('\x1b') && plain.contains("lifetime   expired 1 min ago"), "{plain}");
        assert!(painted.contains("\x1b[31mexpired 1 min ago\x1b[0m"), "{painted}");
        assert!(painted.contains("\x1b[32mgood, checked with a key\x1b[0m"), "{painted}");
    }
}
