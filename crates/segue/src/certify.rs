//! `segue certify`: the command line of the tester. It needs no installation but to derive a profile
//! of one.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use segue_certify::case::{Case, Finding, Function};
use segue_certify::cases;
use segue_certify::catalogue::{self, Row};
use segue_certify::profile::Profile;
use segue_certify::report::{self, Report};
use segue_certify::run::{self, Choice, Outcome, Verdict};
use serde_json::json;

use crate::cli::TextFile;
use crate::command::{Command, Who};
use crate::show::say;

/// What the tester can be told.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  segue --dir acme certify profile --init > acme.toml      a profile of a Seller that is run with Segue
  segue certify seller --profile acme.toml --html acme.html
  segue certify seller --profile acme.toml --function quote --function order
  segue certify list --json                                every requirement and what shows it
  segue certify show poq.create.echo                       one case as a page")]
pub enum Certify {
    /// Every numbered requirement, and the cases that show it
    List,
    /// One case as a page: given, when, then, what would be wrong
    Show {
        /// Its name, as `list` and reports have it
        case: String,
    },
    /// What the tester has to know of a Seller
    Profile(ProfileWanted),
    /// Test a Seller
    Seller(Box<SellerWanted>),
}

/// A profile of a Seller that is run with Segue.
#[derive(clap::Args)]
#[command(after_help = "Example:
  segue --dir acme certify profile --init > acme.toml

It makes two Buyers at that Seller, certify and certify-other, and prints their secrets: they are in the profile.
For any other Seller write the profile by hand; docs/conformance.md explains each line.")]
pub struct ProfileWanted {
    /// Derive it from the installation in --dir
    #[arg(long)]
    init: bool,
    /// Where the tester will listen to events [default: a free address that the Seller may call]
    #[arg(long)]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    who: Who,
}

impl ProfileWanted {
    /// What the installation is asked.
    pub fn command(&self) -> Result<Command> {
        if !self.init {
            bail!("say --init to derive a profile from the installation in --dir (it makes two Buyers there)");
        }
        Ok(Command::TesterProfile {
            listen: self.listen,
            who: self.who.clone(),
        })
    }
}

/// A test of a Seller.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  segue certify seller --profile acme.toml
  segue certify seller --profile acme.toml --function address --junit acme.xml
  segue certify seller --profile acme.toml --case poq.create

Exit code 1 when a case failed, or none could be done.")]
pub struct SellerWanted {
    /// The profile of the Seller
    #[arg(long)]
    profile: TextFile,
    /// Test only this function: address, site, poq, quote, order, inventory, security (may be repeated)
    #[arg(long)]
    function: Vec<Function>,
    /// Run only cases whose name begins so (may be repeated)
    #[arg(long)]
    case: Vec<String>,
    /// Judge the structure of answers by the official OpenAPI files in this folder
    #[arg(long, value_name = "FOLDER")]
    sdk: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as one HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Does it; false when a Seller failed.
pub async fn run(action: Certify, as_json: bool) -> Result<bool> {
    match action {
        Certify::List => list(as_json),
        Certify::Show { case } => show(&case, as_json)?,
        Certify::Profile(_) => bail!("a profile is derived in the installation"),
        Certify::Seller(wanted) => return seller(*wanted, as_json).await,
    }
    Ok(true)
}

fn list(as_json: bool) {
    let rows = catalogue::rows(&cases::all());
    if as_json {
        say!("{}", json!(rows));
        return;
    }
    for row in &rows {
        let what = match (&row.not_testable, row.pending) {
            (Some(why), _) => format!("not testable: {why}"),
            (None, Some(why)) => format!("pending: {why}"),
            (None, None) => row.cases.join(", "),
        };
        say!(
            "{} {} [{} {}] {}\n    {what}",
            row.guide,
            row.requirement,
            row.level,
            row.party,
            row.text
        );
    }
    let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    say!(
        "\n{} requirements: {} with cases ({} cases in all), {} not testable, {} pending",
        rows.len(),
        count(&|row| !row.cases.is_empty()),
        cases::all().len(),
        count(&|row| row.not_testable.is_some()),
        count(&|row| row.pending.is_some())
    );
}

fn show(name: &str, as_json: bool) -> Result<()> {
    let all = cases::all();
    let Some(case) = all.iter().find(|case| case.id == name) else {
        let similar: Vec<&str> = all.iter().map(|case| case.id).filter(|id| id.contains(name)).collect();
        match similar.is_empty() {
            true => bail!("no case is called {name}; `segue certify list` has all names"),
            false => bail!("no case is called {name}; there are: {}", similar.join(", ")),
        }
    };
    if as_json {
        say!(
            "{}",
            json!({ "id": case.id, "function": case.function, "polarity": case.polarity, "requirements": case.shows,
                "given": case.given, "when": case.when, "then": case.then, "wrong": case.wrong })
        );
        return Ok(());
    }
    say!("{}\n", case.id);
    for (word, text) in [
        ("Given", case.given),
        ("When", case.when),
        ("Then", case.then),
        ("Otherwise", case.wrong),
    ] {
        say!("{word:<10} {text}");
    }
    say!("");
    requirements(case);
    Ok(())
}

fn requirements(case: &Case) {
    for requirement in catalogue::requirements() {
        if case.shows.contains(&requirement.name().as_str()) {
            say!(
                "{} ({}, {}): {}",
                requirement.name(),
                requirement.level,
                requirement.party,
                requirement.text
            );
        }
    }
}

async fn seller(wanted: SellerWanted, as_json: bool) -> Result<bool> {
    let profile = Profile::read(&wanted.profile.text, &wanted.profile.name)?;
    let choice = Choice {
        functions: wanted.function.clone(),
        cases: wanted.case.clone(),
        sdk: wanted.sdk.clone(),
    };
    let known = |begin: &String| cases::all().iter().any(|case| case.id.starts_with(begin.as_str()));
    if let Some(unknown) = wanted.case.iter().find(|begin| !known(begin)) {
        bail!("no case begins with {unknown}; `segue certify list` has all names");
    }
    writable(&wanted)?;
    let tell = |outcome: &Outcome| {
        if !as_json {
            tell(outcome);
        }
    };
    let run = run::seller(profile, &choice, &tell).await?;
    let report = Report::of(&run, jiff::Timestamp::now());
    write(&wanted, &report)?;
    if as_json {
        say!("{}", report.json());
    } else {
        sum(&report);
    }
    Ok(run.is_good())
}

/// Reports are written when all is done: whether they can be is told before.
fn writable(wanted: &SellerWanted) -> Result<()> {
    for file in [&wanted.report, &wanted.junit, &wanted.html].into_iter().flatten() {
        std::fs::File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn write(wanted: &SellerWanted, report: &Report) -> Result<()> {
    let texts = [
        (&wanted.report, serde_json::to_string_pretty(report)? + "\n"),
        (&wanted.junit, report::junit(report)),
        (&wanted.html, report::html(report)),
    ];
    for (file, text) in texts {
        if let Some(file) = file {
            std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
    }
    Ok(())
}

/// One line for each case as it ends, and what went wrong below it.
fn tell(outcome: &Outcome) {
    let word = outcome.verdict.word();
    let colour = match &outcome.verdict {
        Verdict::Passed => "32",
        Verdict::Warning => "33",
        Verdict::Failed { .. } => "31;1",
        Verdict::NotOffered { .. } | Verdict::Blocked { .. } => "2",
    };
    let padded = format!("{word:<11}");
    let shown = if std::io::stdout().is_terminal() {
        format!("\x1b[{colour}m{padded}\x1b[0m")
    } else {
        padded
    };
    say!("{shown} {:<34} {}", outcome.case.id, outcome.case.shows.join(", "));
    match &outcome.verdict {
        Verdict::Failed { finding } => told(finding),
        Verdict::NotOffered { why } | Verdict::Blocked { why } => say!("            {why}"),
        Verdict::Passed | Verdict::Warning => {}
    }
    outcome.warnings.iter().for_each(told);
    let _ = std::io::stdout().flush();
}

fn told(finding: &Finding) {
    say!("            expected {}", finding.expected);
    say!("            came     {}", finding.came);
}

fn sum(report: &Report) {
    say!("");
    for one in &report.functions {
        say!(
            "{:<10} {:<14} {} passed, {} failed, {} odd, {} not offered, {} not done",
            one.function.as_str(),
            one.verdict,
            one.passed,
            one.failed,
            one.warnings,
            one.not_offered,
            one.blocked
        );
    }
    let c = report.coverage;
    say!(
        "\nOf {} requirements that bind a Seller here: {} shown, {} broken, {} could not be tried, {} not testable, {} pending (no case yet).",
        c.requirements,
        c.shown,
        c.failed,
        c.open,
        c.not_testable,
        c.pending
    );
}
