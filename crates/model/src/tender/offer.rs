//! What a Seller's documents say, in the few words that can be compared.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Progress, Request};
use crate::api;
use crate::money::decimal;
use crate::time::{self, Span};

/// What a quote came to. Amounts are free of duty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Whether it can be ordered as far as its state says.
    pub orderable: bool,
    /// `budgetary`, `firmSubjectToFeasibilityCheck` or `firm`.
    pub level: String,
    /// ISO 4217; empty without prices.
    pub currency: String,
    /// What is paid each month.
    #[serde(with = "rust_decimal::serde::str")]
    pub per_month: Decimal,
    /// What is paid once.
    #[serde(with = "rust_decimal::serde::str")]
    pub once: Decimal,
    /// Both over the whole term.
    #[serde(with = "rust_decimal::serde::str")]
    pub total: Decimal,
    /// Prices that cannot be summed up: charged by use, or in another currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// The longest interval of its items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Span>,
    /// RFC 3339: how long it can be ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

impl Offer {
    /// Reads a quote of the Seller for a term of so many months.
    pub fn read(quote: &Value, term_months: u32) -> Self {
        let text = |pointer: &str| quote.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let mut offer = Self {
            orderable: quote["state"]
                .as_str()
                .is_some_and(|state| state.starts_with("approved.")),
            level: text("/quoteLevel").unwrap_or_default(),
            valid_until: text("/validFor/endDateTime"),
            ..Self::default()
        };
        let items = quote["quoteItem"].as_array().into_iter().flatten();
        let intervals = items
            .clone()
            .filter_map(|item| Span::read(item.get("quoteItemInstallationInterval")?));
        offer.interval = intervals.max_by_key(|span| span.after(Timestamp::UNIX_EPOCH));
        for price in items.flat_map(|item| item["quoteItemPrice"].as_array().into_iter().flatten()) {
            offer.add(price);
        }
        offer.total = offer.once + offer.per_month * Decimal::from(term_months);
        offer
    }

    /// Whether its time is over: for good (Mplify 115.1), so that nobody needs to ask the Seller.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let until = self.valid_until.as_deref().and_then(time::parse);
        until.is_some_and(|until| until <= now)
    }

    fn add(&mut self, price: &Value) {
        let money = price.pointer("/price/dutyFreeAmount").unwrap_or(&Value::Null);
        let unit = money["unit"].as_str().unwrap_or_default();
        let amount = decimal(&money["value"]);
        if self.currency.is_empty() {
            unit.clone_into(&mut self.currency);
        }
        let per = price.get("recurringChargePeriod").and_then(Span::read);
        let months = per.and_then(Span::months).filter(|months| *months > 0);
        match (price["priceType"].as_str(), amount, months) {
            (Some("nonRecurring"), Some(amount), _) if unit == self.currency => self.once += amount,
            (Some("recurring"), Some(amount), Some(months)) if unit == self.currency => {
                self.per_month += amount / Decimal::from(months);
            }
            _ => self.beside.push(price["name"].as_str().unwrap_or("a price").to_owned()),
        }
    }
}

impl Request {
    /// Takes in what the Seller made, a qualification.
    pub fn qualified(&mut self, poq: &Value) {
        self.take(
            poq,
            api::poq::lifecycle::POQ.is_final(poq["state"].as_str().unwrap_or_default()),
        );
        let items = poq["productOfferingQualificationItem"].as_array().into_iter().flatten();
        let grade = |item: &Value| match item["serviceabilityConfidence"].as_str() {
            Some("green") => 0,
            Some("yellow") => 1,
            Some("red") => 2,
            _ => 3,
        };
        let worst = items.max_by_key(|item| grade(item));
        if let Some(worst) = worst.filter(|worst| grade(worst) < 3) {
            self.confidence = worst["serviceabilityConfidence"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if grade(worst) > 0 {
                let said = worst["serviceabilityConfidenceReason"].as_str();
                self.reason = Some(said.unwrap_or("the Seller gives no reason").to_owned());
            }
        }
        if self.progress == Progress::Done && self.confidence.is_empty() {
            self.reason = Some(first_reason(poq, "productOfferingQualificationItem"));
        }
    }

    /// Takes in what the Seller made, a quote.
    pub fn quoted(&mut self, quote: &Value) {
        let state = quote["state"].as_str().unwrap_or_default();
        let over = state.starts_with("approved.") || state == "answered";
        self.take(quote, over || api::quote::lifecycle::QUOTE.is_final(state));
        if self.progress == Progress::Done && !over {
            self.reason = Some(first_reason(quote, "quoteItem"));
        }
    }

    fn take(&mut self, made: &Value, is_over: bool) {
        self.id = made["id"].as_str().map(str::to_owned);
        made["state"].as_str().unwrap_or_default().clone_into(&mut self.state);
        self.progress = if is_over { Progress::Done } else { Progress::Waiting };
    }

    /// Ends it without an answer.
    pub fn refused(&mut self, why: impl Into<String>) {
        self.progress = Progress::Done;
        self.reason = Some(why.into());
    }
}

/// The first reason that stands in a document or an item of it.
pub fn first_reason(made: &Value, list: &str) -> String {
    let items = made[list].as_array().into_iter().flatten();
    let errors = items.flat_map(|item| item["terminationError"].as_array().into_iter().flatten());
    let mut said = errors.filter_map(|error| error["value"].as_str());
    let state = made["state"].as_str().unwrap_or_default();
    said.next()
        .map_or_else(|| format!("it is {state}, without a reason"), str::to_owned)
}

/// Whether a price can be asked for: red is a no (Mplify 87.1 R51), yellow an offer with a build.
pub fn ready_to_quote(qualification: &Request) -> bool {
    matches!(qualification.confidence.as_str(), "green" | "yellow")
}
