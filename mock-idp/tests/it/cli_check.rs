//! `mock-idp check`: all problems in the form that editors recognize, warnings, exit codes.

use std::fs;

use crate::support::{Said, program, said};

/// What is said of a file with this text.
async fn check(text: &str) -> Said {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mock.toml"), text).unwrap();
    said(program(&["check", "mock.toml"]).current_dir(dir.path())).await
}

#[tokio::test]
async fn every_problem_is_a_line_with_its_place_and_its_remedy() {
    let checked = check(
        r#"[issuer]
code_lifetime = 60

[[app]]
name = "One"
api_key = "one"
callbacks = ["http://app.test/cb"]

[[app]]
name = "Two"
api_key = "two"
grants = ["authorisation_code"]

[[user]]
user = "sam@example.com"
"#,
    )
    .await;
    assert_eq!((checked.status, checked.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(checked.stdout);
}

#[tokio::test]
async fn what_is_odd_is_a_warning_and_stops_nothing() {
    let checked = check(
        r#"
[[app]]
name = "One"
api_key = "one"

[[user]]
username = "sam@example.com"
password = "x"
"#,
    )
    .await;
    assert_eq!((checked.status, checked.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(checked.stdout);
}

#[tokio::test]
async fn an_empty_file_serves_nobody() {
    let checked = check("").await;
    assert_eq!(checked.status, Some(0));
    assert_eq!(
        checked.stdout,
        "mock.toml:1:1: warning: there is no app, so nobody gets a token; add an [[app]]\n\
         mock.toml can be served; 1 warning\n"
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_ends_with_2() {
    let checked = said(&mut program(&["check", "nowhere.toml"])).await;
    assert_eq!((checked.status, checked.stdout.as_str()), (Some(2), ""));
    assert!(checked.stderr.starts_with("error: FILE: nowhere.toml: "), "{}", checked.stderr);
}

#[tokio::test]
async fn serving_a_bad_file_names_all_its_flaws() {
    let dir = tempfile::tempdir().unwrap();
    for (text, told) in [
        (
            "[isuer]\n",
            "error: MOCK_IDP_CONFIG: mock.toml:1:2: unknown field `isuer`; did you mean `issuer`?\n",
        ),
        (
            "[isuer]\n[gatway]\n",
            "error: MOCK_IDP_CONFIG: mock.toml has 2 flaws:\n\
             mock.toml:1:2: unknown field `isuer`; did you mean `issuer`?\n\
             mock.toml:2:2: unknown field `gatway`; did you mean `gateway`?\n",
        ),
    ] {
        fs::write(dir.path().join("mock.toml"), text).unwrap();
        let served = said(program(&["--config", "mock.toml"]).current_dir(dir.path())).await;
        assert_eq!((served.status, served.stderr.as_str()), (Some(2), told));
    }
}
