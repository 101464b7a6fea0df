//! What goes wrong with an address on its way. Each says `None` where it does not fit.

use super::asked::Asked;
use super::land::Land;
use super::random::Random;

/// One way to spoil what is asked.
pub type Damage = fn(&mut Asked, &Land, &mut Random) -> Option<()>;

/// A word is long enough that one wrong letter does not make another word of it.
const WORD_MIN: usize = 5;

pub fn street_typo(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    let part = core(asked);
    *part = typo(part, random)?;
    Some(())
}

pub fn street_swapped(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    let part = core(asked);
    *part = swapped(part, random)?;
    Some(())
}

pub fn town_typo(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    asked.city = typo(&asked.city, random)?;
    Some(())
}

fn core(asked: &mut Asked) -> &mut String {
    let street = &mut asked.street;
    if street.after.trim().len() > street.before.trim().len() {
        &mut street.after
    } else {
        &mut street.before
    }
}

/// A letter lost, doubled, swapped with its neighbour or replaced by one beside it on the keys;
/// never the first.
fn typo(text: &str, random: &mut Random) -> Option<String> {
    if random.percent(25) {
        return swapped(text, random);
    }
    let mut letters: Vec<char> = text.chars().collect();
    let at = inner(&letters, random)?;
    match random.below(3) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        _ => letters[at] = beside(letters[at])?,
    }
    Some(letters.into_iter().collect())
}

fn swapped(text: &str, random: &mut Random) -> Option<String> {
    let mut letters: Vec<char> = text.chars().collect();
    let at = inner(&letters, random)?;
    let next = *letters
        .get(at + 1)
        .filter(|next| next.is_alphabetic() && **next != letters[at])?;
    letters[at + 1] = letters[at];
    letters[at] = next;
    Some(letters.into_iter().collect())
}

/// A letter within a long word.
fn inner(letters: &[char], random: &mut Random) -> Option<usize> {
    let mut places = Vec::new();
    for word in letters
        .split(|c| !c.is_alphabetic())
        .filter(|word| word.len() >= WORD_MIN)
    {
        // A slice of this very list: where it begins is how far its address is from the start.
        let start = (word.as_ptr().addr() - letters.as_ptr().addr()) / size_of::<char>();
        places.extend(start + 1..start + word.len() - 1);
    }
    random.pick(&places).copied()
}

fn beside(letter: char) -> Option<char> {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let row = ROWS.iter().find(|row| row.contains(letter))?;
    let at = row.find(letter)?;
    row.chars().nth(if at == 0 { 1 } else { at - 1 })
}

pub fn accents_dropped(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    each(asked, deunicode::deunicode)
}

/// `ü` as `ue`, and what else has a second way in Latin letters.
pub fn transliterated(asked: &mut Asked, land: &Land, _: &mut Random) -> Option<()> {
    if land.language != "de" {
        return None;
    }
    each(asked, |text| {
        let pairs = [
            ("ä", "ae"),
            ("ö", "oe"),
            ("ü", "ue"),
            ("Ä", "Ae"),
            ("Ö", "Oe"),
            ("Ü", "Ue"),
            ("ß", "ss"),
        ];
        pairs
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    })
}

pub fn upper_case(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    each(asked, str::to_uppercase)
}

pub fn lower_case(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    each(asked, str::to_lowercase)
}

/// Changes street and town; `None` where that makes no difference.
fn each(asked: &mut Asked, change: impl Fn(&str) -> String) -> Option<()> {
    let before = (asked.street.clone(), asked.city.clone());
    let street = &mut asked.street;
    for text in [&mut street.before, &mut street.kind, &mut street.after, &mut asked.city] {
        *text = change(text);
    }
    (before != (asked.street.clone(), asked.city.clone())).then_some(())
}

const SHORT: [(&str, &str, &str); 33] = [
    ("de", "straße", "str."),
    ("de", "Straße", "Str."),
    ("de", "strasse", "str."),
    ("de", "Strasse", "Str."),
    ("de", "platz", "pl."),
    ("de", "Platz", "Pl."),
    ("de", "gasse", "g."),
    ("nl", "straat", "str."),
    ("nl", "plein", "pln"),
    ("fr", "Avenue", "Av."),
    ("fr", "Boulevard", "Bd"),
    ("fr", "Place", "Pl."),
    ("fr", "Chemin", "Chem."),
    ("fr", "Impasse", "Imp."),
    ("fr", "Route", "Rte"),
    ("fr", "Rue", "R."),
    ("en", "Street", "St"),
    ("en", "Road", "Rd"),
    ("en", "Avenue", "Ave"),
    ("en", "Drive", "Dr."),
    ("en", "Lane", "Ln"),
    ("en", "Boulevard", "Blvd"),
    ("en", "Court", "Ct"),
    ("en", "Crescent", "Cres"),
    ("en", "Place", "Pl"),
    ("en", "Square", "Sq."),
    ("en", "Terrace", "Ter"),
    ("en", "Parkway", "Pkwy"),
    ("es", "Calle", "C/"),
    ("es", "Avenida", "Avda."),
    ("es", "Plaza", "Pza."),
    ("pl", "ulica", "ul."),
    ("cs", "náměstí", "nám."),
];

pub fn type_short(asked: &mut Asked, land: &Land, _: &mut Random) -> Option<()> {
    let (_, _, short) = SHORT
        .iter()
        .find(|(language, long, _)| *language == land.language && *long == asked.street.kind)?;
    asked.street.kind = (*short).to_owned();
    Some(())
}

pub fn type_missing(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    if !asked.street.has_type_word() {
        return None;
    }
    asked.street.kind.clear();
    Some(())
}

/// The type in the field of the name, or out of it.
pub fn type_field(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    if !asked.street.has_type_word() {
        return None;
    }
    asked.type_apart = !asked.type_apart;
    Some(())
}

/// In the order of another language: `Street High`, `de la Paix Rue`.
pub fn type_order(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    if !asked.street.has_type_word() {
        return None;
    }
    let core = asked.street.core();
    let street = &mut asked.street;
    (street.before, street.after) = if street.before.is_empty() {
        (format!("{core} "), String::new())
    } else {
        (String::new(), format!(" {core}"))
    };
    asked.type_apart = false;
    Some(())
}

pub fn number_in_street(asked: &mut Asked, land: &Land, _: &mut Random) -> Option<()> {
    let mut number = format!(
        "{}{}",
        std::mem::take(&mut asked.number),
        std::mem::take(&mut asked.suffix)
    );
    let last = std::mem::take(&mut asked.last);
    if !last.is_empty() {
        number = format!("{number}-{last}");
    }
    let street = &mut asked.street;
    let name = if land.number_first {
        format!("{number} {}", street.name())
    } else {
        format!("{} {number}", street.name())
    };
    (street.before, street.kind, street.after) = (name, String::new(), String::new());
    asked.type_apart = false;
    Some(())
}

pub fn number_missing(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    (asked.number, asked.suffix, asked.last) = Default::default();
    Some(())
}

pub fn number_range(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    if !asked.suffix.is_empty() || !asked.last.is_empty() {
        return None;
    }
    let number: usize = asked.number.parse().ok()?;
    asked.last = (number + 2).to_string();
    Some(())
}

/// One house of those that the book has as one.
pub fn number_of_range(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    if asked.last.is_empty() {
        return None;
    }
    asked.last.clear();
    Some(())
}

pub fn suffix_glued(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    if asked.suffix.is_empty() {
        return None;
    }
    let suffix = std::mem::take(&mut asked.suffix).to_uppercase();
    let between = random.pick(&["", " ", "-"])?;
    asked.number = format!("{}{between}{suffix}", asked.number);
    Some(())
}

pub fn fields_swapped(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    let street = asked.street.name();
    asked.street.kind.clear();
    asked.street.after.clear();
    asked.type_apart = false;
    asked.street.before = std::mem::replace(&mut asked.city, street);
    Some(())
}

pub fn postcode_digit(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    let mut signs: Vec<char> = asked.postcode.chars().collect();
    let at = random.below(signs.len());
    let digit = signs.get(at)?.to_digit(10)?;
    signs[at] = char::from_digit((digit + 1 + u32::try_from(random.below(9)).ok()?) % 10, 10)?;
    asked.postcode = signs.into_iter().collect();
    Some(())
}

pub fn postcode_swapped(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    let mut signs: Vec<char> = asked.postcode.chars().collect();
    let at = random.below(signs.len().saturating_sub(1));
    if signs.get(at) == signs.get(at + 1) || !signs[at].is_ascii_digit() || !signs[at + 1].is_ascii_digit() {
        return None;
    }
    signs.swap(at, at + 1);
    asked.postcode = signs.into_iter().collect();
    Some(())
}

pub fn postcode_missing(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    asked.postcode.clear();
    Some(())
}

pub fn postcode_spaces(asked: &mut Asked, land: &Land, _: &mut Random) -> Option<()> {
    let kept: String = asked.postcode.chars().filter(char::is_ascii_alphanumeric).collect();
    let other = if kept == asked.postcode {
        format!("{}-{kept}", land.code)
    } else {
        kept
    };
    asked.postcode = other;
    Some(())
}

pub fn postcode_in_town(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    asked.city = format!("{} {}", std::mem::take(&mut asked.postcode), asked.city);
    Some(())
}

pub fn town_elsewhere(asked: &mut Asked, land: &Land, random: &mut Random) -> Option<()> {
    let town = land.towns.iter().find(|town| town.name == asked.city)?;
    asked.city.clone_from(random.pick(&town.others)?);
    Some(())
}

/// `Frankfurt` for `Frankfurt am Main`.
pub fn town_short(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    let links = [
        " am ", " im ", " an der ", " nad ", " upon ", "-sur-", "-on-", " (", "-les-", "-en-",
    ];
    let (first, _) = links.iter().find_map(|link| asked.city.split_once(link))?;
    asked.city = first.to_owned();
    Some(())
}

pub fn town_missing(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    asked.city.clear();
    Some(())
}

pub fn country_missing(asked: &mut Asked, _: &Land, _: &mut Random) -> Option<()> {
    asked.country.clear();
    Some(())
}

pub fn country_named(asked: &mut Asked, land: &Land, random: &mut Random) -> Option<()> {
    asked.country.clone_from(random.pick(&land.names)?);
    Some(())
}

pub fn care_of(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    let words = [
        "c/o Nowak",
        "Fabrikam Logistics GmbH",
        "attn. Accounts Payable",
        "z.Hd. Herrn Berger",
        "ACME Ltd",
    ];
    (*random.pick(&words)?).clone_into(&mut asked.extra);
    Some(())
}

pub fn metres_off(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    let angle = random.part() * std::f64::consts::TAU;
    let degrees = (4.0 + random.part() * 6.0) / 111_000.0;
    let [latitude, longitude] = &mut asked.point;
    *longitude += degrees * angle.cos() / latitude.to_radians().cos();
    *latitude += degrees * angle.sin();
    Some(())
}

pub fn label_otherwise(asked: &mut Asked, _: &Land, random: &mut Random) -> Option<()> {
    if asked.label.is_empty() {
        return None;
    }
    asked.label = match random.below(3) {
        0 => asked.label.to_lowercase(),
        1 => asked.label.replace('-', " "),
        _ => asked.label.replace('-', "."),
    };
    Some(())
}
