//! Rates of payloads in Mbit/s.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use crate::document::Object;

/// Both ends of an OVC.
const END_POINTS: [&str; 2] = ["uniEp", "enniEp"];
/// What an end point commits, class by class.
const PROFILES: &str = "ingressBandwidthProfilePerClassOfServiceName";

/// The rate a payload stands for in price bands, in Mbit/s, rounded up: what the busier end point
/// of an OVC commits over all its classes of service, or the speed of a UNI.
pub(super) fn bandwidth_mbps(configuration: &Object) -> Option<u64> {
    if configuration.contains_key("listOfPhysicalLinks") {
        return speed(configuration);
    }
    let end_points = END_POINTS.into_iter().filter_map(|name| configuration.get(name));
    end_points.filter_map(committed).max()?.ceil().to_u64()
}

/// The rate at `pointer`; see [`super::Products::rate_at`].
pub(super) fn at(configuration: &Object, pointer: &str) -> Option<u64> {
    let (first, rest) = pointer
        .strip_prefix('/')?
        .split_once('/')
        .unwrap_or((&pointer[1..], ""));
    let member = configuration.get(&first.replace("~1", "/").replace("~0", "~"))?;
    let value = if rest.is_empty() {
        member
    } else {
        member.pointer(&format!("/{rest}"))?
    };
    match quantity(value)? {
        (Measure::Number | Measure::Rate, mbps) => mbps.ceil().to_u64(),
        (Measure::Size | Measure::Time | Measure::Months, _) => None,
    }
}

/// The configuration with less committed rate; see [`super::Products::limited_to`].
pub(super) fn limited_to(configuration: &Object, mbps: u64) -> Option<Object> {
    let limit = Decimal::from(mbps);
    let mut limited = configuration.clone();
    for (name, end_point) in limited
        .iter_mut()
        .filter(|(name, _)| END_POINTS.contains(&name.as_str()))
    {
        let Some(total) = configuration
            .get(name)
            .and_then(committed)
            .filter(|total| *total > limit)
        else {
            continue;
        };
        let profiles = end_point.get_mut(PROFILES)?.as_array_mut()?;
        for flow in profiles.iter_mut().filter_map(|profile| profile.get_mut("bwpFlow")) {
            let Some(rate) = flow.get("cir").and_then(rate_mbps) else {
                continue;
            };
            let rate = rate.checked_mul(limit)?.checked_div(total)?;
            let most = flow.get("cirMax").and_then(rate_mbps);
            flow["cir"] = wire(rate)?;
            if most.is_some_and(|most| most > rate) {
                flow["cirMax"] = flow["cir"].clone();
            }
        }
    }
    (limited != *configuration).then_some(limited)
}

/// In whole Mbit/s where that is exact, else in whole kbit/s, rounded down.
fn wire(mbps: Decimal) -> Option<Value> {
    let kbps = mbps.checked_mul(1_000.into())?.floor().to_u64()?;
    Some(if kbps % 1_000 == 0 {
        json!({ "irValue": kbps / 1_000, "irUnits": "MBPS" })
    } else {
        json!({ "irValue": kbps, "irUnits": "KBPS" })
    })
}

/// Sum of the committed rates over the classes of one end point; none if it states none.
pub(super) fn committed(end_point: &Value) -> Option<Decimal> {
    let profiles = end_point.get(PROFILES)?.as_array()?;
    let rates = profiles
        .iter()
        .filter_map(|profile| rate_mbps(profile.pointer("/bwpFlow/cir")?));
    rates.reduce(|sum, rate| sum.saturating_add(rate))
}

/// An `InformationRate` in Mbit/s. Its units are decimal.
fn rate_mbps(rate: &Value) -> Option<Decimal> {
    let value = decimal(rate.get("irValue")?)?;
    let (factor, divisor): (i64, i64) = match rate.get("irUnits")?.as_str()? {
        "BPS" => (1, 1_000_000),
        "KBPS" => (1, 1_000),
        "MBPS" => (1, 1),
        "GBPS" => (1_000, 1),
        "TBPS" => (1_000_000, 1),
        "PBPS" => (1_000_000_000, 1),
        "EBPS" => (1_000_000_000_000, 1),
        "ZBPS" => (1_000_000_000_000_000, 1),
        "YBPS" => (1_000_000_000_000_000_000, 1),
        _ => return None,
    };
    value.checked_mul(factor.into())?.checked_div(divisor.into())
}

/// What a quantity measures; only those of one measure are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// A bare number.
    Number,
    /// Mbit/s
    Rate,
    /// Bytes; the units of sizes are binary.
    Size,
    /// Seconds
    Time,
    /// Months, which have no length in seconds.
    Months,
}

/// The quantity that a number, rate, size or duration states; none where it is something else.
pub(super) fn quantity(value: &Value) -> Option<(Measure, Decimal)> {
    if value.is_number() {
        return Some((Measure::Number, decimal(value)?));
    }
    if value.get("irValue").is_some() {
        return Some((Measure::Rate, rate_mbps(value)?));
    }
    if let Some(size) = value.get("dataSizeValue") {
        let units = [
            "BYTES", "KBYTES", "MBYTES", "GBYTES", "TBYTES", "PBYTES", "EBYTES", "ZBYTES", "YBYTES",
        ];
        let unit = value.get("dataSizeUnits")?.as_str()?;
        let times = units.iter().position(|known| *known == unit)?;
        let bytes = (0..times).try_fold(decimal(size)?, |size, _| size.checked_mul(1_024.into()))?;
        return Some((Measure::Size, bytes));
    }
    let amount = decimal(value.get("timeDurationValue")?)?;
    let (measure, factor, divisor): (Measure, i64, i64) = match value.get("timeDurationUnits")?.as_str()? {
        "NS" => (Measure::Time, 1, 1_000_000_000),
        "US" => (Measure::Time, 1, 1_000_000),
        "MS" => (Measure::Time, 1, 1_000),
        "SEC" => (Measure::Time, 1, 1),
        "MIN" => (Measure::Time, 60, 1),
        "HOUR" => (Measure::Time, 3_600, 1),
        "DAY" => (Measure::Time, 86_400, 1),
        "WEEK" => (Measure::Time, 604_800, 1),
        "MONTH" => (Measure::Months, 1, 1),
        "YEAR" => (Measure::Months, 12, 1),
        _ => return None,
    };
    Some((measure, amount.checked_mul(factor.into())?.checked_div(divisor.into())?))
}

fn decimal(value: &Value) -> Option<Decimal> {
    let number = value.as_number()?.to_string();
    number.parse().or_else(|_| Decimal::from_scientific(&number)).ok()
}

/// Speed of a UNI: of its fastest link, or of all together when all carry traffic.
pub(super) fn speed(uni: &Object) -> Option<u64> {
    let links = uni.get("listOfPhysicalLinks")?.as_array()?.iter();
    let speeds = links.filter_map(|link| link_mbps(link.get("physicalLink")?.as_str()?));
    if uni.get("linkAggregation").and_then(Value::as_str) == Some("ALL_ACTIVE") {
        speeds.reduce(u64::saturating_add)
    } else {
        speeds.max()
    }
}

/// `1000BASE_LX`, `2_5GBASE_T`, `10GBASE_LR`: the number in front, in Mbit/s, or Gbit/s with `G`.
fn link_mbps(physical_layer: &str) -> Option<u64> {
    let end = physical_layer.find(|c: char| !c.is_ascii_digit() && c != '_')?;
    let number: Decimal = physical_layer[..end].replace('_', ".").parse().ok()?;
    let factor = if physical_layer[end..].starts_with('G') {
        1_000
    } else {
        1
    };
    number.checked_mul(factor.into())?.to_u64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_rate(rate: &Value, expected: Option<u64>) {
        let profiles = json!([{ "bwpFlow": { "cir": rate } }]);
        let payload = json!({ "uniEp": { "ingressBandwidthProfilePerClassOfServiceName": profiles } });
        assert_eq!(bandwidth_mbps(payload.as_object().unwrap()), expected);
    }

    #[test]
    fn rates_are_brought_to_mbit_per_second_and_rounded_up() {
        check_rate(&json!({ "irValue": 100, "irUnits": "MBPS" }), Some(100));
        check_rate(&json!({ "irValue": 1.005, "irUnits": "GBPS" }), Some(1005));
        check_rate(&json!({ "irValue": 1_500, "irUnits": "KBPS" }), Some(2));
        check_rate(&json!({ "irValue": 1e9, "irUnits": "BPS" }), Some(1000));
        check_rate(&json!({ "irValue": 1e300, "irUnits": "YBPS" }), None);
        check_rate(&json!({ "irValue": 1, "irUnits": "FURLONGS" }), None);
    }

    #[test]
    fn the_rate_of_an_imported_product_is_where_it_says() {
        let payload = json!({ "speed": 100, "link": { "rate": { "irValue": 1.5, "irUnits": "GBPS" }, "name": "x" } });
        let payload = payload.as_object().unwrap();
        assert_eq!(at(payload, "/speed"), Some(100));
        assert_eq!(at(payload, "/link/rate"), Some(1_500));
        assert_eq!(
            (at(payload, "/link/name"), at(payload, "/gone/x"), at(payload, "")),
            (None, None, None)
        );
    }

    #[test]
    fn the_classes_of_an_end_point_add_up_and_the_busier_end_counts() {
        let class = |mbps: u64| json!({ "bwpFlow": { "cir": { "irValue": mbps, "irUnits": "MBPS" } } });
        let end = |classes: Vec<Value>| json!({ "ingressBandwidthProfilePerClassOfServiceName": classes });
        let payload = json!({ "uniEp": end(vec![class(10), class(20)]), "enniEp": end(vec![class(25)]) });
        assert_eq!(bandwidth_mbps(payload.as_object().unwrap()), Some(30));
    }

    #[test]
    fn less_is_shared_out_in_proportion_and_nothing_is_raised() {
        let flow = |value: u64, units: &str, most: u64| {
            let most = json!({ "irValue": most, "irUnits": "MBPS" });
            json!({ "bwpFlow": { "cir": { "irValue": value, "irUnits": units }, "cirMax": most } })
        };
        let payload = |uni: Vec<Value>, enni: Vec<Value>| {
            let payload = json!({ "uniEp": { PROFILES: uni }, "enniEp": { PROFILES: enni } });
            payload.as_object().unwrap().clone()
        };
        let asked = payload(
            vec![flow(20, "MBPS", 20), flow(10, "MBPS", 2)],
            vec![flow(5, "MBPS", 5)],
        );
        let limited = payload(
            vec![
                json!({ "bwpFlow": { "cir": { "irValue": 6_666, "irUnits": "KBPS" }, "cirMax": { "irValue": 6_666, "irUnits": "KBPS" } } }),
                flow(3_333, "KBPS", 2),
            ],
            vec![flow(5, "MBPS", 5)],
        );
        assert_eq!(limited_to(&asked, 10), Some(limited));
        assert_eq!(limited_to(&asked, 30), None);
        let whole = payload(vec![flow(1, "GBPS", 1_000)], vec![]);
        assert_eq!(
            limited_to(&whole, 500),
            Some(payload(vec![flow(500, "MBPS", 500)], vec![]))
        );
    }

    #[track_caller]
    fn check_link(physical_layer: &str, expected: Option<u64>) {
        assert_eq!(link_mbps(physical_layer), expected, "{physical_layer}");
    }

    #[test]
    fn the_speed_of_a_link_is_in_its_name() {
        check_link("1BASE5", Some(1));
        check_link("1000BASE_LX", Some(1_000));
        check_link("2_5GBASE_T", Some(2_500));
        check_link("400GBASE_SR4_2", Some(400_000));
        check_link("OTHER", None);
    }

    #[test]
    fn links_add_up_only_when_all_are_active() {
        let links = json!([{ "physicalLink": "10GBASE_LR" }, { "physicalLink": "10GBASE_LR" }]);
        let uni = |aggregation: &str| json!({ "listOfPhysicalLinks": links, "linkAggregation": aggregation });
        assert_eq!(bandwidth_mbps(uni("ALL_ACTIVE").as_object().unwrap()), Some(20_000));
        assert_eq!(
            bandwidth_mbps(uni("2_LINK_ACTIVE_STANDBY").as_object().unwrap()),
            Some(10_000)
        );
    }
}
