//! Runs cases one after the other and keeps what came of each.

use std::sync::Arc;

use serde::Serialize;

use crate::case::{Case, Finding, Function, Stop};
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
    /// The Seller deviates.
    Failed {
        /// What and where.
        finding: Finding,
    },
    /// The Seller does not offer it and need not.
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
pub struct Outcome {
    /// Which.
    pub case: Case,
    /// What came of it.
    pub verdict: Verdict,
    /// What was odd.
    pub warnings: Vec<Finding>,
}

/// All that was run, and every exchange.
pub struct Run {
    /// The Seller.
    pub profile: Profile,
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
    fn functions(&self, profile: &Profile) -> Vec<Function> {
        let wanted = |function: &Function| self.functions.is_empty() || self.functions.contains(function);
        let has_cases = |function: &Function| {
            cases::all()
                .iter()
                .any(|case| case.function == *function && self.has(case))
        };
        let offered = profile.functions.iter().copied().filter(wanted).filter(has_cases);
        let mut all: Vec<Function> = offered.collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn has(&self, case: &Case) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|begin| case.id.starts_with(begin.as_str()))
    }
}

/// Tests a Seller; `tell` hears of each case when it is done.
pub async fn seller(profile: Profile, choice: &Choice, tell: &dyn Fn(&Outcome)) -> Result<Run, LabError> {
    let functions = choice.functions(&profile);
    let mut lab = Lab::open(profile).await?;
    if let Some(folder) = &choice.sdk {
        lab.by_files(folder)?;
    }
    let mut outcomes = Vec::new();
    for function in &functions {
        lab.renew_tokens();
        let of_it = cases::all().into_iter().filter(|case| case.function == *function);
        for case in of_it.filter(|case| choice.has(case)) {
            let outcome = one(case, &mut lab).await;
            tell(&outcome);
            outcomes.push(outcome);
        }
    }
    lab.close().await;
    Ok(Run {
        profile: lab.profile.clone(),
        functions,
        outcomes,
        log: lab.log.clone(),
    })
}

async fn one(case: Case, lab: &mut Lab) -> Outcome {
    let result = case.run(lab).await;
    let warnings = std::mem::take(&mut lab.warnings);
    let verdict = match result {
        Ok(()) if warnings.is_empty() => Verdict::Passed,
        Ok(()) => Verdict::Warning,
        Err(Stop::Failed(finding)) => Verdict::Failed { finding },
        Err(Stop::NotOffered(why)) => Verdict::NotOffered { why },
        Err(Stop::Blocked(why)) => Verdict::Blocked { why },
    };
    Outcome {
        case,
        verdict,
        warnings,
    }
}
