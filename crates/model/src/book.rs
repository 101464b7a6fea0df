//! What a Seller can sell: offerings, places, prices, capacity. A book is read from files,
//! checked whole, stored as one versioned value, and never changed afterwards.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::Object;
use crate::failure::Problem;
use crate::money::Money;
use crate::time::Span;

/// One version of what a company sells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// How long a firm quote (and the capacity it holds) stays valid.
    pub quote_validity: Span,
    /// Where addresses are validated at all, ISO 3166 alpha-2; empty means everywhere.
    pub countries: Vec<String>,
    /// What is sold.
    pub offerings: Vec<Offering>,
    /// Places known.
    pub addresses: Vec<Address>,
    /// Sites known.
    pub sites: Vec<Site>,
}

/// One product offering.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offering {
    /// `productOffering.id`
    pub id: String,
    /// For people.
    pub name: String,
    /// Product specification: the `@type` URN of its configuration.
    pub product: String,
    /// Time from order to working product on a green answer.
    pub interval: Span,
    /// Terms sold, shortest first.
    pub terms: Vec<Term>,
    /// Milestones of the simulated network, in order.
    pub milestones: Vec<Milestone>,
}

/// A term sold (`MEFItemTerm`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// For people.
    pub name: String,
    /// How long it binds.
    pub duration: Span,
    /// `roll`, `autoDisconnect` or `autoRenew`.
    pub end_of_term_action: String,
    /// Exactly with `roll`.
    pub roll_interval: Option<Span>,
}

/// A step of the simulated network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Milestone {
    /// `SITE_SURVEY_COMPLETE` and so on.
    pub name: String,
    /// How long after the start of work.
    pub after: Span,
}

/// A place with an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Address {
    /// `geographicAddress` id.
    pub id: String,
    /// Fielded representation, wire form.
    pub fielded: Object,
}

/// A site at an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// `geographicSite` id.
    pub id: String,
    /// Where it is.
    pub address_id: String,
}

/// What an address query found.
#[derive(Debug, Default)]
pub struct AddressMatch<'a> {
    /// The one that is meant.
    pub best: Option<&'a Address>,
    /// Others that may be meant.
    pub alternates: Vec<&'a Address>,
    /// The query names a country outside the area of validation.
    pub outside_area: bool,
    /// More matches than the limit.
    pub too_many: bool,
}

/// What the book says about an offering at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Serviceability {
    /// `green`, `yellow` or `red`.
    pub confidence: &'static str,
    /// One sentence for the partner.
    pub reason: String,
    /// Least time from order to product.
    pub interval: Span,
    /// `onNetWithoutBuild` and so on.
    pub delivery_type: &'static str,
}

/// One price of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceLine {
    /// `name`
    pub name: String,
    /// `recurring` or `nonRecurring` (`usageBased` with part 2).
    pub price_type: &'static str,
    /// Duty free amount.
    pub amount: Money,
    /// `recurringChargePeriod`, exactly with `recurring`.
    pub period: Option<Span>,
    /// One sentence: which row of which table it comes from.
    pub description: String,
}

impl Term {
    /// `MEFItemTerm` JSON.
    pub fn json(&self) -> Value {
        todo!()
    }
}

impl PriceLine {
    /// `QuotePrice` / `ProductPrice` JSON.
    pub fn json(&self) -> Value {
        todo!()
    }
}

impl Address {
    /// `GeographicAddress` JSON with all representations.
    pub fn json(&self, book: &Book) -> Object {
        let _ = book;
        todo!()
    }
}

impl Site {
    /// `GeographicSite` JSON; `place` is the form asked for (`GeographicAddressRef` or
    /// `GeographicAddress_Query`).
    pub fn json(&self, book: &Book, place_type: &str) -> Object {
        let _ = (book, place_type);
        todo!()
    }
}

impl Book {
    /// The offering with this id.
    pub fn offering(&self, id: &str) -> Option<&Offering> {
        self.offerings.iter().find(|offering| offering.id == id)
    }

    /// The address with this id.
    pub fn address(&self, _id: &str) -> Option<&Address> {
        todo!()
    }

    /// The site with this id.
    pub fn site(&self, _id: &str) -> Option<&Site> {
        todo!()
    }

    /// Public sites at exactly this address.
    pub fn sites_at(&self, _address_id: &str) -> Vec<&Site> {
        todo!()
    }

    /// Finds what a `GeographicAddress_Query` means (exact and normalised).
    pub fn find_address(&self, _query: &Object) -> AddressMatch<'_> {
        todo!()
    }

    /// The address a `place` (address reference, site reference or query) means; a problem at
    /// `pointer` (the pointer of `place` itself) otherwise.
    pub fn place(&self, _place: &Value, _pointer: &str) -> Result<&Address, Problem> {
        todo!()
    }

    /// Whether and how `offering` can be delivered with `configuration` at `address` (none for a
    /// product without a place). Capacity is not looked at.
    pub fn serviceability(
        &self,
        _offering: &Offering,
        _address: Option<&Address>,
        _configuration: &Object,
    ) -> Serviceability {
        todo!()
    }

    /// Prices of one item, or one sentence why there is none.
    pub fn prices(
        &self,
        _offering: &Offering,
        _address: Option<&Address>,
        _configuration: &Object,
        _term: Option<&Term>,
    ) -> Result<Vec<PriceLine>, String> {
        todo!()
    }

    /// The term sold that is closest to the requested `MEFItemTerm`; the first one without a request.
    pub fn term<'a>(&self, _offering: &'a Offering, _requested: Option<&Value>) -> Option<&'a Term> {
        todo!()
    }

    /// What one item of `offering` takes at `address`: capacity keys with amount and the limit
    /// of the book.
    pub fn capacity(&self, _offering: &Offering, _address: Option<&Address>, _configuration: &Object) -> Vec<Capacity> {
        todo!()
    }
}

/// Something scarce that an item takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// For example `port/ADDRESS_ID`.
    pub key: String,
    /// How much one item takes.
    pub amount: i64,
    /// How much there is.
    pub limit: i64,
}
