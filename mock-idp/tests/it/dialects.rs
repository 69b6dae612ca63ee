//! The page on the dialects, `docs/dialects.md`: each of its rows names a test that holds it.

use std::{fs, path::Path};

const PAGE: &str = include_str!("../../docs/dialects.md");

/// The rows below the heads of the tables.
fn rows() -> impl Iterator<Item = &'static str> {
    PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |"))
}

#[test]
fn each_row_names_a_test_that_is_there() {
    assert!(rows().count() > 25, "the tables are read");
    for row in rows() {
        let proof = row.trim_end_matches(" |").rsplit("| ").next().unwrap().trim_matches('`');
        let (file, test) = proof.split_once("::").unwrap_or_else(|| panic!("no test is named: {row}"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/{file}.rs"));
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let at = source.find(&format!("fn {test}()")).unwrap_or_else(|| panic!("there is no {proof}"));
        let before = source[..at].trim_end().trim_end_matches("async").trim_end();
        assert!(before.ends_with("test]"), "{proof} is no test");
    }
}

#[test]
fn each_row_has_the_cells_of_its_table() {
    let mut columns = 0;
    for line in PAGE.lines().filter(|line| line.starts_with('|')) {
        let cells = line.matches('|').count();
        if line.starts_with("| |") {
            columns = cells;
        }
        assert_eq!(cells, columns, "{line}");
    }
}
