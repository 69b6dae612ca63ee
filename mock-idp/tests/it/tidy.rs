//! Checks of the architecture: which layer may import which, what the pure layers may not use, that every file says what
//! it contains, and that every file that answers requests is tested.
//!
//! The checks read source as tokens, so comments and strings do not count. A violation names its file and line.

mod circles;
mod shown;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A floor of `src`: a folder or a file.
struct Floor {
    name: &'static str,
    /// Whether it is arithmetic: no HTTP server, no runtime, no socket, clock, file or environment.
    pure: bool,
}

const fn pure(name: &'static str) -> Floor {
    Floor { name, pure: true }
}

const fn floor(name: &'static str) -> Floor {
    Floor { name, pure: false }
}

/// The floors, inner first: a floor may use those before it. `lib.rs` and `main.rs` are above all of them.
const FLOORS: &[Floor] = &[
    pure("protocol"),
    floor("clock"),
    floor("entropy"),
    floor("keys"),
    pure("dialect"),
    pure("refusal"),
    pure("ledger"),
    pure("directory"),
    pure("authorization"),
    pure("bearer"),
    pure("client_authentication"),
    pure("grant"),
    pure("gateway"),
    pure("fault"),
    pure("inspection"),
    pure("step"),
    pure("interaction"),
    floor("config"),
    floor("respond"),
    floor("journal"),
    floor("issuer"),
    floor("issuers"),
    pure("endpoint"),
    floor("wire"),
    floor("pipeline"),
    floor("control"),
    floor("tls"),
    floor("server"),
    floor("cli"),
];

/// The outermost files, which may use everything.
const OUTERMOST: &[&str] = &["lib", "main"];

/// What no pure layer names.
const WORLD: &[&str] = &[
    "axum",
    "hyper",
    "reqwest",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "tower",
    "tower_http",
];

/// Folders of `src` whose files answer requests, or decide what is answered.
const TESTED: &[&str] = &["control", "endpoint", "gateway", "grant", "pipeline"];

/// Files whose tests are in a file of another name: the file, and the test file.
const TESTED_ELSEWHERE: &[(&str, &str)] = &[
    ("control/at", "control_issuers"),
    ("control/events", "control_journal"),
    ("control/input", "control_clock"),
    ("control/openapi/document", "control_openapi"),
    ("control/openapi/flat", "control_openapi"),
    ("control/openapi/served", "control_openapi"),
    ("control/put", "control_apps"),
    ("control/resources", "control_openapi"),
    ("control/router", "control_guard"),
    ("endpoint/api", "gateway"),
    ("endpoint/client", "client_authentication"),
    ("endpoint/cookies", "sessions"),
    ("endpoint/reply", "refused"),
    ("endpoint/request", "token"),
    ("endpoint/row", "metadata"),
    ("endpoint/sign_in_page", "sign_in"),
    ("pipeline/choose", "faults"),
    ("pipeline/connection", "faults"),
    ("pipeline/cors", "token"),
    ("pipeline/document", "metadata"),
    ("pipeline/read", "control_journal"),
    ("pipeline/record", "control_journal"),
    ("pipeline/replace", "faults"),
    ("pipeline/unknown", "issuers"),
    ("pipeline/write", "authorize"),
    ("gateway/gate", "gateway"),
    ("gateway/judge", "gateway"),
    ("grant/authorization_code", "token"),
    ("grant/context", "token"),
    ("grant/mint", "claims"),
    ("grant/refresh_token", "refresh"),
];

#[test]
fn no_layer_knows_one_outside_of_it() {
    assert_none(sources(&src()).iter().flat_map(|(path, text)| outward(path, text)));
}

#[test]
fn pure_layers_touch_nothing_of_the_world() {
    assert_none(sources(&src()).iter().flat_map(|(path, text)| worldly(path, text)));
}

#[test]
fn every_file_begins_with_what_lives_there() {
    let files = sources(&workspace());
    assert!(files.len() > 100, "the whole workspace is read");
    assert_none(files.iter().filter_map(|(path, text)| nameless(path, text)));
}

#[test]
fn whatever_answers_requests_is_tested() {
    let tests: BTreeSet<String> =
        sources(&workspace().join("mock-idp/tests/it")).keys().map(|path| unit(path)).collect();
    assert_none(sources(&src()).iter().filter_map(|(path, text)| untested(path, text, &tests)));
}

#[test]
fn each_floor_appears_once_and_is_there() {
    let names: BTreeSet<&str> = FLOORS.iter().map(|floor| floor.name).collect();
    assert_eq!(names.len(), FLOORS.len());
    let there: BTreeSet<String> = sources(&src()).keys().map(|path| floor_of(path)).collect();
    let missing: Vec<&&str> = names.iter().filter(|name| !there.contains(**name)).collect();
    assert!(missing.is_empty(), "nothing lives on these floors: {missing:?}");
}

/// The checks find what they are for: each planted violation is told with its line.
mod planted {
    use super::*;

    #[test]
    fn a_look_outward_is_found_in_any_spelling() {
        let path = Path::new("ledger/code.rs");
        for (source, line) in [
            ("//! x\nuse crate::issuer::Issuer;", 2),
            ("//! x\n\nuse crate::{\n    protocol::text::Code,\n    endpoint::Endpoint,\n};", 5),
            ("//! x\nfn f() { crate::respond::no_store(x) }", 2),
            ("//! x\nfn f() -> Option<crate::issuer::Step<'static>> { None }", 2),
            ("//! x\nuse super::super::issuer::Issuer;", 2),
            ("//! x\nuse crate as own;", 2),
            ("//! x\nuse crate::*;", 2),
            ("//! x\nuse crate::Timestamp;", 2),
            ("//! x\nuse ::mock_idp::Issuer;", 2),
            ("//! x\nfn f() -> X { return ::mock_idp::Issuer::new() }", 2),
        ] {
            let found = outward(path, source);
            assert_eq!(found.len(), 1, "{source}: {found:?}");
            assert!(found[0].starts_with(&format!("ledger/code.rs:{line}: ")), "{}", found[0]);
        }
    }

    #[test]
    fn a_file_of_one_layer_looks_through_super_too() {
        let found = outward(Path::new("bearer.rs"), "//! x\nuse super::issuer::Issuer;");
        assert_eq!(found, ["bearer.rs:2: bearer may not use issuer, which is not an inner floor"]);
    }

    #[test]
    fn a_layer_without_a_row_is_found() {
        let found = outward(Path::new("helpers.rs"), "//! x\nuse crate::protocol::jwk::Jwk;");
        assert_eq!(found, ["helpers.rs:1: helpers is not in the list of floors"]);
    }

    #[test]
    fn what_is_allowed_is_not_found() {
        let path = Path::new("ledger/code.rs");
        for fine in [
            "//! crate::issuer\nuse crate::protocol::text::Code;",
            "//! x\nuse super::Bounded;\nuse self::inner::X;",
            "//! x\n/// See [`crate::issuer`].\nconst X: &str = \"crate::issuer::Issuer\"; // crate::issuer",
            "//! x\npub(crate) struct X;\npub(in crate::ledger) struct Y;",
            "//! x\n#[cfg(test)]\nmod tests {\n    use crate::issuer::Issuer;\n}",
        ] {
            assert_eq!(outward(path, fine), [""; 0], "{fine}");
        }
    }

    #[test]
    fn the_world_is_found_in_a_pure_layer_and_nowhere_else() {
        for (source, line) in [
            ("//! x\nuse axum::response::Response;", 2),
            ("//! x\nuse std::{fmt, net::IpAddr};", 2),
            ("//! x\nuse std::{\n    fmt,\n    time::{Duration, Instant},\n};", 4),
            ("//! x\nfn f() { let _ = std::env::var(\"X\"); }", 2),
            ("//! x\n\nfn f() { ::std::fs::read(\"x\") }", 3),
            ("//! x\nasync fn f() { tokio::join!(a, b) }", 2),
        ] {
            let found = worldly(Path::new("grant/mod.rs"), source);
            assert_eq!(found.len(), 1, "{source}: {found:?}");
            assert!(found[0].starts_with(&format!("grant/mod.rs:{line}: ")), "{}", found[0]);
            assert_eq!(worldly(Path::new("pipeline/mod.rs"), source), [""; 0]);
        }
        let fine = "//! x\nuse std::{fmt, time::Duration};\n#[cfg(test)]\nmod tests { use std::fs; }";
        assert_eq!(worldly(Path::new("grant/mod.rs"), fine), [""; 0]);
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_is_found() {
        let path = Path::new("x.rs");
        for bad in ["", "use a;", "// x\n", "\n//! x", "//!\n", "//! \nuse a;", "/// x\n"] {
            assert!(nameless(path, bad).is_some(), "{bad:?}");
        }
        assert_eq!(nameless(path, "//! x\n"), None);
    }

    #[test]
    fn a_file_that_nobody_tests_is_found() {
        let tests = BTreeSet::from(["token".to_owned()]);
        let verdict = |path: &str, text: &str| untested(Path::new(path), text, &tests);
        assert!(verdict("endpoint/dance.rs", "//! x").unwrap().starts_with("endpoint/dance.rs:1: "));
        assert!(verdict("control/clock.rs", "//! x\n// mod tests").is_some(), "a comment tests nothing");
        assert_eq!(verdict("endpoint/token.rs", "//! x"), None);
        assert!(
            verdict("control/token.rs", "//! x").is_some(),
            "the endpoint's tests are not the resource's"
        );
        assert_eq!(
            verdict("grant/authorization_code.rs", "//! x"),
            None,
            "its tests are those of the token endpoint"
        );
        assert_eq!(verdict("control/clock.rs", "//! x\n#[cfg(test)]\nmod tests {}"), None);
        assert_eq!(verdict("endpoint/mod.rs", "//! x"), None, "only a list of what is in the folder");
        assert_eq!(verdict("protocol/dance.rs", "//! x"), None, "not what answers");
    }
}

#[track_caller]
fn assert_none(violations: impl Iterator<Item = String>) {
    let violations: Vec<String> = violations.collect();
    assert!(violations.is_empty(), "the architecture is violated:\n{}", violations.join("\n"));
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in a workspace").to_owned()
}

fn src() -> PathBuf {
    workspace().join("mock-idp/src")
}

/// All Rust files below a folder, by their path within it.
fn sources(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            }
        }
    }
    assert!(!found.is_empty(), "no source below {}", folder.display());
    found
}

/// `endpoint/token.rs` → `endpoint/token`.
fn unit(path: &Path) -> String {
    path.with_extension("").to_string_lossy().replace('\\', "/")
}

/// The floor that a file of `src` belongs to.
fn floor_of(path: &Path) -> String {
    unit(path).split('/').next().unwrap_or_default().to_owned()
}

fn outward(path: &Path, text: &str) -> Vec<String> {
    let own = floor_of(path);
    if OUTERMOST.contains(&own.as_str()) {
        return Vec::new();
    }
    let told = |line: usize, what: String| format!("{}:{line}: {what}", path.display());
    let Some(level) = level(&own) else {
        return vec![told(1, format!("{own} is not in the list of floors"))];
    };
    let depth = unit(path).trim_end_matches("/mod").split('/').count();
    let mut violations = Vec::new();
    for Named { path: named, line } in names(text) {
        let supers = named.iter().take_while(|word| *word == "super").count();
        let target = match named.first().map(String::as_str) {
            Some("crate" | "mock_idp") => named.get(1),
            Some("super") if supers >= depth => named.get(supers),
            _ => continue,
        };
        let target = target.map_or("*", String::as_str);
        if target != own && self::level(target).is_none_or(|inner| inner >= level) {
            violations.push(told(line, format!("{own} may not use {target}, which is not an inner floor")));
        }
    }
    violations
}

/// Where a floor is in the list.
fn level(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.name == name)
}

fn worldly(path: &Path, text: &str) -> Vec<String> {
    let own = floor_of(path);
    if !FLOORS.iter().any(|floor| floor.pure && floor.name == own) {
        return Vec::new();
    }
    names(text)
        .into_iter()
        .filter_map(|Named { path: named, line }| {
            let full = named.join("::");
            let world =
                WORLD.iter().find(|world| full == **world || full.starts_with(&format!("{world}::")))?;
            Some(format!("{}:{line}: {own} is pure, so it may not name {world}", path.display()))
        })
        .collect()
}

fn nameless(path: &Path, text: &str) -> Option<String> {
    let says = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("//!"))
        .is_some_and(|says| !says.trim().is_empty());
    (!says).then(|| format!("{}:1: the first line should say what lives here: //! …", path.display()))
}

fn untested(path: &Path, text: &str, tests: &BTreeSet<String>) -> Option<String> {
    let unit = unit(path);
    let (folder, name) = unit.rsplit_once('/')?;
    let top = folder.split('/').next()?;
    if !TESTED.contains(&top) || name == "mod" {
        return None;
    }
    // A resource of the control API may be named like an endpoint.
    let own = if top == "control" { format!("control_{name}") } else { name.to_owned() };
    let test_file =
        TESTED_ELSEWHERE.iter().find(|(of, _)| *of == unit).map_or(own, |(_, file)| (*file).to_owned());
    let has_tests = words(text).windows(2).any(|pair| pair == ["mod", "tests"]);
    if has_tests || tests.contains(&test_file) {
        return None;
    }
    Some(format!("{}:1: nobody tests this: add tests/it/{test_file}.rs or a mod tests", path.display()))
}

/// A path that a source names: `crate::protocol::text::Code`.
struct Named {
    path: Vec<String>,
    line: usize,
}

/// Every path in a source, `use` trees written out, unit tests left out.
fn names(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    walk(&tokens(text), &mut found);
    found
}

/// Words that may stand before a path and are no part of it.
const KEYWORDS: &[&str] = &[
    "as", "box", "break", "dyn", "else", "for", "if", "impl", "in", "match", "mut", "ref", "return", "use",
    "where", "while", "yield",
];

/// Every word of a source.
fn words(text: &str) -> Vec<String> {
    fn all(tokens: &[TokenTree], into: &mut Vec<String>) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => into.push(ident.to_string()),
                TokenTree::Group(group) => all(&trees(group.stream()), into),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    let mut into = Vec::new();
    all(&tokens(text), &mut into);
    into
}

fn tokens(text: &str) -> Vec<TokenTree> {
    trees(TokenStream::from_str(text).expect("the source compiles, so it consists of tokens"))
}

fn trees(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

fn walk(tokens: &[TokenTree], found: &mut Vec<Named>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(after) = after_unit_tests(tokens, at) {
            at = after;
            continue;
        }
        match token {
            TokenTree::Ident(ident) => {
                // `pub(crate)` and `pub(in …)` name nobody: they say who may name.
                let visibility = ident == "pub" && is_group(tokens.get(at + 1), Delimiter::Parenthesis);
                at = match ident.to_string().as_str() {
                    _ if visibility => at + 2,
                    // The `::` behind a keyword begins a path and continues none.
                    keyword if KEYWORDS.contains(&keyword) => at + 1,
                    _ => path(tokens, at, &[], found),
                };
            }
            TokenTree::Group(group) => {
                walk(&trees(group.stream()), found);
                at += 1;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => at += 1,
        }
    }
}

/// Reads the path that begins at `at`, with `prefix` before it; a `{…}` in it gives one path for each branch.
/// Returns where it ends.
fn path(tokens: &[TokenTree], at: usize, prefix: &[String], found: &mut Vec<Named>) -> usize {
    let mut path = prefix.to_vec();
    let mut at = at;
    let mut line = 1;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(ident) => {
                line = ident.span().start().line;
                path.push(ident.to_string());
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !path.is_empty() => {
                let branches = trees(group.stream());
                for branch in branches.split(is_comma).filter(|branch| !branch.is_empty()) {
                    self::path(branch, 0, &path, found);
                }
                return at + 1;
            }
            TokenTree::Punct(star) if star.as_char() == '*' => path.push("*".to_owned()),
            _ => break,
        }
        at += 1;
        if !is_colons(tokens, at) {
            break;
        }
        at += 2;
    }
    found.push(Named { path, line });
    at
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(tokens.get(at)) && colon(tokens.get(at + 1))
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

fn is_group(token: Option<&TokenTree>, delimiter: Delimiter) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == delimiter)
}

/// Where the item after a `#[cfg(test)]` that stands at `at` ends.
fn after_unit_tests(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let (TokenTree::Punct(hash), TokenTree::Group(attribute)) = (tokens.get(at)?, tokens.get(at + 1)?) else {
        return None;
    };
    let written: String = attribute.stream().to_string().split_whitespace().collect();
    if hash.as_char() != '#' || written != "cfg(test)" {
        return None;
    }
    let ends = |token: &TokenTree| {
        is_group(Some(token), Delimiter::Brace)
            || matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
    };
    Some(at + 2 + tokens.get(at + 2..)?.iter().position(ends)? + 1)
}
