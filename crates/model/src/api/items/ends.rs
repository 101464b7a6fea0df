//! What an OVC takes at an interface in service beside its VLAN IDs: an end point, and of the
//! speed of the links what it commits. Counted as capacity, so that quotes, orders and products
//! of all requests are in one sum, and two of them at the same moment too.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::capacity::Lack;
use super::{Item, vlans};
use crate::book::Capacity;
use crate::document::Object;
use crate::products::{Products, VLAN_LISTS, VlanList};

/// An interface that does not say how much it takes is counted all the same: it may say so later.
pub const UNLIMITED: i64 = i64::MAX;

const PROFILES: &str = "ingressBandwidthProfilePerClassOfServiceName";

/// How much an interface takes.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    ends: i64,
    kbps: i64,
}

impl Limits {
    pub(super) const NONE: Self = Self {
        ends: UNLIMITED,
        kbps: UNLIMITED,
    };

    /// As the configuration of the interface has it. Rules `end-points-fit-uni`, `ovcs-fit-enni`,
    /// `rate-fits-uni` and `rate-fits-enni`: MEF 26.2; an aggregation of some OTHER way has no speed.
    pub(super) fn of(kind: &VlanList, interface: &Object) -> Self {
        let aggregation = interface.get("linkAggregation").and_then(Value::as_str);
        let speed = Products::bandwidth_mbps(interface).filter(|_| aggregation != Some("OTHER"));
        let kbps = speed.and_then(|mbps| i64::try_from(mbps).ok()?.checked_mul(1_000));
        Self {
            ends: interface
                .get(kind.ends_limit)
                .and_then(Value::as_i64)
                .unwrap_or(UNLIMITED),
            kbps: kbps.unwrap_or(UNLIMITED),
        }
    }
}

/// What an OVC of this configuration takes at `interface`.
pub(super) fn keys(kind: &VlanList, interface: &str, configuration: &Object, limits: Limits) -> Vec<Capacity> {
    let Some(end) = configuration.get(kind.steps[0]) else {
        return Vec::new();
    };
    let mut keys = vec![Capacity {
        key: format!("{}/{interface}", kind.ends_key),
        amount: 1,
        limit: limits.ends,
    }];
    let kbps = kbps(end);
    if kbps > 0 {
        keys.push(Capacity {
            key: format!("{}/{interface}", kind.rate_key),
            amount: kbps,
            limit: limits.kbps,
        });
    }
    keys
}

/// What is taken, with the rates of another configuration.
pub fn again(taken: &[Capacity], configuration: &Object) -> Vec<Capacity> {
    let again = taken.iter().map(|capacity| {
        let kind = VLAN_LISTS.iter().find(|kind| kind.rate_key == prefix(&capacity.key));
        let end = kind.and_then(|kind| configuration.get(kind.steps[0]));
        Capacity {
            amount: end.map_or(capacity.amount, kbps),
            ..capacity.clone()
        }
    });
    again.collect()
}

fn kbps(end: &Value) -> i64 {
    let mbps = Products::committed_mbps(end).unwrap_or_default();
    let kbps = mbps.saturating_mul(Decimal::ONE_THOUSAND).ceil();
    kbps.to_i64().unwrap_or(UNLIMITED - 1)
}

fn prefix(key: &str) -> &str {
    key.split_once('/').map_or(key, |(prefix, _)| prefix)
}

/// Why there is not enough of `capacity` of which `held` is taken, if it is of this kind.
pub(super) fn lack(item: &Item<'_>, capacity: &Capacity, held: i64) -> Option<Lack> {
    let prefix = prefix(&capacity.key);
    let is_end = |kind: &&VlanList| kind.ends_key == prefix;
    if let Some(kind) = VLAN_LISTS.iter().find(is_end) {
        let reason = format!(
            "The {} takes {} OVCs and has them already. (rule {})",
            kind.interface, capacity.limit, kind.ends_rule
        );
        return Some(Lack {
            reason,
            at: Some(vlans::sent_path(item, &kind.steps[..1])),
        });
    }
    let kind = VLAN_LISTS.iter().find(|kind| kind.rate_key == prefix)?;
    let mbps = |kbps: i64| (Decimal::from(kbps) / Decimal::ONE_THOUSAND).normalize();
    let reason = format!(
        "{} Mbit/s are committed at this {}, its links carry {}; {} more do not fit. (rule {})",
        mbps(held),
        kind.interface,
        mbps(capacity.limit),
        mbps(capacity.amount),
        kind.rate_rule
    );
    Some(Lack {
        reason,
        at: Some(vlans::sent_path(item, &[kind.steps[0], PROFILES])),
    })
}
