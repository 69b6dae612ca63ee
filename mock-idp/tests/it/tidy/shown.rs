//! Whether the documentation of whatever is public shows it at work: an example on each page, and each method in one.

use std::{collections::BTreeMap, path::Path};

use proc_macro2::{Delimiter, TokenTree};

use super::{assert_none, floor_of, is_group, sources, src, tokens, trees};

#[test]
fn whatever_is_public_is_shown_at_work() {
    let items = sources(&src()).iter().flat_map(|(path, text)| public_items(path, text)).collect::<Vec<_>>();
    assert_none(not_shown(&items).into_iter());
}

#[test]
fn what_no_example_shows_is_found() {
    const SOURCE: &str = "//! x
/// A clock.
///
/// ```
/// Clock::new().advance(1);
/// ```
#[derive(Debug)]
pub struct Clock { pub ahead: u64, hand: Hand }
impl Clock {
/// One.
pub const fn new() -> Self { todo!() }
pub async fn advance(&self) { pub fn inside() {} }
/// A frozen advance.
pub fn freeze(&self) {}
pub(crate) fn wind(&self) {}
fn tick(&self) {}
}
impl fmt::Display for Clock { pub fn fmt() {} }
/// Nothing to see.
pub enum Hand { Long, Short }
identifier! {
/// A name. ``` Name::new() ```
pub Name
}
identifier! { pub Mute }
pub fn wind() {}
pub use crate::clock::Other;
pub mod within;
";
    let items = public_items(Path::new("x.rs"), SOURCE);
    let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["Clock", "new", "advance", "freeze", "Hand", "Name", "Mute", "wind"]);
    assert_eq!(
        not_shown(&items),
        [
            "x.rs:14: no example in the documentation of x::Clock shows freeze",
            "x.rs:20: no example in the documentation of x::Hand shows Hand",
            "x.rs:25: no example in the documentation of x::Mute shows Mute",
            "x.rs:26: no example in the documentation of x::wind shows wind",
        ]
    );
}

/// Something public: a type, a function or a constant, or a method of a type.
struct Item {
    /// The type or function whose page in the documentation tells of it.
    page: String,
    name: String,
    /// The examples in its documentation.
    examples: String,
    /// File and line.
    place: String,
}

/// Each page of the documentation that shows nothing at work, and each method that no example of its page names.
fn not_shown(items: &[Item]) -> Vec<String> {
    let mut pages: BTreeMap<&str, String> = BTreeMap::new();
    for item in items {
        pages.entry(&item.page).or_default().push_str(&item.examples);
    }
    items
        .iter()
        .filter(|Item { page, name, .. }| {
            let shown = &pages[page.as_str()];
            let mut words = shown.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let is_the_page = page.ends_with(&format!("::{name}"));
            if is_the_page { shown.is_empty() } else { !words.any(|word| word == name) }
        })
        .map(|Item { page, name, place, .. }| {
            format!("{place}: no example in the documentation of {page} shows {name}")
        })
        .collect()
}

fn public_items(path: &Path, text: &str) -> Vec<Item> {
    let mut found = Vec::new();
    collect_items(path, &tokens(text), None, &mut found);
    found
}

/// `within` is the type whose methods stand here. What is `pub` can be reached from outside: the compiler's lints
/// see to that.
fn collect_items(path: &Path, tokens: &[TokenTree], within: Option<&str>, found: &mut Vec<Item>) {
    let (mut at, mut docs) = (0, String::new());
    while let Some(token) = tokens.get(at) {
        let word = if let TokenTree::Ident(ident) = token { ident.to_string() } else { String::new() };
        let ahead = &tokens[at + 1..];
        match (token, ahead.first()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(attribute))) if hash.as_char() == '#' => {
                if let [TokenTree::Ident(doc), _, TokenTree::Literal(line)] = &trees(attribute.stream())[..]
                    && doc == "doc"
                {
                    docs.push_str(line.to_string().trim_matches('"'));
                    docs.push('\n');
                }
                at += 2;
                continue;
            }
            // `pub(crate)` is not public.
            _ if word == "pub" && !is_group(ahead.first(), Delimiter::Parenthesis) => {
                let named = ahead.iter().map_while(|token| match token {
                    TokenTree::Ident(ident) => Some(ident),
                    _ => None,
                });
                let words: Vec<String> = named.map(ToString::to_string).collect();
                let is_field = is_punct(ahead.get(words.len()), ':') && words.len() == 1;
                let kind = words.iter().rev().nth(1).map(String::as_str);
                if let Some(name) = words.last()
                    && !is_field
                    && matches!(kind, None | Some("struct" | "enum" | "trait" | "fn" | "const"))
                {
                    found.push(Item {
                        page: format!("{}::{}", floor_of(path), within.unwrap_or(name)),
                        name: name.clone(),
                        examples: docs.split("```").skip(1).step_by(2).collect(),
                        place: format!("{}:{}", path.display(), token.span().start().line),
                    });
                }
                at += 1 + words.len();
            }
            (TokenTree::Group(braces), _) if braces.delimiter() == Delimiter::Brace => {
                let inside = trees(braces.stream());
                match head(&tokens[..at]) {
                    Some(Head::Methods(of)) => collect_items(path, &inside, Some(&of), found),
                    Some(Head::MacroCall) => collect_items(path, &inside, None, found),
                    None => {}
                }
                at += 1;
            }
            _ => at += 1,
        }
        docs.clear();
    }
}

/// What stands before a pair of braces.
enum Head {
    /// `impl Clock`
    Methods(String),
    /// `identifier!`
    MacroCall,
}

fn head(before: &[TokenTree]) -> Option<Head> {
    if let [.., TokenTree::Ident(_), last] = before
        && is_punct(Some(last), '!')
    {
        return Some(Head::MacroCall);
    }
    let begin = before.iter().rposition(|token| {
        matches!(token, TokenTree::Ident(word) if word == "impl")
            || is_group(Some(token), Delimiter::Brace)
            || is_punct(Some(token), ';')
    })?;
    let words: Vec<String> = before[begin..]
        .iter()
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word.to_string()),
            _ => None,
        })
        .collect();
    match &words[..] {
        [first, of, ..] if first == "impl" && !words.iter().any(|word| word == "for") => {
            Some(Head::Methods(of.clone()))
        }
        _ => None,
    }
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}
