//! Items that change or end a product in service. The product waits in a state of its own from
//! the creation of the order, and follows its item to the end.

use serde_json::{Value, json};

use super::lifecycle::ORDER_ITEM;
use super::running::Running;
use super::view::{item, item_mut, items, needed};
use super::work::Part;
use crate::api::inventory::rules::Built;
use crate::api::inventory::{self, change};
use crate::api::items::existing::users;
use crate::api::items::{Action, Item, ORDER, list, reference, text, vlans};
use crate::api::quote::rules::hold_owner;
use crate::commit::{Decision, HoldChange};
use crate::document::{Document, Object};
use crate::lifecycle::Refused;
use crate::rules::{Context, Found, Ref};
use crate::time;

/// What to load before an item is completed: the products it is about or built on, and for an
/// end who uses them.
pub(super) fn needs(order: &Object, item_id: &str) -> Vec<Ref> {
    let Some(item) = item(order, item_id) else {
        return Vec::new();
    };
    let mut ids: Vec<&str> = reference(item, "product").into_iter().collect();
    let relations = item
        .get("product")
        .and_then(|product| product.get("productRelationship"));
    let related = relations.and_then(Value::as_array).into_iter().flatten();
    ids.extend(related.filter_map(|relation| relation.get("id")?.as_str()));
    let documents = ids.into_iter().map(|id| Ref::Document {
        resource: "product",
        id: id.to_owned(),
    });
    documents.chain(crate::api::items::existing::users_ref(item)).collect()
}

/// The product that `item` changes or ends, now waiting for it; none for a new one.
pub(super) fn begin(item: &Item<'_>, order: &Object, ctx: &Context<'_>) -> Result<Option<Document>, Refused> {
    let (Some(product), Some(action)) = (item.existing, item.action) else {
        return Ok(None);
    };
    let state = match action {
        Action::Add => return Ok(None),
        Action::Modify => "active.pendingChange",
        Action::Delete => "pendingTerminate",
    };
    let built = Built {
        order,
        item_id: item.id,
        product_id: &product.id,
        answer: &Value::Null,
    };
    change::begin(product, built, state, ctx).map(Some)
}

/// Items of the same order that must end before `item`, which ends something they use.
pub(super) fn after(item: &Item<'_>, others: &[&Item<'_>], found: &Found) -> Vec<String> {
    let ended = item.existing.filter(|_| item.action == Some(Action::Delete));
    let Some(ended) = ended else { return Vec::new() };
    let users: Vec<&str> = users(found, &ended.id).map(|user| user.id.as_str()).collect();
    let before = others.iter().filter(|other| {
        other
            .existing
            .is_some_and(|existing| users.contains(&existing.id.as_str()))
    });
    before.map(|other| other.id.to_owned()).collect()
}

/// Whether an item makes a new product.
pub(super) fn is_new(item: &Object) -> bool {
    text(item, "action") == Action::Add.as_str()
}

/// Ids of the items that `item` waits for; `answer` is what the creation remembered about it.
pub(super) fn waits_for<'a>(item: &'a Object, answer: &'a Value) -> Vec<&'a str> {
    if text(item, "action") == Action::Delete.as_str() {
        // What is built last goes first: here relations of the order say nothing.
        let after = answer["after"].as_array().into_iter().flatten();
        after.filter_map(Value::as_str).collect()
    } else {
        needed(item).collect()
    }
}

impl Running<'_> {
    /// One sentence, where the item `id` can never be completed: what it waits for came to
    /// nothing, or others were faster. What is completed with it, in `group`, is no hindrance.
    pub(super) fn hindrance(&self, item: &Object, (answer, group): (&Value, &[Part]), found: &Found) -> Option<String> {
        if text(item, "action") != Action::Delete.as_str() {
            let product = item.get("product").and_then(Value::as_object)?;
            let related = list(product, "productRelationship")
                .iter()
                .filter_map(|r| r.get("id")?.as_str());
            let mut documents = related.filter_map(|id| found.document("product", id));
            let gone = documents.find(|product| matches!(product.state.as_str(), "terminated" | "cancelled"))?;
            return Some(format!("The product {} is {} by now.", gone.id, gone.state));
        }
        let before: Vec<&Object> = items(&self.body)
            .filter(|other| waits_for(item, answer).contains(&text(other, "id")))
            .collect();
        let with_it = |item: &Object| group.iter().any(|(id, _)| id == text(item, "id"));
        let state = |item: &Object| text(item, "state").to_owned();
        if let Some(failed) = before
            .iter()
            .find(|other| ORDER_ITEM.is_final(&state(other)) && state(other) != "completed")
        {
            return Some(format!("Item {} had to end before and did not.", text(failed, "id")));
        }
        if before
            .iter()
            .any(|other| state(other) != "completed" && !with_it(other))
        {
            return None;
        }
        let ends = items(&self.body).filter(|other| with_it(other) && text(other, "action") == Action::Delete.as_str());
        let ended: Vec<&str> = ends.filter_map(|other| reference(other, "product")).collect();
        let users: Vec<&str> = users(found, reference(item, "product")?)
            .map(|user| user.id.as_str())
            .filter(|user| !ended.contains(user))
            .collect();
        (!users.is_empty()).then(|| format!("Products still use it: {}.", users.join(", ")))
    }

    /// The product after its change or end, which the item `id` completes; what it holds is what
    /// it needs from now on.
    pub(super) fn follow(&mut self, id: &str, answer: &Value, found: &Found) -> Result<Document, Refused> {
        let item = item(&self.body, id);
        let product = item
            .and_then(|item| found.document("product", reference(item, "product")?))
            .ok_or_else(|| Refused {
                of: "product",
                from: "unknown".into(),
                to: "changed".into(),
            })?;
        let owners: Vec<String> = list(&product.body, "productOrderItem")
            .iter()
            .filter_map(Value::as_object)
            .map(|item| hold_owner(text(item, "productOrderId"), text(item, "productOrderItemId")))
            .collect();
        // What was imported holds under its own identifier.
        let owners = owners.into_iter().chain([product.id.clone()]);
        let release = owners.map(|owner| HoldChange::Release { owner });
        if item.is_some_and(|item| text(item, "action") == Action::Delete.as_str()) {
            self.commit.holds.extend(release);
            return change::ended(product, self.ctx);
        }
        if let Some(needs) = answer["holds"].as_array() {
            self.commit.holds.extend(release);
            let owner = hold_owner(&self.old.id, id);
            let takes = needs.iter().filter_map(|capacity| {
                Some(HoldChange::Take {
                    key: capacity.get("key")?.as_str()?.to_owned(),
                    owner: owner.clone(),
                    amount: capacity.get("amount")?.as_i64()?,
                    expires_at: None,
                })
            });
            self.commit.holds.extend(takes);
        }
        let built = Built {
            order: &self.body,
            item_id: id,
            product_id: &product.id,
            answer,
        };
        change::changed(product, built, self.ctx)
    }

    /// Makes, changes or ends the product; a new one tells its id in the order (Mplify 123.1 R63).
    pub(super) fn put_into_service(
        &mut self,
        (id, by): (&str, &str),
        answer: &Value,
        found: &Found,
    ) -> Result<(), Refused> {
        if let Some(item) = item_mut(&mut self.body, id) {
            item.insert("completionDate".into(), json!(time::text(self.ctx.now)));
        }
        let new = item(&self.body, id).is_some_and(is_new);
        let product = if new {
            let product = self.new_product(id, answer)?;
            self.take_at(id, &product.id);
            product
        } else {
            self.follow(id, answer, found)?
        };
        self.commit.decisions.push(Decision {
            id: (self.ctx.new_id)(),
            document_id: self.old.id.clone(),
            item_id: Some(id.to_owned()),
            step: "fulfilment".into(),
            answered_by: by.into(),
            book_version: 0,
            agreement_version: self.old.agreement_version,
            at: self.ctx.now,
            inputs: json!({ "prices": answer["prices"] }),
            outcome: json!({ "productId": product.id, "status": product.state }),
        });
        self.commit.documents.push(product);
        Ok(())
    }

    /// What is taken at an interface that was not there until now, for the items that wait for it:
    /// from now on others can be built on it too.
    fn take_at(&mut self, id: &str, product_id: &str) {
        for item in items(&self.body).filter(|item| !ORDER_ITEM.is_final(text(item, "state"))) {
            let owner = hold_owner(&self.old.id, text(item, "id"));
            let taken = vlans::at_new(item, &ORDER, (id, product_id), self.ctx);
            self.commit
                .holds
                .extend(taken.into_iter().map(|capacity| HoldChange::Take {
                    key: capacity.key,
                    owner: owner.clone(),
                    amount: capacity.amount,
                    expires_at: None,
                }));
        }
    }

    fn new_product(&mut self, id: &str, answer: &Value) -> Result<Document, Refused> {
        let product_id = (self.ctx.new_id)();
        if let Some(product) = item_mut(&mut self.body, id)
            .and_then(|item| item.get_mut("product"))
            .and_then(Value::as_object_mut)
        {
            product.insert("id".into(), json!(product_id));
        }
        let built = inventory::rules::Built {
            order: &self.body,
            item_id: id,
            product_id: &product_id,
            answer,
        };
        inventory::rules::product_document(built, self.ctx)
    }

    /// A product whose item came to nothing is as it was.
    pub(super) fn restore(&mut self, id: &str) {
        let Some(item) = item(&self.body, id) else { return };
        let product = reference(item, "product").filter(|_| !is_new(item));
        if let Some(product) = product {
            let job = change::restore(product, (&self.old.id, id), self.ctx);
            self.commit.jobs.push(job);
        }
    }
}

/// What the product of `item` holds once it is changed, if that is not what it holds now.
pub(super) fn holds(item: &Item<'_>, ctx: &Context<'_>) -> Option<Value> {
    let needs = crate::api::items::capacity::retaken(item, ctx)?;
    let rows = needs
        .iter()
        .map(|capacity| json!({ "key": capacity.key, "amount": capacity.amount }));
    Some(rows.collect())
}
