//! Terms, prices, feasibility and capacity: what the book answers about one item.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::document::Object;
use crate::money::Money;
use crate::products::Products;
use crate::time::{Span, Unit};

use super::{Address, Book, Capacity, Charge, Delivery, Offering, PriceLine, Row, Serviceability, Term};

impl Book {
    /// Whether and how `offering` can be delivered with `configuration` at `address` (none for a
    /// product without a place). Capacity is not looked at.
    pub fn serviceability(
        &self,
        offering: &Offering,
        address: Option<&Address>,
        configuration: &Object,
    ) -> Serviceability {
        let delivery = match (offering.place, address) {
            (false, _) => Delivery::OnNetWithoutBuild,
            (true, Some(address)) => address.delivery,
            (true, None) => return red(offering, "It is delivered at a place, and none is given."),
        };
        if let Some(reason) = too_fast(offering, configuration) {
            return red(offering, &reason);
        }
        match (delivery, offering.interval_with_build) {
            (Delivery::OnNetWithoutBuild, _) => Serviceability {
                confidence: "green",
                reason: if offering.place {
                    "Our network is at this place.".into()
                } else {
                    "It is available on our network.".into()
                },
                interval: offering.interval,
                delivery_type: "onNetWithoutBuild",
            },
            (Delivery::OnNetWithBuild, Some(interval)) => Serviceability {
                confidence: "yellow",
                reason: "Our network is near; a line has to be built after a survey.".into(),
                interval,
                delivery_type: "onNetWithBuild",
            },
            (Delivery::OnNetWithBuild, None) => {
                red(offering, "It is not sold where a line would have to be built first.")
            }
            (Delivery::OffNet, _) => red(offering, "Our network does not reach this place."),
        }
    }

    /// Prices of one item, or one sentence why there is none. Without a term the shortest one
    /// sold counts.
    pub fn prices(
        &self,
        offering: &Offering,
        address: Option<&Address>,
        configuration: &Object,
        term: Option<&Term>,
    ) -> Result<Vec<PriceLine>, String> {
        let wanted = Wanted {
            zone: address
                .map(|address| address.zone.as_str())
                .filter(|zone| !zone.is_empty()),
            km: address.and_then(|address| address.km),
            term: term.or(offering.terms.first()).map(|term| term.duration),
            mbps: bandwidth(offering, configuration),
            classes: Products::classes_of_service(configuration),
        };
        let lines = offering.charges.iter().map(|charge| {
            let row = charge
                .row(&wanted)
                .map_err(|reason| format!("{}: {reason}", offering.name))?;
            Ok(self.line(charge, row))
        });
        lines.collect()
    }

    fn line(&self, charge: &Charge, row: &Row) -> PriceLine {
        PriceLine {
            name: charge.name.clone(),
            price_type: match (charge.every, &charge.per) {
                (_, Some(_)) => "usageBased",
                (Some(_), None) => "recurring",
                (None, None) => "nonRecurring",
            },
            amount: Money::new(self.currency.clone(), row.amount),
            period: charge.every,
            unit: charge.per.clone(),
            tax: self.tax_rate,
            description: row.sentence(),
        }
    }

    /// The term sold that is closest to the requested `MEFItemTerm`; the first one without a
    /// request. Of two that are equally close, the shorter: a Buyer asks for the longest term it
    /// accepts.
    pub fn term<'a>(&self, offering: &'a Offering, requested: Option<&Value>) -> Option<&'a Term> {
        // Mplify 115.1 R37: the closest duration the Seller sells.
        let duration = requested.and_then(|term| Span::read(term.get("duration")?));
        let Some(duration) = duration else {
            return offering.terms.first();
        };
        let action = requested.and_then(|term| term.get("endOfTermAction")?.as_str());
        offering.terms.iter().min_by_key(|term| {
            let distance = days(term.duration).abs_diff(days(duration));
            (
                distance,
                Some(term.end_of_term_action.as_str()) != action,
                days(term.duration),
            )
        })
    }

    /// The most bandwidth `offering` is sold with, in Mbit/s; none where its prices do not depend
    /// on it.
    pub fn sold_up_to(&self, offering: &Offering) -> Option<u64> {
        widest(offering)
    }

    /// What one item of `offering` takes at `address`: capacity keys with amount and the limit
    /// of the book.
    pub fn capacity(&self, offering: &Offering, address: Option<&Address>, configuration: &Object) -> Vec<Capacity> {
        let Some(address) = address.filter(|_| offering.place) else {
            return Vec::new();
        };
        let ports = (offering.ports > 0).then(|| Capacity {
            key: format!("port/{}", address.id),
            amount: offering.ports.into(),
            limit: address.ports.into(),
        });
        let whole = |mbps: u64| i64::try_from(mbps).unwrap_or(i64::MAX);
        let rate = address.mbps.zip(bandwidth(offering, configuration));
        let rate = rate.map(|(limit, mbps)| Capacity {
            key: format!("bandwidth/{}", address.id),
            amount: whole(mbps),
            limit: whole(limit),
        });
        ports.into_iter().chain(rate).collect()
    }
}

/// What a price is looked up by.
struct Wanted<'a> {
    zone: Option<&'a str>,
    km: Option<Decimal>,
    term: Option<Span>,
    mbps: Option<u64>,
    classes: Vec<&'a str>,
}

impl Charge {
    /// The row that fits: same zone and term, and the first band that is wide enough.
    fn row(&self, wanted: &Wanted<'_>) -> Result<&Row, String> {
        // All rows have the same columns: the first one speaks for all.
        let columns = self.rows.first().ok_or("its price table is empty.")?;
        if columns.zone.is_some() && wanted.zone.is_none() {
            return Err("its price depends on the place, and no place with a price zone is given.".into());
        }
        let km = match (columns.up_to_km, wanted.km) {
            (Some(_), None) => {
                return Err("its price depends on the distance, and that of this place is not known.".into());
            }
            (Some(_), Some(km)) => Some(self.band_of(km)?),
            (None, _) => None,
        };
        let mbps = match (columns.up_to_mbps, wanted.mbps) {
            (Some(_), None) => {
                return Err("its price depends on the bandwidth, and the configuration names none.".into());
            }
            (Some(_), Some(mbps)) => mbps,
            (None, _) => 0,
        };
        let class = match (&columns.class, wanted.classes.as_slice()) {
            (None, _) => None,
            (Some(_), [class]) => Some(*class),
            (Some(_), []) => {
                return Err("its price depends on the class of service, and the configuration names none.".into());
            }
            // One price for several classes would be anybody's guess.
            (Some(_), [_, ..]) => {
                return Err("its price depends on the class of service, and the configuration has several.".into());
            }
        };
        let mut fitting = self.rows.iter().filter(|row| {
            row.zone.as_deref().is_none_or(|zone| Some(zone) == wanted.zone)
                && row.term.is_none_or(|term| Some(term) == wanted.term)
                && row.class.as_deref() == class
                && row.up_to_km == km
                && row.up_to_mbps.is_none_or(|band| mbps <= band)
        });
        fitting.next().ok_or_else(|| match self.widest() {
            Some(widest) if mbps > widest => format!("it is sold up to {widest} Mbit/s; {mbps} Mbit/s were asked for."),
            _ => match class.filter(|class| self.rows.iter().all(|row| row.class.as_deref() != Some(*class))) {
                Some(class) => format!("it is not sold with the class of service {class}."),
                None => "no price is set for this place and term.".into(),
            },
        })
    }

    /// The narrowest band of distances that `km` is in.
    fn band_of(&self, km: Decimal) -> Result<Decimal, String> {
        let bands = || self.rows.iter().filter_map(|row| row.up_to_km);
        let fitting = bands().filter(|band| km <= *band).min();
        fitting.ok_or_else(|| {
            let widest = bands().max().unwrap_or_default();
            format!("it is sold up to {widest} km away; this place is {km} km away.")
        })
    }

    fn widest(&self) -> Option<u64> {
        self.rows.iter().filter_map(|row| row.up_to_mbps).max()
    }
}

impl Row {
    /// Why this price: `Price for zone metro, 12 months, up to 100 Mbit/s.`
    fn sentence(&self) -> String {
        let zone = self.zone.as_ref().map(|zone| format!("zone {zone}"));
        let term = self
            .term
            .map(|term| format!("{} {}", term.amount, crate::forms::unit_name(term.units)));
        let class = self.class.as_ref().map(|class| format!("class {class}"));
        let distance = self.up_to_km.map(|km| format!("up to {km} km"));
        let band = self.up_to_mbps.map(|mbps| format!("up to {mbps} Mbit/s"));
        let columns: Vec<String> = [zone, term, class, distance, band].into_iter().flatten().collect();
        if columns.is_empty() {
            "One price for all.".into()
        } else {
            format!("Price for {}.", columns.join(", "))
        }
    }
}

fn bandwidth(offering: &Offering, configuration: &Object) -> Option<u64> {
    let named = offering.rate.as_deref();
    let named = named.and_then(|pointer| Products::rate_at(configuration, pointer));
    named
        .or_else(|| Products::bandwidth_mbps(configuration))
        .or(offering.default_mbps)
}

/// The widest band of the narrowest table.
fn widest(offering: &Offering) -> Option<u64> {
    offering.charges.iter().filter_map(Charge::widest).min()
}

/// A sentence, where more bandwidth is asked for than any row of a table has.
pub(super) fn too_fast(offering: &Offering, configuration: &Object) -> Option<String> {
    let mbps = bandwidth(offering, configuration)?;
    let widest = widest(offering)?;
    (mbps > widest).then(|| format!("It is sold up to {widest} Mbit/s; {mbps} Mbit/s were asked for."))
}

/// The delivery type of a red answer is not sent; it says what it would take.
fn red(offering: &Offering, reason: &str) -> Serviceability {
    Serviceability {
        confidence: "red",
        reason: reason.to_owned(),
        interval: offering.interval,
        delivery_type: "offNetWithBuild",
    }
}

/// A length good enough to say which of two terms is closer; never to say that two are equal.
fn days(span: Span) -> u64 {
    let amount = u64::from(span.amount);
    match span.units {
        Unit::Seconds => amount / 86_400,
        Unit::Minutes => amount / 1_440,
        Unit::CalendarHours => amount / 24,
        Unit::BusinessHours => amount / 8 * 7 / 5,
        Unit::BusinessDays => amount * 7 / 5,
        Unit::CalendarDays => amount,
        Unit::Months => amount * 365 / 12,
        Unit::Years => amount * 365,
    }
}
