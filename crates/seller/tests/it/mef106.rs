//! The use cases of MEF 106 as they are published for Grace, where the official files are: each
//! payload is judged as it stands, corrected by the smallest patch, and all of them are
//! played in their order against a Seller that is asked in the versions of Grace.

use std::path::PathBuf;

use segue_model::book::Book;
use segue_model::party::Strictness;
use segue_model::products::Products;
use serde_json::{Value, json};

use crate::bodies::{ORDER, POQ, QUOTE, VALIDATION, contact};
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

/// The smallest patch: what is wrong in the payloads, and what the envelope of these examples lacks.
fn corrected(case: u32, mut body: Value) -> Value {
    // A date of the whole order is of Celine; since Dolly the items have theirs.
    if let Some(order) = body
        .as_object_mut()
        .filter(|body| body.contains_key("productOrderItem"))
    {
        order.remove("requestedCompletionDate");
    }
    for item in items(&mut body) {
        if let Some(configuration) = item.pointer_mut("/product/productConfiguration") {
            for end in ["uniEp", "enniEp"] {
                let Some(end) = configuration.get_mut(end).and_then(Value::as_object_mut) else {
                    continue;
                };
                if let Some(one) = end
                    .get_mut("ingressClassOfServiceMap")
                    .and_then(|map| map.get_mut("l2cp_P"))
                    .filter(|l2cp| l2cp.is_object())
                {
                    *one = json!([one.take()]);
                }
                // The schema wants one profile at least: none at all is said by leaving it out.
                end.retain(|name, list| name != PROFILES || list.as_array().is_none_or(|list| !list.is_empty()));
            }
        }
        // Use cases 5, 8 and 9 have no term (MEF 123 R34, R42).
        if matches!(case, 5 | 8 | 9) {
            item["requestedItemTerm"] = yearly();
        }
        // Mplify 123.1 asks for contacts at an end too; MEF 123 allowed nothing but the product.
        if case == 10 {
            let roles = [
                "buyerProductOrderItemContact",
                "buyerImplementationContact",
                "buyerTechnicalContact",
            ];
            item["relatedContactInformation"] = json!(roles.map(contact));
        }
        // Use case 5 orders the port under another offering than use case 4 was quoted for.
        if let Some(id) = item
            .pointer_mut("/product/productOffering/id")
            .filter(|id| **id == "000075")
        {
            *id = json!("000074");
        }
    }
    body
}

const PROFILES: &str = "ingressBandwidthProfilePerClassOfServiceName";

fn yearly() -> Value {
    json!({
        "name": "Yearly Subscription", "duration": { "amount": 12, "units": "calendarMonths" },
        "endOfTermAction": "autoRenew",
    })
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
    let world = older::on_grace().await;
    let files = [("book.toml", BOOK), ("places.csv", PLACES)].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let book = Book::read(&files.into()).unwrap();
    let buyer: &Buyer = &world.alpha;
    world.store.put_book(&buyer.scope.company, &book).await.unwrap();
    let mut names = Names {
        enni: buyer.enni.clone(),
        uni: String::new(),
        ovc: String::new(),
        account: format!("{}-main", buyer.name),
    };
    let date = "2027-03-01T00:00:00Z";

    let mut validation = example(&folder, 1);
    // Use case 1 has a suffix that its own answer has not: another house, as far as anybody can know.
    let verbatim = post(&world, VALIDATION, &validation).await;
    assert_eq!(verbatim["bestMatchGeographicAddress"], Value::Null);
    assert_eq!(verbatim["alternateGeographicAddress"][0]["id"], "NewYorkAddress-id-1");
    // Nor has it the type of the street, which is no matter.
    let submitted = validation["submittedGeographicAddress"].as_object_mut().unwrap();
    submitted.remove("streetNrSuffix");
    let validated = post(&world, VALIDATION, &validation).await;
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
