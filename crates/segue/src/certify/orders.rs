//! `segue certify seller --orders FILE`: a provider's own sites instead of the cases.

use std::path::Path;

use anyhow::{Context, Result};
use segue_certify::orders::{self, Depth, Line, Told};
use segue_certify::profile::Profile;
use serde_json::json;

use crate::cli::TextFile;
use crate::show::say;

/// Runs the list; false when a site is not clean.
pub async fn run(profile: Profile, (list, depth): (&TextFile, Depth), out: (Option<&Path>, bool)) -> Result<bool> {
    let (file, as_json) = out;
    if let Some(file) = file {
        std::fs::File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let sites = orders::read(&list.text).with_context(|| format!("in {}", list.name))?;
    let tell = |line: &Line| {
        if !as_json {
            tell(line);
        }
    };
    let told = orders::run(profile, (&sites, depth), &tell).await?;
    if let Some(file) = file {
        std::fs::write(file, told.csv()?).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if as_json {
        say!("{}", json!(told));
    } else {
        sum(&told);
    }
    Ok(told.wrong == 0)
}

fn tell(line: &Line) {
    let word = if line.clean { "clean" } else { "NOT CLEAN" };
    let found = [&line.address, &line.confidence, &line.quote].into_iter().flatten();
    let found: Vec<&str> = found.map(String::as_str).collect();
    say!(
        "{:>5}  {word:<9} {:<28} {:<8} {}",
        line.line,
        line.name,
        line.reached,
        found.join(", ")
    );
    for problem in &line.problems {
        say!("       {problem}");
    }
    for mend in &line.mend {
        say!("       -> {mend}");
    }
}

fn sum(told: &Told) {
    say!(
        "\n{} of {} sites are clean, {} are not.",
        told.clean,
        told.sites.len(),
        told.wrong
    );
}
