//! Books: from files, whole or not at all.

use std::collections::BTreeMap;

use segue_model::book::{Book, BookProblem, Rest};
use segue_model::time::{Span, Unit};
use serde_json::json;

pub const UNI: &str = "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all";

/// A small right book.
pub const BOOK: &str = r#"currency = "EUR"
quote-validity = "5 minutes"
countries = ["DE", "GB"]
zones = ["metro", "rural"]

[[offering]]
id = "uni"
name = "Port"
product = "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all"
place = true
ports = 1
interval = "10 businessDays"
interval-with-build = "45 businessDays"
default-bandwidth = "1 Gbit/s"
milestones = [
  { name = "PLANNING_COMPLETE", after = "1 businessDay" },
  { name = "EQUIPMENT_INSTALLED", after = "9 businessDays" },
]

[[offering.term]]
name = "12 months"
duration = "12 months"
end-of-term-action = "roll"
roll-interval = "1 month"

[[offering.term]]
name = "36 months"
duration = "3 years"
end-of-term-action = "autoRenew"

[[offering.charge]]
name = "Installation"
rows = [{ amount = 500 }]

[[offering.charge]]
name = "Rental"
every = "1 month"
rows = [
  { zone = "metro", term = "12 months", up-to = "1 Gbit/s", amount = 149.95 },
  { zone = "metro", term = "12 months", up-to = "10 Gbit/s", amount = 429.95 },
  { zone = "metro", term = "3 years", up-to = "1 Gbit/s", amount = 119.95 },
  { zone = "rural", term = "12 months", up-to = "1 Gbit/s", amount = "199.95" },
  { zone = "rural", term = "3 years", up-to = "1 Gbit/s", amount = 0.10 },
]
"#;

pub const PLACES: &str = "\
id,streetNr,streetName,city,postcode,countryCode,subUnit,latitude,longitude,label,labelAuthority,zone,delivery,ports,siteId,siteName,siteOwner,sitePrivate
A1,1,Hauptstraße,München,80331,DE,,48.1371,11.5754,MUC-1,Registry,metro,onNetWithoutBuild,4,S1,Meet-me room,Landlord,
A2,2,Hauptstraße,München,80331,DE,,,,,,metro,onNetWithBuild,2,,,,
A3,3,Hauptstraße,München,80331,DE,,,,,,,offNet,0,,,,
A4,12a,Mill Street,Leeds,LS1 4AB,GB,,,,,,rural,onNetWithoutBuild,1,S2,Closet,Landlord,yes
A5,12a,Mill Street,Leeds,LS1 4AB,GB,floor 3; suite 12,,,,,rural,onNetWithoutBuild,1,,,,
A6,1,Hauptstraße,Augsburg,86150,DE,,,,,,rural,onNetWithoutBuild,9,,,,
";

pub fn files(book: &str, places: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("book.toml".into(), book.into()), ("places.csv".into(), places.into())])
}

pub fn book() -> Book {
    Book::read(&files(BOOK, PLACES)).unwrap()
}

#[track_caller]
fn problems(book: &str, places: &str) -> Vec<BookProblem> {
    Book::read(&files(book, places)).expect_err("this book is wrong")
}

/// `book.toml` with one text replaced has exactly this problem.
#[track_caller]
fn check_book(old: &str, new: &str, line: usize, what: &str) {
    assert!(BOOK.contains(old), "{old} is not in the book");
    check_only(&problems(&BOOK.replacen(old, new, 1), PLACES), "book.toml", line, what);
}

/// `places.csv` with one text replaced has exactly this problem.
#[track_caller]
fn check_places(old: &str, new: &str, line: usize, what: &str) {
    assert!(PLACES.contains(old), "{old} is not in the places");
    check_only(&problems(BOOK, &PLACES.replacen(old, new, 1)), "places.csv", line, what);
}

#[track_caller]
fn check_only(problems: &[BookProblem], file: &str, line: usize, what: &str) {
    let [problem] = problems else { panic!("{problems:#?}") };
    assert_eq!((problem.file.as_str(), problem.line), (file, line), "{}", problem.what);
    assert!(problem.what.contains(what), "{} does not say {what}", problem.what);
}

#[test]
fn a_right_book_is_read_and_survives_the_store() {
    let book = book();
    assert_eq!(book.offerings[0].product, UNI);
    assert_eq!(book.address_count(), 6);
    let again = Book::from_json(book.json()).unwrap();
    assert_eq!(again, book);
    assert_eq!(again.address("A4").unwrap().id, "A4");
    assert_eq!(again.site("S1").unwrap().address_id, "A1");
}

#[test]
fn deferred_answers_take_no_time_unless_the_book_says_so() {
    assert_eq!(book().answer_time, Span::new(0, Unit::Seconds));
    let text = BOOK.replace("zones =", "answer-time = \"2 minutes\"\nzones =");
    let book = Book::read(&files(&text, PLACES)).unwrap();
    assert_eq!(book.answer_time, Span::new(2, Unit::Minutes));
    // Books stored before there was such a line are read as they were.
    let mut stored = book.json();
    stored.as_object_mut().unwrap().remove("answerTime");
    assert_eq!(
        Book::from_json(stored).unwrap().answer_time,
        Span::new(0, Unit::Seconds)
    );
}

#[test]
fn the_sample_book_is_right_and_large_enough() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/book");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let book = Book::read(&files(&read("book.toml"), &read("places.csv"))).unwrap();
    assert!(book.address_count() >= 500);
    assert_eq!(book.countries.len(), 6);
    assert_eq!(book.address("LAST-PORT").unwrap().ports, 1);
    for address in book.addresses() {
        let lines = json!([{ "formattedAddress": address.formatted() }]);
        for (kind, list) in [
            ("fieldedAddressRepresentation", json!([address.fielded])),
            ("formattedAddressRepresentation", lines),
        ] {
            let query = json!({ "@type": "GeographicAddress_Query", kind: list });
            let found = book.place(&query, "").map(|found| found.id.clone());
            assert_eq!(found.as_ref(), Ok(&address.id), "{}", address.formatted());
        }
    }
}

#[test]
fn an_empty_book_sells_nothing_and_knows_no_place() {
    let book = Book::empty();
    assert!(book.offering("uni").is_none());
    assert!(book.address("A1").is_none());
    assert_eq!(Book::from_json(book.json()), Ok(book));
}

#[test]
fn each_mistake_in_the_book_is_told_with_its_line() {
    check_book("\"EUR\"", "\"ducats\"", 1, "ISO 4217");
    check_book("\"EUR\"", "\"$\"", 1, "may be");
    check_book("\"5 minutes\"", "\"5 days\"", 2, "businessDays or calendarDays");
    check_book("\"DE\", \"GB\"", "\"DE\", \"GB\", \"XX\"", 3, "ISO 3166");
    check_book("\"rural\"]", "\"rural\", \"metro\"]", 4, "already");
    check_book(
        "name = \"Port\"\n",
        "nam = \"Port\"\nname = \"Port\"\n",
        8,
        "is `name` meant?",
    );
    check_book("product = \"urn:mef", "product = \"mef", 9, "write urn:");
    check_book(
        "place = true\n",
        "place = true\nports-free = 3\n",
        11,
        "`ports-free` is not known",
    );
    check_book("\"45 businessDays\"", "\"5 businessDays\"", 13, "no less time");
    check_book("roll-interval = \"1 month\"\n", "", 20, "roll-interval");
    check_book(
        "\"autoRenew\"",
        "\"autoRenew\"\nroll-interval = \"1 month\"",
        30,
        "take it out",
    );
    check_book("\"autoRenew\"", "\"stop\"", 29, "autoDisconnect");
    check_book("PLANNING_COMPLETE", "planning", 16, "SITE_SURVEY_COMPLETE");
    check_book("\"9 businessDays\"", "\"0 businessDays\"", 17, "order");
    check_book("amount = 500", "amount = -500", 33, "not negative");
    check_book("amount = 500", "amount = 1.555", 33, "2 digits");
    check_book("amount = 500", "amount = \"five\"", 33, "no amount");
    check_book("amount = 429.95", "amount = 429.95, zones = 1", 40, "is `zone` meant?");
    check_book(
        "zone = \"metro\", term = \"3 years\"",
        "zone = \"city\", term = \"3 years\"",
        41,
        "is no zone",
    );
}

#[test]
fn what_changes_and_ends_cost_is_checked() {
    let with = |line: &str| format!("default-bandwidth = \"1 Gbit/s\"\n{line}");
    let check = |line: &str, what: &str| {
        check_book("default-bandwidth = \"1 Gbit/s\"\n", &with(line), 15, what);
    };
    check("change-charge = -1\n", "not negative");
    check("disconnect-charge = 1.005\n", "2 digits");
    check("change-interval = \"soon\"\n", "no length of time");
    check("termination-charge = \"half\"\n", "50 percent");
    check("termination-charge = \"101 percent\"\n", "50 percent");
    let right = "change-charge = 75\ndisconnect-charge = 0\nchange-interval = \"1 businessDay\"\ntermination-charge = \"3 months\"\n";
    let text = BOOK.replacen("default-bandwidth = \"1 Gbit/s\"\n", &with(right), 1);
    let book = Book::read(&files(&text, PLACES)).unwrap();
    let offering = &book.offerings[0];
    assert_eq!(offering.in_service.termination, Some(Rest::Months(3)));
    assert_eq!(offering.change_interval().amount, 1);
    assert_eq!(Book::from_json(book.json()).unwrap(), book);
}

#[test]
fn a_termination_charge_needs_charges_that_count_in_months() {
    let text = BOOK
        .replacen("every = \"1 month\"", "every = \"30 calendarDays\"", 1)
        .replacen("ports = 1\n", "ports = 1\ntermination-charge = \"50 percent\"\n", 1);
    check_only(&problems(&text, PLACES), "book.toml", 12, "months or years");
}

#[test]
fn price_tables_have_no_holes_doubles_or_odd_rows() {
    check_book("up-to = \"10 Gbit/s\"", "up-to = \"1 Gbit/s\"", 40, "already");
    check_book("up-to = \"10 Gbit/s\"", "up-to = \"10 Mbit/s\"", 40, "ascend");
    check_book(
        "term = \"12 months\", up-to = \"10 Gbit/s\"",
        "up-to = \"10 Gbit/s\"",
        40,
        "same columns",
    );
    let row = "  { zone = \"rural\", term = \"3 years\", up-to = \"1 Gbit/s\", amount = 0.10 },\n";
    check_book(row, "", 35, "no row gives the price for zone rural, 3 years");
}

#[test]
fn each_mistake_in_the_places_is_told_with_its_line() {
    check_places("A2,", "A1,", 3, "that of line 2");
    check_places("A2,2,", "A2,1,", 3, "the address of line 2 under another id");
    check_places("A2,2,", ",2,", 3, "id is missing");
    check_places("LS1 4AB,GB,,", "LS1 4AB,FR,,", 5, "not among the `countries`");
    check_places("LS1 4AB,GB,,", "LS1 4AB,Congo,,", 5, "ISO 3166");
    check_places("metro,onNetWithBuild", "town,onNetWithBuild", 3, "metro, rural");
    check_places("metro,onNetWithBuild", ",onNetWithBuild", 3, "is no zone");
    check_places("onNetWithBuild", "near", 3, "onNetWithBuild");
    check_places("onNetWithBuild,2", "onNetWithBuild,two", 3, "number of ports");
    check_places("offNet,0", "offNet,5", 4, "network is not");
    check_places("48.1371", "148.1371", 2, "coordinate");
    check_places("48.1371,11.5754", "48.1371,", 2, "go together");
    check_places("S2,", "S1,", 5, "that of line 2");
    check_places("Landlord,yes", "Landlord,maybe", 5, "yes or no");
    check_places("floor 3; suite", "cellar; suite", 6, "floor 3; suite 12");
    check_places(
        "A3,3,Hauptstraße,",
        "A3,3,Hauptstraße, West,",
        4,
        "19 values for 18 columns",
    );
    check_places("postcode", "postCode", 1, "is postcode meant?");
}

#[test]
fn what_is_written_in_other_forms_is_kept_in_ours_and_told() {
    let book = BOOK
        .replacen("\"EUR\"", "\"euro\"", 1)
        .replacen("\"DE\", \"GB\"", "\"Deutschland\", \"GBR\"", 1)
        .replacen("\"45 businessDays\"", "\"45 working days\"", 1)
        .replacen("up-to = \"10 Gbit/s\"", "up-to = \"10000 Mbps\"", 1);
    let places = PLACES
        .replace("LS1 4AB,GB,,", "LS1 4AB,UK,,")
        .replace("48.1371,11.5754", "48.1371 N,11.5754");
    let (read, told) = Book::read_and_tell(&files(&book, &places)).unwrap();
    assert_eq!(read, Book::read(&files(BOOK, PLACES)).unwrap());
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let expected = [
        "book.toml:1: \"euro\" is taken as EUR",
        "book.toml:3: \"Deutschland\" is taken as DE",
        "book.toml:3: \"GBR\" is taken as GB",
        "book.toml:13: \"45 working days\" is taken as 45 businessDays",
        "book.toml:40: \"10000 Mbps\" is taken as 10 Gbit/s",
        "places.csv:2: \"48.1371 N\" is taken as 48.1371",
        "places.csv:5: \"UK\" is taken as GB",
    ];
    assert_eq!(told, expected);
    assert_eq!(Book::read_and_tell(&files(BOOK, PLACES)).unwrap().1, []);
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_files() {
    let book = BOOK
        .replace("\"EUR\"", "\"ducats\"")
        .replace("\"roll\"", "\"rolling\"")
        .replace("0.10", "0.105");
    let places = PLACES.replace("A3,3", "A1,3").replace("A6,1,Haupt", "A6,1,");
    let told: Vec<(String, usize)> = problems(&book, &places).into_iter().map(|p| (p.file, p.line)).collect();
    let expected = [("book.toml", 1), ("book.toml", 23), ("places.csv", 4)].map(|(file, line)| (file.to_owned(), line));
    for place in expected {
        assert!(told.contains(&place), "{place:?} is not in {told:?}");
    }
    assert!(told.is_sorted());
}

#[test]
fn missing_and_foreign_files_are_told() {
    let mut only_book = files(BOOK, PLACES);
    only_book.remove("places.csv");
    only_book.insert("prices.csv".into(), String::new());
    let problems = Book::read(&only_book).unwrap_err();
    let told: Vec<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(told, ["places.csv", "prices.csv"]);
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    let problems = problems(&BOOK.replacen("zones = [\"metro\"", "zones = [\"metro", 1), PLACES);
    assert!(
        problems
            .iter()
            .any(|problem| problem.line == 4 && problem.what.contains("TOML")),
        "{problems:#?}"
    );
}

/// The first offering with these keys.
fn with_extras(keys: &str) -> String {
    BOOK.replacen(
        "interval-with-build = \"45 businessDays\"\n",
        &format!("interval-with-build = \"45 businessDays\"\n{keys}\n"),
        1,
    )
}

#[test]
fn what_an_order_may_cost_on_top_is_optional() {
    assert_eq!(book().offerings[0].extras, segue_model::book::Extras::default());
    let keys = "construction-charge = 2500\nexpedite-charge = 900.50\nexpedite-interval = \"5 businessDays\"\n\
                cancellation-charge = 300\nno-cancellation-after = \"EQUIPMENT_INSTALLED\"";
    let book = Book::read(&files(&with_extras(keys), PLACES)).unwrap();
    let extras = &book.offerings[0].extras;
    assert_eq!(extras.construction, Some("2500".parse().unwrap()));
    assert_eq!(extras.expedite.as_ref().unwrap().amount, "900.50".parse().unwrap());
    assert_eq!(extras.no_cancellation_after.as_deref(), Some("EQUIPMENT_INSTALLED"));
    assert_eq!(Book::from_json(book.json()).unwrap(), book);
}

#[track_caller]
fn check_extras(keys: &str, what: &str) {
    let problems = problems(&with_extras(keys), PLACES);
    let [problem] = &problems[..] else {
        panic!("{problems:#?}")
    };
    assert!(problem.what.contains(what), "{} does not say {what}", problem.what);
}

#[test]
fn extras_that_make_no_sense_are_told() {
    check_extras("construction-charge = -1", "an amount is not negative");
    check_extras("expedite-charge = 900", "go together");
    check_extras("no-cancellation-after = \"NEVER\"", "is no milestone of this offering");
    let slower = "expedite-charge = 900\nexpedite-interval = \"12 businessDays\"";
    check_extras(slower, "takes less time than `interval`");
}

#[test]
fn parts_of_addresses_are_kept_as_the_wire_has_them() {
    let places = PLACES.replace("A2,2,", "A2,2 - 4,").replacen(
        "A1,1,Hauptstraße,München,80331",
        "A1,1,Hauptstraße,München,D-80331",
        1,
    );
    let (book, told) = Book::read_and_tell(&files(BOOK, &places)).unwrap();
    assert_eq!(book.address("A1").unwrap().fielded["postcode"], "80331");
    let range = &book.address("A2").unwrap().fielded.clone();
    assert_eq!((&range["streetNr"], &range["streetNrLast"]), (&json!("2"), &json!("4")));
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let expected = [
        "places.csv:2: \"D-80331\" is taken as 80331",
        "places.csv:3: \"2 - 4\" is taken as streetNr 2 and streetNrLast 4",
    ];
    assert_eq!(told, expected);
}

#[test]
fn milestones_are_those_of_the_product() {
    let text = BOOK.replacen("\"EQUIPMENT_INSTALLED\"", "\"E2E_TESTING_COMPLETED\"", 1);
    check_only(
        &problems(&text, PLACES),
        "book.toml",
        17,
        "no milestone of this product",
    );
}
