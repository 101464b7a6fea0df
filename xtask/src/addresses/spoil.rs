//! Spoiled addresses, each kind of damage by name, each with its right answer.

use serde_json::Value;

use super::asked::{Asked, Form};
use super::damage::{self as d, Damage};
use super::label::{Labels, Right};
use super::land::Land;
use super::nowhere as n;
use super::place::Place;
use super::random::Random;

/// How the right answer comes about.
#[derive(Clone, Copy)]
enum Sought {
    /// The address, unless another is as near.
    Found,
    /// Nothing.
    Nothing,
    /// Less is said than names one.
    Vague,
    /// The address at a point.
    Point,
}

/// A kind of damage: what goes wrong with what is meant, and how it is then written down.
struct Kind(&'static str, Form, &'static [Damage], &'static [Damage], Sought);

/// One question with its right answer.
pub struct Spoiled {
    pub kind: &'static str,
    pub right: Right,
    pub query: Value,
}

/// Not more attempts than this to find an address that a damage fits.
const ATTEMPTS_MAX: usize = 4_000;

/// `each` of every kind, as far as there are addresses that a damage fits.
pub fn spoiled(lands: &[Land], places: &[Place], (each, seed): (usize, u64)) -> Vec<Spoiled> {
    let labels = Labels::of(places);
    let mut all = Vec::new();
    for (position, kind) in KINDS.iter().enumerate() {
        let mut random = Random::of(seed ^ (u64::try_from(position).unwrap_or_default() << 32));
        let mut left = each;
        for _ in 0..ATTEMPTS_MAX {
            if left == 0 {
                break;
            }
            let Some(place) = random.pick(places) else { break };
            let land = &lands[place.land];
            if let Some(one) = kind.spoil((place, land), &labels, &mut random) {
                all.push(one);
                left -= 1;
            }
        }
    }
    all
}

impl Kind {
    fn spoil(&self, (place, land): (&Place, &Land), labels: &Labels<'_>, random: &mut Random) -> Option<Spoiled> {
        let Self(kind, form, damages, dress, sought) = self;
        let mut meant = Asked::of(place, land);
        for damage in *damages {
            damage(&mut meant, land, random)?;
        }
        let mut shown = meant.clone();
        for damage in *dress {
            damage(&mut shown, land, random)?;
        }
        if *form == Form::Label && meant.label.is_empty() {
            return None;
        }
        let right = match (sought, form) {
            (_, Form::Label) => Right::One(place.id.clone()),
            (Sought::Found, _) => labels.found(&meant, place)?,
            (Sought::Nothing, _) => labels.nothing(&meant, place.land)?,
            (Sought::Vague, _) => Right::Several(place.id.clone()),
            (Sought::Point, _) => labels.point(&meant, place)?,
        };
        Some(Spoiled {
            kind,
            right,
            query: shown.query(*form, land),
        })
    }
}

use Form::{Bare, Fielded, Label, Line, Lines, OtherSide, Point, Short, TownFirst};
use Sought::{Found, Nothing, Vague};

/// All of them.
#[rustfmt::skip]
const KINDS: [Kind; 56] = [
    Kind("nothing wrong", Fielded, &[], &[], Found),
    Kind("street: one letter wrong", Fielded, &[d::street_typo], &[], Found),
    Kind("street: two letters wrong", Fielded, &[d::street_typo, d::street_typo], &[], Found),
    Kind("street: letters swapped", Fielded, &[d::street_swapped], &[], Found),
    Kind("town: one letter wrong", Fielded, &[d::town_typo], &[], Found),
    Kind("street and town: a letter wrong in each", Fielded, &[d::street_typo, d::town_typo], &[], Found),
    Kind("street: a letter wrong, no postcode", Fielded, &[d::street_typo, d::postcode_missing], &[], Found),
    Kind("street: a letter wrong, other postcode", Fielded, &[d::street_typo, d::postcode_digit], &[], Found),
    Kind("town: a letter wrong, no postcode", Fielded, &[d::town_typo, d::postcode_missing], &[], Found),
    Kind("accents dropped", Fielded, &[], &[d::accents_dropped], Found),
    Kind("umlauts in two letters", Fielded, &[], &[d::transliterated], Found),
    Kind("upper case", Fielded, &[], &[d::upper_case], Found),
    Kind("lower case", Fielded, &[], &[d::lower_case], Found),
    Kind("street type abbreviated", Fielded, &[], &[d::type_short], Found),
    Kind("street type missing", Fielded, &[d::type_missing], &[], Found),
    Kind("street type in another field", Fielded, &[], &[d::type_field], Found),
    Kind("street type in the order of another language", Fielded, &[], &[d::type_order], Found),
    Kind("number in the street's field", Fielded, &[], &[d::number_in_street], Found),
    Kind("number and abbreviated type in one field", Fielded, &[], &[d::type_short, d::number_in_street], Found),
    Kind("number missing", Fielded, &[d::number_missing], &[], Vague),
    Kind("number as a range around it", Fielded, &[d::number_range], &[], Found),
    Kind("one number of a range", Fielded, &[d::number_of_range], &[], Found),
    Kind("suffix glued or apart", Fielded, &[], &[d::suffix_glued], Found),
    Kind("street and town in each other's field", Fielded, &[], &[d::fields_swapped], Found),
    Kind("postcode: one digit wrong", Fielded, &[d::postcode_digit], &[], Found),
    Kind("postcode: digits swapped", Fielded, &[d::postcode_swapped], &[], Found),
    Kind("postcode missing", Fielded, &[d::postcode_missing], &[], Found),
    Kind("postcode written otherwise", Fielded, &[], &[d::postcode_spaces], Found),
    Kind("postcode in the town's field", Fielded, &[], &[d::postcode_in_town], Found),
    Kind("town in another language", Fielded, &[], &[d::town_elsewhere], Found),
    Kind("town in another language, no postcode", Fielded, &[d::postcode_missing], &[d::town_elsewhere], Found),
    Kind("town without its river", Fielded, &[], &[d::town_short], Found),
    Kind("town missing", Fielded, &[d::town_missing], &[], Found),
    Kind("country missing", Fielded, &[d::country_missing], &[], Found),
    Kind("country by name", Fielded, &[], &[d::country_named], Found),
    Kind("line: nothing wrong", Line, &[], &[], Found),
    Kind("line: country by name", Line, &[], &[d::country_named], Found),
    Kind("line: no country", Short, &[], &[], Found),
    Kind("line: no commas", Bare, &[], &[], Found),
    Kind("line: several lines", Lines, &[], &[], Found),
    Kind("line: town first", TownFirst, &[], &[], Found),
    Kind("line: number on the other side", OtherSide, &[], &[], Found),
    Kind("line: no postcode", Short, &[d::postcode_missing], &[], Found),
    Kind("line: accents dropped, upper case", Short, &[], &[d::accents_dropped, d::upper_case], Found),
    Kind("line: street type abbreviated", Short, &[], &[d::type_short], Found),
    Kind("line: a letter of the street wrong", Short, &[d::street_typo], &[], Found),
    Kind("line: a letter of the town wrong", Short, &[d::town_typo], &[], Found),
    Kind("line: town in another language", Short, &[], &[d::town_elsewhere], Found),
    Kind("line: somebody's name before it", Line, &[], &[d::care_of], Found),
    Kind("line: one digit of the postcode wrong", Line, &[d::postcode_digit], &[], Found),
    Kind("point: some metres off", Point, &[], &[d::metres_off], Sought::Point),
    Kind("label written otherwise", Label, &[], &[d::label_otherwise], Found),
    Kind("no such house", Fielded, &[n::no_number], &[], Nothing),
    Kind("no such street in that town", Fielded, &[n::no_street], &[], Nothing),
    Kind("no such town", Fielded, &[n::no_town], &[], Nothing),
    Kind("line: the street is in another town", Short, &[n::other_town], &[], Nothing),
];
