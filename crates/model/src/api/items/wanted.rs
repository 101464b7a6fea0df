//! What has to be loaded before items are checked.

use std::collections::HashSet;

use serde_json::Value;

use super::{Action, Family, capacity, configured, existing, list, text, vlans};
use crate::document::Object;
use crate::rules::{Context, Found, Ref};

/// What [`super::check`] and the rules of the family want to know: products, qualifications, capacity.
pub fn needs(family: &Family, body: &Object, ctx: &Context<'_>) -> Vec<Ref> {
    let mut refs = Vec::new();
    let nothing = Found::default();
    let request = vlans::Request::of(family, body, &nothing, ctx);
    for (index, item) in list(body, family.items).iter().enumerate() {
        let Some(item) = item.as_object() else { continue };
        let product = item.get("product").and_then(Value::as_object);
        let related = product.map_or(&[][..], |product| list(product, "productRelationship"));
        let ids = related.iter().filter_map(|relation| relation.get("id"));
        for id in ids.chain(product.and_then(|product| product.get("id"))) {
            push_document(&mut refs, "product", Some(id));
        }
        let poq = item.get("productOfferingQualificationItem");
        push_document(
            &mut refs,
            "productOfferingQualification",
            poq.and_then(|poq| poq.get("productOfferingQualificationId")),
        );
        refs.extend(existing::users_ref(item));
        if let Some(product) = product {
            let asked = configured::asked(family.function, Action::read(text(item, "action")));
            refs.extend(capacity::keys(product, asked, ctx).into_iter().map(Ref::Capacity));
        }
        let taken = request.taken(index).into_iter();
        refs.extend(taken.map(|capacity| Ref::Capacity(capacity.key)));
    }
    let mut seen = HashSet::new();
    refs.retain(|wanted| seen.insert(wanted.clone()));
    refs
}

fn push_document(refs: &mut Vec<Ref>, resource: &'static str, id: Option<&Value>) {
    if let Some(id) = id.and_then(Value::as_str) {
        refs.push(Ref::Document {
            resource,
            id: id.to_owned(),
        });
    }
}
