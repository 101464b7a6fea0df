//! Names of streets: the name itself apart from what kind of street it is.

use super::words::words;
use crate::document::Object;

/// Kinds of streets, in the one form that [`words`] gives them.
const KINDS: [&str; 36] = [
    "st", "rd", "ave", "blvd", "dr", "ln", "ct", "sq", "pl", "hwy", "pkwy", "ter", "cres", "ul", "al", "rte", "ru",
    "ch", "imp", "quai", "calle", "paseo", "cam", "ctra", "trv", "via", "os", "nam", "trida", "nabr", "g", "pln",
    "gdns", "cl", "gr", "wy",
];

/// Words that hold a name together, and are left out or put in as one likes.
const LINKS: [&str; 20] = [
    "de", "la", "le", "les", "du", "des", "del", "los", "las", "el", "d", "l", "the", "of", "der", "den", "dem", "van",
    "und", "and",
];

/// Written before or behind the name.
const DIRECTIONS: [&str; 8] = ["n", "s", "e", "w", "ne", "nw", "se", "sw"];

/// The fields of a street, in the order they are said.
const FIELDS: [&str; 4] = ["streetPreDirection", "streetName", "streetType", "streetPostDirection"];

/// A street in the one form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::book) struct Street {
    /// The name, without what follows; all of it where nothing else is said.
    pub core: String,
    /// `st`, `rd`...; sorted.
    pub kind: String,
    /// `de la`; sorted.
    pub links: String,
}

impl Street {
    pub(super) fn of(fielded: &Object) -> Self {
        let texts = FIELDS.iter().filter_map(|name| fielded.get(*name)?.as_str());
        Self::of_words(&texts.flat_map(words).collect::<Vec<String>>())
    }

    /// The street that these words name.
    pub(in crate::book) fn of_words(words: &[String]) -> Self {
        let [mut kind, mut links, mut directions, mut core] = [const { Vec::new() }; 4];
        for word in words.iter().map(String::as_str) {
            let list = match word {
                _ if KINDS.contains(&word) => &mut kind,
                _ if LINKS.contains(&word) => &mut links,
                _ if DIRECTIONS.contains(&word) => &mut directions,
                _ => &mut core,
            };
            list.push(word);
        }
        if core.is_empty() {
            // `Avenue E`, `The Close`: there is nothing else to know it by.
            let core = words.concat();
            return Self {
                core,
                ..Self::default()
            };
        }
        for list in [&mut kind, &mut links, &mut directions] {
            list.sort_unstable();
        }
        core.extend(directions);
        Self {
            core: core.concat(),
            kind: kind.join(" "),
            links: links.join(" "),
        }
    }

    /// Name and kind in one text.
    pub(in crate::book) fn key(&self) -> String {
        format!("{}{}", self.core, self.kind)
    }
}
