//! The use cases of MEF 106 as they are published for Grace, where the official files are: each
//! payload is judged as it stands, corrected by the smallest patch, and all of them are
//! played in their order against a Seller that is asked over HTTP in the versions of Grace.

use std::path::PathBuf;

use segue_model::book::Book;
use segue_model::party::Strictness;
use segue_model::products::Products;
use serde_json::{Value, json};

use crate::bodies::{ORDER, POQ, QUOTE, VALIDATION};
use crate::older;
use crate::world::{Buyer, World};

const BOOK: &str = include_str!("mef106/book.toml");
const PLACES: &str = "\
id,streetNr,streetName,streetType,city,postcode,stateOrProvince,countryCode,delivery,ports
NewYorkAddress-id-1,20,Example,st.,New York,10279,New York,US,onNetWithoutBuild,4
";

/// The examples; none (and a line that says so) where the official files are not.
fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/sdk");
    let sdk = std::env::var("SEGUE_SDK").unwrap_or_else(|_| beside.to_owned());
    let folder = PathBuf::from(sdk).join("grace/examples/accessEline");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no official examples at {}; set SEGUE_SDK", folder.display());
    None
}

fn example(folder: &std::path::Path, case: u32) -> Value {
    let text = std::fs::read_to_string(folder.join(format!("UseCase{case}Request.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The items of a request.
fn items(body: &mut Value) -> &mut Vec<Value> {
    let (_, items) = body
        .as_object_mut()
        .unwrap()
        .iter_mut()
        .find(|(name, _)| name.ends_with("Item"))
        .unwrap();
    items.as_array_mut().unwrap()
}

/// What is wrong with the payloads as published, beside what a whole request may lack: use case,
/// item, pointer. `l2cp_P` is an object where a list belongs; a list of profiles is empty.
const VERBATIM: [(u32, usize, &str); 20] = [
    (2, 0, "/enniEp/ingressClassOfServiceMap/l2cp_P"),
    (2, 0, "/uniEp/ingressClassOfServiceMap/l2cp_P"),
    (3, 0, "/enniEp/ingressBandwidthProfilePerClassOfServiceName"),
    (3, 0, "/enniEp/ingressClassOfServiceMap/l2cp_P"),
    (3, 0, "/uniEp/ingressClassOfServiceMap/l2cp_P"),
    (4, 0, "/enniEp/ingressClassOfServiceMap/l2cp_P"),
    (4, 0, "/uniEp/ingressClassOfServiceMap/l2cp_P"),
    (5, 0, "/enniEp/ingressBandwidthProfilePerClassOfServiceName"),
    (5, 0, "/enniEp/ingressClassOfServiceMap/l2cp_P"),
    (5, 0, "/uniEp/ingressClassOfServiceMap/l2cp_P"),
    (6, 0, "/enniEp/ingressClassOfServiceMap/l2cp_P"),
    (6, 0, "/uniEp/ingressClassOfServiceMap/l2cp_P"),
    (7, 0, "/enniEp/ingressClassOfServiceMap/l2cp_P"),
    (7, 0, "/uniEp/ingressClassOfServiceMap/l2cp_P"),
    (8, 0, "/enniEp/ingressBandwidthProfilePerClassOfServiceName"),
    (8, 0, "/enniEp/ingressClassOfServiceMap/l2cp_P"),
    (8, 0, "/uniEp/ingressClassOfServiceMap/l2cp_P"),
    (9, 0, "/enniEp/ingressBandwidthProfilePerClassOfServiceName"),
    (9, 0, "/enniEp/ingressClassOfServiceMap/l2cp_P"),
    (9, 0, "/uniEp/ingressClassOfServiceMap/l2cp_P"),
];

#[test]
fn each_payload_is_judged_as_it_stands() {
    let Some(folder) = folder() else { return };
    let products = Products::builtin();
    let mut told = Vec::new();
    for case in 2..=10 {
        for (index, item) in items(&mut example(&folder, case)).iter().enumerate() {
            let Some(configuration) = item.pointer("/product/productConfiguration") else {
                continue;
            };
            let (problems, _) = products.check(configuration, "", Strictness::Warn);
            told.extend(problems.into_iter().map(|problem| (case, index, problem.property_path)));
        }
    }
    let expected = VERBATIM.map(|(case, index, pointer)| (case, index, pointer.to_owned()));
    assert_eq!(told, expected);
}

/// The smallest patch for each use case, as RFC 6902 writes it. `l2cp_P` becomes a list; an empty list
/// of profiles is left out, since the schema wants one at least; a date of the whole order is of Celine
/// (since Dolly the items have theirs); use cases 5, 8 and 9 have no term (MEF 123 R34, R42), and 5
/// orders the port under another offering than 4 was quoted for; Mplify 123.1 asks for contacts at an
/// end too (10), where MEF 123 allowed nothing but the product; 1 has a suffix of the number that its
/// own answer has not.
const PATCHES: &str = include_str!("mef106/patches.json");

fn corrected(case: u32, mut body: Value) -> Value {
    let patches: Value = serde_json::from_str(PATCHES).unwrap();
    for step in patches[case.to_string()].as_array().unwrap() {
        let text = |name: &str| step[name].as_str().unwrap_or_default();
        let value = match text("op") {
            "remove" => drop_at(&mut body, text("path")),
            "move" => {
                let moved = drop_at(&mut body, text("from"));
                put_at(&mut body, text("path"), moved)
            }
            "add" | "replace" => put_at(&mut body, text("path"), Some(step["value"].clone())),
            other => panic!("{other}"),
        };
        assert_ne!(value, None, "use case {case} has no place for {step}");
    }
    body
}

/// The object or list that holds what a pointer leads to, and the last step.
fn holder<'a, 'p>(body: &'a mut Value, pointer: &'p str) -> (&'a mut Value, &'p str) {
    let (above, last) = pointer.rsplit_once('/').unwrap();
    (body.pointer_mut(above).unwrap_or_else(|| panic!("no {above}")), last)
}

fn drop_at(body: &mut Value, pointer: &str) -> Option<Value> {
    let (holder, last) = holder(body, pointer);
    holder.as_object_mut().unwrap().remove(last)
}

fn put_at(body: &mut Value, pointer: &str, value: Option<Value>) -> Option<Value> {
    let value = value?;
    match holder(body, pointer) {
        (Value::Array(list), "-") => list.push(value),
        (Value::Object(members), name) => drop(members.insert(name.to_owned(), value)),
        (other, _) => panic!("{pointer}: {other}"),
    }
    Some(Value::Null)
}

/// The names of our Seller and our Buyer in place of those of the examples.
struct Names {
    enni: String,
    uni: String,
    ovc: String,
    account: String,
}

impl Names {
    fn put(&self, value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(|entry| self.put(entry)),
            Value::Object(object) => {
                let named = object.iter_mut().filter(|(name, _)| *name != "productConfiguration");
                named.for_each(|(_, value)| self.put(value));
            }
            Value::String(text) => {
                let known = match text.as_str() {
                    "SP1_ENNI" | "SP2_ENNI" => &self.enni,
                    "NewYork_UNI" => &self.uni,
                    "AccessEline-0001" => &self.ovc,
                    "00000000-1111-0000-0000-000000000001" => &self.account,
                    _ => return,
                };
                text.clone_from(known);
            }
            _ => {}
        }
    }
}

/// A corrected example with our names, for `date`.
fn request(case: u32, names: &Names, date: &str) -> Value {
    let folder = folder().unwrap();
    let mut body = corrected(case, example(&folder, case));
    names.put(&mut body);
    for name in ["requestedPOQCompletionDate", "requestedQuoteCompletionDate"] {
        if let Some(wanted) = body.get_mut(name) {
            *wanted = json!(date);
        }
    }
    if let Some(orders) = body.get_mut("productOrderItem").and_then(Value::as_array_mut) {
        for item in orders {
            item["requestedCompletionDate"] = json!(date);
        }
    }
    body
}

async fn post(world: &World, to: (&str, &str), body: &Value) -> Value {
    let reply = older::post(world, to, body).await;
    assert!(
        matches!(reply.status.as_u16(), 200 | 201),
        "{to:?}: {} {}",
        reply.status,
        reply.json()
    );
    reply.json()
}

/// As it is after the work that is due now.
async fn now(world: &World, (api, path): (&str, &str), made: &Value) -> Value {
    world.work().await;
    let path = format!("{path}/{}", made["id"].as_str().unwrap());
    older::get(world, (api, &path)).await.json()
}

/// As it is in the end.
async fn ends(world: &World, to: (&str, &str), made: &Value) -> Value {
    world.work_all().await;
    now(world, to, made).await
}

/// The product of the `index`th item of a completed order.
fn product(order: &Value, index: usize) -> String {
    assert_eq!(order["state"], "completed", "{order:#}");
    let item = &order["productOrderItem"][index]["product"];
    item["id"].as_str().unwrap().to_owned()
}

/// Use case 5 orders without a quote: that of use case 4 would keep its S-VLAN from it.
async fn decline(world: &World, quote: &Value) {
    let body = json!({ "quoteId": quote["id"], "reason": "Ordered in another way." });
    post(world, (QUOTE.0, "/rejectQuote"), &body).await;
}

/// What the Seller answers to each use case as it is published: its status, then each problem with
/// its place. Products and an ENNI of those names are not there, of course.
const ANSWERS: &str = include_str!("mef106/verbatim.txt");

/// A world with the places and offerings of the use cases, which is asked over HTTP.
async fn new_york() -> World {
    let mut world = older::on_grace().await;
    world.bind().await;
    let files = [("book.toml", BOOK), ("places.csv", PLACES)].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let book = Book::read(&files.into()).unwrap();
    let company = &world.alpha.scope.company;
    world.store.put_book(company, &book).await.unwrap();
    world
}

#[tokio::test]
async fn each_use_case_is_answered_as_it_stands_with_exactly_the_problems_that_are_recorded() {
    let Some(folder) = folder() else { return };
    let world = new_york().await;
    let mut told = String::new();
    for case in 1..=10 {
        let body = example(&folder, case);
        let to = match () {
            () if body.get("productOfferingQualificationItem").is_some() => POQ,
            () if body.get("quoteItem").is_some() => QUOTE,
            () if body.get("productOrderItem").is_some() => ORDER,
            () => VALIDATION,
        };
        let reply = older::post(&world, to, &body).await;
        let answer = reply.json();
        told.push_str(&format!("{case} {}\n", reply.status.as_u16()));
        for problem in answer.as_array().into_iter().flatten() {
            let text = |name: &str| problem[name].as_str().unwrap_or_default();
            told.push_str(&format!("  {} {}\n", text("code"), text("propertyPath")));
        }
    }
    assert_eq!(told, ANSWERS, "{told}");
}

/// Another connection on the port that is there now. The example has the VLAN IDs of the first
/// one, which an interface can give once only.
async fn another_connection(world: &World, mut body: Value) {
    let lists = [
        ("enniEp/ovcEndPointMap/ovcEndPointMapFormE", 3000),
        ("uniEp/ovcEndPointMap/ovcEndPointMapFormU", 300),
    ];
    for (list, id) in lists {
        let path = format!("/productOfferingQualificationItem/0/product/productConfiguration/{list}");
        body.pointer_mut(&path).into_iter().for_each(|ids| *ids = json!([id]));
    }
    let second = post(world, POQ, &body).await;
    assert_eq!(
        second["productOfferingQualificationItem"][0]["serviceabilityConfidence"],
        "green"
    );
}

#[tokio::test]
async fn the_use_cases_are_played_in_their_order() {
    let Some(folder) = folder() else { return };
    let world = new_york().await;
    let buyer: &Buyer = &world.alpha;
    let mut names = Names {
        enni: buyer.enni.clone(),
        uni: String::new(),
        ovc: String::new(),
        account: format!("{}-main", buyer.name),
    };
    let date = "2027-03-01T00:00:00Z";

    let validation = example(&folder, 1);
    // Use case 1 has a suffix that its own answer has not: another house, as far as anybody can know.
    let verbatim = post(&world, VALIDATION, &validation).await;
    assert_eq!(verbatim["bestMatchGeographicAddress"], Value::Null);
    assert_eq!(verbatim["alternateGeographicAddress"][0]["id"], "NewYorkAddress-id-1");
    // Nor has it the type of the street, which is no matter.
    let validated = post(&world, VALIDATION, &corrected(1, validation)).await;
    assert_eq!(validated["bestMatchGeographicAddress"]["id"], "NewYorkAddress-id-1");

    let poq = post(&world, POQ, &request(2, &names, date)).await;
    let items = poq["productOfferingQualificationItem"].as_array().unwrap();
    assert!(
        items.iter().all(|item| item["serviceabilityConfidence"] == "green"),
        "{poq:#}"
    );

    let quote = post(&world, QUOTE, &request(4, &names, date)).await;
    let quote = now(&world, QUOTE, &quote).await;
    assert_eq!(quote["state"], "approved.orderable", "{quote:#}");

    decline(&world, &quote).await;
    let order = post(&world, ORDER, &request(5, &names, date)).await;
    let order = ends(&world, ORDER, &order).await;
    (names.ovc, names.uni) = (product(&order, 0), product(&order, 1));

    another_connection(&world, request(3, &names, date)).await;

    let bandwidth = post(&world, POQ, &request(6, &names, date)).await;
    assert_eq!(
        bandwidth["productOfferingQualificationItem"][0]["serviceabilityConfidence"],
        "green"
    );
    let quote = post(&world, QUOTE, &request(7, &names, date)).await;
    assert_eq!(now(&world, QUOTE, &quote).await["state"], "approved.orderable");
    for (case, pointer, expected) in [
        (
            8,
            "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/eir/irValue",
            json!(100),
        ),
        (9, "/uniEp/ovcEndPointMap/ovcEndPointMapFormU", json!([1, 2, 3])),
    ] {
        let order = post(&world, ORDER, &request(case, &names, date)).await;
        product(&ends(&world, ORDER, &order).await, 0);
        let path = format!("/product/{}", names.ovc);
        let changed = older::get(&world, ("productInventory", &path)).await.json();
        assert_eq!(
            changed.pointer(&format!("/productConfiguration{pointer}")),
            Some(&expected),
            "{changed:#}"
        );
    }

    let order = post(&world, ORDER, &request(10, &names, date)).await;
    assert_eq!(ends(&world, ORDER, &order).await["state"], "completed");
    for id in [&names.ovc, &names.uni] {
        let ended = older::get(&world, ("productInventory", &format!("/product/{id}")))
            .await
            .json();
        assert_eq!(ended["status"], "terminated");
    }
}
