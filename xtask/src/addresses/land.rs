//! What is known of a country: towns, forms of postal codes, and how its streets are called.
//! The names are facts; the files `lands/*.txt` say how they go together.

use std::collections::HashMap;

use super::random::Random;

const LANDS: [&str; 10] = [
    include_str!("lands/de.txt"),
    include_str!("lands/at.txt"),
    include_str!("lands/ch.txt"),
    include_str!("lands/fr.txt"),
    include_str!("lands/nl.txt"),
    include_str!("lands/gb.txt"),
    include_str!("lands/us.txt"),
    include_str!("lands/es.txt"),
    include_str!("lands/pl.txt"),
    include_str!("lands/cz.txt"),
];

/// A country.
#[derive(Default)]
pub struct Land {
    /// ISO 3166 alpha-2.
    pub code: String,
    pub language: String,
    /// The house number stands before the street.
    pub number_first: bool,
    /// The type of a street has a column of its own.
    pub type_column: bool,
    /// A postal code is that of some houses of one street.
    pub chunked: bool,
    pub number_max: usize,
    /// Of the country, in English and its own language.
    pub names: Vec<String>,
    pub towns: Vec<Town>,
    villages: Vec<(usize, String)>,
    streets: Vec<(usize, String)>,
    lists: HashMap<String, Vec<String>>,
}

/// A town.
#[derive(Clone, Debug, Default)]
pub struct Town {
    pub name: String,
    /// `#` is a digit, `?` a letter.
    pub postcode: String,
    pub at: [f64; 2],
    pub state: String,
    pub weight: usize,
    /// In other languages.
    pub others: Vec<String>,
}

/// The name of a street in its parts; together they are how it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Street {
    pub direction: String,
    pub before: String,
    pub kind: String,
    pub after: String,
}

impl Street {
    pub fn name(&self) -> String {
        format!("{}{}{}", self.before, self.kind, self.after).trim().to_owned()
    }

    /// Without its type.
    pub fn core(&self) -> String {
        format!("{}{}", self.before, self.after).trim().to_owned()
    }

    /// Whether the type is a word of its own.
    pub fn has_type_word(&self) -> bool {
        !self.kind.is_empty() && (self.before.is_empty() || self.before.ends_with(' '))
    }
}

impl Land {
    pub fn all() -> Vec<Self> {
        LANDS.iter().map(|text| Self::read(text)).collect()
    }

    fn read(text: &str) -> Self {
        let mut land = Self {
            number_max: 180,
            ..Self::default()
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "country" => land.head(rest),
                "typecolumn" => land.type_column = true,
                "postcode" => land.chunked = true,
                "numbers" => land.number_max = rest.parse().unwrap_or(land.number_max),
                "town" => land.towns.push(Town::read(rest)),
                "list" => {
                    let (name, items) = rest.split_once(' ').unwrap_or((rest, ""));
                    let items = items.split(',').map(str::to_owned).collect();
                    land.lists.insert(name.to_owned(), items);
                }
                "village" | "pattern" => {
                    let (weight, form) = rest.split_once(' ').unwrap_or(("1", rest));
                    let row = (weight.parse().unwrap_or(1), form.to_owned());
                    if word == "village" {
                        land.villages.push(row);
                    } else {
                        land.streets.push(row);
                    }
                }
                _ => {}
            }
        }
        land
    }

    fn head(&mut self, rest: &str) {
        let mut parts = rest.splitn(4, ' ').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        self.code = next();
        self.language = next();
        self.number_first = next() == "before";
        self.names = next().split('|').map(str::to_owned).collect();
    }

    /// A street name as there are in this country.
    pub fn street(&self, random: &mut Random) -> Street {
        let mut street = Street::default();
        let mut rest = weighed(&self.streets, random);
        while !rest.is_empty() {
            let (text, list) = match rest.split_once('{') {
                Some((text, more)) => (text, more.split_once('}')),
                None => (rest, None),
            };
            let target = if street.kind.is_empty() {
                &mut street.before
            } else {
                &mut street.after
            };
            target.push_str(text);
            let Some((list, more)) = list else { break };
            rest = more;
            let item = self.item(list, random);
            if list.starts_with("type") {
                street.kind = item;
            } else if list == "pre" {
                street.direction = item;
                rest = rest.trim_start();
            } else if street.kind.is_empty() {
                street.before.push_str(&item);
            } else {
                street.after.push_str(&item);
            }
        }
        street
    }

    fn item(&self, list: &str, random: &mut Random) -> String {
        let (name, hyphens) = match list.strip_suffix('-') {
            Some(name) => (name, true),
            None => (list, false),
        };
        let item = self.lists.get(name).and_then(|items| random.early(items));
        let item = item.cloned().unwrap_or_default();
        if hyphens { item.replace(' ', "-") } else { item }
    }

    /// The name of a small town.
    pub fn village(&self, random: &mut Random) -> String {
        let mut rest = weighed(&self.villages, random);
        let mut name = String::new();
        while let Some((text, more)) = rest.split_once('{') {
            let (list, more) = more.split_once('}').unwrap_or((more, ""));
            name.push_str(text);
            let items = self.lists.get(list);
            name.push_str(items.and_then(|items| random.pick(items)).map_or("", String::as_str));
            rest = more;
        }
        name.push_str(rest);
        name
    }
}

impl Town {
    fn read(line: &str) -> Self {
        let mut parts = line.split('|');
        let mut next = || parts.next().unwrap_or_default();
        Self {
            name: next().to_owned(),
            postcode: next().to_owned(),
            at: [next(), next()].map(|degrees| degrees.parse().unwrap_or_default()),
            state: next().to_owned(),
            weight: next().parse().unwrap_or(1),
            others: next()
                .split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// A postal code of this form; `keep` signs stay open.
pub fn fill(form: &str, keep: &str, random: &mut Random) -> String {
    // No C, I, K, M, O, V in the second part of British codes; the others do not mind.
    const LETTERS: [char; 14] = ['A', 'B', 'D', 'E', 'F', 'G', 'H', 'J', 'L', 'N', 'P', 'R', 'S', 'T'];
    let sign = |sign: char| match sign {
        open if keep.contains(open) => open,
        '#' => char::from(b'0' + u8::try_from(random.below(10)).unwrap_or_default()),
        '?' => random.pick(&LETTERS).copied().unwrap_or('A'),
        other => other,
    };
    form.chars().map(sign).collect()
}

fn weighed<'a>(rows: &'a [(usize, String)], random: &mut Random) -> &'a str {
    let mut left = random.below(rows.iter().map(|(weight, _)| weight).sum());
    for (weight, form) in rows {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return form,
        }
    }
    ""
}
