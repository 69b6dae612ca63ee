//! A configuration file as a document: the contents of its tables, and their places in the file.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    error::FileFlaw,
    issuer_section::IssuerSection,
    table::{self, TableReading},
};
use crate::{
    directory::{Directory, DirectoryRule, Part, PathStep, Place},
    gateway::GatewayRules,
    protocol::lifetimes::Lifetimes,
};

/// A file that has been read.
#[derive(Debug, Default)]
pub(super) struct ConfigDocument<'t> {
    /// The directory, as far as it could be read.
    pub directory: Directory,
    /// The lifetimes.
    pub lifetimes: Lifetimes,
    /// How the API gateway behaves.
    pub gateway: GatewayRules,
    /// The text, parsed.
    tables: DeTable<'t>,
    /// What could not be read.
    problems: Vec<FileFlaw>,
    sources: Sources,
    /// Whether an app may be missing because it could not be read.
    lacks_apps: bool,
}

/// Where the items of the directory come from.
#[derive(Debug, Default)]
struct Sources {
    apps: Vec<Source>,
    users: Vec<Source>,
    subscriptions: Vec<Source>,
    resources: Vec<Source>,
}

/// Where an item comes from.
#[derive(Debug)]
struct Source {
    /// Its number among the tables of its kind.
    table: usize,
    /// Elements of its lists that could not be read. They are missing from the item.
    taken_out: Vec<Range<usize>>,
}

impl<'t> ConfigDocument<'t> {
    /// Reads all that can be read.
    pub(super) fn read(text: &'t str) -> Self {
        const SECTIONS: &str = "`issuer`, `gateway`, `app`, `user`, `subscription`, `resource`";
        let mut document = Self::default();
        let (tables, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            // With broken syntax, the parsed tables would have flaws that are not in the file.
            let offset = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
            let found = errors.iter().map(|error| FileFlaw::of_message(offset(error), None, error.message()));
            document.problems.extend(found);
            return document;
        }
        let tables = tables.into_inner();
        for (section, value) in &tables {
            match section.get_ref().as_ref() {
                "issuer" => {
                    document.lifetimes =
                        document.table::<IssuerSection>("issuer", value).unwrap_or_default().into();
                }
                "gateway" => document.gateway = document.table("gateway", value).unwrap_or_default(),
                "app" => (document.directory.apps, document.sources.apps) = document.list("app", value),
                "user" => (document.directory.users, document.sources.users) = document.list("user", value),
                "subscription" => {
                    (document.directory.subscriptions, document.sources.subscriptions) =
                        document.list("subscription", value);
                }
                "resource" => {
                    (document.directory.resources, document.sources.resources) =
                        document.list("resource", value);
                }
                unknown => {
                    // It may be a misspelled `app`.
                    document.lacks_apps = true;
                    let message = format!("unknown field `{unknown}`, expected one of {SECTIONS}");
                    let field = Some(unknown.to_owned());
                    document.problems.push(FileFlaw::of_message(section.span().start, field, &message));
                }
            }
        }
        document.tables = tables;
        document
    }

    fn table<T: DeserializeOwned>(&mut self, name: &str, value: &Spanned<DeValue<'t>>) -> Option<T> {
        let TableReading { value, problems, .. } = table::read(name, value);
        self.problems.extend(problems);
        value
    }

    fn list<T: DeserializeOwned>(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'t>>,
    ) -> (Vec<T>, Vec<Source>) {
        let DeValue::Array(tables) = value.get_ref() else {
            self.lacks_apps |= name == "app";
            let message = format!("{name} is not a list of tables, expected [[{name}]] in double brackets");
            self.problems.push(FileFlaw::of_message(value.span().start, Some(name.to_owned()), &message));
            return (Vec::new(), Vec::new());
        };
        let (mut items, mut sources) = (Vec::with_capacity(tables.len()), Vec::with_capacity(tables.len()));
        for (number, table) in tables.iter().enumerate() {
            let TableReading { value, problems, taken_out } =
                table::read(&format!("{name}[{number}]"), table);
            self.problems.extend(problems);
            match value {
                Some(item) => {
                    items.push(item);
                    sources.push(Source { table: number, taken_out });
                }
                None => self.lacks_apps |= name == "app",
            }
        }
        (items, sources)
    }

    /// All flaws: what could not be read, and what breaks the rules of the directory.
    pub(super) fn flaws(&mut self) -> Vec<FileFlaw> {
        let mut found = std::mem::take(&mut self.problems);
        // An app may be missing only because it could not be read. Then naming it is not a flaw.
        let flaws = self.directory.flaws().into_iter();
        let flaws = flaws.filter(|flaw| !self.lacks_apps || flaw.rule != DirectoryRule::AppKnown);
        found.extend(flaws.map(|flaw| {
            let (offset, field) = self.locate(&flaw.place);
            FileFlaw { offset, field, problem: flaw.problem, remedy: flaw.expected }
        }));
        found
    }

    /// What works but was probably not intended.
    pub(super) fn warnings(&self) -> Vec<FileFlaw> {
        let warnings = self.directory.warnings().into_iter();
        warnings
            .map(|warning| {
                let (offset, field) = self.locate(&Place::new(warning.part, []));
                FileFlaw { offset, field, problem: warning.problem, remedy: warning.remedy }
            })
            .collect()
    }

    /// The offset in the file of a place in the directory, and its name in the file: `app[1].callbacks[0]`.
    fn locate(&self, place: &Place) -> (usize, Option<String>) {
        let Sources { apps, users, subscriptions, resources } = &self.sources;
        let (list, source) = match place.part {
            Part::All => return (0, None),
            Part::App(index) => ("app", apps.get(index)),
            Part::User(index) => ("user", users.get(index)),
            Part::Subscription(index) => ("subscription", subscriptions.get(index)),
            Part::Resource(index) => ("resource", resources.get(index)),
        };
        let Some(Source { table, taken_out }) = source else { return (0, None) };
        let mut field = format!("{list}[{table}]");
        let mut value = self.tables.get(list).and_then(|list| list.get_ref().get(*table));
        let mut offset = value.map_or(0, |value| value.span().start);
        for step in &place.steps {
            let inner = value.map(Spanned::get_ref);
            value = match *step {
                PathStep::Key(key) => {
                    field.extend([".", key]);
                    inner.and_then(|table| table.get(key))
                }
                PathStep::Index(index) => {
                    let elements = inner.and_then(DeValue::as_array).into_iter().flatten().enumerate();
                    let mut counted = elements.filter(|(_, element)| !taken_out.contains(&element.span()));
                    let found = counted.nth(index);
                    let number = found.map_or(index, |(number, _)| number).to_string();
                    field.extend(["[", &number, "]"]);
                    found.map(|(_, element)| element)
                }
            };
            offset = value.map_or(offset, |value| value.span().start);
        }
        (offset, Some(field))
    }
}
