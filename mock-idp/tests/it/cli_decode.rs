//! `mock-idp decode` as a process: what it reads, what it writes, and its exit status. The unit tests check its text.

use std::process::Stdio;

use fixtures::TUTORIAL_TOKEN_ANSWER_JSON;
use mock_idp::{MockIdp, TokenOrder};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{Said, program, said};

async fn decode(words: &[&str]) -> Said {
    said(&mut program(&[&["decode"], words].concat())).await
}

/// What it says to a text on stdin.
async fn piped(words: &[&str], text: &str) -> Said {
    let mut command = program(&[&["decode"], words].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    running.stdin.take().unwrap().write_all(text.as_bytes()).await.unwrap();
    let output = running.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A token of a mock that is running.
fn minted(idp: &MockIdp, order: &TokenOrder) -> String {
    idp.default_issuer().mint(order).unwrap().access_token.unwrap()
}

#[tokio::test]
async fn help_shows_the_exit_status() {
    let help = decode(&["--help"]).await;
    assert_eq!(help.status, Some(0));
    insta::assert_snapshot!(help.stdout);
}

#[tokio::test]
async fn a_live_token_of_the_mock_ends_with_0_however_it_is_given() {
    let idp = MockIdp::start().await.unwrap();
    let token = minted(&idp, &TokenOrder::new());
    let bearer = format!("Authorization: Bearer {token}");
    let answer = json!({ "token_type": "Bearer", "access_token": token }).to_string();
    for said in [
        decode(&[&token]).await,
        decode(&[&bearer]).await,
        piped(&[], &answer).await,
        piped(&["-"], &format!("{token}\n")).await,
    ] {
        assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{}", said.stdout);
        assert!(
            said.stdout.contains("\nsignature  good, checked with the mock's demo key\n"),
            "{}",
            said.stdout
        );
        assert!(!said.stdout.contains('\x1b'), "no colours in a pipe");
    }
}

#[tokio::test]
async fn what_is_expired_or_not_checked_ends_with_1() {
    let idp = MockIdp::start().await.unwrap();
    let expired = decode(&[&minted(&idp, &TokenOrder::new().lifetime_seconds(-61))]).await;
    assert_eq!(expired.status, Some(1));
    assert!(expired.stdout.contains("(14400 s), expired 1 min"), "{}", expired.stdout);
    let forged = format!("{}.c2ln", minted(&idp, &TokenOrder::new()).rsplit_once('.').unwrap().0);
    let forged = decode(&[&forged]).await;
    assert_eq!(forged.status, Some(1));
    assert!(forged.stdout.contains("\nsignature  bad: the key "), "{}", forged.stdout);
    assert_eq!(piped(&[], TUTORIAL_TOKEN_ANSWER_JSON).await.status, Some(1), "of another key, and old");
}

#[tokio::test]
async fn what_is_no_token_ends_with_2_and_one_line() {
    for (text, error) in [
        ("", "error: TOKEN: nothing was given; expected a JWT, a Bearer header, or a token answer\n"),
        ("a.b", "error: TOKEN: this is not a JWT: it has 2 parts; expected header.claims.signature\n"),
        (
            r#"{"error":"invalid_grant"}"#,
            "error: TOKEN: this JSON has no access_token, only error; expected a token answer\n",
        ),
    ] {
        let said = piped(&[], text).await;
        assert_eq!((said.status, said.stdout.as_str(), said.stderr.as_str()), (Some(2), "", error));
    }
}

#[tokio::test]
async fn a_key_set_at_an_address_or_in_a_file_checks_the_signature() {
    let idp = MockIdp::start().await.unwrap();
    let issuer = idp.default_issuer();
    let token = minted(&idp, &TokenOrder::new());
    let keys = format!("{}/v1/keys", issuer.url());
    let said = decode(&[&token, "--jwks", &keys]).await;
    assert_eq!(said.status, Some(0));
    assert!(said.stdout.contains(&format!("signature  good, checked with {keys}\n")), "{}", said.stdout);

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.json");
    std::fs::write(&file, serde_json::to_string(&issuer.keys().jwks()).unwrap()).unwrap();
    assert_eq!(decode(&[&token, "--jwks", file.to_str().unwrap()]).await.status, Some(0));

    let metadata = format!("{}/.well-known/openid-configuration", issuer.url());
    std::fs::write(&file, "[]").unwrap();
    let nowhere = dir.path().join("nowhere");
    for (source, problem) in [
        (metadata.as_str(), format!("this is metadata; the keys are at {keys}")),
        (file.to_str().unwrap(), "this is not a JSON object".to_owned()),
        (nowhere.to_str().unwrap(), "the keys cannot be read: No such file or directory".to_owned()),
        ("http://127.0.0.1:1/keys", "the keys cannot be fetched: Connection refused".to_owned()),
    ] {
        let said = decode(&[&token, "--jwks", source]).await;
        assert_eq!(said.status, Some(1), "explained nevertheless");
        let told = format!("signature  not checked with {source}: {problem}");
        assert!(said.stdout.contains(&told), "{told}\n{}", said.stdout);
    }
}

#[tokio::test]
async fn machines_get_the_same_as_json() {
    let idp = MockIdp::start().await.unwrap();
    let token = minted(&idp, &TokenOrder::new().claim("role", "buyer"));
    let said = decode(&["--json", &token]).await;
    assert_eq!(said.status, Some(0));
    let mut told: Value = serde_json::from_str(&said.stdout).unwrap();
    let parsed = mock_idp::Unverified::parse(&token).unwrap();
    assert_eq!(told["header"].take(), json!(parsed.header));
    assert_eq!(told["claims"].take(), json!(parsed.claims));
    let issued_at = parsed.claims.moment("iat").unwrap();
    assert_eq!(told["times"]["iat"].take(), json!(issued_at));
    assert_eq!(told["times"]["exp"].take(), json!(parsed.claims.moment("exp").unwrap()));
    insta::assert_json_snapshot!(told);
}
