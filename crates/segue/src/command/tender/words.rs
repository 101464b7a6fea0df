//! What people say when they shop at several Sellers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use segue_model::tender::OfferId;
use serde::{Deserialize, Serialize};

use crate::cli::TextFile;
use crate::command::Who;

/// Visits at a time with each Seller where nobody says otherwise: a Seller of any size bears it.
const PARALLEL: usize = 8;

/// More at a time is no shopping any more.
const PARALLEL_MAX: u64 = 64;

/// Tenders.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Tender {
    /// Ask several Sellers for firm quotes at a list of sites (the same as `buy quote --from`)
    #[command(after_help = "Examples:
  segue tender ask --from sites.csv --sellers all --terms 12,36 --bandwidths 100M,1G --out offers.csv
  segue buy quote --from sites.csv --sellers acme,gamma --bandwidths 100M --json

sites.csv has a line for each site, under column names such as
  name,country,city,postcode,street,number    or    name;address    or    name;latitude;longitude")]
    Ask(Box<Asking>),
    /// Go on with a tender whose answers were not all there, or that was cut off
    #[command(after_help = "Example:\n  segue tender resume 1 --out offers.csv")]
    Resume {
        /// Number of the tender
        number: u32,
        /// How.
        #[command(flatten)]
        pace: Pace,
        #[command(flatten)]
        who: Who,
    },
    /// List our tenders
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Show the offers of a tender side by side, the cheapest first
    #[command(after_help = "Examples:\n  segue tender show 1\n  segue tender show 1 --out offers.csv")]
    Show {
        /// Number of the tender
        number: u32,
        /// Write the table into this file, as CSV
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        who: Who,
    },
    /// Order what an offer says (the same as `buy order --offer`)
    #[command(after_help = "Example:\n  segue tender order --offer 1-17-acme-100-36 && segue buy track acme ORDER_ID")]
    Order {
        /// The offer, as the table names it
        #[arg(long = "offer", value_name = "ID")]
        offer: OfferName,
        /// Wanted date (2027-01-31, "31 Jan 2027") [default: the longest interval of the quote from now]
        #[arg(long, value_name = "TIME", value_parser = crate::command::buy::date)]
        date: Option<String>,
        #[command(flatten)]
        who: Who,
    },
}

/// A new tender.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Asking {
    /// The list of sites, CSV; '-' reads standard input
    #[arg(long, value_name = "FILE")]
    pub from: TextFile,
    /// Whom to ask: `all` whose agreements open it, or names
    #[arg(long, value_delimiter = ',', default_value = "all", value_name = "NAMES")]
    pub sellers: Vec<String>,
    /// Terms: months, or "3 years"
    #[arg(long, visible_alias = "term", value_delimiter = ',', default_value = "36", value_parser = crate::command::buy::months)]
    pub terms: Vec<u32>,
    /// Committed rates in each direction: 100M, "1 Gbit/s"
    #[arg(long, visible_alias = "bandwidth", value_delimiter = ',', required = true, value_parser = crate::command::buy::mbps)]
    pub bandwidths: Vec<u64>,
    /// The ENNI at a Seller where we have several: SELLER=ID
    #[arg(long, value_name = "SELLER=ID")]
    pub enni: Vec<String>,
    /// The answers may come later, but are wanted by then (2027-01-31) [default: at once]
    #[arg(long, value_name = "TIME", value_parser = crate::command::buy::date)]
    pub later: Option<String>,
    /// Leave lines out that cannot be read, instead of sending nothing
    #[arg(long)]
    pub skip_bad: bool,
    /// How.
    #[command(flatten)]
    pub pace: Pace,
    #[command(flatten)]
    pub who: Who,
}

/// How fast, how long, and where to.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Pace {
    /// Sites asked at a time at each Seller
    #[arg(long, default_value_t = PARALLEL as u64, value_parser = clap::value_parser!(u64).range(1..=PARALLEL_MAX))]
    pub parallel: u64,
    /// Say what is open after this many seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub timeout: u64,
    /// Write the table into this file, as CSV
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Name of an offer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OfferName(pub String);

impl std::str::FromStr for OfferName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<OfferId>().map(|id| Self(id.to_string()))
    }
}

impl Tender {
    /// Where the table goes, if not on the screen.
    pub fn out(&self) -> Option<&PathBuf> {
        match self {
            Self::Ask(asking) => asking.pace.out.as_ref(),
            Self::Resume { pace, .. } => pace.out.as_ref(),
            Self::Show { out, .. } => out.as_ref(),
            Self::List { .. } | Self::Order { .. } => None,
        }
    }
}
