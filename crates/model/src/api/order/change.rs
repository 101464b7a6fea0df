//! PATCH of an order: what describes it may change, what was ordered may not. Digest 3.9.
//!
//! RFC 7386 with one exception: items are matched by their id, and those not named stay as they
//! are. Everything is changed or nothing.

use serde_json::{Value, json};

use super::lifecycle::{ORDER, ORDER_ITEM};
use super::notes;
use super::running::decision;
use super::view::{item, item_mut};
use crate::api::contacts::check_person;
use crate::api::items::{list, text};
use crate::commit::Commit;
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::pointer;
use crate::rules::{Context, Found, Outcome, Patch, Refusal};

const CONTACTS: &str = "relatedContactInformation";
const ITEMS: &str = "productOrderItem";

/// What may change of the whole or of one item, beside notes and contacts.
struct Part {
    texts: &'static [&'static str],
    /// Roles that must stay, and that may come and go (Mplify 123.1 R57).
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

static WHOLE: Part = Part {
    texts: &["externalId", "projectId"],
    required: &["productOrderContact"],
    optional: &[],
};

static ITEM: Part = Part {
    texts: &["endCustomerName", "relatedBuyerPON"],
    required: &[
        "buyerProductOrderItemContact",
        "buyerImplementationContact",
        "buyerTechnicalContact",
    ],
    optional: &["buyerFaultContact", "buyerGDPRContact"],
};

/// How an order is changed.
pub(super) struct OrderPatch;

impl Patch for OrderPatch {
    fn on_patch(&self, old: &Document, input: &Checked, _found: &Found, ctx: &Context<'_>) -> Result<Outcome, Refusal> {
        if ORDER.is_final(&old.state) {
            let reason = format!("This order is {}; it is not changed any more.", old.state);
            return Err(Refusal::Conflict(reason));
        }
        let problems = check(&old.body, input.body());
        if !problems.is_empty() {
            return Err(problems.into());
        }
        if let Some(reason) = ended_item(&old.body, input.body()) {
            return Err(Refusal::Conflict(reason));
        }
        let mut body = old.body.clone();
        WHOLE.apply(input.body(), &mut body);
        for sent in entries(input.body()) {
            if let Some(item) = item_mut(&mut body, text(sent, "id")) {
                ITEM.apply(sent, item);
            }
        }
        let mut commit = Commit::of(old.next(old.state.clone(), body.clone(), ctx.now));
        let changed: Vec<&String> = input.body().keys().collect();
        let outcome = json!({ "changed": changed });
        let why = decision((&old.id, None), ("order.change", "book"), (json!({}), outcome), ctx);
        commit.decisions.push(why);
        Ok(Outcome {
            commit,
            status: 200,
            body,
        })
    }
}

fn entries(sent: &Object) -> impl Iterator<Item = &Object> {
    list(sent, ITEMS).iter().filter_map(Value::as_object)
}

fn check(old: &Object, sent: &Object) -> Vec<Problem> {
    let mut problems = Vec::new();
    // Mplify 123.1 R53. An item with nothing but its id is no change, and no mistake either: an
    // example of the guide has one.
    if sent.is_empty() || (sent.len() == 1 && sent.get(ITEMS) == Some(&json!([]))) {
        problems.push(Problem::missing("", "Nothing is named that should change."));
    }
    problems.extend(WHOLE.check(old, sent, ""));
    let items = pointer::join("", ITEMS);
    for (index, entry) in entries(sent).enumerate() {
        let at = pointer::join(&items, index);
        let id = text(entry, "id");
        let Some(item) = item(old, id) else {
            problems.push(Problem::not_found(pointer::join(&at, "id"), "item of this order"));
            continue;
        };
        if entries(sent).take(index).any(|earlier| text(earlier, "id") == id) {
            let reason = "This item is in the request already.";
            problems.push(Problem::invalid(pointer::join(&at, "id"), reason));
        }
        problems.extend(ITEM.check(item, entry, &at));
    }
    problems
}

/// A sentence, where an item is to change that has come to its end.
fn ended_item(old: &Object, sent: &Object) -> Option<String> {
    entries(sent).filter(|entry| entry.len() > 1).find_map(|entry| {
        let item = item(old, text(entry, "id"))?;
        let (id, state) = (text(item, "id"), text(item, "state"));
        ORDER_ITEM
            .is_final(state)
            .then(|| format!("Item {id} is {state}; it is not changed any more."))
    })
}

impl Part {
    fn is_theirs(&self, contact: &Value) -> bool {
        let role = contact.get("role").and_then(Value::as_str).unwrap_or_default();
        self.required.contains(&role) || self.optional.contains(&role)
    }

    fn check(&self, old: &Object, sent: &Object, base: &str) -> Vec<Problem> {
        let mut problems = notes::check(old, sent, base);
        if !sent.contains_key(CONTACTS) {
            return problems;
        }
        let at = pointer::join(base, CONTACTS);
        let contacts = list(sent, CONTACTS);
        for role in self.required {
            if contacts.iter().all(|contact| contact.get("role") != Some(&json!(role))) {
                let reason = format!("A contact with the role {role} is required.");
                problems.push(Problem::missing(&at, reason));
            }
        }
        for (index, contact) in contacts.iter().enumerate() {
            let path = pointer::join(&at, index);
            if self.is_theirs(contact) {
                problems.extend(check_person(contact, &path));
            } else if !list(old, CONTACTS).contains(contact) {
                let roles: Vec<&str> = self.required.iter().chain(self.optional).copied().collect();
                let reason = format!("Roles that can be changed here: {}.", roles.join(", "));
                problems.push(Problem::invalid(pointer::join(&path, "role"), reason));
            }
        }
        problems
    }

    fn apply(&self, sent: &Object, to: &mut Object) {
        for name in self.texts.iter().chain(&["note"]) {
            if let Some(value) = sent.get(*name) {
                to.insert((*name).to_owned(), value.clone());
            }
        }
        if sent.contains_key(CONTACTS) {
            // Ours stay behind theirs, sent again or not.
            let theirs = list(sent, CONTACTS).iter().filter(|contact| self.is_theirs(contact));
            let others = list(to, CONTACTS).iter().filter(|contact| !self.is_theirs(contact));
            let contacts: Vec<Value> = theirs.chain(others).cloned().collect();
            to.insert(CONTACTS.into(), Value::Array(contacts));
        }
    }
}
