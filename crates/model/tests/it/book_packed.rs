//! Places as bytes: nothing is lost, nothing strange is taken.

use std::collections::BTreeMap;

use segue_model::book::{Book, Places};
use serde_json::{Value, json};

const TERMS: &str = r#"{"currency": "EUR", "quoteValidity": {"amount": 5, "units": "minutes"},
    "countries": [], "offerings": []}"#;

fn with(addresses: Value, sites: Value) -> Value {
    let mut book: Value = serde_json::from_str(TERMS).unwrap();
    book["addresses"] = addresses;
    book["sites"] = sites;
    book
}

/// Everything an address can have, in an order of its own, and things no list has.
fn odd() -> Value {
    json!({
        "id": "Ö/1", "zone": "metro", "km": "1.50", "delivery": "onNetWithBuild", "ports": 70_000,
        "mbps": 10_000_000_000_u64, "point": ["52.520012", "-0.1"], "label": ["L-1", "Authority"],
        "fielded": {
            "city": "Łódź", "streetName": "", "countryCode": "PL", "streetNr": "12",
            "subUnit": [{"subUnitType": "floor", "subUnitNumber": "3"}, {"subUnitType": "suite", "subUnitNumber": ""}],
            "streetNrLast": "14", "surprise": {"deep": [1, null]}, "language": "pl",
        },
    })
}

fn plain(id: &str) -> Value {
    json!({
        "id": id, "zone": "", "delivery": "offNet", "ports": 0, "point": null, "label": null,
        "fielded": {"streetName": "Weg", "city": "Ort", "countryCode": "DE", "subUnit": ["odd"]},
    })
}

fn sites() -> Value {
    let site = |id: &str, at: &str, private: bool| json!({"id": id, "addressId": at, "name": id, "owner": "House", "customer": "Bank", "private": private});
    json!([
        site("S2", "B", false),
        site("S1", "B", true),
        site("S3", "B", false),
        site("S4", "gone", false)
    ])
}

#[test]
fn all_that_an_address_has_comes_out_of_the_bytes_in_the_same_order() {
    let book = Book::from_json(with(json!([odd(), plain("B"), plain("A")]), sites())).unwrap();
    let opened = Places::open(book.places().bytes().to_vec()).unwrap();
    assert_eq!(&opened, book.places());
    let again = Book::of(book.terms(), opened).unwrap();
    assert_eq!(again, book);
    assert_eq!(again.json().to_string(), book.json().to_string());
    let known: Vec<String> = again.addresses().map(|address| address.id).collect();
    assert_eq!(known, ["Ö/1", "B", "A"]);
    let address = again.address("Ö/1").unwrap();
    assert_eq!(json!(*address), odd());
    assert_eq!(json!(address.fielded).to_string(), odd()["fielded"].to_string());
    assert!(again.address("C").is_none());
    assert!(again.address("").is_none());
}

#[test]
fn sites_are_found_by_id_and_the_public_ones_at_their_address_in_the_order_of_the_list() {
    let book = Book::from_json(with(json!([plain("A"), plain("B")]), sites())).unwrap();
    let here: Vec<String> = book.sites_at("B").into_iter().map(|site| site.id).collect();
    assert_eq!(here, ["S2", "S3"]);
    assert!(book.sites_at("A").is_empty() && book.sites_at("gone").is_empty());
    assert!(book.site("S1").unwrap().private);
    assert_eq!(book.site("S4").unwrap().address_id, "gone");
    assert_eq!(book.site_count(), 4);
}

#[test]
fn the_same_places_are_the_same_bytes_and_one_letter_makes_them_others() {
    let digest = |addresses: Value| {
        let book = Book::from_json(with(addresses, json!([]))).unwrap();
        book.places().digest().to_owned()
    };
    let one = digest(json!([plain("A"), plain("B")]));
    assert_eq!(one, digest(json!([plain("A"), plain("B")])));
    assert_ne!(one, digest(json!([plain("A"), plain("b")])));
    assert_ne!(one, digest(json!([plain("B"), plain("A")])));
}

#[test]
fn bytes_that_are_cut_off_or_of_another_program_are_refused_and_spoiled_ones_do_no_harm() {
    let book = Book::from_json(with(json!([odd(), plain("B")]), sites())).unwrap();
    let bytes = book.places().bytes();
    for length in [0, 7, 30, bytes.len() - 1] {
        Places::open(bytes[..length].to_vec()).unwrap_err();
    }
    let mut newer = bytes.to_vec();
    newer[8] = 99;
    assert!(Places::open(newer).unwrap_err().contains("another program"));
    // Whatever one byte says: an answer or none, never a panic.
    for at in 16..bytes.len() {
        let mut spoiled = bytes.to_vec();
        spoiled[at] ^= 0xff;
        let Ok(places) = Places::open(spoiled) else { continue };
        let book = Book::of(book.terms(), places).unwrap();
        let _ = (book.address("B"), book.sites_at("B"), book.addresses().count());
    }
}

#[test]
fn bytes_of_an_older_format_are_made_anew() {
    let book = Book::from_json(with(json!([odd(), plain("B")]), sites())).unwrap();
    let mut older = book.places().bytes().to_vec();
    // The format stands behind the form of rows.
    older[12..16].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(&Places::open(older).unwrap(), book.places());
}

#[test]
fn of_many_mistakes_the_first_fifty_are_told_and_how_many_there_are() {
    let mut places = "id,streetName,city,countryCode,delivery,ports\n".to_owned();
    for row in 0..1_000 {
        places += &format!("P{row},Weg {row},Ort,DE,somewhere,1\n");
    }
    let files = BTreeMap::from([
        ("book.toml".to_owned(), String::new()),
        ("places.csv".to_owned(), places),
    ]);
    let told = Book::read(&files).unwrap_err();
    let lines: Vec<usize> = told
        .iter()
        .filter(|told| told.file == "places.csv")
        .map(|told| told.line)
        .collect();
    assert_eq!(lines, (2..=52).collect::<Vec<_>>());
    assert_eq!(told.last().unwrap().what, "950 more from here on are not shown");
}
