//! The rules of a product that look at the products it is related to: other items of the request,
//! or what is in service. What a change of an interface means for the OVCs that use it, too. All
//! see configurations as their offerings fill them in.

use std::borrow::Cow;

use serde_json::Value;

use super::{Action, Desk, Family, Item, configured, existing, list, text};
use crate::document::{Document, Object};
use crate::failure::Problem;
use crate::products::{Neighbour, Relation};
use crate::rules::{Context, Found};

/// What a relation leads to.
#[derive(Clone, Copy, PartialEq)]
enum Target<'v> {
    /// The item at this position, which adds or changes it.
    Item(usize),
    /// A product in service that stays as it is.
    Product(&'v str),
}

/// What came of one item.
#[derive(Default)]
struct Noted {
    problems: Vec<Problem>,
    /// Of what stays in service and uses it.
    of_users: Vec<Problem>,
    warnings: Vec<String>,
}

/// All items of a request with all that is known.
struct View<'v> {
    family: &'v Family,
    found: &'v Found,
    ctx: &'v Context<'v>,
    items: &'v [Item<'v>],
    whole: Vec<Option<Cow<'v, Value>>>,
}

/// Checks every item against what it is related to, and what uses it against the item.
pub(super) fn check(desk: &mut Desk<'_, '_>, items: &mut [Item<'_>]) {
    let noted: Vec<Noted> = {
        let view = View {
            family: desk.family,
            found: desk.found,
            ctx: desk.ctx,
            items,
            whole: items.iter().map(whole).collect(),
        };
        (0..items.len()).map(|index| view.check(index)).collect()
    };
    for (item, noted) in items.iter_mut().zip(noted) {
        // Of two problems at one place the one told first stays, as within one payload.
        let told = |path: &str| desk.problems.iter().any(|known| known.property_path == path);
        let problems = noted.problems.into_iter();
        let new: Vec<Problem> = problems.filter(|problem| !told(&problem.property_path)).collect();
        desk.problems.extend(new);
        desk.problems.extend(noted.of_users);
        item.warnings.extend(noted.warnings);
    }
}

/// The configuration an item asks for.
fn whole<'v>(item: &'v Item<'_>) -> Option<Cow<'v, Value>> {
    match item.configuration.as_ref()? {
        Cow::Borrowed(_) => Some(Cow::Borrowed(item.body.get("product")?.get("productConfiguration")?)),
        Cow::Owned(filled) => Some(Cow::Owned(Value::Object(filled.clone()))),
    }
}

/// The configuration of a product in service.
fn in_service<'v>(product: &'v Document, ctx: &Context<'_>) -> Option<Cow<'v, Value>> {
    match configured::in_service(product, ctx)? {
        Cow::Borrowed(_) => product.at("/productConfiguration").map(Cow::Borrowed),
        Cow::Owned(full) => Some(Cow::Owned(Value::Object(full))),
    }
}

impl View<'_> {
    fn check(&self, index: usize) -> Noted {
        let item = &self.items[index];
        let Some(own) = self.whole[index].as_deref() else {
            return Noted::default();
        };
        if item.action == Some(Action::Delete) {
            return Noted::default();
        }
        let path = item.product_path("productConfiguration");
        let relations = item.product.map_or(&[][..], |product| &product.relations[..]);
        let targets = relations.iter().map(|wanted| (wanted, self.targets(index, wanted)));
        let (one, several): (Vec<_>, Vec<_>) = targets.partition(|(_, targets)| targets.len() == 1);
        let neighbours: Vec<Neighbour<'_>> = one
            .into_iter()
            .filter_map(|(wanted, targets)| self.neighbour(index, wanted, *targets.first()?))
            .collect();
        let (problems, warnings) = self.ctx.products.check_beside(own, &path, &neighbours);
        let mut noted = Noted {
            problems,
            warnings,
            ..Noted::default()
        };
        for (wanted, targets) in several {
            if wanted.candidates && self.family.candidates {
                self.check_candidates((index, own), wanted, &targets, &mut noted);
            }
        }
        if item.action == Some(Action::Modify) {
            noted.of_users = self.users(item, own);
        }
        noted
    }

    /// Of several candidates one has to fit; that others do not is only worth a word.
    fn check_candidates(
        &self,
        (index, own): (usize, &Value),
        wanted: &Relation,
        targets: &[Target<'_>],
        noted: &mut Noted,
    ) {
        let path = self.items[index].product_path("productConfiguration");
        let (mut wrong, mut fits) = (Vec::new(), targets.is_empty());
        for target in targets {
            let Target::Product(id) = target else { continue };
            let Some(neighbour) = self.neighbour(index, wanted, *target) else {
                continue;
            };
            let (problems, _) = self.ctx.products.check_beside(own, &path, &[neighbour]);
            fits |= problems.is_empty();
            wrong.extend(problems.into_iter().map(|problem| Problem {
                reason: format!("At the candidate {id}: {}", problem.reason),
                ..problem
            }));
        }
        if fits {
            let warning = |problem: Problem| format!("{}: {}", problem.property_path, problem.reason);
            noted.warnings.extend(wrong.into_iter().map(warning));
        } else {
            noted.problems.extend(wrong);
        }
    }

    fn neighbour<'s>(&'s self, index: usize, wanted: &'s Relation, target: Target<'_>) -> Option<Neighbour<'s>> {
        let item = &self.items[index];
        let beside = self.items[..index].iter().enumerate().filter(|(_, other)| {
            other.action != Some(Action::Delete)
                && other.product.map(|kind| &kind.urn) == item.product.map(|kind| &kind.urn)
        });
        let beside = beside.filter(|(other, _)| self.targets(*other, wanted) == [target]);
        let (configuration, pointer) = match target {
            Target::Item(other) => {
                let pointer = self.items[other].product_path("productConfiguration");
                (self.whole[other].as_deref().map(Cow::Borrowed)?, Some(pointer))
            }
            Target::Product(id) => (in_service(self.found.document("product", id)?, self.ctx)?, None),
        };
        Some(Neighbour {
            relation: wanted.name(),
            configuration,
            pointer,
            others: beside
                .filter_map(|(other, _)| self.whole[other].as_deref().map(Cow::Borrowed))
                .collect(),
        })
    }

    /// Where the relation leads; nowhere when any of it is not known.
    fn targets(&self, index: usize, wanted: &Relation) -> Vec<Target<'_>> {
        let item = &self.items[index];
        let empty = Object::new();
        let product = item.body.get("product").and_then(Value::as_object).unwrap_or(&empty);
        let is_wanted = |relation: &&Object| wanted.is(text(relation, "relationshipType"));
        let in_service = list(product, "productRelationship").iter().filter_map(Value::as_object);
        let in_request = list(item.body, self.family.relations)
            .iter()
            .filter_map(Value::as_object);
        let products = in_service
            .filter(is_wanted)
            .map(|relation| self.product(text(relation, "id")));
        let siblings = in_request.filter(is_wanted).map(|relation| {
            let id = text(relation, "id");
            let mut others = self.items.iter().enumerate();
            let found = others.find(|(other, sibling)| *other != index && sibling.id == id);
            found.map(|(other, _)| Target::Item(other))
        });
        let all: Option<Vec<Target<'_>>> = products.chain(siblings).collect();
        all.unwrap_or_default()
    }

    /// The product in service, or the item that changes it.
    fn product(&self, id: &str) -> Option<Target<'_>> {
        let found = self.found.document("product", id)?;
        let changes = |item: &Item<'_>| {
            item.action == Some(Action::Modify) && item.existing.is_some_and(|existing| existing.id == found.id)
        };
        let changed = self.items.iter().position(changes);
        Some(changed.map_or(Target::Product(&found.id), Target::Item))
    }

    /// What stays in service with the interface that `item` changes has to fit it afterwards too.
    fn users(&self, item: &Item<'_>, configuration: &Value) -> Vec<Problem> {
        let Some(old) = item.existing else { return Vec::new() };
        let path = item.product_path("productConfiguration");
        let touched = |id: &str| {
            let mut others = self.items.iter().filter_map(|other| other.existing);
            others.any(|existing| existing.id == id)
        };
        let mut problems = Vec::new();
        let mut before: Vec<(&Relation, Cow<'_, Value>)> = Vec::new();
        for user in existing::users(self.found, &old.id).filter(|user| !touched(&user.id)) {
            let Some((wanted, used)) = self.use_of(user, &old.id) else {
                continue;
            };
            let others = before.iter().filter(|(relation, _)| *relation == wanted);
            let neighbour = Neighbour {
                relation: wanted.name(),
                configuration: Cow::Borrowed(configuration),
                pointer: Some(path.clone()),
                others: others.map(|(_, used)| Cow::Borrowed(used.as_ref())).collect(),
            };
            let (found, _) = self.ctx.products.check_beside(&used, "", &[neighbour]);
            // Its own warnings were told when it was ordered; the request can only be told of itself.
            problems.extend(found.into_iter().map(|problem| {
                Problem::invalid(&path, format!("Product {}, which uses it: {}", user.id, problem.reason))
            }));
            before.push((wanted, used));
        }
        problems
    }

    /// How `user` is related to the product `id`, and its configuration.
    fn use_of<'s>(&'s self, user: &'s Document, id: &str) -> Option<(&'s Relation, Cow<'s, Value>)> {
        let used = in_service(user, self.ctx)?;
        let urn = used.get("@type").and_then(Value::as_str).unwrap_or_default();
        let relations = &self.ctx.products.product(urn)?.relations;
        let mut sent = list(&user.body, "productRelationship")
            .iter()
            .filter_map(Value::as_object);
        let kind = sent.find(|relation| text(relation, "id") == id)?;
        let wanted = relations
            .iter()
            .find(|wanted| wanted.is(text(kind, "relationshipType")))?;
        Some((wanted, used))
    }
}
