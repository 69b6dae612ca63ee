//! Whether files import each other in a circle: then none of them can be read alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::TokenTree;

use super::{Named, names, sources, tokens, unit, workspace};

/// The crates whose files are looked at.
const CRATES: &[&str] = &["mock-idp/src", "mock-idp/service/src", "proxy/src", "site/src", "e2e/src"];

#[test]
fn no_files_import_each_other_in_a_circle() {
    for folder in CRATES {
        let circles = circles(&sources(&workspace().join(folder)));
        assert!(circles.is_empty(), "these files of {folder} import each other in a circle: {circles:#?}");
    }
}

#[test]
fn a_circle_is_found_however_it_is_spelt() {
    let found = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        circles(&files)
    };
    let (lib, a) = (("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B;"));
    assert_eq!(found(&[lib, a, ("b.rs", "use super::a::A;")]), [["a.rs", "b.rs"]]);
    assert_eq!(found(&[lib, a, ("b.rs", "fn f() { super::a::g() }")]), [["a.rs", "b.rs"]]);
    assert_eq!(found(&[lib, a, ("b.rs", "use std::fmt;")]), [[""; 2]; 0]);
    let child = ("a/c.rs", "use super::Item;");
    assert_eq!(
        found(&[lib, ("a/mod.rs", "mod c; use c::C; struct Item(C);"), child]),
        [["a/c.rs", "a/mod.rs"]],
        "an item that the folder itself defines"
    );
    assert_eq!(
        found(&[lib, ("a/mod.rs", "mod c; mod d; pub use c::C; pub use d::Item;"), child, ("a/d.rs", "")]),
        [[""; 2]; 0],
        "a folder that only lists what is in it ties nobody"
    );
}

/// The groups of files that reach each other.
fn circles(files: &BTreeMap<PathBuf, String>) -> Vec<Vec<String>> {
    let house = House::of(files);
    let edges: BTreeMap<&Path, BTreeSet<&Path>> =
        files.iter().map(|(path, text)| (path.as_path(), house.imports(path, text))).collect();
    let reach = |from: &Path| {
        let mut reached: BTreeSet<&Path> = BTreeSet::new();
        let mut next: Vec<&Path> = edges[from].iter().copied().collect();
        while let Some(path) = next.pop() {
            if reached.insert(path) {
                next.extend(&edges[path]);
            }
        }
        reached
    };
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = edges.keys().map(|path| (*path, reach(path))).collect();
    let circle_of = |path: &Path| {
        let others = reached[path].iter().filter(|other| reached[**other].contains(path));
        others.map(|other| other.display().to_string()).collect::<Vec<_>>()
    };
    let circles: BTreeSet<Vec<String>> = edges.keys().map(|path| circle_of(path)).collect();
    circles.into_iter().filter(|circle| circle.len() > 1).collect()
}

/// The modules of a crate.
struct House<'a> {
    /// The file of each module, by its path from the root.
    files: BTreeMap<Vec<String>, &'a Path>,
    /// What each module gives out under its own name although it is elsewhere.
    given_out: BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>,
}

impl<'a> House<'a> {
    fn of(files: &'a BTreeMap<PathBuf, String>) -> Self {
        // A program beside a library, or in `bin`, is a crate of its own.
        let is_program = |path: &Path| {
            path.starts_with("bin")
                || (path == Path::new("main.rs") && files.contains_key(Path::new("lib.rs")))
        };
        let modules = files.keys().filter(|path| !is_program(path));
        let modules: BTreeMap<_, _> = modules.map(|path| (module(path), path.as_path())).collect();
        let given_out =
            modules.iter().map(|(own, path)| (own.clone(), re_exports(own, &files[*path]))).collect();
        Self { files: modules, given_out }
    }

    /// The files that a file imports from, itself left out.
    fn imports(&self, path: &Path, text: &str) -> BTreeSet<&'a Path> {
        let own = module(path);
        let listed = re_exports(&own, text);
        let used = |name: &str| words_beside_uses(text).contains(name);
        names(text)
            .into_iter()
            .filter_map(|Named { path: named, .. }| {
                // What a file gives out and does not use itself is only listed there.
                let last = named.last()?;
                if listed.get(last).is_some_and(|target| target.ends_with(&named[1..])) && !used(last) {
                    return None;
                }
                self.file_of(&absolute(&own, &named, self)?)
            })
            .filter(|file| *file != path)
            .collect()
    }

    /// The file that defines what a path names.
    fn file_of(&self, path: &[String]) -> Option<&'a Path> {
        let depth = (0..=path.len()).rev().find(|depth| self.files.contains_key(&path[..*depth]))?;
        let (module, rest) = path.split_at(depth);
        let elsewhere = rest.first().and_then(|name| self.given_out.get(module)?.get(name));
        match elsewhere {
            Some(target) if target.as_slice() != path => self.file_of(target),
            _ => self.files.get(module).copied(),
        }
    }
}

/// `a/mod.rs` and `a.rs` → `a`; the root → nothing.
fn module(path: &Path) -> Vec<String> {
    let unit = unit(path);
    let parts = unit.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main"));
    parts.map(str::to_owned).collect()
}

/// The path from the root that a name in this module means, if it means a place of the crate.
fn absolute(own: &[String], named: &[String], house: &House<'_>) -> Option<Vec<String>> {
    let first = named.first()?.as_str();
    let (base, rest) = match first {
        "crate" => (&own[..0], &named[1..]),
        "self" => (own, &named[1..]),
        "super" => {
            let supers = named.iter().take_while(|word| *word == "super").count();
            (&own[..own.len().checked_sub(supers)?], &named[supers..])
        }
        child => {
            let is_child = house.files.contains_key(&[own, &[child.to_owned()]].concat());
            if !is_child {
                return None;
            }
            (own, named)
        }
    };
    Some([base, rest].concat())
}

/// What `pub use` gives out: the name, and the path from the root.
fn re_exports(own: &[String], text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let tokens = tokens(text);
    let mut at = 0;
    while at < tokens.len() {
        let is_word =
            |at: usize, word: &str| matches!(&tokens.get(at), Some(TokenTree::Ident(it)) if *it == word);
        let visible = is_word(at, "pub");
        let after = if matches!(tokens.get(at + 1), Some(TokenTree::Group(_))) { at + 2 } else { at + 1 };
        if visible && is_word(after, "use") {
            let end = (after..tokens.len()).find(|at| is_semicolon(&tokens[*at])).unwrap_or(tokens.len());
            let statement: proc_macro2::TokenStream = tokens[after..end].iter().cloned().collect();
            for Named { path, .. } in names(&statement.to_string()) {
                let rest = match path.first().map(String::as_str) {
                    Some("crate") => path[1..].to_vec(),
                    Some("self") => [own, &path[1..]].concat(),
                    Some("super") => [&own[..own.len().saturating_sub(1)], &path[1..]].concat(),
                    _ => [own, &path].concat(),
                };
                if let Some(name) = path.last() {
                    found.insert(name.clone(), rest);
                }
            }
            at = end;
        }
        at += 1;
    }
    found
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

/// Every word of a source outside of its `use` items.
fn words_beside_uses(text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let mut words = BTreeSet::new();
    let mut in_use = false;
    for token in &tokens {
        match token {
            TokenTree::Ident(ident) if ident == "use" => in_use = true,
            TokenTree::Punct(punct) if punct.as_char() == ';' => in_use = false,
            TokenTree::Ident(ident) if !in_use => {
                words.insert(ident.to_string());
            }
            TokenTree::Group(group) if !in_use => words.extend(super::words(&group.to_string())),
            _ => {}
        }
    }
    words
}
