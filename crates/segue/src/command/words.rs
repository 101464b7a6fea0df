//! What people say: the arguments of the commands that manage an installation.

mod partner;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::act::On;
use crate::book_folder::BookFolder;
use crate::cli::TextFile;
use crate::product_files::ProductFiles;

pub use partner::{Migrate, Partner, PartnerAdd, Role};

/// Which of our companies is meant.
#[derive(Clone, Debug, Default, Args, Serialize, Deserialize)]
pub struct Who {
    /// Our company [default: the only one; to look something up by its identifier: all]
    #[arg(long, value_name = "ID")]
    pub company: Option<String>,
}

/// Our companies.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Company {
    /// List them
    List,
    /// Add a company to this installation
    #[command(after_help = "Example:\n  segue company add gamma --name 'Gamma Networks'")]
    Add {
        /// Short name: lower case letters, digits and '-'; part of its base address
        id: String,
        /// Full name
        #[arg(long)]
        name: String,
        /// Identifier partners know it by (buyerId, sellerId); several times where it stands for several, the main one first [default: the short name]
        #[arg(long)]
        party_id: Vec<String>,
        /// E-mail address of the desk partners reach
        #[arg(long, default_value = "desk@example.com")]
        email: String,
        /// Telephone number of that desk
        #[arg(long, default_value = "+1 555 0100")]
        phone: String,
    },
    /// Make a new signing key; the old one stays published for a week
    RotateKey {
        #[command(flatten)]
        who: Who,
    },
    /// Print the card a partner imports: addresses, public keys, what we speak and sell
    #[command(after_help = "Example:\n  segue --dir acme company card > acme.card.json")]
    Card {
        #[command(flatten)]
        who: Who,
    },
}

/// Agreements.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Agreement {
    /// List the agreements in force
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Print the agreements with a partner in a form `agreement import` takes
    Export {
        /// The partner
        partner: String,
        #[command(flatten)]
        who: Who,
    },
    /// Put a new version of an agreement into force
    Import {
        /// JSON, as `agreement export` prints it
        file: TextFile,
    },
}

/// Books.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Book {
    /// Check a folder with a book; nothing is changed
    #[command(
        after_help = "Example:\n  segue book check samples/book\n  segue book check my-book --products my-products\n  segue book check my-book --repair places-repaired.csv"
    )]
    Check {
        /// Folder with book.toml and places.csv
        folder: BookFolder,
        /// Products not imported yet that it sells: a file, a folder or a .zip, as `product import`
        /// takes them; without it those that the company has imported are known
        #[arg(long, value_name = "PATH", conflicts_with = "company")]
        products: Option<ProductFiles>,
        /// Look at the list of places only, and write it with every repair that is certain into
        /// this file, which must not exist yet
        #[arg(long, value_name = "FILE", conflicts_with = "products")]
        repair: Option<PathBuf>,
        #[command(flatten)]
        who: Who,
    },
    /// Load a book as the new current version
    #[command(after_help = "Example:\n  segue book load samples/book")]
    Load {
        /// Folder with book.toml and places.csv
        folder: BookFolder,
        #[command(flatten)]
        who: Who,
    },
    /// Show what we sell
    Show {
        #[command(flatten)]
        who: Who,
    },
    /// The same as `segue openapi --offering ID`
    #[command(hide = true, disable_version_flag = true)]
    Openapi {
        /// Name of the API
        #[arg(long, default_value = "quoteManagement")]
        api: String,
        /// Its major version
        #[arg(long = "version")]
        api_version: Option<u32>,
        /// What is bound in
        #[arg(long, required = true)]
        offering: Vec<String>,
        #[command(flatten)]
        who: Who,
    },
}

/// Products that can be sold.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Product {
    /// Read products into the running installation: they can be sold at once
    #[command(after_help = "Examples:
  segue product import samples/product
  segue product import MEF-LSO-Sonata-SDK-grace.zip --skip-broken")]
    Import {
        /// A schema, a folder, or a .zip of one: JSON Schema in YAML or JSON, product.toml beside it
        path: ProductFiles,
        /// Take what can be used although other files have mistakes
        #[arg(long)]
        skip_broken: bool,
        /// Replace products that the book sells
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        who: Who,
    },
    /// List all products
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Show one product: attributes, rules, relations, place
    #[command(after_help = "Example:\n  segue product show access-eline-ovc")]
    Show {
        /// Its URN, or a piece of it
        urn: String,
        #[command(flatten)]
        who: Who,
    },
    /// Judge a product configuration, or all those of a request
    #[command(after_help = "Examples:
  segue product check order.json
  segue product sample dark-fibre | segue product check -")]
    Check {
        /// JSON: one configuration, or a whole body of POQ, quote or order ('-': standard input)
        file: TextFile,
        #[command(flatten)]
        who: Who,
    },
    /// Print a valid configuration to start from
    #[command(after_help = "Example:\n  segue product sample carrier-ethernet-operator-uni")]
    Sample {
        /// Its URN, or a piece of it
        urn: String,
        #[command(flatten)]
        who: Who,
    },
}

/// Seller's inventory.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Inventory {
    /// Enter a product that was ordered outside the API (an ENNI, for example)
    #[command(after_help = "Example:\n  segue --dir acme inventory import samples/enni.json --partner beta")]
    Import {
        /// The product, JSON
        file: TextFile,
        /// Whose it is
        #[arg(long)]
        partner: String,
        #[command(flatten)]
        who: Who,
    },
    /// Suspend a product (not paid for, for example): no order changes or ends it meanwhile
    #[command(after_help = "Example:\n  segue inventory suspend ID --reason 'Not paid since October.'")]
    Suspend {
        #[command(flatten)]
        on: On,
    },
    /// End a suspension; where the product was about to end, it stays suspended
    #[command(after_help = "Example:\n  segue inventory resume ID --reason 'Paid.'")]
    Resume {
        #[command(flatten)]
        on: On,
    },
    /// End a suspended product that no other product uses
    #[command(after_help = "Example:\n  segue inventory end ID --reason 'Not paid for half a year.'")]
    End {
        #[command(flatten)]
        on: On,
    },
    /// List the products of our Buyers
    List {
        /// Only those of this partner
        #[arg(long)]
        partner: Option<String>,
        #[command(flatten)]
        who: Who,
    },
}

/// Events on their way.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Notification {
    /// List deliveries that wait or are parked
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Send parked events, and those that wait after a failed try, now
    Replay {
        /// Only those of this partner
        #[arg(long)]
        partner: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Give parked events up, so that later ones about the same resource go out
    Drop {
        /// Those of this partner
        #[arg(long)]
        partner: String,
        #[command(flatten)]
        who: Who,
    },
}

/// Background work.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Job {
    /// List jobs that failed too often and wait for a person
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Run a parked job again, now
    Replay {
        /// Identifier of the job
        id: String,
        #[command(flatten)]
        who: Who,
    },
}

/// The audit chain.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Audit {
    /// Print the newest rows
    List {
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Recompute the chain and say whether a row was changed, moved or removed
    Verify,
}
