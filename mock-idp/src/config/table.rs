//! Reads one table of a configuration file, and continues after an error, so that every problem of a table is reported.
//!
//! The parser stops at the first error. Therefore the reader removes what is wrong from a copy, fills in what is
//! missing, and reads the copy again.

use std::{borrow::Cow, ops::Range};

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue, Error, ValueDeserializer},
};

use super::error::FileFlaw;
use crate::protocol::near_miss::ParserMessage;

/// The largest number of problems that are reported for one table, and the longest list that is searched for bad
/// elements. Each of them takes another reading of the table.
const MOST: usize = 64;

/// Fields that change the meaning of a table. Without them, rules would find flaws that are not in the file.
const DECISIVE: [&str; 2] = ["lenient", "methods"];

/// The place of a value that was filled in and is not in the file.
const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

/// A table that has been read.
#[derive(Debug)]
pub(super) struct TableReading<T> {
    /// Its contents, without what was removed. `None` if that would be misleading.
    pub value: Option<T>,
    /// What is wrong with it.
    pub problems: Vec<FileFlaw>,
    /// What was removed.
    pub taken_out: Vec<Range<usize>>,
}

/// Reads a table. `name` is its name in the file: `app[1]`.
pub(super) fn read<T: DeserializeOwned>(name: &str, table: &Spanned<DeValue<'_>>) -> TableReading<T> {
    let error = match deserialize(table) {
        Ok(value) => {
            return TableReading { value: Some(value), problems: Vec::new(), taken_out: Vec::new() };
        }
        Err(error) => error,
    };
    let mut reader = TableReader {
        name,
        table,
        rest: table.clone(),
        problems: Vec::new(),
        taken_out: Vec::new(),
        reported_absent: Vec::new(),
        is_misleading: false,
    };
    let value = reader.read_on(error);
    let TableReader { problems, taken_out, is_misleading, .. } = reader;
    TableReading { value: value.filter(|_| !is_misleading), problems, taken_out }
}

fn deserialize<T: DeserializeOwned>(table: &Spanned<DeValue<'_>>) -> Result<T, Error> {
    T::deserialize(ValueDeserializer::from(table.clone()))
}

struct TableReader<'a, 'i> {
    name: &'a str,
    /// The table as it is in the file.
    table: &'a Spanned<DeValue<'i>>,
    /// The copy.
    rest: Spanned<DeValue<'i>>,
    problems: Vec<FileFlaw>,
    taken_out: Vec<Range<usize>>,
    /// Fields that are absent because they were removed or misspelled, which has been reported: the table, the name.
    reported_absent: Vec<(Range<usize>, String)>,
    is_misleading: bool,
}

impl<'i> TableReader<'_, 'i> {
    /// Continues after an error, until there is none left or one cannot be corrected.
    fn read_on<T: DeserializeOwned>(&mut self, mut error: Error) -> Option<T> {
        while self.problems.len() < MOST && self.mend::<T>(&error) {
            match deserialize(&self.rest) {
                Ok(value) => return Some(value),
                Err(next) => error = next,
            }
        }
        None
    }

    /// Reports what is wrong, and removes it from the copy. Returns whether that was possible.
    fn mend<T: DeserializeOwned>(&mut self, error: &Error) -> bool {
        let span = error.span().unwrap_or_else(|| self.table.span());
        if span == NOWHERE {
            return false;
        }
        if let Some(name) = missing_field(error.message()) {
            return self.fill_in(&span, name, error.message());
        }
        let elements = self.bad_elements::<T>(&span);
        if elements.is_empty() {
            return self.take_out(&span, error.message());
        }
        elements.iter().fold(true, |could, (element, message)| self.take_out(element, message) && could)
    }

    /// The bad elements of a list, each with the parser's message. The parser reports the list instead of the element
    /// if a type has several forms.
    fn bad_elements<T: DeserializeOwned>(&mut self, list: &Range<usize>) -> Vec<(Range<usize>, String)> {
        let elements = match value_at(&mut self.rest, list) {
            Some(DeValue::Array(elements)) if elements.len() <= MOST => elements.clone(),
            _ => return Vec::new(),
        };
        let message_about = |element: &Spanned<DeValue<'i>>| {
            let mut alone = self.rest.clone();
            let mut single = DeArray::new();
            single.push(element.clone());
            *value_at(&mut alone, list)? = DeValue::Array(single);
            let error = deserialize::<T>(&alone).err()?;
            (error.span().as_ref() == Some(list)).then(|| error.message().to_owned())
        };
        let bad = elements.iter().filter_map(|element| Some((element.span(), message_about(element)?)));
        bad.collect()
    }

    fn take_out(&mut self, span: &Range<usize>, message: &str) -> bool {
        let Some(Node { field, parent, key, element }) = find(self.table, span, self.name) else {
            // The table itself is wrong.
            self.problems.push(FileFlaw::of_message(span.start, Some(self.name.to_owned()), message));
            return false;
        };
        // A misspelled field is also absent under its correct name.
        let names = key.into_iter().chain(ParserMessage::parse(message).near.filter(|_| is_unknown(message)));
        for name in names {
            self.is_misleading |= DECISIVE.contains(&name.as_str());
            self.reported_absent.push((parent.clone(), name));
        }
        self.is_misleading |= DECISIVE.iter().any(|name| field.starts_with(&format!("{}.{name}", self.name)));
        self.problems.push(FileFlaw::of_message(span.start, Some(field), message));
        self.remove(element.unwrap_or_else(|| span.clone()));
        true
    }

    fn remove(&mut self, span: Range<usize>) {
        without(self.rest.get_mut(), &span);
        self.taken_out.push(span);
    }

    fn fill_in(&mut self, table: &Range<usize>, name: &str, message: &str) -> bool {
        let node = find(self.table, table, self.name);
        if !self.reported_absent.contains(&(table.clone(), name.to_owned())) {
            let field = node.as_ref().map_or(self.name, |node| &node.field);
            let field = Some(format!("{field}.{name}"));
            self.problems.push(FileFlaw::of_message(table.start, field, message));
        }
        if let Some(element) = node.and_then(|node| node.element) {
            self.remove(element);
            return true;
        }
        self.is_misleading = true;
        let Some(DeValue::Table(fields)) = value_at(&mut self.rest, table) else { return false };
        let key = Spanned::new(NOWHERE, Cow::Owned(name.to_owned()));
        fields.insert(key, Spanned::new(NOWHERE, stand_in(name))).is_none()
    }
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

fn is_unknown(message: &str) -> bool {
    message.starts_with("unknown field `")
}

/// A value that is accepted for a required field. The result of reading it is not used.
fn stand_in(field: &str) -> DeValue<'static> {
    let text = || DeValue::String(Cow::Borrowed("/x"));
    if field != "organization" {
        return text();
    }
    let fields =
        ["id", "name"].map(|name| (Spanned::new(NOWHERE, name.into()), Spanned::new(NOWHERE, text())));
    DeValue::Table(DeTable::from_iter(fields))
}

/// A key or value within a table.
struct Node {
    /// Its full name: `app[1].callbacks[0]`.
    field: String,
    /// The table or list that it is in.
    parent: Range<usize>,
    /// Its key, if it is in a table.
    key: Option<String>,
    /// The element of a list that it is, or that it is in. A bad element is removed as a whole, so it is reported
    /// once.
    element: Option<Range<usize>>,
}

/// Finds the key or value at this place of the file, within a value of this name.
fn find(value: &Spanned<DeValue<'_>>, span: &Range<usize>, name: &str) -> Option<Node> {
    let parent = value.span();
    match value.get_ref() {
        DeValue::Table(fields) => fields.iter().find_map(|(key, value)| {
            let field = format!("{name}.{}", key.get_ref());
            if key.span() == *span || value.span() == *span {
                let key = Some(key.get_ref().clone().into_owned());
                return Some(Node { field, parent: parent.clone(), key, element: None });
            }
            find(value, span, &field)
        }),
        DeValue::Array(elements) => elements.iter().enumerate().find_map(|(index, element)| {
            let field = format!("{name}[{index}]");
            if element.span() == *span {
                return Some(Node {
                    field,
                    parent: parent.clone(),
                    key: None,
                    element: Some(element.span()),
                });
            }
            let node = find(element, span, &field)?;
            Some(Node { element: node.element.or_else(|| Some(element.span())), ..node })
        }),
        _ => None,
    }
}

/// The value at this place of the file.
fn value_at<'v, 'i>(value: &'v mut Spanned<DeValue<'i>>, span: &Range<usize>) -> Option<&'v mut DeValue<'i>> {
    if value.span() == *span {
        return Some(value.get_mut());
    }
    match value.get_mut() {
        DeValue::Table(fields) => fields.iter_mut().find_map(|(_, value)| value_at(value, span)),
        DeValue::Array(elements) => elements.iter_mut().find_map(|element| value_at(element, span)),
        _ => None,
    }
}

/// Removes the key or value at this place of the file from a value.
fn without(value: &mut DeValue<'_>, span: &Range<usize>) {
    match value {
        DeValue::Table(fields) => {
            let fields_kept = std::mem::take(fields).into_iter();
            *fields =
                fields_kept.filter(|(key, value)| key.span() != *span && value.span() != *span).collect();
            fields.iter_mut().for_each(|(_, value)| without(value.get_mut(), span));
        }
        DeValue::Array(elements) => {
            let kept = std::mem::replace(elements, DeArray::new())
                .into_iter()
                .filter(|element| element.span() != *span);
            *elements = kept.collect();
            elements.iter_mut().for_each(|element| without(element.get_mut(), span));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{App, Resource, Subscription};

    /// The fields and problems of a table, and whether it can be checked further.
    fn report<T: DeserializeOwned>(text: &str) -> (Vec<(String, String)>, bool) {
        let document = DeTable::parse(text).unwrap();
        let table = Spanned::new(document.span(), DeValue::Table(document.into_inner()));
        let reading = read::<T>("t", &table);
        let problems = reading.problems.into_iter();
        (problems.map(|found| (found.field.unwrap(), found.problem)).collect(), reading.value.is_some())
    }

    fn fields<T: DeserializeOwned>(text: &str) -> Vec<String> {
        report::<T>(text).0.into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn every_problem_of_a_table_is_reported() {
        let (problems, is_readable) = report::<App>(
            "name = 1\napi_key = \"k\"\ndialect = \"okta\"\ncallback = []\ngrants = [\"implicit\", \"password\", 3]\n",
        );
        let problems: Vec<(&str, &str)> =
            problems.iter().map(|(field, problem)| (field.as_str(), problem.as_str())).collect();
        assert_eq!(
            problems,
            [
                ("t.name", "invalid type: integer `1`"),
                ("t.dialect", "unknown variant `okta`"),
                ("t.callback", "unknown field `callback`"),
                ("t.grants[1]", "unknown variant `password`"),
                ("t.grants[2]", "wanted string or table"),
            ]
        );
        assert!(!is_readable, "it has no name");
    }

    #[test]
    fn every_bad_element_of_a_list_is_reported_once() {
        let text = "name = \"A\"\napi_key = \"k\"\ncallbacks = [1, \"http://localhost/\", { url = 3 }]\n";
        assert_eq!(fields::<App>(text), ["t.callbacks[0]", "t.callbacks[2].url"]);
        assert!(report::<App>(text).1, "the rest can be checked");
        let text =
            "name = \"A\"\napi_key = \"k\"\ncallbacks = [{ url = \"http://localhost/\" }, { uri = 1 }, 2]\n";
        assert_eq!(fields::<App>(text), ["t.callbacks[0].any_port", "t.callbacks[1].uri", "t.callbacks[2]"]);
        assert!(report::<App>(text).1, "the rest can be checked");
    }

    #[test]
    fn every_missing_field_is_reported_unless_it_is_misspelled() {
        assert_eq!(fields::<App>(""), ["t.name", "t.api_key"]);
        assert_eq!(fields::<App>("nam = \"A\""), ["t.nam", "t.api_key"]);
        assert_eq!(fields::<Resource>("methods = [\"get\"]"), ["t.methods[0]", "t.path"]);
        let organization = "organization = { nam = \"N\" }";
        assert_eq!(
            fields::<Subscription>(organization),
            ["t.organization.nam", "t.organization.id", "t.id", "t.app"]
        );
        assert_eq!(
            fields::<Subscription>("id = 1\norganization.id = 2"),
            ["t.id", "t.organization.id", "t.organization.name", "t.app"]
        );
        assert_eq!(fields::<Subscription>(""), ["t.id", "t.app", "t.organization"]);
    }

    #[test]
    fn a_table_without_what_decides_its_meaning_is_not_checked_further() {
        let resource = |methods: &str| report::<Resource>(&format!("path = \"/a\"\n{methods}")).1;
        assert!(resource("status = 99"));
        assert!(!resource("methods = [\"get\"]") && !resource("method = [\"GET\"]"));
    }

    #[test]
    fn only_the_first_of_very_many_problems_are_reported() {
        let keys: Vec<String> = (0..1000).map(|number| format!("key{number} = 1")).collect();
        assert_eq!(fields::<App>(&keys.join("\n")).len(), MOST);
    }
}
