//! Postal codes that are not as their country has them, or not as their neighbours.

use std::collections::{HashMap, HashSet};

use super::{Cleaning, Finding, Repair, Row};

/// `9` is a digit, `A` a letter; several where a country has several.
const FORMS: [(&str, &[&str]); 24] = [
    ("AT", &["9999"]),
    ("AU", &["9999"]),
    ("BE", &["9999"]),
    ("CA", &["A9A 9A9"]),
    ("CH", &["9999"]),
    ("CZ", &["999 99"]),
    ("DE", &["99999"]),
    ("DK", &["9999"]),
    ("ES", &["99999"]),
    ("FI", &["99999"]),
    ("FR", &["99999"]),
    (
        "GB",
        &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"],
    ),
    ("GR", &["999 99"]),
    ("HU", &["9999"]),
    ("IT", &["99999"]),
    ("JP", &["999-9999"]),
    ("LU", &["9999"]),
    ("NL", &["9999 AA"]),
    ("NO", &["9999"]),
    ("PL", &["99-999"]),
    ("PT", &["9999-999", "9999"]),
    ("SE", &["999 99"]),
    ("SK", &["999 99"]),
    ("US", &["99999", "99999-9999"]),
];

/// So many houses of a street have to agree before another is told to be wrong.
const NEIGHBOURS_MIN: usize = 4;

pub(super) fn findings(list: &Cleaning) -> Vec<Finding> {
    let forms: HashMap<&str, &[&str]> = FORMS.into_iter().collect();
    let mut findings = Vec::new();
    let known: HashSet<[&str; 3]> = list
        .rows
        .iter()
        .map(|row| [&row.country, &row.city, region(list, row)])
        .collect();
    let mut streets: HashMap<[&str; 3], HashMap<&str, Vec<usize>>> = HashMap::new();
    for (position, row) in list.rows.iter().enumerate() {
        let code = list.get(row, "postcode");
        if code.is_empty() {
            continue;
        }
        match forms.get(row.country.as_str()) {
            Some(forms) if !forms.iter().any(|form| fits(code, form)) => {
                findings.extend(form(list, position, (forms, &known)));
            }
            _ => {
                let street = streets.entry([&row.country, &row.city, &row.street]).or_default();
                street.entry(part(row, code)).or_default().push(position);
            }
        }
    }
    for codes in streets.values() {
        neighbours(list, codes, &mut findings);
    }
    findings
}

fn fits(code: &str, form: &str) -> bool {
    let sign = |(sign, form): (char, char)| match form {
        '9' => sign.is_ascii_digit(),
        'A' => sign.is_ascii_uppercase(),
        other => sign == other,
    };
    code.chars().count() == form.len() && code.chars().zip(form.chars()).all(sign)
}

/// The first two signs are those of an area.
fn region<'r>(list: &Cleaning, row: &'r Row) -> &'r str {
    list.get(row, "postcode").get(..2).unwrap_or_default()
}

fn form(list: &Cleaning, position: usize, (forms, known): (&[&str], &HashSet<[&str; 3]>)) -> Option<Finding> {
    let row = &list.rows[position];
    let code = list.get(row, "postcode");
    let kept: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let kept = kept.to_ascii_uppercase();
    // `D-80331` is understood when the book is read.
    let kept = kept.strip_prefix(row.country.as_str()).unwrap_or(&kept).to_owned();
    let put = |kept: &str| forms.iter().find_map(|form| arranged(kept, form));
    // A spreadsheet takes `01067` for a number and drops its zero.
    let zero = || put(&format!("0{kept}")).filter(|_| kept.bytes().all(|b| b.is_ascii_digit()));
    let what = format!(
        "the postcode {code:?} has not the form of {} ({})",
        row.country,
        forms.join(", ")
    );
    let repair = match (put(&kept), zero()) {
        (Some(right), _) => Repair::Certain(vec![("postcode", right)]),
        // Or a digit was lost: certain where the town has other codes that begin so.
        (None, Some(right)) => {
            let town = [row.country.as_str(), row.city.as_str(), &right[..2]];
            Repair::of(known.contains(&town), vec![("postcode", right.clone())])
        }
        (None, None) => Repair::None,
    };
    Some(list.tell(position, ("form of postcode", what), repair))
}

/// These signs with the blanks and hyphens of a form, if they fit.
fn arranged(kept: &str, form: &str) -> Option<String> {
    let mut signs = kept.chars();
    let text: Option<String> = form
        .chars()
        .map(|sign| {
            if matches!(sign, '9' | 'A') {
                signs.next()
            } else {
                Some(sign)
            }
        })
        .collect();
    text.filter(|text| signs.next().is_none() && fits(text, form))
}

/// What the houses of a street have in common: in some countries the rest is that of a few houses.
fn part<'c>(row: &Row, code: &'c str) -> &'c str {
    match row.country.as_str() {
        "GB" | "NL" | "CA" => code.split(' ').next().unwrap_or(code),
        "PT" | "JP" | "US" => code.split('-').next().unwrap_or(code),
        _ => code,
    }
}

fn neighbours(list: &Cleaning, codes: &HashMap<&str, Vec<usize>>, findings: &mut Vec<Finding>) {
    let Some((best, known)) = codes
        .iter()
        .max_by_key(|(code, rows)| (rows.len(), std::cmp::Reverse(**code)))
    else {
        return;
    };
    if known.len() < NEIGHBOURS_MIN {
        return;
    }
    for (code, rows) in codes {
        // One house, and one slip of the hand: a street may well go through two postal codes.
        let [row] = rows.as_slice() else { continue };
        if code == best || strsim::damerau_levenshtein(code, best) != 1 {
            continue;
        }
        let full = list.get(&list.rows[*row], "postcode");
        let what = format!(
            "the postcode {full:?} is {best:?} for {} other houses of this street",
            known.len()
        );
        let propose = format!("{best}{}", &full[code.len()..]);
        let repair = Repair::Likely(vec![("postcode", propose)]);
        findings.push(list.tell(*row, ("postcode of neighbours", what), repair));
    }
}
