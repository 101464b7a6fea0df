//! An order item that refers to a quote item: it must be a quote of this Buyer that can be
//! ordered now, and the item must be what was quoted. Digest 5.1; MEF 57.2 use case 1.

use std::sync::Arc;

use serde_json::Value;

use crate::api::items::{Action, Item, list, reference, text};
use crate::book::Address;
use crate::book::profile::Function;
use crate::document::{Document, Object, Side};
use crate::failure::Problem;
use crate::pointer;
use crate::rules::{Context, Found};
use crate::time::parse;

const PROPERTY: &str = "quoteItem";

/// The quote item behind an order item.
#[derive(Clone, Copy)]
pub(super) struct Quoted<'a> {
    /// The whole quote.
    pub quote: &'a Document,
    /// The item.
    pub item: &'a Object,
}

/// Ids of the quotes that the items of an order refer to.
pub(super) fn ids(body: &Object) -> Vec<&str> {
    let mut ids: Vec<&str> = Vec::new();
    for item in list(body, "productOrderItem") {
        if let Some(id) = item.pointer("/quoteItem/quoteId").and_then(Value::as_str)
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    ids
}

/// Finds the quote item that `item` refers to and compares; `None` without a reference.
pub(super) fn check<'a>(
    item: &Item<'_>,
    found: &'a Found,
    ctx: &Context<'_>,
) -> Result<Option<Quoted<'a>>, Vec<Problem>> {
    let Some(sent) = item.body.get(PROPERTY).and_then(Value::as_object) else {
        // Mplify 123.1 CR6
        return if ctx.agreement.quote_required {
            let reason = "By agreement an order refers to a quote item.";
            Err(vec![Problem::missing(item.path(PROPERTY), reason)])
        } else {
            Ok(None)
        };
    };
    let quote_path = pointer::join(&item.path(PROPERTY), "quoteId");
    // A quote somebody else got, one we asked for ourselves and one that never was look alike.
    let quote = found
        .document("quote", text(sent, "quoteId"))
        .filter(|quote| quote.side == Side::Seller)
        .ok_or_else(|| vec![Problem::not_found(&quote_path, "quote")])?;
    let quoted = list(&quote.body, PROPERTY)
        .iter()
        .filter_map(Value::as_object)
        .find(|candidate| text(candidate, "id") == text(sent, "id"))
        .ok_or_else(|| {
            vec![Problem::not_found(
                pointer::join(&item.path(PROPERTY), "id"),
                "quote item",
            )]
        })?;
    if let Some(problem) = state_problem(quote, &quote_path, ctx) {
        return Err(vec![problem]);
    }
    let problems = differences(item, quoted, ctx);
    if problems.is_empty() {
        Ok(Some(Quoted { quote, item: quoted }))
    } else {
        Err(problems)
    }
}

/// MEF 80: only an approved quote can be ordered, and only while it is valid. The date decides,
/// whether or not the clock has moved the quote to `expired` already.
fn state_problem(quote: &Document, path: &str, ctx: &Context<'_>) -> Option<Problem> {
    if !matches!(
        quote.state.as_str(),
        "approved.orderable" | "approved.orderableAlternate"
    ) {
        let reason = format!("This quote is {}; only an approved one can be ordered.", quote.state);
        return Some(Problem::invalid(path, reason));
    }
    let end = quote.text("/validFor/endDateTime")?;
    let ended = parse(end).is_some_and(|end| end <= ctx.now);
    ended.then(|| Problem::invalid(path, format!("This quote was valid until {end}; ask for a new one.")))
}

fn differences(item: &Item<'_>, quoted: &Object, ctx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if text(quoted, "action") != text(item.body, "action") {
        let reason = format!("It was quoted for the action {}.", text(quoted, "action"));
        problems.push(Problem::invalid(item.path("action"), reason));
    }
    let empty = Object::new();
    let product = product(quoted).unwrap_or(&empty);
    let sent = self::product(item.body).unwrap_or(&empty);
    if item.action != Some(Action::Add) && text(product, "id") != text(sent, "id") {
        problems.push(Problem::invalid(item.product_path("id"), "Another product was quoted."));
    }
    if reference(product, "productOffering") != reference(sent, "productOffering") {
        let path = pointer::join(&item.product_path("productOffering"), "id");
        problems.push(Problem::invalid(path, "Another offering was quoted."));
    }
    if let (Some(_), Some(quoted)) = (sent.get("productConfiguration"), product.get("productConfiguration")) {
        let at = item.product_path("productConfiguration");
        // Left out or sent as the default: the same was quoted.
        let (sent, quoted) = item.beside(quoted, Function::Quote);
        compare((&sent, &quoted), &at, &mut problems);
    }
    problems.extend(place_problem(item, product, ctx));
    problems.extend(relation_problems(item, (sent, product)));
    problems
}

fn product(item: &Object) -> Option<&Object> {
    item.get("product")?.as_object()
}

/// Places are the same when they mean the same address, however they are written.
fn place_problem(item: &Item<'_>, quoted: &Object, ctx: &Context<'_>) -> Option<Problem> {
    let place = list(quoted, "place").first()?.get("place")?;
    let meant = ctx.book.place(place, "").ok();
    let id = |address: &Option<Arc<Address>>| address.as_ref().map(|address| address.id.clone());
    let same = id(&meant) == id(&item.address);
    (!same).then(|| Problem::invalid(item.product_path("place"), "Another place was quoted."))
}

/// MEF 80, note to table 20: of several candidates that were quoted the order picks one.
fn relation_problems(item: &Item<'_>, (sent, quoted): (&Object, &Object)) -> Vec<Problem> {
    let quoted = list(quoted, "productRelationship");
    let base = item.product_path("productRelationship");
    let mut problems = Vec::new();
    for (index, relation) in list(sent, "productRelationship").iter().enumerate() {
        if !quoted.iter().any(|candidate| candidate.get("id") == relation.get("id")) {
            let path = pointer::join(&pointer::join(&base, index), "id");
            problems.push(Problem::invalid(path, "This relation was not quoted."));
        }
    }
    problems
}

/// Tells every leaf in which the ordered configuration differs from the quoted one.
fn compare((sent, quoted): (&Value, &Value), at: &str, problems: &mut Vec<Problem>) {
    match (sent, quoted) {
        (Value::Object(sent), Value::Object(quoted)) => {
            for (name, value) in sent {
                match quoted.get(name) {
                    Some(other) => compare((value, other), &pointer::join(at, name), problems),
                    None => problems.push(Problem::invalid(pointer::join(at, name), "This was not quoted.")),
                }
            }
            for name in quoted.keys().filter(|name| !sent.contains_key(*name)) {
                let reason = "This was quoted and is missing here.";
                problems.push(Problem::missing(pointer::join(at, name), reason));
            }
        }
        (Value::Array(sent), Value::Array(quoted)) if sent.len() == quoted.len() => {
            for (index, pair) in sent.iter().zip(quoted).enumerate() {
                compare(pair, &pointer::join(at, index), problems);
            }
        }
        // 100 and 100.0 are one number.
        (Value::Number(sent), Value::Number(quoted)) if sent.as_f64() == quoted.as_f64() => {}
        _ if sent == quoted => {}
        _ => problems.push(Problem::invalid(at, "Another value was quoted.")),
    }
}

/// Mplify 123.1 R39: the terms the item was quoted with.
pub(super) fn term<'a>(quoted: &Quoted<'a>) -> Option<&'a Value> {
    list(quoted.item, "quoteItemTerm").first()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check_compare(sent: Value, quoted: Value, expected: &[&str]) {
        let mut problems = Vec::new();
        compare((&sent, &quoted), "/c", &mut problems);
        let paths: Vec<&str> = problems.iter().map(|problem| problem.property_path.as_str()).collect();
        assert_eq!(paths, expected);
    }

    #[test]
    fn the_order_of_properties_and_the_form_of_numbers_do_not_matter() {
        check_compare(json!({"a": 1, "b": [100.0]}), json!({"b": [100], "a": 1}), &[]);
    }

    #[test]
    fn every_leaf_that_differs_is_told() {
        check_compare(
            json!({"a": {"b": 1}, "list": [1, 2], "more": true}),
            json!({"a": {"b": 2}, "list": [1, 3], "gone": true}),
            &["/c/a/b", "/c/list/1", "/c/more", "/c/gone"],
        );
        check_compare(json!({"list": [1]}), json!({"list": [1, 2]}), &["/c/list"]);
    }
}
