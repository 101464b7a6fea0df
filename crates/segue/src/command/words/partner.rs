//! What people say about the companies we deal with.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::Who;
use crate::cli::TextFile;
use crate::command::buy::date;

/// Partners.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Partner {
    /// Add a partner by hand; `import` does it from the partner's card
    Add(PartnerAdd),
    /// List partners
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Show one partner and its agreements
    Show {
        /// Its short name
        name: String,
        #[command(flatten)]
        who: Who,
    },
    /// Check what stands between us and a partner: hosts, TLS, tokens, versions, events, clocks.
    /// Ends with 1 when something is wrong; nothing is made at the partner
    #[command(after_help = "Examples:
  segue partner check acme
  segue partner check --all --json | jq '.checks[] | select(.verdict == \"wrong\")'")]
    Check {
        /// Its short name
        #[arg(required_unless_present = "all")]
        name: Option<String>,
        /// All partners of the company
        #[arg(long, conflicts_with = "name")]
        all: bool,
        #[command(flatten)]
        who: Who,
    },
    /// Which API versions are used between us and a partner, counted from real calls, beside what is
    /// agreed. A call is refused when it is not let in, or gets no token for its version
    #[command(after_help = "Examples:
  segue partner versions beta
  segue partner versions --all --json | jq '.[] | select(.agreement != \"agreed\" and .calls > 0)'")]
    Versions {
        /// Its short name
        #[arg(required_unless_present = "all")]
        name: Option<String>,
        /// All partners of the company
        #[arg(long, conflicts_with = "name")]
        all: bool,
        #[command(flatten)]
        who: Who,
    },
    /// Move a partner from one version of an API to another: shows what is open, who listens and what
    /// is told otherwise; changes nothing without --apply
    #[command(after_help = "Examples:
  segue partner migrate beta --api quoteManagement --to 10
  segue partner migrate beta --api quoteManagement --to 10 --keep-old-until 2027-03-31 --apply")]
    Migrate(Migrate),
    /// Print our card for partners, with the name under which they shall know us
    #[command(after_help = "Example:\n  segue --dir acme partner export > acme.card.json")]
    Export {
        #[command(flatten)]
        who: Who,
    },
    /// Take in a partner's card: keys, addresses and a first agreement, without typing
    #[command(after_help = "Examples:
  segue --dir acme partner import beta.card.json --as seller
  segue --dir beta partner import acme.card.json --as buyer")]
    Import {
        /// The card (JSON); '-' reads standard input
        file: TextFile,
        /// What we are towards them
        #[arg(long = "as", value_enum)]
        role: Role,
        /// Short name to give them [default: that of the card]
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Make a client secret for a partner without keys, shown once; or change ours at a partner
    #[command(after_help = "Examples:\n  segue partner secret gamma\n  segue partner secret gamma --ours new.secret")]
    Secret {
        /// Its short name
        name: String,
        /// File with the client secret they gave us; '-' reads standard input
        #[arg(long, value_name = "FILE")]
        ours: Option<TextFile>,
        #[command(flatten)]
        who: Who,
    },
    /// Refuse all requests of a partner, at once, and send it nothing
    Suspend {
        /// Its short name
        name: String,
        #[command(flatten)]
        who: Who,
    },
    /// End a suspension
    Resume {
        /// Its short name
        name: String,
        #[command(flatten)]
        who: Who,
    },
}

/// From one version of an API to another.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Migrate {
    /// The partner
    pub name: String,
    /// Name of the API
    #[arg(long)]
    pub api: String,
    /// The version to go to
    #[arg(long, value_name = "VERSION")]
    pub to: u32,
    /// What we are towards them, where that is not clear
    #[arg(long = "as", value_enum)]
    pub role: Option<Role>,
    /// Serve the old version beside the new one until this day (RFC 3339, or a date); its answers
    /// say so, and subscriptions stay in it
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub keep_old_until: Option<String>,
    /// Do it
    #[arg(long)]
    pub apply: bool,
    /// Our company.
    #[command(flatten)]
    pub who: Who,
}

/// A partner by hand.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(after_help = "Example:
  segue partner add gamma --name 'Gamma Net' --url https://lso.gamma.example --as seller --party-id GAMMA")]
pub struct PartnerAdd {
    /// Short name
    pub id: String,
    /// Full name
    #[arg(long)]
    pub name: String,
    /// Base address of its APIs
    #[arg(long)]
    pub url: String,
    /// What we are towards them
    #[arg(long = "as", value_enum)]
    pub role: Role,
    /// Identifier it is known by (buyerId, sellerId); several times where it stands for several, the main one first [default: the short name]
    #[arg(long)]
    pub party_id: Vec<String>,
    /// Its authorization server, when we call it
    #[arg(long, requires = "token_endpoint")]
    pub issuer: Option<String>,
    /// Its token endpoint
    #[arg(long, requires = "issuer")]
    pub token_endpoint: Option<String>,
    /// Our client id there [default: our short name]
    #[arg(long)]
    pub client_id: Option<String>,
    /// File with our client secret there; without it we sign with our key
    #[arg(long)]
    pub secret_file: Option<TextFile>,
    /// File with its public keys (JWK set); without it use `partner secret`
    #[arg(long)]
    pub jwks_file: Option<TextFile>,
    /// Our company.
    #[command(flatten)]
    pub who: Who,
}

/// Our role towards a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Role {
    /// They buy from us
    Seller,
    /// We buy from them
    Buyer,
}
