//! How far a known address is from what was asked: what each difference costs, and which ones
//! mean that it is another address.

use super::super::Address;
use super::super::normal::{Houses, Normal, short_town};
use super::super::packed::edits;

/// One wrong letter, in a street, a town, or a postal code.
const LETTER: u32 = 8;
/// One word of a street too many or too few: its kind.
const KIND_MISSING: u32 = 4;
/// Main Street is not Main Road: too far to be the best match.
const KIND_OTHER: u32 = 34;
/// `de la` or not.
const LINKS_OTHER: u32 = 1;
/// `Frankfurt` for `Frankfurt an der Oder`.
const TOWN_SHORT: u32 = 4;
/// Another town with the same postal code: a part of it, or one beside it.
const TOWN_OTHER: u32 = 24;
/// Another postal code, of the same town.
const CODE_OTHER: u32 = 26;
/// A house among those of a range, and the other way round.
const IN_RANGE: u32 = 8;
const RANGE_OF: u32 = 15;
/// A state, a building, a post office box that differs from what is known.
const DETAIL_OTHER: u32 = 12;
/// From here on it is another address: another house or another room.
pub(super) const OTHER: u32 = 30;
/// The nearest house numbers come first, as far as that matters.
const FAR: u64 = 60;

/// Endings that make a kind of street where the name goes without: `Ahorn` is the Ahornweg.
pub(super) const ENDINGS: [&str; 20] = [
    "weg", "ring", "ufer", "damm", "stieg", "zeile", "hof", "rain", "halde", "matte", "laan", "kade", "dijk", "pad",
    "singel", "gracht", "markt", "steig", "siedlung", "graben",
];

/// How well an address fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    /// 0 where it agrees in everything that was said.
    pub cost: u32,
    /// It says more than was asked.
    pub finer: bool,
    /// It is another one: close, never meant.
    pub other: bool,
}

/// What is asked for, in fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub normal: Normal,
    /// The town without what tells it apart; empty without such.
    pub short: String,
    /// What the way it was read costs.
    pub cost: u32,
}

impl Asked {
    pub(super) fn of(normal: Normal, city: &str) -> Self {
        Self {
            short: short_town(city).unwrap_or_default(),
            normal,
            cost: 0,
        }
    }
}

/// `None` where it is too far to be meant.
pub(super) fn fit(asked: &Asked, address: &Address) -> Option<Fit> {
    let known = Normal::of(&address.fielded);
    let Asked { normal, cost, .. } = asked;
    if !normal.country.is_empty() && normal.country != known.country {
        return None;
    }
    let street = street(normal, &known)?;
    let town = town(asked, &known, &short_town(address.field("city")).unwrap_or_default())?;
    let mut fit = Fit {
        cost: cost + street + town + postcode(normal, &known) + details(normal, &known),
        finer: is_finer(normal, &known),
        other: false,
    };
    let number = number(&normal.number, &known.number);
    let unit = unit(normal, &known);
    for cost in [number, unit] {
        fit.cost += cost;
        fit.other |= cost >= OTHER;
    }
    Some(fit)
}

fn street(asked: &Normal, known: &Normal) -> Option<u32> {
    let (a, b) = (&asked.street, &known.street);
    if a.core.is_empty() {
        return Some(0);
    }
    let glued = b
        .core
        .strip_prefix(a.core.as_str())
        .is_some_and(|ending| ENDINGS.contains(&ending));
    if glued && a.kind.is_empty() {
        return Some(KIND_MISSING);
    }
    let letters = if a.core == b.core { 0 } else { edits(&a.core, &b.core)? };
    let kind = match (a.kind.as_str(), b.kind.as_str()) {
        (a, b) if a == b => 0,
        ("", _) | (_, "") => KIND_MISSING,
        (a, b) if part_of(a, b) || part_of(b, a) => KIND_MISSING,
        _ => KIND_OTHER,
    };
    let links = if a.links == b.links { 0 } else { LINKS_OTHER };
    Some(cost_of(letters) + kind + links)
}

fn part_of(a: &str, b: &str) -> bool {
    a.split(' ').all(|word| b.split(' ').any(|other| other == word))
}

fn cost_of(letters: usize) -> u32 {
    u32::try_from(letters).unwrap_or(u32::MAX).saturating_mul(LETTER)
}

fn town(asked: &Asked, known: &Normal, known_short: &str) -> Option<u32> {
    let Asked { normal, short, .. } = asked;
    if normal.city.is_empty() || normal.city == known.city {
        return Some(locality(normal, known));
    }
    if normal.city == known.locality {
        return Some(0);
    }
    if normal.city == known_short || (!short.is_empty() && *short == known.city) {
        return Some(TOWN_SHORT);
    }
    let letters = [known.city.as_str(), known.locality.as_str(), known_short].map(|name| edits(&normal.city, name));
    let same_code = !normal.postcode.is_empty() && normal.postcode == known.postcode;
    match letters.into_iter().flatten().min() {
        Some(letters) => Some(cost_of(letters)),
        None => same_code.then_some(TOWN_OTHER),
    }
}

fn locality(asked: &Normal, known: &Normal) -> u32 {
    let unknown = asked.locality.is_empty() || known.locality.is_empty();
    if unknown || asked.locality == known.locality || asked.locality == known.city {
        0
    } else {
        LETTER
    }
}

fn postcode(asked: &Normal, known: &Normal) -> u32 {
    let (a, b) = (asked.postcode.as_str(), known.postcode.as_str());
    // What the book does not know cannot differ.
    if a.is_empty() || b.is_empty() || a == b {
        return 0;
    }
    match strsim::damerau_levenshtein(a, b) {
        1 => LETTER,
        2 => LETTER * 3 / 2,
        _ => CODE_OTHER,
    }
}

fn details(asked: &Normal, known: &Normal) -> u32 {
    let fields = [
        (&asked.extension, &known.extension),
        (&asked.state, &known.state),
        (&asked.po_box, &known.po_box),
        (&asked.building, &known.building),
    ];
    let differs = |(asked, known): &&(&String, &String)| !asked.is_empty() && !known.is_empty() && asked != known;
    fields.iter().filter(differs).map(|_| DETAIL_OTHER).sum()
}

fn is_finer(asked: &Normal, known: &Normal) -> bool {
    (asked.number.is_empty() && !known.number.is_empty())
        || (asked.sub_unit.is_empty() && !known.sub_unit.is_empty())
        || asked.street.core.is_empty()
        || (asked.city.is_empty() && asked.postcode.is_empty())
}

/// What a house number costs; from [`OTHER`] on it is another house.
pub(super) fn number(asked: &str, known: &str) -> u32 {
    if asked.is_empty() || asked == known {
        return 0;
    }
    let (Some(a), Some(b)) = (Houses::of(asked), Houses::of(known)) else {
        return OTHER + 1 + FAR as u32;
    };
    if a != b && b.contain(&a) {
        return IN_RANGE;
    }
    if a != b && a.contain(&b) {
        return RANGE_OF;
    }
    OTHER + a.range.0.abs_diff(b.range.0).min(FAR) as u32 + u32::from(a.range.0 != b.range.0)
}

/// A building where one of its rooms was asked for is close; another room is too.
fn unit(asked: &Normal, known: &Normal) -> u32 {
    if asked.sub_unit.is_empty() || asked.sub_unit == known.sub_unit {
        0
    } else {
        OTHER + u32::from(!known.sub_unit.is_empty())
    }
}
