//! From a create request to an order.
//!
//! What can be seen to be wrong is a 422, all of it at once. What the standard wants answered
//! by a state (a term that is not the quoted one) becomes an order whose validation rejects it.
//! A good order takes over what its quotes hold, and marks them accepted, in the same commit:
//! so nobody orders a quote twice, and no quote expires under its order.

use serde_json::{Map, Value, json};

use super::lifecycle::{ORDER, ORDER_ITEM};
use super::quoted::{self, Quoted};
use super::running::{address, document};
use super::{by_seller, change, charge, coordinated, entry, in_service, people, view, work};
use crate::api::history::{self, About, Move};
use crate::api::items::capacity::{Share, Tally};
use crate::api::items::{self, Action, Item, qualified};
use crate::api::{contacts, quote};
use crate::book::PriceLine;
use crate::commit::{Commit, Decision, HoldChange, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::{Problem, ProblemCode};
use crate::lifecycle::{Actor, Refused};
use crate::pointer;
use crate::rules::{Act, Context, ErrandAnswer, ErrandOutcome, Found, Outcome, Patch, Ref, Rules};
use crate::time;

pub use super::fail::{fail_item, fail_needs};

/// API name.
pub const API: &str = "productOrderingManagement";
/// Name of its notification API.
pub const NOTIFICATION: &str = "productOrderingNotification";
/// Resource name.
pub const RESOURCE: &str = "productOrder";
/// Where this API is found, behind the base address of the company.
pub(super) const BASE: &str = "/mefApi/sonata/productOrderingManagement/v11";

/// Contacts of the order itself (Mplify 123.1 R11).
const CONTACTS: contacts::Roles = contacts::Roles {
    required: &["productOrderContact"],
    optional: &[],
};

/// Rules of product orders.
pub struct OrderRules;

impl Rules for OrderRules {
    fn name(&self) -> &'static str {
        RESOURCE
    }

    fn needs(&self, input: &Checked, ctx: &Context<'_>) -> Vec<Ref> {
        let mut refs = items::needs(&items::ORDER, input.body(), ctx);
        refs.extend(quoted::ids(input.body()).into_iter().map(|id| Ref::Document {
            resource: "quote",
            id: id.to_owned(),
        }));
        refs
    }

    fn on_create(&self, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let lines = check(input.body(), found, ctx)?;
        let id = (ctx.new_id)();
        let body = first_body(input.body(), &id, ctx).map_err(|refused| vec![cannot("", &refused)])?;
        let mut commit = Commit::of(document(RESOURCE, body.clone(), ctx));
        commit.jobs.push(validation(&id, &lines, (found, ctx)));
        commit.decisions = lines.iter().map(|line| line.decision(&id, ctx)).collect();
        // An order that is going to be rejected leaves its quotes and the capacity alone.
        if lines.iter().all(|line| line.refusal.is_none()) {
            for line in &lines {
                line.hold(&id, &mut commit, ctx);
            }
            accept_quotes(&lines, &mut commit, ctx)?;
            begin_changes(&lines, &body, &mut commit, ctx)?;
        }
        Ok(Outcome {
            commit,
            status: 201,
            body,
        })
    }

    fn job_needs(&self, document: &Document, job: &Job, _ctx: &Context<'_>) -> Vec<Ref> {
        work::needs(document, job)
    }

    fn on_job(&self, document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        work::run(document, job, found, ctx)
    }

    fn errand_needs(&self, document: &Document, errand: &Document, _ctx: &Context<'_>) -> Vec<Ref> {
        people::needs(document, errand)
    }

    fn on_errand(
        &self,
        document: &Document,
        errand: &Document,
        answer: &ErrandAnswer,
        found: &Found,
        ctx: &Context<'_>,
    ) -> Result<ErrandOutcome, String> {
        people::answer(document, (errand, answer), found, ctx)
    }

    fn errand_stands(&self, document: &Document, errand: &Document) -> bool {
        people::stands(document, errand)
    }

    fn act_needs(&self, document: &Document, _act: &Act, _ctx: &Context<'_>) -> Vec<Ref> {
        by_seller::needs(document)
    }

    fn on_act(&self, document: &Document, act: &Act, found: &Found, ctx: &Context<'_>) -> Result<Commit, String> {
        by_seller::act(document, act, found, ctx)
    }

    fn patch(&self) -> Option<&dyn Patch> {
        Some(&change::OrderPatch)
    }
}

/// One item of the order with the answer to it.
struct Line<'a> {
    item: Item<'a>,
    quoted: Option<Quoted<'a>>,
    /// `QuotePrice` and `ProductPrice` list.
    prices: Value,
    /// The least time to build it (`Duration`).
    interval: Value,
    /// The `TerminationError` that validation will give it.
    refusal: Option<Value>,
    /// What it takes that was not quoted, and so is not held yet.
    share: Option<Share>,
}

fn check<'a>(body: &'a Object, found: &'a Found, ctx: &'a Context<'a>) -> Result<Vec<Line<'a>>, Vec<Problem>> {
    let (mut problems, items) = items::check(&items::ORDER, body, found, ctx);
    problems.extend(contacts::check(&CONTACTS, body, ""));
    problems.extend(entry::note_problems(body, ""));
    problems.extend(coordinated::check(&items, found));
    let mut lines: Vec<Line<'a>> = Vec::new();
    for item in items {
        problems.extend(entry::check(&item, ctx));
        problems.extend(qualified::check(&item, None, found, ctx));
        match quoted::check(&item, found, ctx) {
            Ok(quoted) => lines.push(Line {
                item,
                quoted,
                prices: json!([]),
                interval: Value::Null,
                refusal: None,
                share: None,
            }),
            Err(more) => problems.extend(more),
        }
    }
    problems.extend(ordered_twice(&lines));
    // Prices and capacity of something that is wrong would only tell more of the same.
    if problems.is_empty() {
        let mut tally = Tally::default();
        for line in &mut lines {
            problems.extend(line.answer(ctx));
            problems.extend(line.take(&mut tally, found, ctx));
        }
    }
    if problems.is_empty() { Ok(lines) } else { Err(problems) }
}

/// One quote item is one product: two order items cannot both be it.
fn ordered_twice(lines: &[Line<'_>]) -> Vec<Problem> {
    let key = |line: &Line<'_>| line.quote_owner();
    let mut problems = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let again = lines[..index].iter().any(|earlier| key(earlier) == key(line));
        if line.quoted.is_some() && again {
            let path = pointer::join(&line.item.path("quoteItem"), "id");
            problems.push(Problem::invalid(path, "Another item orders this quote item already."));
        }
    }
    problems
}

impl Line<'_> {
    /// Finds prices, or the refusal, or a problem.
    fn answer(&mut self, ctx: &Context<'_>) -> Option<Problem> {
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
    fn take(&mut self, tally: &mut Tally, found: &Found, ctx: &Context<'_>) -> Option<Problem> {
        if self.quoted.is_some() || self.refusal.is_some() {
            return None;
        }
        let share = tally.share(&self.item, found, ctx);
        let problem = share
            .lacking
            .as_ref()
            .map(|reason| Problem::new(ProblemCode::OtherIssue, self.item.path("product"), reason));
        self.share = Some(share);
        problem
    }

    /// Who holds what was quoted.
    fn quote_owner(&self) -> Option<String> {
        let quoted = self.quoted.as_ref()?;
        Some(quote::rules::hold_owner(
            &quoted.quote.id,
            items::text(quoted.item, "id"),
        ))
    }

    fn hold(&self, order_id: &str, commit: &mut Commit, ctx: &Context<'_>) {
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

    fn decision(&self, order_id: &str, ctx: &Context<'_>) -> Decision {
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

/// Mplify 123.1 R17, R18, R23: all that was sent, and what the Seller adds.
fn first_body(sent: &Object, id: &str, ctx: &Context<'_>) -> Result<Object, Refused> {
    let start = Move {
        to: "acknowledged",
        by: Actor::Seller,
        at: ctx.now,
        reason: None,
    };
    let mut body = Map::new();
    body.insert("id".into(), json!(id));
    body.insert("href".into(), json!(address(RESOURCE, id, ctx)));
    body.insert("orderDate".into(), json!(time::text(ctx.now)));
    body.extend(sent.clone());
    history::change(&ORDER, &mut body, start)?;
    contacts::add_ours(&mut body, "sellerContact", &ctx.company.contact);
    for item in view::items_mut(&mut body) {
        history::change(&ORDER_ITEM, item, start)?;
        contacts::add_ours(item, "sellerContact", &ctx.company.contact);
        // Mplify 123.1 R26: an expedite is accepted with its charge, and charges come later.
        if item.get("expediteIndicator") == Some(&json!(true)) {
            item.insert("expediteAcceptedIndicator".into(), json!(false));
        }
    }
    Ok(body)
}

/// Validation remembers what the answer was, so that it is the same whatever the book says then.
fn validation(id: &str, lines: &[Line<'_>], (found, ctx): (&Found, &Context<'_>)) -> Job {
    let items: Vec<&Item<'_>> = lines.iter().map(|line| &line.item).collect();
    let answers = lines.iter().map(|line| {
        let answer = json!({
            "prices": line.prices, "interval": line.interval, "refusal": line.refusal,
            "after": in_service::after(&line.item, &items, found), "holds": in_service::holds(&line.item, ctx),
            "charges": charge::foreseen(&line.item, ctx),
            "offering": line.item.offering.map(|offering| &offering.id),
            "place": line.item.address.map(|address| &address.id),
        });
        (line.item.id.to_owned(), answer)
    });
    Job {
        id: (ctx.new_id)(),
        scope: history::scope(ctx),
        document_id: id.to_owned(),
        resource: RESOURCE.into(),
        kind: work::VALIDATE.into(),
        payload: Value::Object(answers.collect()),
        due_at: ctx.now,
        attempt: 0,
    }
}

fn price_list(lines: &[PriceLine]) -> Value {
    lines.iter().map(PriceLine::json).collect()
}

/// Products that are going to change or end wait for it, out of reach of other orders.
fn begin_changes(
    lines: &[Line<'_>],
    order: &Object,
    commit: &mut Commit,
    ctx: &Context<'_>,
) -> Result<(), Vec<Problem>> {
    for line in lines {
        let begun = in_service::begin(&line.item, order, ctx);
        let product = begun.map_err(|refused| vec![cannot(&line.item.product_path("id"), &refused)])?;
        commit.documents.extend(product);
    }
    Ok(())
}

/// Every quote that is ordered becomes `accepted`; what else waits for its end is called off.
fn accept_quotes(lines: &[Line<'_>], commit: &mut Commit, ctx: &Context<'_>) -> Result<(), Vec<Problem>> {
    for line in lines {
        let Some(Quoted { quote: old, .. }) = &line.quoted else {
            continue;
        };
        if commit.documents.iter().any(|document| document.id == old.id) {
            continue;
        }
        let mut body = old.body.clone();
        let accepted = Move {
            to: "accepted",
            by: Actor::Seller,
            at: ctx.now,
            reason: Some("Ordered."),
        };
        let path = pointer::join(&line.item.path("quoteItem"), "quoteId");
        history::change(&quote::lifecycle::QUOTE, &mut body, accepted)
            .map_err(|refused| vec![cannot(&path, &refused)])?;
        let about = About {
            api: "quoteNotification",
            lane: &old.id,
        };
        let fields = json!({ "id": old.id, "href": body.get("href"), "state": "accepted" });
        commit
            .events
            .push(history::event(ctx, about, "quoteStateChangeEvent", fields));
        commit.cancel_jobs_of.push(old.id.clone());
        commit.documents.push(old.next("accepted", body, ctx.now));
    }
    Ok(())
}

fn cannot(path: &str, refused: &Refused) -> Problem {
    Problem::invalid(path, refused.to_string())
}
