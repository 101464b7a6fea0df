//! Values as people write them, and the one form that is kept.
//!
//! Every input of ours (book, agreement, command line) takes any usual form: `Germany`, `DEU`,
//! `Deutschland`; `1 Gbit/s`, `1000 Mbps`. What was written otherwise than it is kept is told, and
//! what has more than one reading is refused with its readings: nothing is guessed. On the wire
//! only what the standard allows is written or taken.

mod address;
mod country;
mod date;
mod quantity;
mod span;

use iso_currency::{Currency, IntoEnumIterator};
use isolang::Language;

pub use address::{house_range, postcode};
pub use country::{country, country_code, country_name};
pub use date::instant;
pub use quantity::{coordinate, km, mbps};
pub use span::{span, unit_name};

use deunicode::deunicode;

/// A value in the form that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled<T> {
    /// It.
    pub value: T,
    /// How it is written when it is kept, where it was written otherwise.
    pub kept: Option<String>,
}

impl<T> Settled<T> {
    /// `written` says it; `forms` are the ways to write it that are not worth a word, the first
    /// of them ours.
    fn new(value: T, written: &str, forms: &[String]) -> Self {
        let usual = forms.iter().any(|form| form == written);
        let kept = forms.first().filter(|_| !usual).cloned();
        Self { value, kept }
    }

    /// What to tell of it: `"Germany" is taken as DE`.
    pub fn note(&self, written: &str) -> Option<String> {
        let kept = self.kept.as_ref()?;
        Some(format!("{:?} is taken as {kept}", written.trim()))
    }
}

/// A value, or what is wrong with the text and what would be right.
pub type Read<T> = Result<Settled<T>, String>;

/// Lower case letters and digits only, in Latin letters; `oe` is `ö` is `o`.
fn plain(text: &str) -> String {
    let text = deunicode(text).to_ascii_lowercase();
    let text: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    text.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// A code of ISO 4217: `EUR`, `euro`, `€`.
pub fn currency(text: &str) -> Read<String> {
    let written = text.trim();
    let kept = |code: &str| Ok(Settled::new(code.to_owned(), written, &[code.to_owned()]));
    let upper = written.to_uppercase();
    if let Some(known) = Currency::from_code(&upper) {
        return kept(known.code());
    }
    if let Some((_, code)) = SYMBOLS.iter().find(|(symbol, _)| *symbol == upper) {
        return kept(code);
    }
    let name = plain(written);
    let fits = |known: &Currency| {
        let full = plain(known.name());
        symbol(*known) == written || !name.is_empty() && (full == name || format!("{full}s") == name)
    };
    let found: Vec<&str> = Currency::iter().filter(fits).map(|known| known.code()).collect();
    match found.as_slice() {
        [one] => kept(one),
        [] => Err(format!("{text:?} is no currency; use a code of ISO 4217 such as EUR")),
        several => Err(format!("{text:?} may be {}: write its code", listed(several))),
    }
}

/// Signs and names that leave no doubt, and are not the ones of the list.
const SYMBOLS: [(&str, &str); 12] = [
    ("\u{20ac}", "EUR"),
    ("EURO", "EUR"),
    ("EUROS", "EUR"),
    ("US$", "USD"),
    ("US DOLLAR", "USD"),
    ("US DOLLARS", "USD"),
    ("C$", "CAD"),
    ("A$", "AUD"),
    ("SFR", "CHF"),
    ("SFR.", "CHF"),
    ("Z\u{141}", "PLN"),
    ("GB\u{a3}", "GBP"),
];

fn symbol(currency: Currency) -> String {
    currency.symbol().symbol
}

/// Enough to see what is meant; a dollar has twenty readings.
const READINGS_MAX: usize = 6;

/// `EUR, USD or PLN`
fn listed(texts: &[&str]) -> String {
    let shown = &texts[..texts.len().min(READINGS_MAX)];
    let more = if shown.len() < texts.len() { " and others" } else { "" };
    match shown {
        [rest @ .., last] if !rest.is_empty() && more.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => format!("{}{more}", shown.join(", ")),
    }
}

/// A code of ISO 639 with two letters: `de`, `deu`, `de-AT`, `German`, `Deutsch`.
pub fn language(text: &str) -> Read<String> {
    let written = text.trim();
    let lower = written.to_lowercase();
    // BCP 47: the language comes first; script and region do not belong to an address.
    let first = lower.split(['-', '_']).next().unwrap_or_default();
    let bibliographic = BIBLIOGRAPHIC
        .iter()
        .find(|(code, _)| *code == first)
        .map(|(_, code)| *code);
    let by_code = match first.len() {
        2 => Language::from_639_1(first),
        3 => Language::from_639_3(bibliographic.unwrap_or(first)),
        _ => None,
    };
    let named = || {
        isolang::languages()
            .filter(|one| one.to_639_1().is_some())
            .find(|one| is_named(*one, &lower))
    };
    let known = by_code.or_else(named).and_then(|one| one.to_639_1());
    let code =
        known.ok_or_else(|| format!("{text:?} is no language; use a code of two letters (ISO 639) such as de"))?;
    Ok(Settled::new(code.to_owned(), written, &[code.to_owned()]))
}

fn is_named(language: Language, lower: &str) -> bool {
    let autonym = language.to_autonym().is_some_and(|name| name.to_lowercase() == lower);
    autonym || language.to_name().to_lowercase() == lower
}

/// Codes of ISO 639-2/B that are others than those of ISO 639-3.
const BIBLIOGRAPHIC: [(&str, &str); 12] = [
    ("ger", "deu"),
    ("fre", "fra"),
    ("dut", "nld"),
    ("cze", "ces"),
    ("chi", "zho"),
    ("gre", "ell"),
    ("rum", "ron"),
    ("slo", "slk"),
    ("wel", "cym"),
    ("alb", "sqi"),
    ("ice", "isl"),
    ("per", "fas"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: std::fmt::Debug + PartialEq>(read: fn(&str) -> Read<T>, text: &str, expected: Result<T, &str>) {
        match (read(text), expected) {
            (Ok(settled), Ok(value)) => assert_eq!(settled.value, value, "{text}"),
            (Err(told), Err(part)) => assert!(told.contains(part), "{text}: {told}"),
            (read, expected) => panic!("{text}: {read:?}, not {expected:?}"),
        }
    }

    #[test]
    fn currencies_are_read_by_code_name_and_sign() {
        for text in ["EUR", "eur", "Euro", "\u{20ac}"] {
            check(currency, text, Ok("EUR".into()));
        }
        check(currency, "Swiss franc", Ok("CHF".into()));
        check(currency, "zł", Ok("PLN".into()));
        check(currency, "$", Err("may be"));
        check(currency, "doubloons", Err("ISO 4217"));
    }

    #[test]
    fn languages_are_read_by_code_and_name() {
        for text in ["de", "DE", "deu", "ger", "de-AT", "German", "Deutsch"] {
            check(language, text, Ok("de".into()));
        }
        check(language, "français", Ok("fr".into()));
        check(language, "Klingon", Err("ISO 639"));
    }

    #[test]
    fn only_what_was_written_otherwise_is_told() {
        assert_eq!(currency("EUR").unwrap().note("EUR"), None);
        let told = currency("euro").unwrap().note("euro");
        assert_eq!(told.as_deref(), Some("\"euro\" is taken as EUR"));
    }
}
