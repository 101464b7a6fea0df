//! Which S-VLAN a new circuit gets when nobody names one: the first that none of our own
//! documents has at the ENNI. What others of us agreed in other ways is not known here; the Seller
//! says so then, and `--s-vlan` names another.

use std::collections::BTreeSet;

use jiff::Timestamp;
use segue_model::api;
use segue_model::document::{Document, Object, Side};
use segue_model::id::Scope;
use segue_model::products::{VLAN_LISTS, VlanList};
use segue_model::time;
use segue_store::{Condition, ListQuery};
use serde_json::Value;

use crate::{Buyer, BuyerError};

/// Where counting begins, as in the samples; low numbers are often in use for other things.
const FIRST: i64 = 2001;

/// Documents looked at, of each kind; more live circuits than this have no place at one ENNI.
const DOCUMENTS_MAX: u32 = 20_000;

/// The list of S-VLANs at an ENNI.
const S_VLANS: &VlanList = &VLAN_LISTS[0];

impl Buyer {
    /// An S-VLAN that is free at `enni`, as far as we know; that of the qualification `poq`, if
    /// any, since a quote is for what was qualified. None when all are in use.
    pub async fn free_s_vlan(
        &self,
        scope: &Scope,
        (enni, poq): (&str, Option<&str>),
    ) -> Result<Option<i64>, BuyerError> {
        if let Some(poq) = poq {
            let found = self.mirrored(scope, "productOfferingQualification", poq).await?;
            let items = found
                .iter()
                .flat_map(|poq| items(poq, "productOfferingQualificationItem"));
            let named: Vec<i64> = items.flat_map(|item| named(product(item), enni)).collect();
            if let Some(id) = named.first() {
                return Ok(Some(*id));
            }
        }
        Ok(next(&self.used_s_vlans(scope, enni).await?))
    }

    /// The S-VLANs that something of ours has at `enni`.
    pub(crate) async fn used_s_vlans(&self, scope: &Scope, enni: &str) -> Result<BTreeSet<i64>, BuyerError> {
        let mut known = Vec::new();
        // A quote that ended is of no interest, and most have: the others are found by their state.
        for state in [
            "acknowledged",
            "inProgress",
            "inProgress.draft",
            "approved.orderable",
            "approved.orderableAlternate",
        ] {
            let conditions = vec![Condition::Equal("state", state.to_owned())];
            let query = ListQuery {
                conditions,
                offset: 0,
                limit: DOCUMENTS_MAX,
            };
            let listed = self.parts.store.documents(scope, Side::Buyer, "quote", &query).await?;
            known.extend(listed.documents);
        }
        for resource in ["productOrder", "product"] {
            let partner = Some(&scope.partner);
            let store = &self.parts.store;
            let listed = store.company_documents(&scope.company, Side::Buyer, resource, partner, DOCUMENTS_MAX);
            known.extend(listed.await?);
        }
        Ok(used(&known, (enni, self.parts.business.now())))
    }
}

/// The first that is free.
fn next(used: &BTreeSet<i64>) -> Option<i64> {
    all().find(|id| !used.contains(id))
}

/// All S-VLANs, in the order in which they are taken.
pub(crate) fn all() -> impl Iterator<Item = i64> {
    (FIRST..=segue_model::products::VLAN_IDS).chain(1..FIRST)
}

/// What quotes that can be ordered, orders and products of ours have at `enni` at this time.
fn used(known: &[Document], (enni, now): (&str, Timestamp)) -> BTreeSet<i64> {
    let of = |resource: &'static str| known.iter().filter(move |document| document.resource == resource);
    let orders: Vec<&Object> = of("productOrder")
        .flat_map(|order| items(order, "productOrderItem"))
        .collect();
    let is = |item: &Object, name: &str, value: &str| item.get(name).and_then(Value::as_str) == Some(value);
    let ended: Vec<&str> = orders
        .iter()
        .filter(|item| is(item, "action", "delete") && is(item, "state", "completed"))
        .filter_map(|item| id(product(item)))
        .collect();
    let mut used = BTreeSet::new();
    let lapsed = |quote: &Document| {
        let end = quote.at("/validFor/endDateTime").and_then(Value::as_str);
        end.and_then(time::parse).is_some_and(|end| end <= now)
    };
    let live = of("quote").filter(|quote| !api::quote::lifecycle::QUOTE.is_final(&quote.state) && !lapsed(quote));
    for quote in live {
        used.extend(items(quote, "quoteItem").flat_map(|item| named(product(item), enni)));
    }
    for item in orders {
        let over = ["rejected", "failed", "cancelled"]
            .iter()
            .any(|state| is(item, "state", state));
        if !over && id(product(item)).is_none_or(|id| !ended.contains(&id)) {
            used.extend(named(product(item), enni));
        }
    }
    for product in of("product").filter(|product| !ended.contains(&product.id.as_str())) {
        if !api::inventory::lifecycle::PRODUCT.is_final(&product.state) {
            used.extend(named(Some(&product.body), enni));
        }
    }
    used
}

fn items<'a>(document: &'a Document, list: &str) -> impl Iterator<Item = &'a Object> {
    let items = document.body.get(list).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_object)
}

fn product(item: &Object) -> Option<&Object> {
    item.get("product")?.as_object()
}

fn id(product: Option<&Object>) -> Option<&str> {
    product?.get("id")?.as_str()
}

/// The S-VLANs of a product that ends at `enni`.
fn named(product: Option<&Object>, enni: &str) -> Vec<i64> {
    let Some(product) = product else { return Vec::new() };
    let relations = product.get("productRelationship").and_then(Value::as_array);
    let mut ids = relations
        .into_iter()
        .flatten()
        .filter_map(|relation| relation.get("id"));
    let configuration = product.get("productConfiguration").and_then(Value::as_object);
    match configuration.filter(|_| ids.any(|id| id == enni)) {
        Some(configuration) => S_VLANS.ids(configuration),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(resource: &str, state: &str, body: &Value) -> Document {
        Document {
            id: body["id"].as_str().unwrap_or("x").to_owned(),
            scope: Scope::new("beta", "acme"),
            side: Side::Buyer,
            api: "any".into(),
            resource: resource.into(),
            state: state.into(),
            revision: 1,
            agreement_version: 1,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            updated_at: jiff::Timestamp::UNIX_EPOCH,
            body: body.as_object().unwrap().clone(),
        }
    }

    fn ovc(id: &str, vlan: i64) -> Value {
        json!({
            "id": id,
            "productConfiguration": { "enniEp": { "ovcEndPointMap": { "ovcEndPointMapFormE": [vlan] } } },
            "productRelationship": [{ "relationshipType": "CONNECTS_TO_ENNI", "id": "enni" }],
        })
    }

    fn order(action: &str, state: &str, product: &Value) -> Document {
        let item = json!({ "action": action, "state": state, "product": product });
        document("productOrder", "any", &json!({ "productOrderItem": [item] }))
    }

    #[track_caller]
    fn check_next(known: &[Document], expected: i64) {
        assert_eq!(next(&used(known, ("enni", Timestamp::UNIX_EPOCH))), Some(expected));
    }

    #[test]
    fn the_first_s_vlan_that_nothing_of_ours_has_is_taken() {
        let quote = |state: &str| {
            let body = json!({ "quoteItem": [{ "product": ovc("q", 2001) }] });
            document("quote", state, &body)
        };
        check_next(&[], 2001);
        check_next(&[quote("approved.orderable")], 2002);
        check_next(&[quote("expired")], 2001);
        check_next(&[order("add", "inProgress", &ovc("a", 2001))], 2002);
        check_next(&[order("add", "failed", &ovc("a", 2001))], 2001);
        check_next(&[document("product", "active", &ovc("a", 2001))], 2002);
        let product = document("product", "active", &ovc("a", 2001));
        assert!(used(&[product], ("other", Timestamp::UNIX_EPOCH)).is_empty());
    }

    #[test]
    fn a_quote_whose_time_is_over_has_no_s_vlan_although_nobody_told_us() {
        let body = json!({
            "quoteItem": [{ "product": ovc("q", 2001) }],
            "validFor": { "endDateTime": "1970-01-01T00:00:00.000Z" },
        });
        check_next(&[document("quote", "approved.orderable", &body)], 2001);
    }

    #[test]
    fn what_was_disconnected_is_free_again() {
        let known = [
            order("add", "completed", &ovc("a", 2001)),
            document("product", "active", &ovc("a", 2001)),
            order("delete", "completed", &json!({ "id": "a" })),
        ];
        check_next(&known[..2], 2002);
        check_next(&known, 2001);
    }
}
