//! The configuration of an item against the profile of its offering. Documents keep what was sent
//! (a request is echoed unchanged); prices, capacity, rules and work see the effective
//! configuration, with defaults and fixed values in place of what was left out.

use std::borrow::Cow;

use serde_json::Value;

use super::{Action, Desk, Item, existing};
use crate::book::profile::{self, Asked, Function, IN_SERVICE, Profile};
use crate::document::{Document, Object};
use crate::failure::Problem;
use crate::party::Strictness;
use crate::products::Products;
use crate::rules::Context;

/// How the profile of an offering is asked; none for the end of a product.
pub(super) fn asked(function: Function, action: Option<Action>) -> Option<Asked> {
    let action = match action? {
        Action::Add => profile::Action::Add,
        Action::Modify => profile::Action::Modify,
        Action::Delete => return None,
    };
    Some(Asked { function, action })
}

/// What a configuration comes to.
pub struct Judged {
    /// All that is wrong with it.
    pub problems: Vec<Problem>,
    /// What is odd but no reason to refuse.
    pub warnings: Vec<String>,
    /// With what was left out; none where nothing was.
    pub filled: Option<Value>,
}

/// A configuration found at `path` against the profile of an offering and its product, whose
/// schema and rules see what was left out as the profile fills it in.
pub fn judge(sent: &Value, path: &str, profile: Option<(&Profile, Asked)>, ctx: &Context<'_>) -> Judged {
    judge_by(sent, path, profile, (ctx.products, ctx.agreement.unknown_attributes))
}

/// The same for who has no book: a Buyer before it asks.
pub fn judge_by(
    sent: &Value,
    path: &str,
    profile: Option<(&Profile, Asked)>,
    (products, strictness): (&Products, Strictness),
) -> Judged {
    let filled = profile.and_then(|(profile, asked)| profile.filled(sent, asked));
    let (mut problems, warnings) = products.check(filled.as_ref().unwrap_or(sent), path, strictness);
    if let Some((profile, asked)) = profile {
        let mut unmet = profile.problems(sent, path, asked);
        // Of two problems at one place that of form says more.
        unmet.retain(|unmet| problems.iter().all(|told| told.property_path != unmet.property_path));
        problems.extend(unmet);
    }
    Judged {
        problems,
        warnings,
        filled,
    }
}

/// Checks the configuration of an item and makes it the effective one.
pub(super) fn check<'a>(desk: &mut Desk<'a, '_>, item: &mut Item<'a>, sent: &'a Value, path: &str) {
    let profile = item.offering.map(|offering| &offering.profile).zip(item.asked());
    let judged = judge(sent, path, profile, desk.ctx);
    desk.problems.extend(judged.problems);
    item.warnings.extend(judged.warnings);
    if let Some(Value::Object(filled)) = judged.filled {
        item.configuration = Some(Cow::Owned(filled));
    }
}

/// What a product in service is configured with: what the inventory shows, and what its offering
/// fixes without showing it.
pub fn in_service<'p>(product: &'p Document, ctx: &Context<'_>) -> Option<Cow<'p, Object>> {
    let shown = product.body.get("productConfiguration")?.as_object()?;
    Some(match existing::offering(product, ctx) {
        Some(offering) => offering.profile.effective(shown, IN_SERVICE),
        None => Cow::Borrowed(shown),
    })
}

impl Item<'_> {
    /// How the profile of an offering is asked about it; none for the end of a product.
    pub fn asked(&self) -> Option<Asked> {
        asked(self.function, self.action)
    }

    /// `product.productConfiguration` as it was sent.
    pub fn sent_configuration(&self) -> Option<&Object> {
        self.body.get("product")?.get("productConfiguration")?.as_object()
    }

    /// The configuration it asks for, and one that an earlier step (`function`) answered for the
    /// same offering, so that they can be compared: what either step would have filled in is in both.
    pub fn beside<'s>(&'s self, earlier: &'s Value, function: Function) -> (Cow<'s, Value>, Cow<'s, Value>) {
        let sent = self
            .body
            .get("product")
            .and_then(|product| product.get("productConfiguration"));
        let sent = sent.unwrap_or(&Value::Null);
        let steps = (self.asked(), asked(function, self.action));
        let (Some(offering), (Some(now), Some(then))) = (self.offering, steps) else {
            return (Cow::Borrowed(sent), Cow::Borrowed(earlier));
        };
        let fill = |value: &'s Value, steps: [Asked; 2]| {
            steps.into_iter().fold(Cow::Borrowed(value), |value, step| {
                match offering.profile.filled(&value, step) {
                    Some(filled) => Cow::Owned(filled),
                    None => value,
                }
            })
        };
        (fill(sent, [now, then]), fill(earlier, [then, now]))
    }
    /// What the work on it needs to know of its configuration beyond what was sent: the effective
    /// one (`configuration`), and what the inventory will show (`shown`); nothing where that is
    /// what was sent. Remembered with the order, since the profile may be another when it is done.
    pub fn built(&self) -> Object {
        let mut built = Object::new();
        let (Some(full), Some(offering)) = (self.configuration.as_deref(), self.offering) else {
            return built;
        };
        if self.action == Some(Action::Delete) || offering.profile.is_empty() {
            return built;
        }
        let effective = offering.profile.effective(full, IN_SERVICE);
        built.insert("configuration".into(), Value::Object(effective.into_owned()));
        built.insert("shown".into(), Value::Object(offering.profile.shown(full)));
        built
    }
}
