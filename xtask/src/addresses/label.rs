//! What the right answer is. It is found by looking at every address that could be meant, with a
//! plain measure of letters that shares nothing with the code under test; where another address
//! is as near as the one that was spoiled, nobody could know, and the label says so.

use std::collections::HashMap;

use strsim::damerau_levenshtein;

use super::asked::Asked;
use super::land::Street;
use super::place::{Place, plain};

/// Another number is another house.
const OTHER_NUMBER: usize = 6;

/// Whatever is nearer than this might be meant.
const MAY_BE_MEANT: usize = 3;

/// All addresses by what they can be found by.
pub struct Labels<'a> {
    places: &'a [Place],
    by: HashMap<(usize, String), Vec<usize>>,
}

/// What is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// This one is the best match.
    One(String),
    /// There is no best match; this one should be among the alternates.
    Several(String),
    /// There is no such address.
    None,
}

impl<'a> Labels<'a> {
    pub fn of(places: &'a [Place]) -> Self {
        let mut by: HashMap<(usize, String), Vec<usize>> = HashMap::new();
        for (position, place) in places.iter().enumerate() {
            let keys = [
                plain(&place.town.name),
                plain(&place.street.name()),
                plain(&place.postcode),
            ];
            for key in keys {
                by.entry((place.land, key)).or_default().push(position);
            }
        }
        Self { places, by }
    }

    /// Of what was meant when `place` was asked for with these errors.
    pub fn found(&self, meant: &Asked, place: &Place) -> Option<Right> {
        let own = cost(meant, place);
        let other = self.nearest(meant, place.land, &place.id);
        // An address that is far from what is asked is not asked for any more.
        (own <= 5).then(|| match other {
            Some(other) if other <= own => Right::Several(place.id.clone()),
            _ => Right::One(place.id.clone()),
        })
    }

    /// Where nothing that exists should be meant.
    pub fn nothing(&self, meant: &Asked, land: usize) -> Option<Right> {
        let near = self.nearest(meant, land, "");
        near.is_none_or(|near| near > MAY_BE_MEANT).then_some(Right::None)
    }

    /// Of a point: `None` where another address is nearly as near.
    pub fn point(&self, meant: &Asked, place: &Place) -> Option<Right> {
        let near = self.by.get(&(place.land, plain(&place.town.name)))?;
        let own = metres(meant.point, place.at);
        let clear = |position: &usize| {
            let other = &self.places[*position];
            other.id == place.id || metres(meant.point, other.at) > 2.0 * own
        };
        near.iter().all(clear).then(|| Right::One(place.id.clone()))
    }

    fn nearest(&self, meant: &Asked, land: usize, but: &str) -> Option<usize> {
        let keys = [plain(&meant.city), plain(&meant.street.name()), plain(&meant.postcode)];
        let lists = keys.into_iter().filter_map(|key| self.by.get(&(land, key)));
        let others = lists.flatten().map(|position| &self.places[*position]);
        others
            .filter(|place| place.id != but)
            .map(|place| cost(meant, place))
            .min()
    }
}

/// How far an address is from what is meant: letters, and other numbers.
fn cost(meant: &Asked, place: &Place) -> usize {
    let number = number_cost(meant, place);
    if number >= OTHER_NUMBER {
        return number;
    }
    number + unit_cost(meant, place) + street_cost(&meant.street, &place.street) + town_cost(meant, place)
}

fn number_cost(meant: &Asked, place: &Place) -> usize {
    let key = |number: &str, suffix: &str| plain(&format!("{number}{suffix}"));
    let (asked, known) = (key(&meant.number, &meant.suffix), key(&place.number, &place.suffix));
    let value = |text: &str| text.parse::<usize>().ok();
    let range = |first: &str, last: &str| Some((value(first)?, value(last).or_else(|| value(first))?));
    if asked.is_empty() || (asked == known && meant.last == place.last) {
        return 0;
    }
    match (range(&asked, &meant.last), range(&known, &place.last)) {
        (Some((a, b)), Some((c, d))) if (a <= c && d <= b || c <= a && b <= d) && a % 2 == c % 2 => 1,
        _ => OTHER_NUMBER,
    }
}

fn unit_cost(meant: &Asked, place: &Place) -> usize {
    match (&meant.sub_unit, &place.sub_unit) {
        (asked, known) if asked == known => 0,
        (None, Some(_)) => 1,
        _ => 3,
    }
}

fn street_cost(asked: &Street, known: &Street) -> usize {
    let full = |street: &Street| plain(&format!("{}{}", street.direction, street.name()));
    if asked.kind.is_empty() && !known.kind.is_empty() {
        return damerau_levenshtein(&plain(&asked.name()), &plain(&known.core()));
    }
    damerau_levenshtein(&full(asked), &full(known))
}

fn town_cost(meant: &Asked, place: &Place) -> usize {
    let differ = |asked: &str, known: &str| {
        if asked.is_empty() {
            0
        } else {
            damerau_levenshtein(&plain(asked), &plain(known))
        }
    };
    differ(&meant.city, &place.town.name)
        + differ(&meant.postcode, &place.postcode)
        + usize::from(!meant.state.is_empty() && meant.state != place.town.state)
}

fn metres(a: [f64; 2], b: [f64; 2]) -> f64 {
    let east = (a[1] - b[1]) * a[0].to_radians().cos();
    (a[0] - b[0]).hypot(east) * 111_000.0
}
