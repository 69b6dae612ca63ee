//! The probe asks the mock, and the mock answers as recorded in the repository.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use e2e::probe::{App, Outcome, Record, compare, count, probe};
use fixtures::{subscriber, tutorial_app};
use mock_idp::MockIdp;

use crate::stand_in::StandIn;

/// What the mock answered when the file was written.
const MOCK: &str = include_str!("../../probe/mock.json");

fn demo_app() -> App {
    App { api_key: tutorial_app::API_KEY.to_owned(), redirect_uri: tutorial_app::REDIRECT_URI.to_owned() }
}

#[tokio::test]
async fn the_mock_answers_as_its_file_says() {
    let idp = MockIdp::start().await.unwrap();
    let mut asked = Vec::new();
    let now = probe(idp.default_issuer().url(), Some(&demo_app()), |name| asked.push(name)).await.unwrap();
    assert_eq!(asked.len(), count());
    let then: Record = serde_json::from_str(MOCK).unwrap();
    let differences: String = compare(&then, &now).iter().map(ToString::to_string).collect();
    assert_eq!(
        differences, "",
        "e2e/probe/mock.json is the first. If the change is meant: cargo run -p e2e --bin probe -- mock > \
         e2e/probe/mock.json"
    );
    assert_eq!(then.exchanges.len(), count(), "every question is in the file");
}

#[test]
fn the_file_holds_no_prose_and_nothing_of_the_run_that_it_was_written_in() {
    let file: Record = serde_json::from_str(MOCK).unwrap();
    assert_eq!(file.server, "the mock");
    assert_eq!(file.clone().without_prose(), file, "a changed wording does not touch the file");
    for volatile in
        ["localhost:", "127.0.0.1", tutorial_app::API_KEY, tutorial_app::API_SECRET, subscriber::PASSWORD]
    {
        assert!(!MOCK.contains(volatile), "{volatile}");
    }
}

#[tokio::test]
async fn without_an_app_less_is_asked_and_nothing_differs() {
    let idp = MockIdp::start().await.unwrap();
    let issuer = idp.issuer("bare");
    let now = probe(issuer.url(), None, |_| {}).await.unwrap();
    let skipped = now.exchanges.iter().filter(|it| matches!(it.outcome, Outcome::Skipped { .. })).count();
    assert!(skipped > 10, "{skipped}");
    let then: Record = serde_json::from_str(MOCK).unwrap();
    assert_eq!(compare(&then, &now), []);
}

#[tokio::test]
async fn the_program_writes_and_compares_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mock = Path::new(env!("CARGO_MANIFEST_DIR")).join("probe/mock.json").display().to_string();

    let idp = MockIdp::start().await.unwrap();
    let issuer = idp.default_issuer();
    let output = run(&[issuer.url()]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, b"", "nobody is watching");
    fs::write(file("same.json"), &output.stdout).unwrap();
    let output = run(&["compare", &mock, &file("same.json").display().to_string()]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Both servers gave the same answers.\n");

    let other = StandIn::spoiled("/v1/token", 404, "text/html", "<title>Oh</title>").await;
    let output = run(&[&other.issuer()]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    fs::write(file("other.json"), &output.stdout).unwrap();
    let output = run(&["compare", &mock, &file("other.json").display().to_string()]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\ntoken-get\n  status: 405 and 404\n"), "{text}");
    assert!(text.contains("answers differ.\n"), "{text}");
}

#[tokio::test]
async fn an_address_that_is_no_issuers_is_noted_and_asked_all_the_same() {
    let idp = MockIdp::start().await.unwrap();
    let output = run(&[idp.url()]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let note = String::from_utf8(output.stderr).unwrap();
    assert!(note.starts_with(&format!("note: no issuer answers at {}: ", idp.url())), "{note}");
    let record: Record = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record.exchanges.len(), count());
}

#[tokio::test]
async fn what_cannot_be_done_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let no_file = folder.path().join("none.json").display().to_string();
    let idp = MockIdp::start().await.unwrap();
    let gone = idp.default_issuer().url().to_owned();
    idp.stop().await;
    for (args, expected) in [
        (&[gone.as_str()][..], "no program listens there"),
        (&["localhost:9100"], "is not an absolute http or https URL"),
        (&["compare", &no_file, &no_file], "cannot be read"),
    ] {
        let output = run(args).await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.lines().count() == 1 && text.contains(expected), "{text}");
        assert_eq!(output.stdout, b"");
    }
}

#[tokio::test]
async fn asking_the_mock_says_nothing_beside_the_answers() {
    let output = run(&["mock"]).await;
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let record: Record = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record.server, "the mock");
}

/// Runs the program `probe`.
async fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_probe"));
    command.args(args).current_dir(env!("CARGO_TARGET_TMPDIR")).env_clear().stdin(Stdio::null());
    // The mock that it asks runs in this very process.
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}
