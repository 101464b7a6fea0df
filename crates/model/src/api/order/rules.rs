//! From a create request to an order.
//!
//! What can be seen to be wrong is a 422, all of it at once. What the standard wants answered
//! by a state (a term that is not the quoted one) becomes an order whose validation rejects it.
//! A good order takes over what its quotes hold, and marks them accepted, in the same commit:
//! so nobody orders a quote twice, and no quote expires under its order.

use serde_json::{Map, Value, json};

use super::lifecycle::{ORDER, ORDER_ITEM};
use super::line::Line;
use super::quoted::{self, Quoted};
use super::running::{address, document};
use super::{by_seller, change, charge, coordinated, entry, in_service, people, view, work};
use crate::api::history::{self, About, Move};
use crate::api::items::capacity::Tally;
use crate::api::items::{self, Item, qualified};
use crate::api::{contacts, quote};
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
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
        let mut answer = json!({
            "prices": line.prices, "interval": line.interval, "refusal": line.refusal,
            "after": in_service::after(&line.item, &items, found), "holds": in_service::holds(&line.item, ctx),
            "charges": charge::foreseen(&line.item, ctx),
            "offering": line.item.offering.map(|offering| &offering.id),
            "place": line.item.address.as_ref().map(|address| &address.id),
        });
        for (name, value) in line.item.built() {
            answer[name] = value;
        }
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
