//! A summary of an HTML page: its title, its form fields and the beginning of its text. It is enough to tell two pages
//! apart.

use serde::{Deserialize, Serialize};

/// How much of the text is kept, in letters.
const TEXT: usize = 300;

/// The summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    pub(super) title: String,
    /// The names of the form's fields, in their order.
    pub(super) fields: Vec<String>,
    pub(super) text: String,
}

impl Page {
    pub(super) fn of(html: &str) -> Self {
        let mut page = Self { title: String::new(), fields: Vec::new(), text: String::new() };
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            page.text.push_str(&rest[..at]);
            page.text.push(' ');
            let tag = &rest[at..];
            if let Some(comment) = tag.strip_prefix("<!--") {
                rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let end = tag.find('>').map_or(tag.len(), |end| end + 1);
            let (tag, after) = tag.split_at(end);
            rest = after;
            match name_of(tag).as_str() {
                // Their content is not to be read.
                name @ ("script" | "style") => rest = beyond(rest, name),
                "title" => {
                    let text = rest.split('<').next().unwrap_or_default();
                    page.title = plain(text);
                    rest = &rest[text.len()..];
                }
                "input" | "button" | "select" | "textarea" => page.fields.extend(attribute(tag, "name")),
                _ => {}
            }
        }
        page.text.push_str(rest);
        page.text = plain(&page.text).chars().take(TEXT).collect();
        page
    }
}

/// `<a href="x">` → `a`.
fn name_of(tag: &str) -> String {
    tag[1..].chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// What follows the end of an element.
fn beyond<'a>(rest: &'a str, name: &str) -> &'a str {
    let end = rest.to_ascii_lowercase().find(&format!("</{name}"));
    end.map_or("", |end| &rest[end..])
}

/// The value of an attribute, with or without quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}="))?.1;
    let (quote, value) = match value.chars().next()? {
        quote @ ('"' | '\'') => (quote, &value[1..]),
        _ => (' ', value),
    };
    let end = value.find([quote, '>']).unwrap_or(value.len());
    Some(value[..end].trim_end_matches('/').to_owned())
}

/// A text with its entities read and its spaces made one.
fn plain(text: &str) -> String {
    let text =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")]
            .into_iter()
            .fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_a_person_reads_it() {
        let html = "<!DOCTYPE html><!-- <b>no</b> --><html><head><title>Sign in\n &amp; on</title><style>p{}</style>\
                    <SCRIPT>if (1 < 2) { '<p>no' }</SCRIPT></head><body><h1>Hello</h1><form>\
                    <input type=text name='user' /><input name=pass><button name=\"go\">Go</button></form>bye &lt;3";
        assert_eq!(
            Page::of(html),
            Page {
                title: "Sign in & on".to_owned(),
                fields: ["user", "pass", "go"].map(str::to_owned).to_vec(),
                text: "Hello Go bye <3".to_owned(),
            }
        );
    }

    #[test]
    fn what_is_broken_off_is_read_as_far_as_it_goes() {
        for html in ["", "<", "a<", "<title>x", "<script>x", "<!-- x", "<input name=", "<input name=\"x"] {
            let page = Page::of(html);
            assert!(page.text.len() <= html.len(), "{page:?}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_text_is_kept() {
        assert_eq!(Page::of(&"wörd ".repeat(1000)).text.chars().count(), TEXT);
    }
}
