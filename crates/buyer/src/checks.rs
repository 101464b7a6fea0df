//! What a request is held against before it leaves: the shape of the standard, the schema and the
//! rules of each product in it, and how the Seller's card narrows its offerings. Guarantees that
//! all problems come at once, each at its place. What only the Seller knows (its places, its
//! capacity, our products in service) is not looked at here.

use std::borrow::Cow;

use segue_model::api::items::configured::judge_by;
use segue_model::book::profile::{Action, Asked, Function};
use segue_model::describe::Operation;
use segue_model::failure::Problem;
use segue_model::party::{Agreement, Offered};
use segue_model::pointer::join;
use segue_model::products::{Neighbour, Products};
use serde_json::Value;

use crate::{Buyer, BuyerError};

/// A list of items with products: its name, that of the relations between them, the function.
type Items = (&'static str, &'static str, Function);

const ITEMS: [Items; 3] = [
    (
        "productOfferingQualificationItem",
        "qualificationItemRelationship",
        Function::Poq,
    ),
    ("quoteItem", "quoteItemRelationship", Function::Quote),
    ("productOrderItem", "productOrderItemRelationship", Function::Order),
];

/// What came of the checks.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// All that is wrong.
    pub problems: Vec<Problem>,
    /// What was held against what, for people.
    pub passed: Vec<String>,
    /// What is odd, or could not be checked.
    pub warnings: Vec<String>,
}

impl Buyer {
    /// Holds a request against all that is known here.
    pub(crate) async fn check_request(
        &self,
        agreement: &Agreement,
        operation: &Operation,
        body: Option<&Value>,
    ) -> Result<Checks, BuyerError> {
        let mut checks = Checks::default();
        let (Some(shape), Some(body)) = (operation.request, body) else {
            return Ok(checks);
        };
        match self.parts.schemas.check(operation.api, shape, body.clone()) {
            Ok(_) => checks.passed.push(format!("shape {shape}")),
            Err(problems) => checks.problems = problems,
        }
        let set = self.parts.products.current(&agreement.company).await?;
        let desk = Desk {
            agreement,
            products: &set.products,
        };
        for items in ITEMS {
            let list = body.get(items.0).and_then(Value::as_array);
            for index in 0..list.map_or(0, Vec::len) {
                desk.item(&mut checks, (items, list.map_or(&[][..], Vec::as_slice)), index);
            }
        }
        Ok(checks)
    }
}

/// What items are held against.
struct Desk<'a> {
    agreement: &'a Agreement,
    products: &'a Products,
}

impl Desk<'_> {
    fn item(&self, checks: &mut Checks, ((list, relations, function), items): (Items, &[Value]), index: usize) {
        let item = &items[index];
        let action = match item.get("action").and_then(Value::as_str) {
            Some("add") => Action::Add,
            Some("modify") => Action::Modify,
            // The end of a product has no attributes; a wrong action is told by the shape.
            _ => return,
        };
        let path = |index: usize| format!("/{list}/{index}/product");
        let offered = self.offered(item, &path(index), checks);
        let Some(sent) = item.pointer("/product/productConfiguration") else {
            return;
        };
        let at = join(&path(index), "productConfiguration");
        let urn = sent.get("@type").and_then(Value::as_str).unwrap_or_default();
        if self.products.product(urn).is_none() {
            checks.warnings.push(format!(
                "{at}: {urn:?} is not known here and was not checked; `segue product import PATH` reads the Seller's schema of it"
            ));
            return;
        }
        let profile = offered.filter(|offered| !offered.profile.is_empty());
        let asked = Asked { function, action };
        let strictness = self.agreement.unknown_attributes;
        let judged = judge_by(
            sent,
            &at,
            profile.map(|offered| (&offered.profile, asked)),
            (self.products, strictness),
        );
        let siblings = Siblings {
            items,
            relations,
            path: &path,
        };
        let (beside, odd) = self
            .products
            .check_beside(sent, &at, &siblings.of(self.products, urn, item));
        let fine = judged.problems.is_empty() && beside.is_empty();
        // Of two problems at one place that of form says more.
        for problem in judged.problems.into_iter().chain(beside) {
            if checks
                .problems
                .iter()
                .all(|told| told.property_path != problem.property_path)
            {
                checks.problems.push(problem);
            }
        }
        checks.warnings.extend(judged.warnings);
        checks.warnings.extend(odd);
        if fine {
            checks.passed.push(format!("{at}: schema and rules of {urn}"));
            checks
                .passed
                .extend(profile.map(|offered| format!("{at}: profile of the offering {}", offered.id)));
        }
    }

    /// The line of the Seller's card that an item names. Without a card nothing is known.
    fn offered(&self, item: &Value, path: &str, checks: &mut Checks) -> Option<&Offered> {
        let catalogue = &self.agreement.catalogue;
        let id = item.pointer("/product/productOffering/id").and_then(Value::as_str)?;
        if catalogue.is_empty() {
            return None;
        }
        let Some(offered) = catalogue.iter().find(|offered| offered.id == id) else {
            checks.warnings.push(format!(
                "{path}/productOffering/id: the card of {} has no offering {id:?}; import a newer one if it should",
                self.agreement.partner
            ));
            return None;
        };
        let sent = item
            .pointer("/product/productConfiguration/@type")
            .and_then(Value::as_str);
        if let Some(sent) = sent.filter(|sent| *sent != offered.product) {
            let reason = format!("The offering {id} is of {}, not of {sent}.", offered.product);
            let at = format!("{path}/productConfiguration/@type");
            checks.problems.push(Problem::invalid(at, reason));
            return None;
        }
        Some(offered)
    }
}

/// The other items of a request.
struct Siblings<'a> {
    items: &'a [Value],
    relations: &'a str,
    path: &'a dyn Fn(usize) -> String,
}

impl<'a> Siblings<'a> {
    /// What `item` is related to within the request. Of several of one kind none is compared.
    fn of(&self, products: &'a Products, urn: &str, item: &'a Value) -> Vec<Neighbour<'a>> {
        let wanted = products.product(urn).map_or(&[][..], |product| &product.relations[..]);
        let named = item.get(self.relations).and_then(Value::as_array);
        let found = wanted.iter().filter_map(|relation| {
            let mut related = named.into_iter().flatten().filter(|named| {
                let kind = named.get("relationshipType").and_then(Value::as_str);
                kind.is_some_and(|kind| relation.is(kind))
            });
            let (only, None) = (related.next()?, related.next()) else {
                return None;
            };
            let index = self.items.iter().position(|other| other.get("id") == only.get("id"))?;
            let configuration = self.items[index].pointer("/product/productConfiguration")?;
            Some(Neighbour {
                relation: relation.name(),
                configuration: Cow::Borrowed(configuration),
                pointer: Some(join(&(self.path)(index), "productConfiguration")),
                others: Vec::new(),
            })
        });
        found.collect()
    }
}

/// Where `path`, as a partner wrote it, leads in a request: a JSON Pointer by the standard, but
/// `#/a/0`, `$.a[0].b` and `a[0].b` are met too.
pub fn pointer(path: &str) -> Cow<'_, str> {
    let bare = path.trim().trim_start_matches(['#', '$']);
    if bare.is_empty() || bare.starts_with('/') {
        return Cow::Borrowed(bare);
    }
    let steps = bare.split(['.', '[', ']']).filter(|step| !step.is_empty());
    Cow::Owned(steps.fold(String::new(), |pointer, step| {
        join(&pointer, step.trim_matches(['\'', '"']))
    }))
}

#[cfg(test)]
mod tests {
    use super::pointer;

    #[test]
    fn a_place_is_found_however_a_partner_writes_it() {
        for path in [
            "/quoteItem/0/product",
            "#/quoteItem/0/product",
            "$.quoteItem[0].product",
            "quoteItem[0].product",
            "$['quoteItem'][0]['product']",
        ] {
            assert_eq!(pointer(path), "/quoteItem/0/product", "{path}");
        }
        assert_eq!(pointer(""), "");
    }
}
