//! Products read from files: what is repaired, what is refused, and what the official ones say.

use std::collections::BTreeMap;
use std::path::Path;

use segue_model::failure::Problem;
use segue_model::party::Strictness;
use segue_model::products::Products;
use segue_model::products::import::{Reading, read};
use serde_json::{Value, json};

use super::sdk;

const URN: &str = "urn:example:lso:spec:private:dark-fibre:v1.0.0:all";

fn files(texts: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = texts
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    owned.collect()
}

/// One schema in YAML with our URN.
fn schema(text: &str) -> Reading {
    read(&files(&[("fibre.yaml", &format!("$id: {URN}\n{text}"))]))
}

fn products(reading: Reading) -> Products {
    assert!(reading.mistakes.is_empty(), "{:?}", reading.mistakes);
    Products::builtin().extended(reading.products).unwrap()
}

/// Pointers of problems and warnings of a payload.
fn judged(products: &Products, payload: Value, strictness: Strictness) -> (Vec<String>, Vec<String>) {
    let (problems, warnings) = products.check(&payload, "/p", strictness);
    let path = |problem: &Problem| problem.property_path.clone();
    (problems.iter().map(path).collect(), warnings)
}

#[track_caller]
fn check_pointers(schema_text: &str, members: Value, expected: &[&str]) {
    let products = products(schema(schema_text));
    let mut payload = json!({ "@type": URN });
    payload
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    let (problems, _) = judged(&products, payload, Strictness::Refuse);
    assert_eq!(problems, expected);
}

#[track_caller]
fn check_mistake(texts: &[(&str, &str)], piece: &str) {
    let reading = read(&files(texts));
    let told: Vec<&str> = reading.mistakes.iter().map(|note| note.what.as_str()).collect();
    assert!(told.iter().any(|what| what.contains(piece)), "{piece}: {told:?}");
    assert!(reading.products.is_empty());
}

#[track_caller]
fn check_repair(text: &str, piece: &str) -> Products {
    let reading = schema(text);
    let told: Vec<&str> = reading.repairs.iter().map(|note| note.what.as_str()).collect();
    assert!(told.iter().any(|what| what.contains(piece)), "{piece}: {told:?}");
    products(reading)
}

#[test]
fn faults_point_at_the_attribute() {
    let text = "type: object\nrequired: [length]\nproperties:\n  length: {type: integer, minimum: 1}\n  fibre: {enum: [G652D, G657A]}\n";
    check_pointers(
        text,
        json!({ "length": 0, "fibre": "G655" }),
        &["/p/fibre", "/p/length"],
    );
    check_pointers(text, json!({}), &["/p/length"]);
    check_pointers(text, json!({ "length": 3 }), &[]);
}

#[test]
fn an_unknown_attribute_is_found_at_its_place_and_refused_or_warned_of() {
    let text = "allOf:\n  - $ref: '#/definitions/Common'\nproperties:\n  ends: {type: array, items: {$ref: '#/definitions/End'}}\ndefinitions:\n  Common: {type: object, properties: {label: {type: string}}}\n  End: {properties: {floor: {type: string}}}\n";
    let products = products(schema(text));
    let payload = json!({ "@type": URN, "lable": "x", "ends": [{ "floor": "1" }, { "flor": "1", "floor": 2 }] });
    let (problems, warnings) = judged(&products, payload.clone(), Strictness::Refuse);
    assert_eq!(problems, ["/p/ends/1/floor", "/p/ends/1/flor", "/p/lable"]);
    assert!(warnings.is_empty());
    let (problems, warnings) = judged(&products, payload, Strictness::Warn);
    assert_eq!(problems, ["/p/ends/1/floor"]);
    assert_eq!(
        warnings,
        [
            "/p/ends/1/flor: flor is not known here; it is spelled floor.",
            "/p/lable: lable is not known here; it is spelled label."
        ]
    );
}

#[test]
fn of_several_forms_the_one_that_was_meant_is_told_about() {
    let text = "properties:\n  map:\n    oneOf: [{$ref: '#/definitions/A'}, {$ref: '#/definitions/B'}]\ndefinitions:\n  A: {type: object, properties: {mapType: {enum: [A]}, name: {type: string}}}\n  B: {type: object, properties: {mapType: {enum: [B]}, list: {type: array, items: {type: integer}}}}\n";
    check_pointers(
        text,
        json!({ "map": { "mapType": "B", "list": [1, "x"] } }),
        &["/p/map/list/1"],
    );
    check_pointers(text, json!({ "map": { "mapType": "C" } }), &["/p/map"]);
    check_pointers(text, json!({ "map": {} }), &["/p/map"]);
    check_pointers(
        text,
        json!({ "map": { "mapType": "A", "list": [1] } }),
        &["/p/map/list"],
    );
}

#[test]
fn a_reference_to_the_network_is_a_mistake_and_nothing_is_fetched() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let address = format!("http://{}/fibre.yaml", server.local_addr().unwrap());
    for reference in [address.as_str(), "file:///etc/hostname", "/etc/hostname"] {
        let text = format!("$id: {URN}\nproperties:\n  x:\n    $ref: '{reference}'\n");
        check_mistake(&[("fibre.yaml", &text)], "lies outside");
    }
    let payload = json!({ "@type": address, "x": 1 });
    let products = products(schema("properties:\n  x: {type: integer}\n"));
    assert_eq!(judged(&products, payload, Strictness::Warn).0, ["/p/@type"]);
    let called = server.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(called, Err(std::io::ErrorKind::WouldBlock), "somebody called");
}

#[test]
fn what_official_files_do_wrong_is_set_right_and_told() {
    check_repair("properties:\n", "/properties has no value");
    check_repair("allOf: {type: object}\n", "is no list");
    check_repair(
        "properties:\n  x: {$ref: '#/definitions/X', nullable: true}\ndefinitions: {X: {type: string}}\n",
        "nullable is left out",
    );
    let lifted = check_repair(
        "properties:\n  required: [x]\n  type: object\n  x: {type: string}\n",
        "read one level up",
    );
    assert_eq!(judged(&lifted, json!({ "@type": URN }), Strictness::Warn).0, ["/p/x"]);
}

#[test]
fn a_reference_into_a_folder_that_is_not_there_finds_the_file_of_that_name() {
    let text = format!("$id: {URN}\nproperties:\n  x: {{$ref: '../../common/units.yaml#/definitions/Rate'}}\n");
    let common = "definitions:\n  Rate: {type: integer}\n  Broken: {type: nonsense}\n";
    let reading = read(&files(&[("a/fibre.yaml", &text), ("b/units.yaml", common)]));
    assert!(
        reading
            .repairs
            .iter()
            .any(|note| note.what.contains("b/units.yaml is read"))
    );
    let products = products(reading);
    assert_eq!(
        judged(&products, json!({ "@type": URN, "x": "1" }), Strictness::Warn).0,
        ["/p/x"]
    );
    check_mistake(
        &[
            ("a/fibre.yaml", &text),
            ("b/units.yaml", common),
            ("c/units.yaml", common),
        ],
        "2 files",
    );
    check_mistake(&[("a/fibre.yaml", &text)], "not among the files");
}

#[test]
fn a_schema_that_would_never_end_or_never_fit_is_refused() {
    let id = |text: &str| format!("$id: {URN}\n{text}");
    let check = |text: &str, piece: &str| check_mistake(&[("fibre.yaml", &id(text))], piece);
    check(
        "allOf: [{$ref: '#/definitions/A'}]\ndefinitions: {A: {allOf: [{$ref: '#/definitions/A'}]}}\n",
        "without end",
    );
    check("properties: {x: {type: nonsense}}\n", "cannot be used");
    check("properties: {x: {type: string, pattern: '('}}\n", "cannot be used");
    check(
        "properties: {x: {$ref: '#/definitions/Gone'}}\n",
        "It has no /definitions/Gone",
    );
    // Going down into the value is no circle.
    products(schema(
        "properties: {x: {$ref: '#/definitions/T'}}\ndefinitions: {T: {properties: {t: {$ref: '#/definitions/T'}}}}\n",
    ));
}

#[test]
fn a_small_file_does_not_become_a_big_value() {
    let mut text = format!("$id: {URN}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", "));
    }
    check_mistake(&[("bomb.yaml", &text)], "not YAML");
    let deep = format!(
        "$id: {URN}\nproperties: {}{}\n",
        "{properties: {x: ".repeat(300),
        "}}".repeat(300)
    );
    let reading = read(&files(&[("deep.yaml", &deep)]));
    assert!(reading.products.is_empty() && !reading.mistakes.is_empty());
}

/// All text files below `folder`.
pub fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, text);
            }
        }
    }
    found
}

/// Counts of products and of files that cannot be read; each product has a sample of its own.
#[track_caller]
fn check_release(name: &str, count: usize, broken: &[&str]) {
    let Some(sdk) = sdk::folder() else { return };
    let reading = read(&tree(&sdk.join(name)));
    let files: Vec<&str> = reading.mistakes.iter().map(|note| note.file.as_str()).collect();
    assert_eq!(files, broken, "{:?}", reading.mistakes);
    assert_eq!(reading.products.len(), count);
    let urns: Vec<String> = reading.products.iter().map(|found| found.product.urn.clone()).collect();
    let products = Products::builtin().extended(reading.products).unwrap();
    let without: Vec<&String> = urns
        .iter()
        .filter(|urn| products.definition(urn).is_some() && products.sample(urn).is_none())
        .collect();
    assert!(without.is_empty(), "no sample of {without:?}");
}

#[test]
fn all_products_of_grace_compile_and_have_a_sample() {
    check_release("grace", 20, &[]);
}

#[test]
fn all_products_of_billie_compile_but_two_that_are_no_yaml() {
    check_release(
        "billie",
        35,
        &[
            "productSchema/carrierEthernet/accessEline/poq/accessElineOvc.yaml",
            "productSchema/carrierEthernet/accessEline/quote/accessElineOvc.yaml",
        ],
    );
}
