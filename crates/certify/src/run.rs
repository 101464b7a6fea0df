//! Runs cases one after the other and keeps what came of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::case::{Case, Finding, Function, Page, Side, Stop};
use crate::cases;
use crate::lab::exchange::Exchange;
use crate::lab::{Lab, LabError};
use crate::profile::Profile;

/// What came of a case.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "verdict", rename_all = "camelCase")]
pub enum Verdict {
    /// As the standard has it.
    Passed,
    /// As the standard has it, and odd.
    Warning,
    /// A deviation.
    Failed {
        /// What and where.
        finding: Finding,
    },
    /// It is not offered and need not be.
    NotOffered {
        /// How that shows.
        why: String,
    },
    /// It could not be done here.
    Blocked {
        /// What was missing.
        why: String,
    },
}

impl Verdict {
    /// One word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warning => "warning",
            Self::Failed { .. } => "failed",
            Self::NotOffered { .. } => "not offered",
            Self::Blocked { .. } => "blocked",
        }
    }
}

/// A case that was run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which.
    pub case: Page,
    /// What came of it.
    pub verdict: Verdict,
    /// What was odd.
    pub warnings: Vec<Finding>,
}

/// Who was tested.
#[derive(Clone, Debug)]
pub struct Subject {
    /// On which side it stands.
    pub side: Side,
    /// Its name in reports.
    pub name: String,
    /// The Seller's address; of a Buyer the one it was given for the Seller.
    pub url: String,
    /// Major version of each API.
    pub versions: BTreeMap<String, u32>,
}

/// All that was run, and every exchange.
pub struct Run {
    /// Who was tested.
    pub subject: Subject,
    /// What was tested.
    pub functions: Vec<Function>,
    /// In the order of running.
    pub outcomes: Vec<Outcome>,
    /// In the order of sending.
    pub log: Vec<Arc<Exchange>>,
}

impl Run {
    /// How many ended with this word.
    pub fn count(&self, word: &str) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.verdict.word() == word)
            .count()
    }

    /// Whether nothing failed and something passed.
    pub fn is_good(&self) -> bool {
        self.count("failed") == 0 && self.count("passed") + self.count("warning") > 0
    }

    /// The exchange of this number.
    pub fn exchange(&self, number: usize) -> Option<&Exchange> {
        self.log
            .iter()
            .find(|exchange| exchange.number == number)
            .map(Arc::as_ref)
    }
}

/// What is to be run.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// These functions only; empty: all of the profile.
    pub functions: Vec<Function>,
    /// Cases whose id begins with one of these; empty: all.
    pub cases: Vec<String>,
    /// A folder of official OpenAPI files to judge structure by; without it by our descriptions.
    pub sdk: Option<std::path::PathBuf>,
}

impl Choice {
    /// What is tested of all that is offered.
    pub fn functions<L>(&self, offered: &[Function], cases: &[Case<L>]) -> Vec<Function> {
        let wanted = |function: &Function| self.functions.is_empty() || self.functions.contains(function);
        let has_cases = |function: &Function| {
            cases
                .iter()
                .any(|case| case.function == *function && self.has(&case.page))
        };
        let offered = offered.iter().copied().filter(wanted).filter(has_cases);
        let mut all: Vec<Function> = offered.collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether a case is to be run.
    pub fn has(&self, page: &Page) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|begin| page.id.starts_with(begin.as_str()))
    }
}

/// Where cases are done.
pub trait Place {
    /// What the running case found odd, without being wrong.
    fn take_warnings(&mut self) -> Vec<Finding>;
}

impl Place for Lab {
    fn take_warnings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.warnings)
    }
}

/// Tests a Seller; `tell` hears of each case when it is done.
pub async fn seller(profile: Profile, choice: &Choice, tell: &dyn Fn(&Outcome)) -> Result<Run, LabError> {
    let functions = choice.functions(&profile.functions, &cases::all());
    let mut lab = Lab::open(profile).await?;
    if let Some(folder) = &choice.sdk {
        lab.by_files(folder)?;
    }
    let mut outcomes = Vec::new();
    for function in &functions {
        lab.renew_tokens();
        let of_it = cases::all().into_iter().filter(|case| case.function == *function);
        for case in of_it.filter(|case| choice.has(&case.page)) {
            let outcome = one(&case, &mut lab).await;
            tell(&outcome);
            outcomes.push(outcome);
        }
    }
    lab.close().await;
    Ok(Run {
        subject: Subject {
            side: Side::Seller,
            name: lab.profile.seller.clone(),
            url: lab.profile.url.clone(),
            versions: lab.profile.versions.clone(),
        },
        functions,
        outcomes,
        log: lab.log.clone(),
    })
}

/// Does one case.
pub async fn one<L: Place>(case: &Case<L>, place: &mut L) -> Outcome {
    let result = case.run(place).await;
    let warnings = place.take_warnings();
    let verdict = match result {
        Ok(()) if warnings.is_empty() => Verdict::Passed,
        Ok(()) => Verdict::Warning,
        Err(Stop::Failed(finding)) => Verdict::Failed { finding },
        Err(Stop::NotOffered(why)) => Verdict::NotOffered { why },
        Err(Stop::Blocked(why)) => Verdict::Blocked { why },
    };
    Outcome {
        case: case.page,
        verdict,
        warnings,
    }
}
