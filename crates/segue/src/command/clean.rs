//! What in a list of places is not clean, and a repaired copy of it. Found where the file is: to
//! compare all lines with each other they are needed at once, which a server is spared.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use segue_model::book::PLACES_FILE;
use segue_model::book::clean::{Cleaning, Finding};
use serde_json::{Value, json};

use super::CommandError;
use crate::book_folder::BookFolder;

/// Told one by one up to here; more are counted. A list that has more is repaired first.
const TOLD_MAX: usize = 500;

/// Adds to the answer of `segue book check` what is not clean.
pub fn tell(folder: &BookFolder, answer: &mut Value) -> Result<(), CommandError> {
    if let Some(text) = text(folder)? {
        told(&Cleaning::of(&text).findings, answer);
    }
    Ok(())
}

fn text(folder: &BookFolder) -> Result<Option<String>, CommandError> {
    let read = folder
        .places
        .as_ref()
        .map(|list| std::io::read_to_string(list.open()?))
        .transpose();
    read.map_err(|error| CommandError::new(format!("cannot read {PLACES_FILE} in {}: {error}", folder.name)))
}

/// `segue book check --repair FILE`: also of a list that cannot be loaded yet.
pub fn repair(folder: &BookFolder, file: &Path) -> Result<Value, CommandError> {
    let Some(text) = text(folder)? else {
        return Err(CommandError::new(format!(
            "there is no {PLACES_FILE} in {}",
            folder.name
        )));
    };
    let cleaning = Cleaning::of(&text);
    let (repaired, count) = cleaning.repaired();
    // Never over a file that is there: it may be the list itself.
    let written = std::fs::File::create_new(file).and_then(|mut file| file.write_all(repaired.as_bytes()));
    written.map_err(|error| {
        CommandError::new(format!("cannot write {}: {error}", file.display()))
            .hint("Name a file that is not there yet.")
    })?;
    let mut answer = json!({
        "done": format!("{} has the list with {count} values repaired; {PLACES_FILE} is as it was", file.display()),
    });
    told(&cleaning.findings, &mut answer);
    Ok(answer)
}

fn told(findings: &[Finding], answer: &mut Value) {
    if findings.is_empty() {
        return;
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *kinds.entry(finding.kind).or_default() += 1;
    }
    let rows = findings.iter().take(TOLD_MAX).map(|finding| {
        let values: Vec<String> = finding
            .propose
            .iter()
            .map(|(column, value)| format!("{column} = {value}"))
            .collect();
        let repair = match (values.is_empty(), finding.certain) {
            (true, _) => "",
            (false, true) => "certain",
            (false, false) => "likely",
        };
        json!({ "at": finding.at, "what": finding.what, "propose": values.join(", "), "repair": repair })
    });
    answer["notClean"] = rows.collect();
    let counts = kinds
        .iter()
        .map(|(kind, count)| json!({ "kind": kind, "lines": count }));
    answer["notCleanInAll"] = counts.collect();
}
