//! An item that names an item of a qualification: it must be the same thing, still guaranteed.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Item, list, text};
use crate::book::profile::Function;
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer;
use crate::rules::{Context, Found};
use crate::time::{Span, parse};

/// The property that holds the reference, everywhere.
const PROPERTY: &str = "productOfferingQualificationItem";

/// Checks the reference of `item`, where it has one (MEF 80 use case 1: what differs from the
/// qualification is an error; 80 R25, R26 for alternates). `wanted` is the requested interval.
pub fn check(item: &Item<'_>, wanted: Option<Span>, found: &Found, ctx: &Context<'_>) -> Vec<Problem> {
    let Some(reference) = item.body.get(PROPERTY).and_then(Value::as_object) else {
        return Vec::new();
    };
    let at = item.path(PROPERTY);
    let poq_id = text(reference, "productOfferingQualificationId");
    let Some(poq) = found.document("productOfferingQualification", poq_id) else {
        let path = pointer::join(&at, "productOfferingQualificationId");
        return vec![Problem::not_found(path, "qualification")];
    };
    let qualified = list(&poq.body, PROPERTY)
        .iter()
        .filter_map(Value::as_object)
        .find(|candidate| text(candidate, "id") == text(reference, "id"));
    let id_path = pointer::join(&at, "id");
    let Some(qualified) = qualified else {
        return vec![Problem::not_found(id_path, "item of this qualification")];
    };
    if text(qualified, "state") != "done" {
        return vec![Problem::invalid(
            id_path,
            "This item is not qualified: its state is not done.",
        )];
    }
    if text(qualified, "action") != text(item.body, "action") {
        let reason = format!("It was qualified for the action {}.", text(qualified, "action"));
        return vec![Problem::invalid(id_path, reason)];
    }
    if reference_of(qualified) != reference_of(item.body) {
        return vec![Problem::invalid(
            item.product_path("id"),
            "Another product was qualified.",
        )];
    }
    let answer = match text(reference, "alternateProductOfferingProposalId") {
        "" => Answer::own(qualified),
        proposal => match Answer::alternate(qualified, proposal) {
            Some(answer) => answer,
            None => {
                let path = pointer::join(&at, "alternateProductOfferingProposalId");
                return vec![Problem::not_found(path, "proposal of this qualification item")];
            }
        },
    };
    answer.compare(item, wanted, ctx)
}

/// The product in service that an item is about.
fn reference_of(item: &Object) -> Option<&str> {
    super::reference(item, "product")
}

/// What was qualified.
struct Answer<'a> {
    product: Option<&'a Object>,
    result: &'a Object,
    place: Option<&'a Value>,
}

impl<'a> Answer<'a> {
    fn own(qualified: &'a Object) -> Self {
        let product = qualified.get("product").and_then(Value::as_object);
        Self {
            product,
            result: qualified,
            place: product.and_then(|product| product.get("place")),
        }
    }

    fn alternate(qualified: &'a Object, id: &str) -> Option<Self> {
        let proposal = list(qualified, "alternateProductOfferingProposal")
            .iter()
            .filter_map(Value::as_object)
            .find(|proposal| text(proposal, "id") == id)?;
        Some(Self {
            product: proposal.get("alternateProduct").and_then(Value::as_object),
            result: proposal,
            ..Self::own(qualified)
        })
    }

    fn compare(&self, item: &Item<'_>, wanted: Option<Span>, ctx: &Context<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let id_path = pointer::join(&item.path(PROPERTY), "id");
        if text(self.result, "serviceabilityConfidence") == "red" {
            problems.push(Problem::invalid(
                &id_path,
                "The qualification says that this cannot be delivered.",
            ));
        }
        let until = text(self.result, "guaranteedUntilDate");
        if parse(until).is_some_and(|until| until < ctx.now) {
            let reason = format!("The qualification was guaranteed until {until} only; ask for a new one.");
            problems.push(Problem::invalid(&id_path, reason));
        }
        let product = item.body.get("product").and_then(Value::as_object);
        let sent = |name: &str| product.and_then(|product| product.get(name));
        let id_of = |value: Option<&Value>| value.and_then(|value| value.get("id")).cloned();
        let had = |name: &str| self.product.and_then(|product| product.get(name));
        if id_of(sent("productOffering")) != id_of(had("productOffering")) {
            let path = pointer::join(&item.product_path("productOffering"), "id");
            problems.push(Problem::invalid(path, "Another offering was qualified."));
        }
        // Left out or sent as the default: the same was qualified.
        let configured = had("productConfiguration").map(|had| item.beside(had, Function::Poq));
        let same = match &configured {
            Some((sent, had)) => sent == had,
            None => sent("productConfiguration").is_none(),
        };
        if !same {
            let path = item.product_path("productConfiguration");
            problems.push(Problem::invalid(path, "Another configuration was qualified."));
        }
        if let (Some(address), Some(place)) = (&item.address, self.place.and_then(|list| list.get(0)?.get("place")))
            && !ctx
                .book
                .place(place, "")
                .is_ok_and(|qualified| qualified.id == address.id)
        {
            problems.push(Problem::invalid(
                item.product_path("place"),
                "Another place was qualified.",
            ));
        }
        problems.extend(self.interval_problem(item, wanted));
        problems
    }

    /// Mplify 115.1 R24: nobody can promise to be faster than the qualification said.
    fn interval_problem(&self, item: &Item<'_>, wanted: Option<Span>) -> Option<Problem> {
        let least = self.result.get("installationInterval").and_then(Span::read)?;
        (wanted?.compare(least) == Some(Ordering::Less)).then(|| {
            Problem::invalid(
                item.path("requestedQuoteItemInstallationInterval"),
                "The qualification names a longer installation interval.",
            )
        })
    }
}
