//! `segue certify`: the command line of the tester. It needs no installation but to derive a profile
//! of one.

mod orders;
mod proof;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use segue_certify::case::{Finding, Function, Page, Side};
use segue_certify::cases;
use segue_certify::catalogue::{self, Row};
use segue_certify::orders::Depth;
use segue_certify::profile::Profile;
use segue_certify::report::{self, Report};
use segue_certify::run::{self, Choice, Outcome, Run, Verdict};
use segue_certify::sign::Signer;
use segue_certify::stage;
use segue_certify::stage::profile::BuyerProfile;
use serde_json::{Value, json};

use crate::cli::TextFile;
use crate::command::{Command, Who};
use crate::show::say;

/// What the tester can be told.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  segue --dir acme certify profile --init > acme.toml      a profile of a Seller that is run with Segue
  segue certify seller --profile acme.toml --html acme.html
  segue certify seller --profile acme.toml --function quote --function order
  segue --dir beta certify profile --init --buyer > beta.toml
  segue certify buyer --profile beta.toml
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
    /// What the tester has to know of a Seller or a Buyer
    Profile(ProfileWanted),
    /// Test a Seller
    Seller(Box<SellerWanted>),
    /// Test a Buyer: the tester plays the Seller, and tells what the Buyer is to do next
    Buyer(Box<BuyerWanted>),
    /// Make a key that signs reports
    Key(proof::KeyWanted),
    /// Whether a signed report is as it was signed
    Verify(proof::VerifyWanted),
}

/// A profile of a Seller or Buyer that is run with Segue.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  segue --dir acme certify profile --init > acme.toml
  segue --dir beta certify profile --init --buyer > beta.toml

Of a Seller it makes two Buyers, certify and certify-other; of a Buyer it makes a Seller, certify-seller. Secrets are
printed: they are in the profile. For any other Seller or Buyer write the profile by hand; docs/conformance.md explains
each line.")]
pub struct ProfileWanted {
    /// Derive it from the installation in --dir
    #[arg(long)]
    init: bool,
    /// That of a Buyer, with a command for each step
    #[arg(long)]
    buyer: bool,
    /// Where the tester will listen [default: a free address that the installation may call]
    #[arg(long)]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    who: Who,
}

impl ProfileWanted {
    /// What the installation in `dir` is asked.
    pub fn command(&self, dir: &Path) -> Result<Command> {
        if !self.init {
            bail!("say --init to derive a profile from the installation in --dir (it makes partners there)");
        }
        let (listen, who) = (self.listen, self.who.clone());
        if !self.buyer {
            return Ok(Command::TesterProfile { listen, who });
        }
        let program = program(dir)?;
        Ok(Command::TesterBuyer { listen, program, who })
    }
}

/// How this program is called for an installation, from anywhere, in the words of a shell.
fn program(dir: &Path) -> Result<String> {
    let here = std::env::current_exe().context("where this program is")?;
    let dir = dir
        .canonicalize()
        .with_context(|| format!("there is no folder {}", dir.display()))?;
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
    Ok(format!("{} --dir {}", quoted(&here), quoted(&dir)))
}

/// A test of a Seller.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  segue certify seller --profile acme.toml
  segue certify seller --profile acme.toml --function address --junit acme.xml
  segue certify seller --profile acme.toml --case poq.create
  segue certify key tester.pem && segue certify seller --profile acme.toml --report acme.json --sign tester.pem
  segue certify seller --profile acme.toml --orders sites.csv --quote --out sites-told.csv

Exit code 1 when a case failed, or none could be done.")]
pub struct SellerWanted {
    /// The profile of the Seller
    #[arg(long)]
    profile: TextFile,
    #[command(flatten)]
    picked: Picked,
    /// Judge the structure of answers by the official OpenAPI files in this folder
    #[arg(long, value_name = "FOLDER")]
    sdk: Option<PathBuf>,
    #[command(flatten)]
    reports: Reports,
    /// Run these sites of yours through address, site and POQ instead of the cases: which are not clean, what would mend them
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["function", "case", "sdk", "report", "junit", "html", "sign"])]
    orders: Option<TextFile>,
    /// With --orders: ask for a firm quote too
    #[arg(long, requires = "orders")]
    quote: bool,
    /// With --orders: write what came of each site as CSV
    #[arg(long, value_name = "FILE", requires = "orders")]
    out: Option<PathBuf>,
}

/// A test of a Buyer.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  segue certify buyer --profile beta.toml
  segue certify buyer --profile beta.toml --function quote --html beta.html

With [drive] in the profile its commands make the Buyer do each step; without, a line says what the Buyer is to do next,
and the tester waits for its request. Exit code 1 when a case failed, or none could be done.")]
pub struct BuyerWanted {
    /// The profile of the Buyer
    #[arg(long)]
    profile: TextFile,
    #[command(flatten)]
    picked: Picked,
    #[command(flatten)]
    reports: Reports,
}

/// Which cases are run.
#[derive(clap::Args)]
struct Picked {
    /// Test only this function: address, site, poq, quote, order, inventory, security (may be repeated)
    #[arg(long)]
    function: Vec<Function>,
    /// Run only cases whose name begins so (may be repeated)
    #[arg(long)]
    case: Vec<String>,
}

impl Picked {
    /// What is to be run, of the cases of one side.
    fn choice(&self, side: Side, sdk: Option<PathBuf>) -> Result<Choice> {
        let pages = cases::pages();
        let known = |begin: &String| {
            let mut of_it = pages.iter().filter(|page| page.side() == side);
            of_it.any(|page| page.id.starts_with(begin.as_str()))
        };
        if let Some(unknown) = self.case.iter().find(|begin| !known(begin)) {
            bail!(
                "no case of a {} begins with {unknown}; `segue certify list` has all names",
                side.as_str()
            );
        }
        Ok(Choice {
            functions: self.function.clone(),
            cases: self.case.clone(),
            sdk,
        })
    }
}

/// Where reports are written.
#[derive(clap::Args)]
struct Reports {
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as one HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Sign the report (JSON) with this key; `certify verify` looks whether it was changed
    #[arg(long, value_name = "KEYFILE")]
    sign: Option<TextFile>,
}

/// Does it; false when who is tested failed.
pub async fn run(action: Certify, as_json: bool) -> Result<bool> {
    match action {
        Certify::List => list(as_json),
        Certify::Show { case } => show(&case, as_json)?,
        Certify::Profile(_) => bail!("a profile is derived in the installation"),
        Certify::Seller(wanted) => return seller(*wanted, as_json).await,
        Certify::Buyer(wanted) => return buyer(*wanted, as_json).await,
        Certify::Key(wanted) => proof::key(&wanted, as_json)?,
        Certify::Verify(wanted) => return Ok(proof::verified(&wanted, as_json)),
    }
    Ok(true)
}

fn list(as_json: bool) {
    let pages = cases::pages();
    let rows = catalogue::rows(&pages);
    if as_json {
        say!("{}", json!(rows));
        return;
    }
    for row in &rows {
        let what = match &row.not_testable {
            Some(why) => format!("not testable: {why}"),
            None => row.cases.join(", "),
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
        "\n{} requirements: {} with cases ({} cases in all), {} not testable",
        rows.len(),
        count(&|row| !row.cases.is_empty()),
        pages.len(),
        count(&|row| row.not_testable.is_some())
    );
}

fn show(name: &str, as_json: bool) -> Result<()> {
    let all = cases::pages();
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

fn requirements(case: &Page) {
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
    if let Some(list) = &wanted.orders {
        let depth = if wanted.quote { Depth::Quoted } else { Depth::Qualified };
        return orders::run(profile, (list, depth), (wanted.out.as_deref(), as_json)).await;
    }
    let choice = wanted.picked.choice(Side::Seller, wanted.sdk.clone())?;
    let signer = wanted.reports.signer(as_json)?;
    wanted.reports.writable()?;
    let run = run::seller(profile, &choice, &|outcome| tell(outcome, as_json)).await?;
    finish(&run, (&wanted.reports, signer), as_json)
}

async fn buyer(wanted: BuyerWanted, as_json: bool) -> Result<bool> {
    let profile = BuyerProfile::read(&wanted.profile.text, &wanted.profile.name)?;
    let choice = wanted.picked.choice(Side::Buyer, None)?;
    let signer = wanted.reports.signer(as_json)?;
    wanted.reports.writable()?;
    // Beside the report, so that a script can read it too.
    let next = |what: &str| eprintln!("{what}");
    let run = stage::buyer(profile, &choice, Arc::new(next), &|outcome| tell(outcome, as_json)).await?;
    finish(&run, (&wanted.reports, signer), as_json)
}

/// Tells and writes what came of it.
fn finish(run: &Run, (reports, signer): (&Reports, Option<Signer>), as_json: bool) -> Result<bool> {
    let report = Report::of(run, jiff::Timestamp::now());
    let json = match signer {
        Some(signer) => signer.sign(&report.json())?,
        None => report.json(),
    };
    reports.write(&report, &json)?;
    if as_json {
        say!("{json}");
    } else {
        sum(&report);
    }
    Ok(run.is_good())
}

impl Reports {
    /// Reports are written when all is done: whether they can be is told before.
    fn writable(&self) -> Result<()> {
        for file in [&self.report, &self.junit, &self.html].into_iter().flatten() {
            std::fs::File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }

    /// The key that signs; read before anything is asked, as a wrong one would be found at the end only.
    fn signer(&self, as_json: bool) -> Result<Option<Signer>> {
        let signer = self.sign.as_ref().map(proof::signer).transpose()?;
        if signer.is_some() && self.report.is_none() && !as_json {
            bail!("--sign signs the report in JSON: say where with --report FILE (or --json)");
        }
        Ok(signer)
    }

    fn write(&self, report: &Report, json: &Value) -> Result<()> {
        let texts = [
            (&self.report, serde_json::to_string_pretty(json)? + "\n"),
            (&self.junit, report::junit(report)),
            (&self.html, report::html(report)),
        ];
        for (file, text) in texts {
            if let Some(file) = file {
                std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
            }
        }
        Ok(())
    }
}

/// One line for each case as it ends, and what went wrong below it.
fn tell(outcome: &Outcome, as_json: bool) {
    if as_json {
        return;
    }
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
        "\nOf {} requirements that bind a {} here: {} shown, {} broken, {} could not be tried, {} not testable.",
        c.requirements,
        report.tested.as_str(),
        c.shown,
        c.failed,
        c.open,
        c.not_testable
    );
}
