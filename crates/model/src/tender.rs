//! A tender: one list of sites asked of several Sellers, so that their offers can be compared.
//!
//! What is asked ([`Tender`]) never changes; how far it has come stands in one [`Visit`] for each
//! site at each Seller. A request is noted in its visit before it is sent, with the key it is sent
//! under, so that a run that was cut off goes on and makes nothing twice.

mod offer;
mod sites;
mod table;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::PartnerId;

pub use offer::{Offer, first_reason, ready_to_quote};
pub use sites::{Read as SitesRead, Told, read as read_sites};
pub use table::{csv, rows};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tender {
    /// 1, 2, 3... within a company.
    pub number: u32,
    /// Begins the keys of its requests: no two tenders of the world have the same.
    pub key: String,
    /// Where.
    pub sites: Vec<Site>,
    /// Whom, with the ENNI that everything is handed over at where one was named.
    pub sellers: Vec<Asked>,
    /// Wanted terms in months.
    pub terms: Vec<u32>,
    /// Committed rates in Mbit/s.
    pub bandwidths: Vec<u64>,
    /// RFC 3339: answers may come later, but are wanted by then. Without it: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<String>,
}

/// A Seller that is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Who.
    pub seller: PartnerId,
    /// The ENNI there; absent takes our only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enni: Option<String>,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Its line in the file.
    pub line: u64,
    /// What we call it; the address in words where it has no name.
    pub name: String,
    /// `GeographicAddress_Query` with all that is known; null where only the identifier is.
    pub query: Value,
    /// A `geographicAddress` identifier of the Seller, taken without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_id: Option<String>,
    /// ISO 3166 alpha-2 code; empty where it is not known.
    #[serde(default)]
    pub country: String,
    /// Postal code; empty where it is not known.
    #[serde(default)]
    pub postcode: String,
}

/// One site at one Seller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Visit {
    /// Position in the list, from 1.
    pub site: u32,
    /// Who.
    pub seller: PartnerId,
    /// The Seller's identifier of the address, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_id: Option<String>,
    /// Why nothing is offered here at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    /// A circuit of each rate.
    pub rates: Vec<Rate>,
}

/// A circuit of one rate at one site of one Seller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// Mbit/s
    pub bandwidth: u64,
    /// The product offering qualification.
    pub qualification: Request,
    /// Its quotes, one for each term: each can be ordered alone.
    pub quotes: Vec<Quote>,
}

/// The quote for one term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// Months
    pub term: u32,
    /// The quote.
    pub request: Request,
    /// What it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
}

/// A request that makes something at the Seller.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// How far it is.
    pub progress: Progress,
    /// The S-VLAN it names: a repeat has to name the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s_vlan: Option<i64>,
    /// Identifier of what the Seller made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its state, in the words of the standard.
    #[serde(default)]
    pub state: String,
    /// `green`, `yellow` or `red` of a qualification: the worst of its items.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub confidence: String,
    /// What the Seller says about it; a reason why not where it ends there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Progress {
    /// Not sent.
    #[default]
    Open,
    /// Sent, or about to be: whether it arrived is not known.
    Sent,
    /// The Seller has it and works on it.
    Waiting,
    /// Answered for good, or refused.
    Done,
}

impl Tender {
    /// All visits, before anything was asked; by Seller, each in the order of the list.
    pub fn visits(&self) -> Vec<Visit> {
        let of = |asked: &Asked, site: usize| Visit {
            site: u32::try_from(site + 1).unwrap_or(u32::MAX),
            seller: asked.seller.clone(),
            address_id: None,
            why_not: None,
            rates: self.rates(),
        };
        let sellers = self.sellers.iter();
        sellers
            .flat_map(|asked| (0..self.sites.len()).map(move |site| of(asked, site)))
            .collect()
    }

    fn rates(&self) -> Vec<Rate> {
        let quote = |term: &u32| Quote {
            term: *term,
            request: Request::default(),
            offer: None,
        };
        let rate = |bandwidth: &u64| Rate {
            bandwidth: *bandwidth,
            qualification: Request::default(),
            quotes: self.terms.iter().map(quote).collect(),
        };
        self.bandwidths.iter().map(rate).collect()
    }

    /// The site of a visit.
    pub fn site(&self, visit: &Visit) -> Option<&Site> {
        self.sites.get((visit.site as usize).checked_sub(1)?)
    }
}

impl Visit {
    /// Whether nothing is left to be asked.
    pub fn is_done(&self) -> bool {
        self.why_not.is_some() || self.rates.iter().all(Rate::is_done)
    }

    /// All S-VLANs it names.
    pub fn s_vlans(&self) -> impl Iterator<Item = i64> {
        let requests = self.rates.iter().flat_map(|rate| {
            let quotes = rate.quotes.iter().map(|quote| &quote.request);
            std::iter::once(&rate.qualification).chain(quotes)
        });
        requests.filter_map(|request| request.s_vlan)
    }
}

impl Rate {
    /// Whether nothing is left to be asked.
    pub fn is_done(&self) -> bool {
        let quoted = || self.quotes.iter().all(|quote| quote.request.progress == Progress::Done);
        self.qualification.progress == Progress::Done && (!ready_to_quote(&self.qualification) || quoted())
    }
}

/// What an offer is called: `1-17-acme-100-36` is site 17 of tender 1 at `acme` with 100 Mbit/s for
/// 36 months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferId {
    /// Tender
    pub tender: u32,
    /// Position of the site, from 1.
    pub site: u32,
    /// Who.
    pub seller: PartnerId,
    /// Mbit/s
    pub bandwidth: u64,
    /// Months
    pub term: u32,
}

impl std::fmt::Display for OfferId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            tender,
            site,
            seller,
            bandwidth,
            term,
        } = self;
        write!(f, "{tender}-{site}-{seller}-{bandwidth}-{term}")
    }
}

impl std::str::FromStr for OfferId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (tender, rest) = text.trim().split_once('-')?;
            let (site, rest) = rest.split_once('-')?;
            let (rest, term) = rest.rsplit_once('-')?;
            let (seller, bandwidth) = rest.rsplit_once('-')?;
            Some(Self {
                tender: tender.parse().ok()?,
                site: site.parse().ok()?,
                seller: PartnerId::new(seller),
                bandwidth: bandwidth.parse().ok()?,
                term: term.parse().ok()?,
            })
        };
        read().ok_or_else(|| format!("{text:?} is no offer; they are called like 1-17-acme-100-36"))
    }
}

#[cfg(test)]
mod tests;
