//! Addresses that do not exist: the right answer is that nothing is found.

use super::asked::Asked;
use super::land::{Land, fill};
use super::place::plain;
use super::random::Random;

/// Far behind the last house of any street; [`super::label`] makes sure.
pub fn no_number(asked: &mut Asked, land: &Land, random: &mut Random) -> Option<()> {
    asked.suffix.clear();
    asked.last.clear();
    asked.number = (1 + random.below(land.number_max)).to_string();
    Some(())
}

pub fn no_street(asked: &mut Asked, land: &Land, random: &mut Random) -> Option<()> {
    asked.street = land.street(random);
    Some(())
}

/// A town that is nowhere, under a postal code that is nobody's.
pub fn no_town(asked: &mut Asked, land: &Land, random: &mut Random) -> Option<()> {
    let near = random.pick(&land.towns)?;
    asked.postcode = fill(&near.postcode, "", random);
    let heads = ["Quax", "Xander", "Ypsil", "Zwonk", "Vrumm", "Oxtol", "Jixby", "Wyxle"];
    let ends = ["hofen", "ville", "bury", "wice", "stad", "dorp", "ity", "ovice"];
    asked.city = format!("{}{}", random.pick(&heads)?, random.pick(&ends)?);
    Some(())
}

/// In a town where there is no such street.
pub fn other_town(asked: &mut Asked, land: &Land, random: &mut Random) -> Option<()> {
    let town = random.pick(&land.towns)?;
    if plain(&town.name) == plain(&asked.city) {
        return None;
    }
    asked.city.clone_from(&town.name);
    asked.postcode = fill(&town.postcode, "", random);
    asked.state = if asked.state.is_empty() {
        String::new()
    } else {
        town.state.clone()
    };
    Some(())
}
