//! How long a product in service is bound, and to what: read from its document.

use jiff::Timestamp;
use serde_json::Value;

use super::{list, text};
use crate::book::{Bound, months_until};
use crate::document::{Document, Object};
use crate::money::Money;
use crate::time::{Span, parse};

/// The `changeReason` of the status change with which a new term begins. The inventory has no
/// other place for the begin of a term, and this one everybody can read.
pub const NEW_TERM: &str = "A new term begins.";

/// A product renewed more often than this is as old as the telegraph.
const RENEWALS_MAX: u32 = 1_000;

/// What binds `product` at `now`.
pub fn bound(product: &Document, now: Timestamp) -> Bound {
    let end = term_end(&product.body, now).filter(|end| *end > now);
    Bound {
        months_left: end.map_or(0, |end| months_until(now, end)),
        recurring: list(&product.body, "productPrice")
            .iter()
            .filter_map(recurring)
            .collect(),
    }
}

/// When the term ends that binds now: an `autoRenew` begins again at each end, all others bind
/// once (one that rolls can be left with every roll).
fn term_end(product: &Object, now: Timestamp) -> Option<Timestamp> {
    let term = list(product, "productTerm").first()?;
    let duration = Span::read(term.get("duration")?)?;
    let start = term_start(product)?;
    let end = |times: u32| Span::new(duration.amount.saturating_mul(times), duration.units).after(start);
    if term.get("endOfTermAction").and_then(Value::as_str) == Some("autoRenew") {
        (1..=RENEWALS_MAX).map(end).find(|end| *end > now)
    } else {
        Some(end(1))
    }
}

fn term_start(product: &Object) -> Option<Timestamp> {
    let renewals = list(product, "statusChange")
        .iter()
        .filter(|entry| entry.get("changeReason").and_then(Value::as_str) == Some(NEW_TERM));
    let last = renewals
        .filter_map(|entry| parse(entry.get("changeDate")?.as_str()?))
        .max();
    last.or_else(|| parse(text(product, "startDate")))
}

fn recurring(price: &Value) -> Option<(String, Money, Span)> {
    let period = Span::read(price.get("recurringChargePeriod")?)?;
    let amount = Money::read(price.pointer("/price/dutyFreeAmount")?)?;
    let name = price.get("name").and_then(Value::as_str).unwrap_or("Charge");
    Some((name.to_owned(), amount, period))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::bench::Bench;
    use crate::products::OPERATOR_UNI;

    #[track_caller]
    fn check_left(action: &str, renewed: Option<&str>, now: &str, expected: u32) {
        let mut product = Bench::new().product("p", OPERATOR_UNI);
        let reason = |at: &str| json!([{"changeDate": at, "changeReason": NEW_TERM, "status": "active"}]);
        let more = json!({
            "startDate": "2026-01-15T00:00:00Z",
            "productTerm": [{"name": "a year", "duration": {"amount": 12, "units": "months"}, "endOfTermAction": action}],
            "productPrice": [
                {"name": "Set-up", "priceType": "nonRecurring", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 9}}},
                {"name": "Port", "priceType": "recurring", "recurringChargePeriod": {"amount": 1, "units": "months"},
                 "price": {"dutyFreeAmount": {"unit": "EUR", "value": 99.95}}},
            ],
            "statusChange": renewed.map_or(json!([]), reason),
        });
        product.body.extend(more.as_object().unwrap().clone());
        let bound = bound(&product, now.parse().unwrap());
        assert_eq!(bound.months_left, expected);
        assert_eq!(bound.recurring.len(), 1);
        assert_eq!(bound.recurring[0].1.value.to_string(), "99.95");
    }

    #[test]
    fn a_term_binds_once_unless_it_renews_itself() {
        check_left("roll", None, "2026-06-15T00:00:00Z", 7);
        check_left("roll", None, "2027-02-01T00:00:00Z", 0);
        check_left("autoDisconnect", None, "2027-01-15T00:00:00Z", 0);
        check_left("autoRenew", None, "2027-02-01T00:00:00Z", 12);
        check_left("autoRenew", None, "2028-01-15T00:00:00Z", 12);
    }

    #[test]
    fn a_new_term_counts_from_the_change_that_brought_it() {
        check_left("roll", Some("2026-06-15T00:00:00Z"), "2026-06-16T00:00:00Z", 12);
    }
}
