//! One item of an order that is being created, with the answer to it: prices, interval, what it
//! takes, or why it is going to be rejected.

use serde_json::{Value, json};

use super::entry;
use super::quoted::{self, Quoted};
use crate::api::items::capacity::{Share, Tally};
use crate::api::items::{self, Action, Item, vlans};
use crate::api::quote;
use crate::book::PriceLine;
use crate::commit::{Commit, Decision, HoldChange};
use crate::failure::{Problem, ProblemCode};
use crate::rules::{Context, Found};

/// One item of the order with the answer to it.
pub(super) struct Line<'a> {
    pub item: Item<'a>,
    pub quoted: Option<Quoted<'a>>,
    /// `QuotePrice` and `ProductPrice` list.
    pub prices: Value,
    /// The least time to build it (`Duration`).
    pub interval: Value,
    /// The `TerminationError` that validation will give it.
    pub refusal: Option<Value>,
    /// What it takes that was not quoted, and so is not held yet.
    pub share: Option<Share>,
}

impl Line<'_> {
    /// Finds prices, or the refusal, or a problem.
    pub(super) fn answer(&mut self, ctx: &Context<'_>) -> Option<Problem> {
        let requested = self.item.body.get("requestedItemTerm");
        let path = self.item.path("requestedItemTerm");
        if let Some(quoted) = &self.quoted {
            // Mplify 123.1 R39
            let wanted = requested.or_else(|| self.item.current_term());
            let same = match (wanted, quoted::term(quoted)) {
                (Some(requested), Some(quoted)) => entry::same_term(requested, quoted),
                (None, _) | (_, None) => true,
            };
            if !same {
                self.refusal = Some(entry::termination_error(
                    ProblemCode::InvalidValue,
                    path,
                    "The quote offers another term.",
                ));
            }
            let told = |name: &str| quoted.item.get(name).cloned().unwrap_or_default();
            self.prices = told("quoteItemPrice");
            self.interval = told("quoteItemInstallationInterval");
            return None;
        }
        if self.item.action == Some(Action::Delete) {
            self.interval = self.item.end_interval().json();
            return match self.item.end_prices(ctx) {
                Ok(lines) => {
                    self.prices = price_list(&lines);
                    None
                }
                Err(reason) => Some(Problem::invalid(self.item.path("product"), reason)),
            };
        }
        let offering = self.item.offering?;
        let term = match requested {
            Some(requested) => entry::sold_term(&self.item, requested),
            None => ctx.book.term(offering, self.item.current_term()),
        };
        if requested.is_some() && term.is_none() {
            // Mplify 123.1 R38
            self.refusal = Some(entry::termination_error(
                ProblemCode::InvalidValue,
                path,
                "This term is not sold.",
            ));
            return None;
        }
        let service = self.item.serviceability(offering, ctx);
        if service.confidence == "red" {
            return Some(Problem::invalid(self.item.path("product"), service.reason));
        }
        self.interval = service.interval.json();
        match self.item.prices(offering, term, ctx) {
            Ok(lines) => {
                self.prices = price_list(&lines);
                None
            }
            Err(reason) => Some(Problem::invalid(self.item.path("product"), reason)),
        }
    }

    /// What was quoted is held already; the rest must still be there.
    pub(super) fn take(&mut self, tally: &mut Tally, found: &Found, ctx: &Context<'_>) -> Option<Problem> {
        if self.refusal.is_some() {
            return None;
        }
        let share = match &self.quoted {
            // Of several candidates none was held: the order picks one.
            Some(quoted) => {
                let picked = vlans::picked(&self.item, quoted.item);
                if picked.is_empty() {
                    return None;
                }
                tally.take(picked, &self.item, found)
            }
            None => tally.share(&self.item, found, ctx),
        };
        let problem = share.lacking.as_ref().map(|lack| {
            let path = lack.at.clone().unwrap_or_else(|| self.item.path("product"));
            Problem::new(ProblemCode::OtherIssue, path, &lack.reason)
        });
        self.share = Some(share);
        problem
    }

    /// Who holds what was quoted.
    pub(super) fn quote_owner(&self) -> Option<String> {
        let quoted = self.quoted.as_ref()?;
        Some(quote::rules::hold_owner(
            &quoted.quote.id,
            items::text(quoted.item, "id"),
        ))
    }

    pub(super) fn hold(&self, order_id: &str, commit: &mut Commit, ctx: &Context<'_>) {
        let owner = quote::rules::hold_owner(order_id, self.item.id);
        if let Some(share) = &self.share {
            commit.holds.extend(share.holds(&owner, None));
            commit.capacity_guards.extend(share.guards(ctx.now));
        }
        if let Some(from) = self.quote_owner() {
            // The guard is for a hold that ends, and is taken by another, in this very moment.
            commit.holds.push(HoldChange::Keep { from, to: owner });
            let guards = Tally::default()
                .share(&self.item, &Found::default(), ctx)
                .guards(ctx.now);
            commit.capacity_guards.extend(guards);
        }
    }

    pub(super) fn decision(&self, order_id: &str, ctx: &Context<'_>) -> Decision {
        let quote = self.quoted.as_ref().map(|quoted| {
            json!({ "quoteId": quoted.quote.id, "id": quoted.item.get("id"), "revision": quoted.quote.revision })
        });
        Decision {
            id: (ctx.new_id)(),
            document_id: order_id.to_owned(),
            item_id: Some(self.item.id.to_owned()),
            step: "order".into(),
            answered_by: "book".into(),
            // The frame knows the version of the book it gave us.
            book_version: 0,
            agreement_version: ctx.agreement.version,
            at: ctx.now,
            inputs: json!({
                "quoteItem": quote,
                "capacity": self.share.as_ref().map(|share| &share.seen),
                "warnings": self.item.warnings,
            }),
            outcome: json!({
                "prices": self.prices, "interval": self.interval, "terminationError": self.refusal
            }),
        }
    }
}

fn price_list(lines: &[PriceLine]) -> Value {
    lines.iter().map(PriceLine::json).collect()
}
