//! What could be had instead of what cannot, or not surely, be delivered: from another offering
//! of the same product, perhaps with a longer interval, or with less bandwidth. Another place is
//! none, since a proposal has no room for one: the nearest one on our network is told in the reason.
//!
//! Only what could be quoted now is proposed: an offering of the agreement, with a price, with
//! capacity left, in a configuration that passes the checks of its product. What people would have
//! to be asked about is not: nobody has been.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Value, json};

use super::answer::fields;
use super::people;
use crate::api::items::answer::Answer;
use crate::api::items::capacity::{Tally, takes};
use crate::api::items::{Item, ends};
use crate::book::{Address, Delivery, Offering, Serviceability};
use crate::document::Object;
use crate::products::Products;
use crate::rules::{Context, Found};
use crate::time::Span;

/// The most alternates one item gets: more is a catalogue, not an answer.
pub const ALTERNATES_MAX: usize = 5;

/// What may be looked at: what is free is what is left by `tally`, the items before this one.
pub(super) struct View<'a> {
    pub tally: &'a Tally,
    pub found: &'a Found,
    pub ctx: &'a Context<'a>,
}

/// One thing that could be had.
struct Alternate<'a> {
    offering: &'a Offering,
    /// As it could be sent.
    configuration: Value,
    said: Serviceability,
    /// In what it is not what was asked for, one sentence each.
    differs: Vec<String>,
}

/// Mplify 87.1 O5, CR2, R54, R55: only for yellow and red items; an empty list says that there
/// is nothing better.
pub(super) fn propose(item: &Item<'_>, answer: &mut Answer, view: &View<'_>) {
    let confidence = answer.fields.get("serviceabilityConfidence").and_then(Value::as_str);
    let (Some(offering), Some(confidence)) = (item.offering, confidence) else {
        return;
    };
    let better: &[&str] = match confidence {
        "green" => return,
        "red" => &["green", "yellow"],
        _ => &["green"],
    };
    tell_nearest(item, answer, view.ctx);
    let sold = open_offerings(offering, view.ctx);
    let mut alternates: Vec<Alternate<'_>> = sold
        .filter(|other| people::rule(&other.id, item.address.as_deref(), view.ctx).is_none())
        .filter_map(|other| alternate(item, offering, other, view))
        .collect();
    alternates.retain(|alternate| better.contains(&alternate.said.confidence));
    // The surest first, then what differs least; otherwise the order of the book.
    alternates.sort_by_key(|alternate| (alternate.said.confidence != "green", alternate.differs.len()));
    alternates.truncate(ALTERNATES_MAX);
    answer.lines.push(format!("{} alternates.", alternates.len()));
    let numbered = alternates.iter().enumerate();
    let proposals = numbered.map(|(index, alternate)| alternate.json(index, view.ctx));
    let proposals = Value::Array(proposals.collect());
    answer
        .fields
        .insert("alternateProductOfferingProposal".into(), proposals);
}

/// Where a line would have to be built, or could not be: which place the Buyer may ask about
/// instead.
fn tell_nearest(item: &Item<'_>, answer: &mut Answer, ctx: &Context<'_>) {
    let far = item
        .address
        .as_deref()
        .filter(|address| address.delivery != Delivery::OnNetWithoutBuild);
    let open = |address: &Address| {
        let text = |name: &str| address.fielded.get(name).and_then(Value::as_str).unwrap_or_default();
        ctx.agreement
            .closed_place(text("countryCode"), text("postcode"))
            .is_none()
    };
    let Some((nearest, km)) = far.and_then(|address| ctx.book.nearest_on_net(address, open)) else {
        return;
    };
    let nearest = format!(
        "The nearest place on our network is {} ({}), {km:.1} km away.",
        nearest.id,
        nearest.formatted()
    );
    let reason = "serviceabilityConfidenceReason";
    let known = answer.fields.get(reason).and_then(Value::as_str).unwrap_or_default();
    let told = format!("{known} {nearest}");
    answer.fields.insert(reason.into(), json!(told.trim()));
    answer.lines.push(nearest);
}

/// Offerings of the same product that the agreement opens.
fn open_offerings<'a>(offering: &'a Offering, ctx: &'a Context<'_>) -> impl Iterator<Item = &'a Offering> {
    let opened = &ctx.agreement.offerings;
    let sold = ctx.book.offerings.iter();
    sold.filter(move |other| other.product == offering.product && (opened.is_empty() || opened.contains(&other.id)))
}

/// `other` in the configuration asked for, or with the most bandwidth it is sold with.
fn alternate<'a>(item: &Item<'_>, offering: &Offering, other: &'a Offering, view: &View<'_>) -> Option<Alternate<'a>> {
    let ctx = view.ctx;
    let (sent, step) = (item.sent_configuration()?, item.asked()?);
    let asked = other.profile.effective(sent, step);
    let asked = asked.as_ref();
    let slower = slower(asked, other, ctx);
    let mut differs = Vec::new();
    if other.id != offering.id {
        differs.push(format!("This is {} instead of {}.", other.id, offering.id));
    } else if slower.is_none() {
        return None;
    }
    if let (Some(slower), Some(asked)) = (&slower, Products::bandwidth_mbps(asked)) {
        let mbps = Products::bandwidth_mbps(slower)?;
        differs.push(format!("It has {mbps} Mbit/s instead of {asked}."));
    }
    let configuration = slower.as_ref().unwrap_or(asked);
    // What is proposed has to be something that can be sent.
    let proposal = slower.as_ref().map(|slower| other.profile.sendable(slower, step));
    let proposal = Value::Object(proposal.unwrap_or_else(|| sent.clone()));
    if !other.profile.problems(&proposal, "", step).is_empty() {
        return None;
    }
    let changed = with(item, configuration);
    let said = changed.serviceability(other, ctx);
    let is_priced = other
        .terms
        .iter()
        .any(|term| changed.prices(other, Some(term), ctx).is_ok());
    if !is_priced || !view.tally.has_room(&takes(&changed, other, ctx), view.found) {
        return None;
    }
    differs.extend(longer(said.interval, offering.interval));
    Some(Alternate {
        offering: other,
        configuration: proposal,
        said,
        differs,
    })
}

/// `item` with another configuration.
fn with<'s>(item: &'s Item<'_>, configuration: &'s Object) -> Item<'s> {
    let item: &'s Item<'s> = item;
    Item {
        configuration: Some(Cow::Borrowed(configuration)),
        pointer: item.pointer.clone(),
        warnings: Vec::new(),
        closed: item.closed.clone(),
        at_interfaces: ends::again(&item.at_interfaces, configuration),
        address: item.address.clone(),
        ..*item
    }
}

/// The configuration brought down to what `offering` is sold with; none where it need not be, or
/// where there is no way to do it.
fn slower(asked: &Object, offering: &Offering, ctx: &Context<'_>) -> Option<Object> {
    let widest = ctx.book.sold_up_to(offering)?;
    if Products::bandwidth_mbps(asked)? <= widest {
        return None;
    }
    let slower = Products::limited_to(asked, widest)?;
    let strictness = ctx.agreement.unknown_attributes;
    let (problems, _) = ctx.products.check(&Value::Object(slower.clone()), "", strictness);
    problems.is_empty().then_some(slower)
}

fn longer(interval: Span, usual: Span) -> Option<String> {
    let text = |span: Span| {
        let units = span.json();
        let units = units.get("units").and_then(Value::as_str).unwrap_or_default();
        format!("{} {units}", span.amount)
    };
    let is_longer = interval.compare(usual) == Some(Ordering::Greater);
    is_longer.then(|| format!("It takes {} instead of {}.", text(interval), text(usual)))
}

impl Alternate<'_> {
    fn json(&self, index: usize, ctx: &Context<'_>) -> Value {
        let mut proposal = fields(&self.said, ctx);
        let reason = format!("{} {}", self.differs.join(" "), self.said.reason);
        proposal.insert("serviceabilityConfidenceReason".into(), json!(reason));
        proposal.insert("id".into(), json!(format!("{}", index + 1)));
        proposal.insert(
            "alternateProduct".into(),
            json!({"productOffering": {"id": self.offering.id}, "productConfiguration": self.configuration}),
        );
        Value::Object(proposal)
    }
}
