//! State tables and roll-up.

use crate::api::quote::answer::Level;
use crate::api::quote::lifecycle::{QUOTE, QUOTE_ITEM};
use crate::api::quote::rules::roll_up;

#[test]
fn the_states_are_those_of_the_standard() {
    let mut whole = QUOTE.states();
    whole.sort_unstable();
    let expected = [
        "accepted",
        "acknowledged",
        "answered",
        "approved.orderable",
        "approved.orderableAlternate",
        "cancelled",
        "declined",
        "expired",
        "inProgress",
        "inProgress.draft",
        "rejected",
        "unableToProvide",
    ];
    assert_eq!(whole, expected);
    let mut item = QUOTE_ITEM.states();
    item.sort_unstable();
    let expected = [
        "abandoned",
        "acknowledged",
        "answered",
        "approved.orderable",
        "approved.orderableAlternate",
        "inProgress",
        "inProgress.draft",
        "rejected",
        "unableToProvide",
    ];
    assert_eq!(item, expected);
    for end in [
        "accepted",
        "cancelled",
        "declined",
        "expired",
        "rejected",
        "unableToProvide",
    ] {
        assert!(QUOTE.is_final(end), "{end}");
    }
}

/// MEF 80 tables 38 and 39: item states a quote in `whole` may have.
fn allowed(whole: &str, level: Level) -> &'static [&'static str] {
    match (whole, level) {
        ("acknowledged", Level::Firm) => &["acknowledged", "inProgress", "inProgress.draft"],
        ("acknowledged", Level::Budgetary) => &["acknowledged", "inProgress"],
        ("inProgress", Level::Firm) => &[
            "inProgress",
            "inProgress.draft",
            "approved.orderable",
            "approved.orderableAlternate",
        ],
        ("inProgress", Level::Budgetary) => &["inProgress", "answered"],
        ("inProgress.draft", Level::Firm) => &["inProgress.draft", "approved.orderable", "approved.orderableAlternate"],
        ("approved.orderable", Level::Firm) => &["approved.orderable"],
        ("approved.orderableAlternate", Level::Firm) => &["approved.orderable", "approved.orderableAlternate"],
        ("answered", Level::Budgetary) => &["answered"],
        ("unableToProvide", _) => &["unableToProvide", "abandoned"],
        ("rejected", _) => &["rejected", "abandoned"],
        (other, level) => panic!("no {level:?} quote comes to {other}"),
    }
}

const FIRM: [&str; 7] = [
    "acknowledged",
    "inProgress",
    "inProgress.draft",
    "approved.orderable",
    "approved.orderableAlternate",
    "unableToProvide",
    "rejected",
];
const BUDGETARY: [&str; 5] = ["acknowledged", "inProgress", "answered", "unableToProvide", "rejected"];

/// Any item states that may stand together in `whole` roll up to a state that allows them all.
#[track_caller]
fn check_roll_up(whole: &str, level: Level, picks: &[usize]) {
    let table = allowed(whole, level);
    let states: Vec<&str> = picks.iter().map(|pick| table[pick % table.len()]).collect();
    let rolled = roll_up(&states);
    for state in &states {
        assert!(allowed(rolled, level).contains(state), "{rolled} has {states:?}");
    }
}

proptest::proptest! {
    #[test]
    fn a_roll_up_never_contradicts_the_items(
        firm in proptest::sample::select(&FIRM[..]),
        budgetary in proptest::sample::select(&BUDGETARY[..]),
        picks in proptest::collection::vec(0usize..8, 1..6),
    ) {
        check_roll_up(firm, Level::Firm, &picks);
        check_roll_up(budgetary, Level::Budgetary, &picks);
    }
}
