//! Price tables by class of service, by use, and what is sold on demand.

use segue_model::book::Book;
use segue_model::document::Object;
use segue_model::time::{Span, Unit};
use serde_json::json;

use crate::book_read::{BOOK, PLACES, book, files};

/// The book with the first charge of this kind instead.
fn with_charge(charge: &str) -> Result<Book, Vec<String>> {
    let text = BOOK.replacen("name = \"Installation\"\nrows = [{ amount = 500 }]", charge, 1);
    assert_ne!(text, BOOK);
    Book::read(&files(&text, PLACES)).map_err(|told| told.into_iter().map(|problem| problem.to_string()).collect())
}

#[track_caller]
fn check_refused(charge: &str, what: &str) {
    let told = with_charge(charge).unwrap_err();
    let [problem] = &told[..] else { panic!("{told:#?}") };
    assert!(problem.starts_with("book.toml:") && problem.contains(what), "{problem}");
}

fn classes(names: &[&str]) -> Object {
    let configuration = json!({"listOfClassOfServiceNames": names});
    configuration.as_object().unwrap().clone()
}

const BY_CLASS: &str = "name = \"Transport\"\nevery = \"1 month\"\nrows = [\
    { class = \"gold\", up-to = \"1 Gbit/s\", amount = 90 }, { class = \"gold\", up-to = \"10 Gbit/s\", amount = 190 },\
    { class = \"basic\", up-to = \"10 Gbit/s\", amount = 60 }]";

#[test]
fn a_price_may_depend_on_the_class_of_service() {
    let book = with_charge(BY_CLASS).unwrap();
    assert_eq!(Book::from_json(book.json()).unwrap(), book);
    let price = |names: &[&str]| {
        let (offering, address) = (&book.offerings[0], book.address("A1"));
        let lines = book.prices(offering, address.as_deref(), &classes(names), None)?;
        Ok::<_, String>((lines[0].amount.value.to_string(), lines[0].description.clone()))
    };
    let told = |reason: Result<_, String>| reason.unwrap_err();
    assert_eq!(
        price(&["gold"]).unwrap(),
        ("90".into(), "Price for class gold, up to 1000 Mbit/s.".into())
    );
    assert_eq!(price(&["basic", "basic"]).unwrap().0, "60");
    assert!(told(price(&["silver"])).contains("not sold with the class of service silver"));
    assert!(told(price(&["gold", "basic"])).contains("has several"));
    assert!(told(price(&[])).contains("names none"));
}

#[test]
fn each_class_has_a_price_wherever_another_has_one() {
    let gap = "name = \"Transport\"\nrows = [{ zone = \"metro\", class = \"gold\", amount = 90 },\
               { zone = \"rural\", class = \"gold\", amount = 80 }, { zone = \"metro\", class = \"basic\", amount = 60 }]";
    check_refused(gap, "no row gives the price for zone rural, class basic");
    let mixed = "name = \"Transport\"\nrows = [{ class = \"gold\", amount = 90 }, { amount = 80 }]";
    check_refused(mixed, "class as in the first row, not none");
}

#[test]
fn use_is_charged_per_unit_and_not_in_time() {
    let per = "name = \"Volume\"\nper = \"GB\"\nrows = [{ amount = 0.0045 }]";
    let book = with_charge(per).unwrap();
    assert_eq!(book.offerings[0].charges[0].per.as_deref(), Some("GB"));
    check_refused(&per.replace("per =", "every = \"1 month\"\nper ="), "not both");
    // Only use is finer than a coin.
    check_refused(&per.replace("per = \"GB\"\n", ""), "2 digits after the point");
}

fn on_demand(keys: &str) -> Result<Book, Vec<String>> {
    let (head, tail) = BOOK.split_once("interval = \"10 businessDays\"").unwrap();
    let (_, tail) = tail.split_once("[[offering.term]]").unwrap();
    let text = format!("{head}on-demand = true\ndefault-bandwidth = \"1 Gbit/s\"\n{keys}\n[[offering.term]]{tail}");
    Book::read(&files(&text, PLACES)).map_err(|told| told.into_iter().map(|problem| problem.to_string()).collect())
}

#[test]
fn what_is_sold_on_demand_takes_no_time() {
    let book = on_demand("").unwrap();
    assert!(book.offerings[0].on_demand);
    assert_eq!(book.offerings[0].interval, Span::new(0, Unit::Seconds));
    assert_eq!(book.offerings[0].change_interval(), Span::new(0, Unit::Seconds));
    let told = on_demand("change-interval = \"1 businessDay\"").unwrap_err();
    assert!(
        told[0].contains("take `change-interval` or `on-demand` out"),
        "{told:?}"
    );
}

#[test]
fn a_tax_is_a_percentage() {
    assert_eq!(book().tax_rate, None);
    let with = |rate: &str| {
        let text = format!("tax-rate = {rate}\n{BOOK}");
        Book::read(&files(&text, PLACES)).map(|book| book.tax_rate.unwrap().to_string())
    };
    assert_eq!(with("7.7").unwrap(), "7.7");
    assert_eq!(with("119").unwrap_err()[0].line, 1);
}

#[test]
fn bandwidth_of_a_place_is_counted_where_the_file_has_it() {
    let places = "id,streetName,city,countryCode,zone,delivery,ports,bandwidth\n\
                  A1,Hauptstraße,München,DE,metro,onNetWithoutBuild,4,10 Gbit/s\n\
                  A2,Nebenstraße,München,DE,metro,onNetWithoutBuild,2,\n";
    let book = Book::read(&files(BOOK, places)).unwrap();
    let takes = |id: &str| {
        let taken = book.capacity(&book.offerings[0], book.address(id).as_deref(), &classes(&[]));
        let told = taken.into_iter().map(|it| (it.key, it.amount, it.limit));
        told.collect::<Vec<_>>()
    };
    let port = |id: &str, limit: i64| (format!("port/{id}"), 1, limit);
    assert_eq!(takes("A1"), [port("A1", 4), ("bandwidth/A1".into(), 1_000, 10_000)]);
    assert_eq!(takes("A2"), [port("A2", 2)]);
    let told = Book::read(&files(BOOK, &places.replace("10 Gbit/s", "much"))).unwrap_err();
    assert_eq!((told[0].file.as_str(), told[0].line), ("places.csv", 2));
}

const BY_DISTANCE: &str = "name = \"Line\"\nrows = [\
    { up-to-km = 2, up-to = \"1 Gbit/s\", amount = 100 }, { up-to-km = 2, up-to = \"10 Gbit/s\", amount = 150 },\
    { up-to-km = 12.5, up-to = \"1 Gbit/s\", amount = 400 }]";

#[test]
fn a_price_may_depend_on_the_distance() {
    let text = BOOK.replacen("name = \"Installation\"\nrows = [{ amount = 500 }]", BY_DISTANCE, 1);
    let places = "id,streetName,city,countryCode,zone,delivery,ports,distance\n\
                  A1,Hauptstraße,München,DE,metro,onNetWithoutBuild,4,800 m\n\
                  A2,Nebenstraße,München,DE,metro,onNetWithoutBuild,2,\"2,5 km\"\n\
                  A3,Uferstraße,München,DE,metro,onNetWithoutBuild,2,13 km\n\
                  A4,Ringstraße,München,DE,metro,onNetWithoutBuild,2,\n";
    let book = Book::read(&files(&text, places)).unwrap();
    assert_eq!(Book::from_json(book.json()).unwrap(), book);
    let price = |id: &str| {
        let lines = book.prices(&book.offerings[0], book.address(id).as_deref(), &classes(&[]), None)?;
        Ok::<_, String>((lines[0].amount.value.to_string(), lines[0].description.clone()))
    };
    let near = ("100".to_owned(), "Price for up to 2 km, up to 1000 Mbit/s.".to_owned());
    assert_eq!(price("A1").unwrap(), near);
    assert_eq!(price("A2").unwrap().0, "400");
    let told = price("A3").unwrap_err();
    assert!(told.contains("up to 12.5 km away; this place is 13 km away"), "{told}");
    assert!(price("A4").unwrap_err().contains("distance"));
}

#[test]
fn bands_of_distance_ascend_and_are_numbers() {
    let swapped = "name = \"Line\"\nrows = [{ up-to-km = 5, amount = 100 }, { up-to-km = 2, amount = 50 }]";
    check_refused(swapped, "up to 2 km stands behind a wider one");
    check_refused("name = \"Line\"\nrows = [{ up-to-km = 0, amount = 100 }]", "above 0");
}

#[test]
fn the_nearest_place_is_the_one_that_looking_at_all_would_find() {
    // Many places around the middle; the one asked about is told apart by its row.
    let mut places = String::from("id,streetName,city,countryCode,zone,delivery,ports,latitude,longitude\n");
    let at = |row: u32| {
        (
            f64::from(row * 7_919 % 1_000) / 500.0 + 51.0,
            f64::from(row * 104_729 % 1_000) / 250.0 + 9.0,
        )
    };
    for row in 0..300_u32 {
        let (delivery, ports) = if row % 3 == 0 {
            ("offNet", 0)
        } else {
            ("onNetWithoutBuild", 1)
        };
        let zone = if row % 3 == 0 { "" } else { "metro" };
        let (latitude, longitude) = at(row);
        places += &format!("P{row},Weg {row},Ort,DE,{zone},{delivery},{ports},{latitude:.4},{longitude:.4}\n");
    }
    let book = Book::read(&files(BOOK, &places)).unwrap();
    let degrees = |id: &str| {
        let [latitude, longitude] = book.address(id).unwrap().point.clone().unwrap();
        [latitude, longitude].map(|text| text.parse::<f64>().unwrap().to_radians())
    };
    // By the law of cosines, which the program does not use.
    let km = |a: [f64; 2], b: [f64; 2]| {
        let cosine = a[0].sin() * b[0].sin() + a[0].cos() * b[0].cos() * (a[1] - b[1]).cos();
        6_371.0 * cosine.min(1.0).acos()
    };
    for from in (0..300).step_by(3) {
        let from = format!("P{from}");
        let (found, away) = book.nearest_on_net(&book.address(&from).unwrap(), |_| true).unwrap();
        let others = (0..300)
            .filter(|row| row % 3 != 0)
            .map(|row| km(degrees(&from), degrees(&format!("P{row}"))));
        let least = others.min_by(f64::total_cmp).unwrap();
        assert!(
            (away - least).abs() < 0.01,
            "{from}: {} is {away} km away, not {least}",
            found.id
        );
    }
}
