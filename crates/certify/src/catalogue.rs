//! Every numbered requirement of the guides, and what shows it: cases, or the reason why nothing on
//! the wire can. One of the two is never empty: a test counts.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::case::Page;

/// The requirements in our own words, as the project keeps them.
const ROWS: [&str; 3] = [
    include_str!("../../../requirements/serviceability.csv"),
    include_str!("../../../requirements/commercial.csv"),
    include_str!("../../../requirements/security.csv"),
];

/// Why nothing on the wire can show a requirement.
const UNTESTABLE: &str = include_str!("../../../requirements/untestable.csv");

/// One numbered requirement.
#[derive(Clone, Debug, Deserialize)]
pub struct Requirement {
    /// `Mplify 115.1`
    guide: String,
    /// `R53`
    #[serde(rename = "req")]
    pub number: String,
    /// MUST, SHOULD, MAY, COND: a MUST under a condition.
    pub level: String,
    /// Whose duty: seller, buyer or both.
    pub party: String,
    /// The requirement in our words.
    #[serde(rename = "summary")]
    pub text: String,
}

#[derive(Deserialize)]
struct Reason {
    guide: String,
    number: String,
    reason: String,
}

/// A requirement and what shows it: one of the two last members is never empty.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// `115.1`
    pub guide: String,
    /// `R53`
    pub requirement: String,
    /// MUST, SHOULD, MAY, COND.
    pub level: String,
    /// seller, buyer or both.
    pub party: String,
    /// The requirement in our words.
    pub text: String,
    /// Cases that show it.
    pub cases: Vec<&'static str>,
    /// Why nothing on the wire can show it.
    pub not_testable: Option<String>,
}

impl Requirement {
    /// `115.1`
    pub fn guide(&self) -> &str {
        self.guide.rsplit(' ').next().unwrap_or(&self.guide)
    }

    /// `115.1 R53`
    pub fn name(&self) -> String {
        format!("{} {}", self.guide(), self.number)
    }
}

/// All requirements, in the order of the guides.
///
/// # Panics
/// If the tables do not read: they are part of the program, and a test reads them.
pub fn requirements() -> &'static [Requirement] {
    static ALL: OnceLock<Vec<Requirement>> = OnceLock::new();
    ALL.get_or_init(|| ROWS.into_iter().flat_map(read).collect())
}

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Vec<T> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect();
    let rows: Result<Vec<T>, csv::Error> = rows;
    rows.unwrap_or_else(|error| panic!("a table of requirements: {error}"))
}

fn untestable() -> BTreeMap<String, String> {
    let rows: Vec<Reason> = read(UNTESTABLE);
    let named = |row: Reason| (format!("{} {}", row.guide, row.number), row.reason);
    rows.into_iter().map(named).collect()
}

/// The whole catalogue over `cases`.
pub fn rows(cases: &[Page]) -> Vec<Row> {
    let reasons = untestable();
    let row = |requirement: &Requirement| {
        let name = requirement.name();
        let showing = cases.iter().filter(|case| case.shows.contains(&name.as_str()));
        let cases: Vec<&'static str> = showing.map(|case| case.id).collect();
        let not_testable = reasons.get(&name).filter(|_| cases.is_empty()).cloned();
        Row {
            guide: requirement.guide().to_owned(),
            requirement: requirement.number.clone(),
            level: requirement.level.clone(),
            party: requirement.party.clone(),
            text: requirement.text.clone(),
            cases,
            not_testable,
        }
    };
    requirements().iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases;

    #[test]
    fn every_row_has_a_case_or_a_reason() {
        for row in rows(&cases::pages()) {
            assert_eq!(row.cases.is_empty(), row.not_testable.is_some(), "{row:?}");
        }
    }

    #[test]
    fn all_431_rows_of_the_guides_and_93_of_the_profile_are_there_once() {
        let of = |guides: &[&str]| {
            requirements()
                .iter()
                .filter(|row| guides.contains(&row.guide()))
                .count()
        };
        assert_eq!(of(&["121.1", "122.1", "87.1", "115.1", "123.1", "116.1"]), 431);
        assert_eq!(of(&["128.1"]), 93);
        let mut names: Vec<String> = requirements().iter().map(Requirement::name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 524);
    }

    #[test]
    fn cases_show_requirements_that_exist_and_reasons_are_for_those_without_a_case() {
        let names: Vec<String> = requirements().iter().map(Requirement::name).collect();
        let cases = cases::pages();
        for case in &cases {
            for shown in case.shows {
                assert!(names.iter().any(|name| name == shown), "{}: {shown}", case.id);
            }
        }
        for name in untestable().keys() {
            assert!(names.contains(name), "untestable.csv: {name} is no requirement");
            let shown = cases.iter().find(|case| case.shows.contains(&name.as_str()));
            assert!(shown.is_none(), "untestable.csv: {name} has a case");
        }
    }
}
