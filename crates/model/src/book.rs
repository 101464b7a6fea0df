//! What a Seller can sell: offerings, places, prices, capacity. A book is read from files,
//! checked whole, stored as one versioned value, and never changed afterwards.
//!
//! The files are `book.toml` (what is sold, to what terms and prices) and `places.csv` (where).
//! [`Book::read`] makes a book of them or tells every mistake with its line. All questions are
//! answered from the book alone: no clock, no randomness, so that an answer can be replayed.

mod charge;
pub mod clean;
mod extras;
mod find;
mod in_service;
mod near;
mod normal;
pub(crate) mod offering;
mod packed;
mod places;
mod price;
pub mod profile;
mod read;
mod sheet;
mod wire;

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::document::Object;
use crate::money::Money;
use crate::time::{Span, Unit};

pub use extras::{Expedite, Extras};
pub use find::AddressMatch;
pub use in_service::{Bound, InService, Rest, months_until};
pub use packed::Places;
pub use places::PlacesText;
pub use read::{BOOK_FILE, BookProblem, PLACES_FILE};

use packed::Packer;
use profile::Profile;

/// One version of what a company sells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Book {
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// Percent of tax on all prices; without it taxes are not told.
    #[serde(
        default,
        with = "rust_decimal::serde::str_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub tax_rate: Option<Decimal>,
    /// How long a firm quote (and the capacity it holds) stays valid.
    pub quote_validity: Span,
    /// How long a Buyer may think about a charge of a running order.
    #[serde(default = "default_charge_validity")]
    pub charge_validity: Span,
    /// How long a deferred qualification, quote or address validation is worked on.
    #[serde(default = "at_once")]
    pub answer_time: Span,
    /// Where addresses are validated at all, ISO 3166 alpha-2; empty means everywhere.
    pub countries: Vec<String>,
    /// Names of the price zones.
    #[serde(default)]
    pub zones: Vec<String>,
    /// What is sold.
    pub offerings: Vec<Offering>,
    /// Places and sites known; stored beside the rest.
    #[serde(skip)]
    places: Places,
}

/// One product offering.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offering {
    /// `productOffering.id`
    pub id: String,
    /// For people.
    pub name: String,
    /// Product specification: the `@type` URN of its configuration.
    pub product: String,
    /// Whether quotes are answered at once and orders completed at once; `interval` is zero then.
    #[serde(default)]
    pub on_demand: bool,
    /// Time from order to working product on a green answer.
    pub interval: Span,
    /// The same where a line has to be built first; absent where it is not sold then.
    #[serde(default)]
    pub interval_with_build: Option<Span>,
    /// Whether it is delivered at a place of its own (a UNI is, an OVC is not).
    #[serde(default)]
    pub place: bool,
    /// How many ports one item takes at its place.
    #[serde(default)]
    pub ports: u32,
    /// The bandwidth, in Mbit/s, of a configuration that names none; absent demands one.
    #[serde(default)]
    pub default_mbps: Option<u64>,
    /// JSON Pointer to the rate in a configuration of an imported product: what its product said
    /// when the book was loaded, so that prices depend on the book alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Terms sold, shortest first.
    pub terms: Vec<Term>,
    /// Milestones of the simulated network, in order.
    pub milestones: Vec<Milestone>,
    /// What it costs.
    #[serde(default)]
    pub charges: Vec<Charge>,
    /// What an order may cost on top.
    #[serde(default)]
    pub extras: Extras,
    /// What a change and the end of a product in service take.
    #[serde(default)]
    pub in_service: InService,
    /// How it narrows the attributes of its product.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
}

/// A term sold (`MEFItemTerm`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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

/// One charge of an offering: a table that gives one amount for every item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    /// As it stands in quotes and orders.
    pub name: String,
    /// How often it is due; once without it.
    #[serde(default)]
    pub every: Option<Span>,
    /// The unit of use that is counted and charged (`unitOfMeasure`); never beside `every`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// The table. All rows name the same columns; bands of one zone and term ascend.
    pub rows: Vec<Row>,
}

/// One row of a price table; an absent column fits everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// For places of this zone.
    #[serde(default)]
    pub zone: Option<String>,
    /// For this term.
    #[serde(default)]
    pub term: Option<Span>,
    /// For this class of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// For places up to so many kilometres away.
    #[serde(
        default,
        with = "rust_decimal::serde::str_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub up_to_km: Option<Decimal>,
    /// For a bandwidth up to this many Mbit/s.
    #[serde(default)]
    pub up_to_mbps: Option<u64>,
    /// What it costs, free of duty.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
}

/// A place with an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// `geographicAddress` id.
    pub id: String,
    /// Fielded representation, wire form.
    pub fielded: Object,
    /// Price zone; empty where there are none.
    #[serde(default)]
    pub zone: String,
    /// How far it is by line from the point where the network begins, in kilometres; as the book
    /// says.
    #[serde(
        default,
        with = "rust_decimal::serde::str_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub km: Option<Decimal>,
    /// Whether the network is there.
    #[serde(default)]
    pub delivery: Delivery,
    /// How many ports there are in all, sold or not.
    #[serde(default)]
    pub ports: u32,
    /// How much bandwidth there is in all, in Mbit/s, sold or not; none where it is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mbps: Option<u64>,
    /// Latitude and longitude (WGS 84), as written in the file.
    #[serde(default)]
    pub point: Option<[String; 2]>,
    /// Label and the authority that gives it out.
    #[serde(default)]
    pub label: Option<[String; 2]>,
}

/// How far the network of the Seller is from a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Delivery {
    /// It is there.
    #[default]
    OnNetWithoutBuild,
    /// The last metres have to be built.
    OnNetWithBuild,
    /// It is out of reach.
    OffNet,
}

/// A site at an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// `geographicSite` id.
    pub id: String,
    /// Where it is.
    pub address_id: String,
    /// What it is called.
    pub name: String,
    /// Company in charge of the building (`administrativeAuthority`).
    pub owner: String,
    /// Company in charge of the room (`customerName`).
    pub customer: String,
    /// Only for Buyers that are entitled to know of it.
    pub private: bool,
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
    /// `recurring`, `nonRecurring` or `usageBased`.
    pub price_type: &'static str,
    /// Duty free amount.
    pub amount: Money,
    /// `recurringChargePeriod`, exactly with `recurring`.
    pub period: Option<Span>,
    /// `unitOfMeasure`, exactly with `usageBased`.
    pub unit: Option<String>,
    /// Percent of tax that comes on top; none where taxes are not told.
    pub tax: Option<Decimal>,
    /// One sentence: which row of which table it comes from.
    pub description: String,
}

/// Something scarce that an item takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// `port/ADDRESS_ID`, or `bandwidth/ADDRESS_ID` in Mbit/s.
    pub key: String,
    /// How much one item takes.
    pub amount: i64,
    /// How much there is.
    pub limit: i64,
}

/// A week of work: time for somebody to look into it, and no reason to forget it.
fn default_charge_validity() -> Span {
    Span::new(5, Unit::BusinessDays)
}

fn at_once() -> Span {
    Span::new(0, Unit::Seconds)
}

impl Book {
    /// The book of a company that sells nothing.
    pub fn empty() -> Self {
        Self {
            currency: "EUR".into(),
            tax_rate: None,
            quote_validity: Span::new(5, Unit::Minutes),
            charge_validity: default_charge_validity(),
            answer_time: at_once(),
            countries: Vec::new(),
            zones: Vec::new(),
            offerings: Vec::new(),
            places: Places::default(),
        }
    }

    /// Reads what [`Book::json`] wrote. It was checked when its files were read.
    pub fn from_json(mut value: Value) -> Result<Self, String> {
        let mut list = |name: &str| value.get_mut(name).map_or(Value::Null, Value::take);
        let (addresses, sites) = (list("addresses"), list("sites"));
        let mut packer = Packer::default();
        for address in each::<Address>(addresses)? {
            packer.add(&address?);
        }
        for site in each::<Site>(sites)? {
            packer.add_site(&site?);
        }
        Self::of(value, packer.finish())
    }

    /// A book out of what [`Book::terms`] wrote, and its places.
    pub fn of(terms: Value, places: Places) -> Result<Self, String> {
        let mut book: Self = serde_json::from_value(terms).map_err(|error| error.to_string())?;
        book.places = places;
        Ok(book)
    }

    /// All of it in one value.
    pub fn json(&self) -> Value {
        let mut all = self.terms();
        all["addresses"] = self.places.addresses().map(|address| json!(address)).collect();
        all["sites"] = self.places.sites().map(|site| json!(site)).collect();
        all
    }

    /// All but the places and sites: the form in which that is stored.
    pub fn terms(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// The places and sites.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Makes another place of the one at this position.
    #[cfg(test)]
    pub fn change_address(&mut self, position: usize, change: impl FnOnce(&mut Address)) {
        let mut all = self.json();
        let mut address: Address = serde_json::from_value(all["addresses"][position].take()).unwrap();
        change(&mut address);
        all["addresses"][position] = json!(address);
        *self = Self::from_json(all).unwrap();
    }

    /// The offering with this id.
    pub fn offering(&self, id: &str) -> Option<&Offering> {
        self.offerings.iter().find(|offering| offering.id == id)
    }

    /// The address with this id.
    pub fn address(&self, id: &str) -> Option<Arc<Address>> {
        self.nth(self.places.position(id)?)
    }

    /// All addresses, in the order of the file.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.places.addresses()
    }

    /// How many addresses there are.
    pub fn address_count(&self) -> usize {
        self.places.count()
    }

    /// Codes of the countries its addresses are in, in the order of the alphabet.
    pub fn countries_served(&self) -> Vec<String> {
        self.places.countries()
    }

    /// How many sites there are, private ones too.
    pub fn site_count(&self) -> usize {
        self.places.site_count()
    }

    /// The address at this position of the file.
    fn nth(&self, position: u32) -> Option<Arc<Address>> {
        self.places.address(position).map(Arc::new)
    }

    /// The site with this id, private or not.
    pub fn site(&self, id: &str) -> Option<Site> {
        self.places.site_named(id)
    }

    /// Public sites at exactly this address.
    pub fn sites_at(&self, address_id: &str) -> Vec<Site> {
        let here = self.places.position(address_id);
        let sites = here.map(|address| self.places.sites_at(address)).unwrap_or_default();
        sites.into_iter().filter(|site| !site.private).collect()
    }
}

/// The elements of a list; none of what is not there.
fn each<T: DeserializeOwned>(list: Value) -> Result<impl Iterator<Item = Result<T, String>>, String> {
    let list = match list {
        Value::Array(list) => list,
        Value::Null => Vec::new(),
        other => return Err(format!("a list was expected, not {other}")),
    };
    let read = |value| serde_json::from_value(value).map_err(|error| error.to_string());
    Ok(list.into_iter().map(read))
}
