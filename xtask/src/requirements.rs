//! The numbered requirements of the guides and the tests that show them.
//!
//! `requirements/*.csv` hold the requirements in our own words; `requirements/tests.csv` links a
//! number to a test as `path/of/file.rs::name_of_test`, one a line. A link that leads to no test
//! is a fault: it would claim something nobody checks. `requirements/reasons.csv` says of some
//! numbers why no test of this project can show them. A number with neither is a fault too.
//!
//! That holds for what MUST be. What SHOULD or MAY be, what MUST be under a condition (COND), and
//! the rows of the security profile (`security.csv`) stand there for the catalogue of
//! `segue certify`, which accounts for every one of them in its own tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Files of requirements, in the order they are printed.
const FILES: [&str; 3] = ["serviceability.csv", "commercial.csv", "serviceability_grace.csv"];

/// Where tests of the Buyer stand. That a Seller refuses what a Buyer must not send says nothing
/// about what our Buyer sends.
const OF_BUYER: [&str; 2] = ["crates/buyer/", "crates/segue/"];

/// One requirement.
#[derive(Debug, Deserialize)]
struct Requirement {
    guide: String,
    req: String,
    level: String,
    party: String,
    summary: String,
}

/// One line of `tests.csv`.
#[derive(Debug, Deserialize)]
struct Link {
    guide: String,
    number: String,
    test: String,
}

/// One line of `reasons.csv`: why no test of ours can show a requirement.
#[derive(Debug, Deserialize)]
struct Reason {
    guide: String,
    number: String,
    reason: String,
}

/// How much is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A line for each requirement, then the totals.
    Rows,
    /// Totals only.
    Totals,
}

/// All requirements and links.
pub struct Table {
    requirements: Vec<Requirement>,
    links: Vec<Link>,
    reasons: Vec<Reason>,
}

impl Table {
    /// Reads `requirements/` of a workspace.
    pub fn read(root: &Path) -> Result<Self> {
        let folder = root.join("requirements");
        let mut requirements: Vec<Requirement> = Vec::new();
        for name in FILES {
            requirements.extend(rows(&folder.join(name))?);
        }
        // Other levels are the catalogue's: see the module.
        requirements.retain(|row: &Requirement| row.level == "MUST");
        if requirements.is_empty() {
            bail!("no requirements in {}", folder.display());
        }
        let links = rows(&folder.join("tests.csv"))?;
        let file = folder.join("reasons.csv");
        let reasons = if file.exists() { rows(&file)? } else { Vec::new() };
        Ok(Self {
            requirements,
            links,
            reasons,
        })
    }

    /// Every requirement with its tests, or `-`; then how many of each guide are shown.
    pub fn print(&self, guide: Option<&str>, detail: Detail) -> String {
        let mut out = String::new();
        let mut totals: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
        for row in self
            .requirements
            .iter()
            .filter(|row| guide.is_none_or(|guide| number(&row.guide) == guide))
        {
            let tests: Vec<&str> = self.tests(row).collect();
            let is_shown = self.is_shown(row);
            let reason = self.reason(row).filter(|_| !is_shown);
            let (shown, all, excused) = totals.entry(number(&row.guide)).or_default();
            *all += 1;
            *shown += usize::from(is_shown);
            *excused += usize::from(reason.is_some());
            if detail == Detail::Rows {
                let tests = match reason {
                    Some(reason) => format!("- ({reason})"),
                    None if !is_shown => "-".to_owned(),
                    None => tests.join(", "),
                };
                // Writing to a String cannot fail.
                let _ = writeln!(
                    out,
                    "{} {} [{}] {}\n    {tests}",
                    number(&row.guide),
                    row.req,
                    row.party,
                    row.summary
                );
            }
        }
        for (guide, (shown, all, excused)) in totals {
            let _ = write!(out, "{guide}: {shown} of {all} MUST requirements have a test");
            let _ = match excused {
                0 => writeln!(out),
                _ => writeln!(out, ", {excused} with a reason"),
            };
        }
        out
    }

    fn reason(&self, row: &Requirement) -> Option<&str> {
        let of = |reason: &&Reason| reason.guide == number(&row.guide) && reason.number == row.req;
        self.reasons.iter().find(of).map(|reason| reason.reason.as_str())
    }

    /// Links that lead to no requirement or no test, reasons for what is unknown or has a test, and
    /// requirements with neither.
    pub fn faults(&self, root: &Path) -> Vec<String> {
        let unknown = |link: &&Link| !self.requirements.iter().any(|row| link.is_to(row));
        let to_nothing = self.links.iter().filter(unknown);
        let to_nothing = to_nothing.map(|link| format!("{} {} is no requirement here", link.guide, link.number));
        let from_nothing = self.links.iter().filter_map(|link| {
            let why = missing(root, &link.test)?;
            Some(format!("{} {}: {}: {why}", link.guide, link.number, link.test))
        });
        let idle = self.reasons.iter().filter_map(|reason| {
            let of = |row: &&Requirement| reason.guide == number(&row.guide) && reason.number == row.req;
            let why = match self.requirements.iter().find(of) {
                None => "is no requirement here",
                Some(row) if self.is_shown(row) => "has a test and needs no reason",
                Some(_) => return None,
            };
            Some(format!("reasons.csv: {} {} {why}", reason.guide, reason.number))
        });
        let bare = self.requirements.iter().filter(|row| !self.is_shown(row));
        let bare = bare.filter(|row| self.reason(row).is_none());
        let bare = bare.map(|row| {
            let whose = if row.party == "buyer" { " of the Buyer" } else { "" };
            let guide = number(&row.guide);
            format!("{guide} {} has neither a test{whose} nor a reason", row.req)
        });
        to_nothing.chain(from_nothing).chain(idle).chain(bare).collect()
    }

    /// Whether a test shows it: what a Buyer must do, a test of the Buyer.
    fn is_shown(&self, row: &Requirement) -> bool {
        let of_buyer = |test: &str| OF_BUYER.iter().any(|path| test.starts_with(path));
        self.tests(row).any(|test| row.party != "buyer" || of_buyer(test))
    }

    fn tests<'a>(&'a self, row: &'a Requirement) -> impl Iterator<Item = &'a str> {
        self.links
            .iter()
            .filter(|link| link.is_to(row))
            .map(|link| link.test.as_str())
    }
}

impl Link {
    fn is_to(&self, row: &Requirement) -> bool {
        self.guide == number(&row.guide) && self.number == row.req
    }
}

/// `Mplify 122.1` is spoken of as `122.1`.
fn number(guide: &str) -> &str {
    guide.rsplit(' ').next().unwrap_or(guide)
}

fn rows<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<Vec<T>> {
    let reading = || format!("reading {}", file.display());
    let mut reader = csv::Reader::from_path(file).with_context(reading)?;
    reader
        .deserialize()
        .collect::<Result<Vec<T>, _>>()
        .with_context(reading)
}

/// Why `path::name` is no test.
fn missing(root: &Path, test: &str) -> Option<&'static str> {
    let Some((path, name)) = test.rsplit_once("::") else {
        return Some("write it as path/of/file.rs::name_of_test");
    };
    let Ok(text) = std::fs::read_to_string(root.join(path)) else {
        return Some("there is no such file");
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_head = |line: &str| line.trim_start_matches("async ").starts_with(&format!("fn {name}("));
    let Some(at) = lines.iter().position(|line| is_head(line)) else {
        return Some("the file has no such function");
    };
    let above = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with('#') || line.starts_with("//"));
    let is_test = |line: &str| line.starts_with("#[test") || line.starts_with("#[tokio::test");
    let marked = above.copied().any(is_test);
    (!marked).then_some("the function is no test")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(links: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
        std::fs::create_dir(root.path().join("requirements")).unwrap();
        let header = "guide,req,level,party,summary,check\n";
        write(
            "requirements/serviceability.csv",
            &format!("{header}Mplify 122.1,R1,MUST,seller,\"One, two.\",c\n"),
        );
        write(
            "requirements/commercial.csv",
            &format!("{header}Mplify 115.1,O1,MAY,seller,May.,c\n"),
        );
        write("requirements/serviceability_grace.csv", header);
        write("requirements/tests.csv", &format!("guide,number,test\n{links}"));
        write("a.rs", "#[test]\n#[ignore]\nfn shown() {}\n\nfn plain() {}\n");
        root
    }

    #[track_caller]
    fn check_fault(link: &str, expected: Option<&str>) {
        let root = workspace(link);
        let faults = Table::read(root.path()).unwrap().faults(root.path());
        match expected {
            None => assert_eq!(faults, Vec::<String>::new()),
            Some(part) => assert!(faults.len() == 1 && faults[0].contains(part), "{faults:?}"),
        }
    }

    #[test]
    fn a_link_must_lead_from_a_requirement_to_a_test() {
        check_fault("122.1,R1,a.rs::shown\n", None);
        check_fault("122.1,R1,a.rs::shown\n122.1,R2,a.rs::shown\n", Some("no requirement"));
        check_fault("122.1,R1,a.rs::plain\n", Some("no test"));
        check_fault("122.1,R1,a.rs::gone\n", Some("no such function"));
        check_fault("122.1,R1,b.rs::shown\n", Some("no such file"));
        check_fault("122.1,R1,shown\n", Some("write it as"));
    }

    #[test]
    fn a_requirement_with_neither_test_nor_reason_is_a_fault() {
        check_fault("", Some("122.1 R1 has neither"));
    }

    #[test]
    fn what_a_buyer_must_do_is_shown_by_a_test_of_the_buyer() {
        let root = workspace("122.1,R1,a.rs::shown\n");
        let file = root.path().join("requirements/serviceability.csv");
        let text = std::fs::read_to_string(&file).unwrap().replace("seller", "buyer");
        std::fs::write(file, text).unwrap();
        let faults = || Table::read(root.path()).unwrap().faults(root.path());
        assert!(faults()[0].contains("a test of the Buyer"), "{:?}", faults());
        let folder = root.path().join("crates/buyer");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("b.rs"), "#[test]\nfn sent() {}\n").unwrap();
        let links = "guide,number,test\n122.1,R1,crates/buyer/b.rs::sent\n";
        std::fs::write(root.path().join("requirements/tests.csv"), links).unwrap();
        assert_eq!(faults(), [""; 0]);
    }

    #[test]
    fn a_requirement_without_a_test_is_printed_with_a_dash() {
        let print = |links: &str, guide: Option<&str>| {
            let root = workspace(links);
            Table::read(root.path()).unwrap().print(guide, Detail::Rows)
        };
        let none = print("", None);
        assert_eq!(
            none,
            "122.1 R1 [seller] One, two.\n    -\n122.1: 0 of 1 MUST requirements have a test\n"
        );
        assert!(print("122.1,R1,a.rs::shown\n", Some("122.1")).contains("    a.rs::shown\n122.1: 1 of 1"));
        assert_eq!(print("", Some("115.1")), "");
    }

    #[test]
    fn a_reason_stands_where_no_test_can() {
        let root = workspace("");
        let file = root.path().join("requirements/reasons.csv");
        std::fs::write(file, "guide,number,reason\n122.1,R1,a matter of contracts\n").unwrap();
        let printed = Table::read(root.path()).unwrap().print(None, Detail::Rows);
        assert!(printed.contains("    - (a matter of contracts)\n"), "{printed}");
        assert!(printed.ends_with("0 of 1 MUST requirements have a test, 1 with a reason\n"));
        assert_eq!(Table::read(root.path()).unwrap().faults(root.path()), [""; 0]);
    }

    #[test]
    fn a_reason_for_what_is_unknown_or_has_a_test_is_a_fault() {
        let root = workspace("122.1,R1,a.rs::shown\n");
        let file = root.path().join("requirements/reasons.csv");
        std::fs::write(file, "guide,number,reason\n122.1,R1,none\n122.1,R99,none\n").unwrap();
        let faults = Table::read(root.path()).unwrap().faults(root.path());
        let of = |number: &str| {
            faults
                .iter()
                .any(|fault| fault.starts_with(&format!("reasons.csv: 122.1 {number}")))
        };
        assert!(of("R1") && of("R99"), "{faults:?}");
    }
}
