//! A provider's own sites, run through a Seller as an order would: address, site, qualification,
//! quote where it is asked for. What came of each, and what would mend what is not clean.
//!
//! It tests no requirement: the Seller may be right and the list wrong. Nothing is ordered.

mod list;
mod way;

use serde::Serialize;

use crate::lab::{Lab, LabError};
use crate::profile::Profile;

pub use list::{ListError, Site, read};

/// How far each site goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Address, site, qualification.
    Qualified,
    /// And a quote at once.
    Quoted,
}

/// What came of one site.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its line in the list; the head is line 1.
    pub line: usize,
    /// As the list calls it.
    pub name: String,
    /// Whether an order would go through as the list has it.
    pub clean: bool,
    /// How far it came: `list`, `address`, `site`, `poq` or `quote`.
    pub reached: &'static str,
    /// The Seller's id of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The Seller's sites there.
    pub sites: usize,
    /// `green`, `yellow` or `red`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// State of the quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What is not clean.
    pub problems: Vec<String>,
    /// What would mend it.
    pub mend: Vec<String>,
}

/// All of them.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// How many are clean.
    pub clean: usize,
    /// How many would not go through.
    pub wrong: usize,
    /// One for each site.
    pub sites: Vec<Line>,
}

/// Runs every site; `tell` hears of each when it is done.
pub async fn run(profile: Profile, (sites, depth): (&[Site], Depth), tell: &dyn Fn(&Line)) -> Result<Told, LabError> {
    let mut lab = Lab::open(Profile {
        listener: None,
        ..profile
    })
    .await?;
    let mut lines = Vec::new();
    for site in sites {
        let line = way::gone(&mut lab, site, depth).await;
        tell(&line);
        lines.push(line);
    }
    lab.close().await;
    let clean = lines.iter().filter(|line| line.clean).count();
    Ok(Told {
        clean,
        wrong: lines.len() - clean,
        sites: lines,
    })
}

impl Told {
    /// As a table for spreadsheets.
    pub fn csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "line",
            "name",
            "clean",
            "reached",
            "address",
            "confidence",
            "quote",
            "problems",
            "mend",
        ])?;
        for line in &self.sites {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            writer.write_record([
                line.line.to_string(),
                line.name.clone(),
                if line.clean { "yes" } else { "no" }.to_owned(),
                line.reached.to_owned(),
                text(&line.address),
                text(&line.confidence),
                text(&line.quote),
                line.problems.join("; "),
                line.mend.join("; "),
            ])?;
        }
        let bytes = writer.into_inner().map_err(|error| error.into_error())?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
