//! `mock-idp init`: a file to start from, and the files that it does not touch.

use std::{fs, path::Path};

use crate::support::{Said, program, said};

async fn init(dir: &Path, words: &[&str]) -> Said {
    said(program(&[&["init"], words].concat()).current_dir(dir)).await
}

#[tokio::test]
async fn the_file_that_is_written_can_be_served_without_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let written = init(dir.path(), &[]).await;
    assert_eq!((written.status, written.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(written.stdout);
    let checked = said(program(&["check"]).current_dir(dir.path())).await;
    assert_eq!(checked.status, Some(0), "{}", checked.stdout);
    insta::assert_snapshot!("the_starter_is_checked", checked.stdout);
}

#[tokio::test]
async fn a_file_that_is_there_is_not_overwritten_unless_by_force() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("own.toml");
    fs::write(&file, "# mine\n".repeat(1000)).unwrap();
    let refused = init(dir.path(), &["own.toml"]).await;
    assert_eq!((refused.status, refused.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        refused.stderr,
        "error: FILE: own.toml exists; name another file, or overwrite it with --force\n"
    );
    assert!(fs::read_to_string(&file).unwrap().starts_with("# mine"));
    assert_eq!(init(dir.path(), &["own.toml", "--force"]).await.status, Some(0));
    let printed = init(dir.path(), &["-"]).await.stdout;
    assert_eq!(fs::read_to_string(&file).unwrap(), printed, "all of it, and nothing of the old one");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_to_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let refused = init(dir.path(), &["nowhere/own.toml"]).await;
    assert_eq!(refused.status, Some(2));
    assert!(
        refused.stderr.starts_with("error: FILE: nowhere/own.toml cannot be written: "),
        "{}",
        refused.stderr
    );
}
