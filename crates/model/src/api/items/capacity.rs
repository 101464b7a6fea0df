//! Scarce things that the items of one request take: what is free is shared out in their order.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::configured::in_service;
use super::ends::{self, UNLIMITED};
use super::{Action, Item, existing, list, reference, vlans};
use crate::book::profile::Asked;
use crate::book::{Capacity, Offering};
use crate::commit::{CapacityGuard, HoldChange};
use crate::document::{Document, Object};
use crate::rules::{Context, Found};
use jiff::Timestamp;

/// What the items before this one took.
#[derive(Clone, Debug, Default)]
pub struct Tally(HashMap<String, i64>);

/// What one item takes, and whether it can.
#[derive(Debug)]
pub struct Share {
    /// What it takes beyond what its product has already.
    pub takes: Vec<Capacity>,
    /// The first thing there is not enough of.
    pub lacking: Option<Lack>,
    /// What was seen: for the decision.
    pub seen: Value,
}

/// Something there is not enough of.
#[derive(Clone, Debug)]
pub struct Lack {
    /// One sentence.
    pub reason: String,
    /// Pointer to where the request names it; none where it follows from the whole product.
    pub at: Option<String>,
}

/// All that the product of `item` has once it is in service with `offering`.
pub fn needs(item: &Item<'_>, offering: &Offering, ctx: &Context<'_>) -> Vec<Capacity> {
    if item.action == Some(Action::Delete) {
        return Vec::new();
    }
    let empty = Object::new();
    let configuration = item.configuration.as_deref().unwrap_or(&empty);
    let mut needs = ctx.book.capacity(offering, item.address.as_deref(), configuration);
    needs.extend(item.at_interfaces.iter().cloned());
    needs
}

/// All that the product of `item` has once it is changed, where that is not what it has now.
pub fn retaken(item: &Item<'_>, ctx: &Context<'_>) -> Option<Vec<Capacity>> {
    let (offering, product) = (item.offering?, item.existing?);
    let needs = needs(item, offering, ctx);
    // Limits are of the moment.
    let amounts = |all: &[Capacity]| -> Vec<(String, i64)> {
        all.iter()
            .map(|capacity| (capacity.key.clone(), capacity.amount))
            .collect()
    };
    let same = amounts(&needs) == amounts(&had((item, product), offering, ctx));
    (item.action == Some(Action::Modify) && !same).then_some(needs)
}

/// What the product in service behind `item` has. One whose offering is gone from the book has
/// what `offering` needs.
fn had((item, product): (&Item<'_>, &Document), offering: &Offering, ctx: &Context<'_>) -> Vec<Capacity> {
    let before = existing::offering(product, ctx).unwrap_or(offering);
    let empty = Object::new();
    let configuration = in_service(product, ctx);
    let configuration = configuration.as_deref().unwrap_or(&empty);
    let mut had = ctx.book.capacity(before, item.address.as_deref(), configuration);
    had.extend(vlans::in_service(product, ctx));
    had
}

/// What `item` takes with `offering` beyond what its product in service has already.
pub fn takes(item: &Item<'_>, offering: &Offering, ctx: &Context<'_>) -> Vec<Capacity> {
    let mut takes = needs(item, offering, ctx);
    if let Some(product) = item.existing {
        let had = had((item, product), offering, ctx);
        for capacity in &mut takes {
            let own = had.iter().filter(|had| had.key == capacity.key);
            capacity.amount -= own.map(|had| had.amount).sum::<i64>();
        }
        takes.retain(|capacity| capacity.amount > 0);
    }
    takes
}

/// Keys of the offering named, and of those of the same product, which may be proposed instead.
pub(super) fn keys(product: &Object, asked: Option<Asked>, ctx: &Context<'_>) -> Vec<String> {
    let Some(named) = reference(product, "productOffering").and_then(|id| ctx.book.offering(id)) else {
        return Vec::new();
    };
    let empty = Object::new();
    let sent = product.get("productConfiguration").and_then(Value::as_object);
    let sent = sent.unwrap_or(&empty);
    let address = list(product, "place")
        .first()
        .and_then(|place| ctx.book.place(place.get("place")?, "").ok());
    let offerings = ctx.book.offerings.iter().filter(|other| other.product == named.product);
    let needs = offerings.flat_map(|offering| {
        let full = asked.map(|asked| offering.profile.effective(sent, asked));
        ctx.book
            .capacity(offering, address.as_deref(), full.as_deref().unwrap_or(sent))
    });
    needs.map(|capacity| capacity.key).collect()
}

impl Tally {
    /// Takes what `item` needs from what is left.
    pub fn share(&mut self, item: &Item<'_>, found: &Found, ctx: &Context<'_>) -> Share {
        let takes = item
            .offering
            .map(|offering| takes(item, offering, ctx))
            .unwrap_or_default();
        self.take(takes, item, found)
    }

    /// Takes all of `takes` for `item` from what is left.
    pub fn take(&mut self, takes: Vec<Capacity>, item: &Item<'_>, found: &Found) -> Share {
        let mut lacking = None;
        let mut seen = Object::new();
        for capacity in &takes {
            let held = found.held(&capacity.key);
            let taken = self.0.entry(capacity.key.clone()).or_default();
            let free = capacity.limit - held - *taken;
            if capacity.amount > free && lacking.is_none() {
                let known =
                    vlans::lack(item, capacity).or_else(|| ends::lack(item, capacity, held.saturating_add(*taken)));
                lacking = Some(known.unwrap_or_else(|| Lack {
                    reason: format!(
                        "Not enough capacity is left: {} needs {}, {} is free.",
                        capacity.key,
                        capacity.amount,
                        free.max(0)
                    ),
                    at: None,
                }));
            }
            *taken = taken.saturating_add(capacity.amount);
            if capacity.limit == UNLIMITED {
                continue;
            }
            seen.insert(capacity.key.clone(), json!({"limit": capacity.limit, "held": held}));
        }
        Share {
            takes,
            lacking,
            seen: Value::Object(seen),
        }
    }

    /// Whether so much is left.
    pub fn has_room(&self, takes: &[Capacity], found: &Found) -> bool {
        takes.iter().all(|capacity| {
            let taken = self.0.get(&capacity.key).copied().unwrap_or(0);
            capacity.amount <= capacity.limit - found.held(&capacity.key) - taken
        })
    }
}

impl Share {
    /// What is simply there.
    pub fn of(takes: Vec<Capacity>) -> Self {
        Self {
            takes,
            lacking: None,
            seen: Value::Null,
        }
    }

    /// Takes it for `owner` until `expires_at`.
    pub fn holds(&self, owner: &str, expires_at: Option<Timestamp>) -> Vec<HoldChange> {
        let takes = self.takes.iter();
        takes
            .map(|capacity| HoldChange::Take {
                key: capacity.key.clone(),
                owner: owner.to_owned(),
                amount: capacity.amount,
                expires_at,
            })
            .collect()
    }

    /// Refuses the commit if somebody was faster.
    pub fn guards(&self, at: Timestamp) -> Vec<CapacityGuard> {
        let takes = self.takes.iter();
        takes
            .filter(|capacity| capacity.limit != UNLIMITED)
            .map(|capacity| CapacityGuard {
                key: capacity.key.clone(),
                limit: capacity.limit,
                at,
            })
            .collect()
    }
}
