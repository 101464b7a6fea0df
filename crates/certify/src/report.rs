//! What came of a run, in three forms: JSON for machines, JUnit XML for build servers, one HTML page
//! for people. People and secrets are masked in all of them; the same run gives the same text.

mod html;
mod junit;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::case::{Finding, Function, Page, Side};
use crate::cases;
use crate::catalogue::{self, Row};
use crate::lab::exchange::Exchange;
use crate::lab::mask::masked;
use crate::run::{Outcome, Run, Verdict};

pub use html::html;
pub use junit::junit;

/// The only form there is so far.
pub const FORM: &str = "segue-certify-report-1";

/// A report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The form of this value.
    pub form: &'static str,
    /// On which side it stands that was tested.
    pub tested: Side,
    /// Who it is.
    pub name: String,
    /// Where; of a Buyer the address it was given for the Seller.
    pub url: String,
    /// When.
    pub at: Timestamp,
    /// Version of the tester.
    pub tester: &'static str,
    /// Verdict of each function.
    pub functions: Vec<Summary>,
    /// How many requirements of these functions are shown.
    pub coverage: Coverage,
    /// Every case that was run.
    pub cases: Vec<Line>,
    /// The exchanges that failures and warnings speak of.
    pub exchanges: Vec<Shown>,
}

/// One function.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Its name.
    pub function: Function,
    /// Its API and version; security has none.
    pub api: Option<String>,
    /// `passed` when nothing failed and something passed.
    pub verdict: &'static str,
    /// Cases by their end.
    pub passed: usize,
    /// See `passed`.
    pub failed: usize,
    /// See `passed`.
    pub warnings: usize,
    /// See `passed`.
    pub not_offered: usize,
    /// See `passed`.
    pub blocked: usize,
}

/// Requirements of the guides that were tested.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// All numbered requirements of the one who was tested and of both.
    pub requirements: usize,
    /// With a case that passed, with or without a warning.
    pub shown: usize,
    /// With a case that failed.
    pub failed: usize,
    /// With cases of which none could be done, or none is offered.
    pub open: usize,
    /// That nothing on the wire can show.
    pub not_testable: usize,
}

/// One case.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its name.
    pub id: &'static str,
    /// Its function.
    pub function: Function,
    /// What it shows.
    pub requirements: Vec<&'static str>,
    /// Right or wrong request.
    pub polarity: crate::case::Polarity,
    /// The page.
    pub given: &'static str,
    /// The page.
    pub when: &'static str,
    /// The page.
    pub then: &'static str,
    /// The page.
    pub wrong: &'static str,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was odd.
    pub warnings: Vec<Finding>,
}

/// One exchange, masked.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Its number.
    pub number: usize,
    /// Method.
    pub method: &'static str,
    /// Address.
    pub url: String,
    /// Body that the tester sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Value>,
    /// Status; 0: no answer.
    pub status: u16,
    /// Body that came to it.
    pub body: Value,
}

impl Report {
    /// Of a run that ended at this time.
    pub fn of(run: &Run, at: Timestamp) -> Self {
        Self {
            form: FORM,
            tested: run.subject.side,
            name: run.subject.name.clone(),
            url: run.subject.url.clone(),
            at,
            tester: concat!("segue ", env!("CARGO_PKG_VERSION")),
            functions: run.functions.iter().map(|function| summary(run, *function)).collect(),
            coverage: coverage(run),
            cases: run.outcomes.iter().map(line).collect(),
            exchanges: exchanges(run),
        }
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_else(|error| json!({ "fault": error.to_string() }))
    }
}

fn summary(run: &Run, function: Function) -> Summary {
    let of_it = || run.outcomes.iter().filter(|outcome| outcome.case.function == function);
    let count = |word: &str| of_it().filter(|outcome| outcome.verdict.word() == word).count();
    let version = function
        .api()
        .and_then(|api| Some((api, run.subject.versions.get(api)?)));
    let good = count("passed") + count("warning");
    Summary {
        function,
        api: version.map(|(api, version)| format!("{api} v{version}")),
        verdict: match (count("failed"), good) {
            (0, 0) => "nothing shown",
            (0, _) => "passed",
            _ => "failed",
        },
        passed: count("passed"),
        failed: count("failed"),
        warnings: count("warning"),
        not_offered: count("not offered"),
        blocked: count("blocked"),
    }
}

/// The guide that a function is about.
pub fn guide(function: Function) -> &'static str {
    match function {
        Function::Address => "121.1",
        Function::Site => "122.1",
        Function::Poq => "87.1",
        Function::Quote => "115.1",
        Function::Order => "123.1",
        Function::Inventory => "116.1",
        Function::Security => "128.1",
    }
}

fn coverage(run: &Run) -> Coverage {
    let guides: Vec<&str> = run.functions.iter().map(|function| guide(*function)).collect();
    let mut all = Coverage::default();
    let side = run.subject.side;
    let others = match side {
        Side::Seller => "buyer",
        Side::Buyer => "seller",
    };
    let of_it: Vec<Page> = cases::pages().into_iter().filter(|page| page.side() == side).collect();
    let rows = catalogue::rows(&of_it);
    for row in rows
        .iter()
        .filter(|row| guides.contains(&row.guide.as_str()) && row.party != others)
    {
        all.requirements += 1;
        match row.not_testable {
            Some(_) => all.not_testable += 1,
            None => count(run, row, &mut all),
        }
    }
    all
}

fn count(run: &Run, row: &Row, all: &mut Coverage) {
    let ended = |word: &str| {
        let mut of_it = run
            .outcomes
            .iter()
            .filter(|outcome| row.cases.contains(&outcome.case.id));
        of_it.any(|outcome| outcome.verdict.word() == word)
    };
    if ended("failed") {
        all.failed += 1;
    } else if ended("passed") || ended("warning") {
        all.shown += 1;
    } else {
        all.open += 1;
    }
}

fn line(outcome: &Outcome) -> Line {
    let case = &outcome.case;
    Line {
        id: case.id,
        function: case.function,
        requirements: case.shows.to_vec(),
        polarity: case.polarity,
        given: case.given,
        when: case.when,
        then: case.then,
        wrong: case.wrong,
        verdict: outcome.verdict.clone(),
        warnings: outcome.warnings.clone(),
    }
}

fn exchanges(run: &Run) -> Vec<Shown> {
    let failed = |outcome: &Outcome| match &outcome.verdict {
        Verdict::Failed { finding } => finding.exchange,
        Verdict::Passed | Verdict::Warning | Verdict::NotOffered { .. } | Verdict::Blocked { .. } => None,
    };
    let odd = |outcome: &Outcome| {
        outcome
            .warnings
            .iter()
            .filter_map(|finding| finding.exchange)
            .collect::<Vec<_>>()
    };
    let mut numbers: Vec<usize> = run
        .outcomes
        .iter()
        .flat_map(|outcome| failed(outcome).into_iter().chain(odd(outcome)))
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
        .into_iter()
        .filter_map(|number| run.exchange(number))
        .map(shown)
        .collect()
}

fn shown(exchange: &Exchange) -> Shown {
    let body = if exchange.body.is_null() {
        Value::String(exchange.text.clone())
    } else {
        masked(&exchange.body)
    };
    Shown {
        number: exchange.number,
        method: exchange.method,
        url: exchange.url.clone(),
        sent: exchange.sent.as_ref().map(masked),
        status: exchange.status,
        body,
    }
}

/// Text inside of XML and HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no place for other control characters.
            c if c.is_control() && c != '\n' && c != '\t' => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
