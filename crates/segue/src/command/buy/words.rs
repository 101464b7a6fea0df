//! What people say when they buy: the arguments of the steps.

use clap::{Args, Subcommand};
use segue_buyer::Manner;
use segue_model::{forms, time};
use serde::{Deserialize, Serialize};

use super::At;
use crate::cli::TextFile;

/// An address in words; each one that is known helps.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct AddressWords {
    /// Country by code or name: DE, Germany
    #[arg(long, value_parser = country)]
    pub country: String,
    /// City
    #[arg(long)]
    pub city: Option<String>,
    /// Postal code
    #[arg(long)]
    pub postcode: Option<String>,
    /// State or province
    #[arg(long)]
    pub state: Option<String>,
    /// Street, with its type
    #[arg(long)]
    pub street: Option<String>,
    /// House number
    #[arg(long)]
    pub number: Option<String>,
    /// The answer may come later: follow it with `buy track`
    #[arg(long)]
    #[serde(default)]
    pub deferred: bool,
}

/// A rate in Mbit/s, in any usual form.
pub(in crate::command) fn mbps(text: &str) -> Result<u64, String> {
    forms::mbps(text).map(|settled| settled.value)
}

/// A number of months, or a length of time that is one.
pub(in crate::command) fn months(text: &str) -> Result<u32, String> {
    if let Ok(months) = text.trim().parse() {
        return Ok(months);
    }
    let span = forms::span(text)?.value;
    span.months()
        .ok_or_else(|| format!("{text:?} does not count in months"))
}

/// A date in any form that leaves no doubt, as the standard writes it.
pub(in crate::command) fn date(text: &str) -> Result<String, String> {
    forms::instant(text).map(|settled| time::text(settled.value))
}

/// The code of a country, in any usual form.
fn country(text: &str) -> Result<String, String> {
    forms::country(text).map(|settled| settled.value)
}

/// How a Seller is asked.
#[derive(Clone, Debug, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub struct MannerWords {
    /// Show the request that would leave, and what it was checked against; send and store nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Which of our parties asks (buyerId) [default: our main one, where we have several]
    #[arg(long, value_name = "ID")]
    pub buyer_id: Option<String>,
    /// Which of their parties is asked (sellerId) [default: their main one, where they have several]
    #[arg(long, value_name = "ID")]
    pub seller_id: Option<String>,
}

impl MannerWords {
    pub(super) fn manner(&self) -> Manner {
        Manner {
            rehearsal: self.dry_run,
            buyer_id: self.buyer_id.clone(),
            seller_id: self.seller_id.clone(),
        }
    }
}

/// What is wanted: an access circuit in words, or any product by its configuration.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Wanted {
    /// Where it ends: identifier of the address, as `buy address` found it
    #[arg(long = "address", value_name = "ID", required_unless_present = "offering")]
    pub address_id: Option<String>,
    /// Committed rate in each direction: 100M, "1 Gbit/s", "500 Mbps"
    #[arg(long, value_parser = mbps, required_unless_present = "offering", conflicts_with = "offering")]
    pub bandwidth: Option<u64>,
    /// Term: a number of months, or "3 years"
    #[arg(long, default_value_t = 36, value_parser = months)]
    pub term: u32,
    /// The ENNI it is handed over at [default: our only one at this Seller]
    #[arg(long, value_name = "ID", conflicts_with = "offering")]
    pub enni: Option<String>,
    /// Its S-VLAN there [default: the first from 2001 that nothing of ours has]
    #[arg(long, visible_alias = "svlan", value_name = "ID", conflicts_with = "offering", value_parser = clap::value_parser!(u16).range(1..=4094))]
    pub s_vlan: Option<u16>,
    /// Our own name for it (externalId)
    #[arg(long)]
    pub name: Option<String>,
    /// The answer may come later, but is wanted by then: 2027-01-31, "31 Jan 2027", 2027-01-31T12:00:00Z [default: at once]
    #[arg(long, value_name = "TIME", value_parser = date)]
    pub later: Option<String>,
    /// Another product than an access circuit: the Seller's offering of it
    #[arg(long, value_name = "ID", requires = "configuration")]
    pub offering: Option<String>,
    /// Its configuration, JSON with `@type` (`segue product sample URN` writes one); '-' reads standard input
    #[arg(long, value_name = "FILE", requires = "offering")]
    pub configuration: Option<TextFile>,
    /// A product of ours at the Seller that it is related to: CONNECTS_TO_ENNI=PRODUCT_ID
    #[arg(long = "relation", value_name = "TYPE=ID", requires = "offering", value_parser = relation)]
    pub relations: Vec<(String, String)>,
}

impl Wanted {
    /// The circuit in words; none for another product.
    pub fn circuit(&self) -> Option<Circuit> {
        Some(Circuit {
            address_id: self.address_id.clone()?,
            bandwidth: self.bandwidth?,
            term: self.term,
            enni: self.enni.clone(),
            s_vlan: self.s_vlan,
            name: self.name.clone(),
            later: self.later.clone(),
        })
    }
}

impl From<Circuit> for Wanted {
    fn from(circuit: Circuit) -> Self {
        Self {
            address_id: Some(circuit.address_id),
            bandwidth: Some(circuit.bandwidth),
            term: circuit.term,
            enni: circuit.enni,
            s_vlan: circuit.s_vlan,
            name: circuit.name,
            later: circuit.later,
            offering: None,
            configuration: None,
            relations: Vec::new(),
        }
    }
}

/// `TYPE=ID`
fn relation(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=');
    let (kind, id) = parts.ok_or("it is written TYPE=ID, as in CONNECTS_TO_ENNI=PRODUCT_ID")?;
    Ok((kind.to_owned(), id.to_owned()))
}

/// An access circuit in words.
#[derive(Clone, Debug)]
pub struct Circuit {
    /// Where it ends: identifier of the address.
    pub address_id: String,
    /// Committed rate in each direction, in Mbit/s.
    pub bandwidth: u64,
    /// Months.
    pub term: u32,
    /// The ENNI it is handed over at; none: our only one at this Seller.
    pub enni: Option<String>,
    /// Its S-VLAN there; none: the first that nothing of ours has.
    pub s_vlan: Option<u16>,
    /// Our own name for it (`externalId`).
    pub name: Option<String>,
    /// RFC 3339: the answer may come later, but is wanted by then.
    pub later: Option<String>,
}

/// What becomes of a product.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct ChangeWords {
    /// Identifier of the product, as `buy inventory` lists it
    #[arg(long, value_name = "ID")]
    pub product: String,
    /// New committed rate in each direction (100M, "1 Gbit/s"); for a connection
    #[arg(long, required_unless_present_any = ["term", "s_vlan"], value_parser = mbps)]
    pub bandwidth: Option<u64>,
    /// New term (months, or "3 years"); it begins with the change [default: the term goes on as it is]
    #[arg(long, value_parser = months)]
    pub term: Option<u32>,
    /// New S-VLAN at the ENNI; for a connection
    #[arg(long, visible_alias = "svlan", value_name = "ID", value_parser = clap::value_parser!(u16).range(1..=4094))]
    pub s_vlan: Option<u16>,
}

/// What follows the quote.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Then {
    /// Stop at the quote; `buy order --quote ID` orders it
    #[arg(long)]
    pub quote_only: bool,
    /// Wanted date (2027-01-31, "31 Jan 2027") [default: the longest interval of the quote from now]
    #[arg(long, value_name = "TIME", value_parser = date)]
    pub date: Option<String>,
}

/// Another date for one item of an order.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct DateWords {
    /// The order
    pub order: String,
    /// Its item (`uni`, `ovc`: see `buy show`)
    #[arg(long, value_name = "ID")]
    pub item: String,
    /// Wanted date (2027-01-31, "31 Jan 2027")
    #[arg(long, value_name = "TIME", value_parser = date, required_unless_present = "expedite")]
    pub date: Option<String>,
    /// Have it by that date even if it takes less than the usual interval; may cost something
    #[arg(long)]
    pub expedite: bool,
}

/// What can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Kind {
    /// A product offering qualification
    Poq,
    /// A quote
    Quote,
    /// An order
    Order,
    /// A request to cancel an order
    Cancel,
    /// A request for another date
    Reschedule,
    /// A charge
    Charge,
    /// A validation of an address that is answered later
    Validation,
    /// An address of the Seller
    Address,
    /// A site of the Seller
    Site,
}

impl Kind {
    /// Whether it is made in our name, so that we keep a mirror of it.
    pub fn is_ours(self) -> bool {
        !matches!(self, Self::Address | Self::Site)
    }

    /// Name of the resource.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Poq => "productOfferingQualification",
            Self::Quote => "quote",
            Self::Order => "productOrder",
            Self::Cancel => "cancelProductOrder",
            Self::Reschedule => "modifyProductOrderItemRequestedDeliveryDate",
            Self::Charge => "charge",
            Self::Validation => "geographicAddressValidation",
            Self::Address => "geographicAddress",
            Self::Site => "geographicSite",
        }
    }
}

/// Charges: what a Seller wants on top of a quote.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Charge {
    /// List the charges of an order, answered ones too
    List {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The order
        order: String,
    },
    /// Agree to pay it; the work goes on
    Accept {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The charge
        charge: String,
    },
    /// Refuse it; what cannot be done without it is not done
    Decline {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The charge
        charge: String,
    },
}
