//! A product nobody knew when the program was built: read into a running Seller, sold a moment
//! later, and a wrong attribute told at its place in every function.

use serde_json::{Value, json};

use crate::kit::{Pair, Site, free_address, until};
use crate::sample::{BOOK, ENNI, contact};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/product");
const URN: &str = "urn:example:lso:spec:private:dark-fibre:v1.0.0:all";

const OFFERING: &str = r#"
[[offering]]
id = "fibre"
name = "Dark fibre"
product = "urn:example:lso:spec:private:dark-fibre:v1.0.0:all"
place = true
default-bandwidth = "1 Gbit/s"
interval = "1 calendarDay"

[[offering.term]]
name = "36 months"
duration = "36 months"
end-of-term-action = "roll"
roll-interval = "1 month"

[[offering.charge]]
name = "Fibre rental"
every = "1 month"
rows = [{ amount = 420.00 }]
"#;

/// The item of a request, with what `changes` sets in its configuration (null: taken out).
fn product(changes: &Value) -> Value {
    let text = std::fs::read_to_string(format!("{FOLDER}/sample.json")).unwrap();
    let mut configuration: Value = serde_json::from_str(&text).unwrap();
    let members = configuration.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    json!({
        "productOffering": { "id": "fibre" },
        "productConfiguration": configuration,
        "place": [{
            "place": { "@type": "GeographicAddressRef", "id": "HILL-1" },
            "role": "INSTALL_LOCATION",
            "contact": [{ "name": "Desk", "number": "+44 20 5550100", "emailAddress": "desk@beta.example" }],
        }],
    })
}

fn poq(changes: &Value) -> Value {
    json!({
        "instantSyncQualification": true,
        "provideAlternative": false,
        "relatedContactInformation": [contact("buyerContactInformation")],
        "productOfferingQualificationItem": [{ "id": "1", "action": "add", "product": product(changes) }],
    })
}

fn quote(changes: &Value) -> Value {
    json!({
        "instantSyncQuote": true,
        "buyerRequestedQuoteLevel": "firm",
        "relatedContactInformation": [contact("buyerContactInformation")],
        "quoteItem": [{
            "id": "1", "action": "add", "product": product(changes),
            "requestedQuoteItemTerm": {
                "name": "36 months",
                "duration": { "amount": 36, "units": "months" },
                "endOfTermAction": "roll",
                "rollInterval": { "amount": 1, "units": "months" },
            },
            "relatedContactInformation": [contact("quoteItemTechnicalContact")],
        }],
    })
}

const POQ: &str = "productOfferingQualification createProductOfferingQualification";
const QUOTE: &str = "quoteManagement createQuote";

/// Sends a body that is taken.
#[track_caller]
fn send(pair: &Pair, operation: &str, body: &Value) -> Value {
    let file = pair.beta.file("body.json", &body.to_string());
    pair.beta.json(&format!("buy send acme {operation} {file}"))
}

/// Sends a body that is refused; what the Buyer is told.
#[track_caller]
fn refused(pair: &Pair, operation: &str, body: &Value) -> String {
    let file = pair.beta.file("body.json", &body.to_string());
    let told = pair.beta.run(&format!("buy send acme {operation} {file}"));
    assert_ne!(told.code, 0, "{}", told.out);
    told.err
}

fn sold(acme: &Site) {
    let book = format!("{BOOK}{OFFERING}");
    let path = crate::sample::book(&acme.folder, &book, crate::sample::PLACES);
    acme.text(&format!("book load {path}"));
}

#[test]
fn a_new_product_is_read_into_a_running_seller_and_ordered() {
    let pair = Pair::new(
        BOOK,
        &format!("--clock-speed 100000 --clock-origin {}", jiff::Timestamp::now()),
    );
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();

    let told = refused(&pair, POQ, &poq(&json!({})));
    assert!(
        told.contains("/productOfferingQualificationItem/0/product/productConfiguration/@type"),
        "{told}"
    );
    let read = pair.acme.json(&format!("product import {FOLDER}"));
    assert_eq!(read["products"], json!([{ "product": URN, "became": "new" }]));
    let again = pair.acme.json(&format!("product import {FOLDER}"));
    assert_eq!(
        (&again["version"], &again["products"][0]["became"]),
        (&json!(1), &json!("unchanged"))
    );
    sold(&pair.acme);

    let answer = send(&pair, POQ, &poq(&json!({})));
    assert_eq!(
        answer["productOfferingQualificationItem"][0]["serviceabilityConfidence"], "green",
        "{answer}"
    );
    let quoted = send(&pair, QUOTE, &quote(&json!({})));
    assert_eq!(quoted["state"], "approved.orderable", "{quoted}");
    let order = pair.buy(&format!("order acme --quote {}", quoted["id"].as_str().unwrap()));
    let done = until("the order is completed", || {
        let found = pair.beta.json(&format!("buy show acme order {order}"));
        (found["state"] == "completed").then_some(found)
    });
    assert_eq!(
        done["productOrderItem"][0]["product"]["productConfiguration"]["@type"],
        URN
    );
    let inventory = pair.acme.text("inventory list");
    assert!(inventory.contains("fibre"), "{inventory}");
    pair.acme.text(&format!("explain {order} --replay"));
}

#[test]
fn a_wrong_attribute_of_an_imported_product_is_told_at_its_place_in_every_function() {
    let pair = Pair::new(BOOK, "");
    pair.acme.text(&format!("product import {FOLDER}"));
    sold(&pair.acme);
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();

    let wrong =
        json!({ "fibreType": "G999", "length": { "value": 0, "unit": "KILOMETRES" }, "protection": "DIVERSE_ROUTE" });
    for (operation, list, body) in [
        (POQ, "productOfferingQualificationItem", poq(&wrong)),
        (QUOTE, "quoteItem", quote(&wrong)),
    ] {
        let told = refused(&pair, operation, &body);
        for name in ["fibreType", "length/value", "protectionLength"] {
            let pointer = format!("/{list}/0/product/productConfiguration/{name}");
            assert!(told.contains(&pointer), "{pointer}: {told}");
        }
        assert!(told.contains("protected-route-has-a-length"), "{told}");
    }

    // What the schema does not know is taken, and the decision says so, until it is agreed otherwise.
    let odd = json!({ "remarc": "x" });
    let taken = send(&pair, QUOTE, &quote(&odd));
    let why = pair
        .acme
        .json(&format!("explain {}", taken["id"].as_str().unwrap()))
        .to_string();
    assert!(why.contains("remarc is not known here; it is spelled remark."), "{why}");
    let asked = send(&pair, POQ, &poq(&odd));
    let why = pair
        .acme
        .json(&format!("explain {}", asked["id"].as_str().unwrap()))
        .to_string();
    assert!(why.contains("remarc is not known here"), "{why}");
    let mut owned: Value = serde_json::from_str(ENNI).unwrap();
    owned["productConfiguration"] = product(&odd)["productConfiguration"].take();
    let owned = pair.acme.file("owned.json", &owned.to_string());
    let import = format!("inventory import {owned} --partner beta");
    let entered = pair.acme.json(&import)["warnings"].clone();
    assert!(
        entered[0]
            .as_str()
            .unwrap()
            .starts_with("/productConfiguration/remarc: "),
        "{entered}"
    );
    agree_to_refuse(&pair.acme);
    for (operation, body) in [(POQ, poq(&odd)), (QUOTE, quote(&odd))] {
        let told = refused(&pair, operation, &body);
        assert!(told.contains("/product/productConfiguration/remarc"), "{told}");
    }
    let order = order(taken);
    let told = refused(&pair, "productOrderingManagement createProductOrder", &order);
    assert!(
        told.contains("/productOrderItem/0/product/productConfiguration/remarc"),
        "{told}"
    );
    let told = pair.acme.run(&import).err;
    assert!(told.contains("/productConfiguration/remarc"), "{told}");
}

#[test]
fn a_change_is_qualified_with_all_that_is_in_service() {
    // Mplify 87.1 R2 (use cases 2a, 2c and 4), R39 to R41
    let pair = Pair::new(BOOK, "");
    pair.acme.text(&format!("product import {FOLDER}"));
    sold(&pair.acme);
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let added = send(&pair, POQ, &poq(&json!({})));
    let id = added["id"].as_str().unwrap();
    assert_eq!(
        pair.beta.json(&format!("buy show acme poq {id}"))["state"],
        added["state"]
    );

    let mut owned: Value = serde_json::from_str(ENNI).unwrap();
    for (name, value) in product(&json!({})).as_object().unwrap() {
        owned[name] = value.clone();
    }
    let owned = pair.acme.file("owned.json", &owned.to_string());
    let entered = pair.acme.json(&format!("inventory import {owned} --partner beta"));
    let id = entered["id"].as_str().unwrap();
    let mut whole = pair.beta.json(&format!("buy inventory acme --id {id}"));
    let kept = ["id", "productOffering", "productConfiguration", "place"];
    whole
        .as_object_mut()
        .unwrap()
        .retain(|name, _| kept.contains(&name.as_str()));
    assert_eq!(whole.as_object().unwrap().len(), kept.len(), "{whole}");
    let mut body = poq(&json!({}));
    let item = &mut body["productOfferingQualificationItem"][0];
    (item["action"], item["product"]) = (json!("modify"), whole.clone());
    let answer = send(&pair, POQ, &body);
    let item = &answer["productOfferingQualificationItem"][0];
    assert_eq!(
        (&item["serviceabilityConfidence"], &item["product"]),
        (&json!("green"), &whole)
    );
}

#[test]
fn what_our_own_schemas_do_not_know_is_told_or_refused_as_agreed() {
    let pair = Pair::new(BOOK, "");
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let mut configuration = pair.acme.json("product sample carrier-ethernet-operator-uni");
    configuration["remarc"] = json!("x");
    configuration["listOfPhysicalLinks"][0]["colour"] = json!("red");
    let sent = |mut body: Value, list: &str| {
        let product = &mut body[list][0]["product"];
        product["productOffering"]["id"] = json!("port");
        product["productConfiguration"] = configuration.clone();
        body
    };
    let requests = [
        (
            POQ,
            "productOfferingQualificationItem",
            sent(poq(&json!({})), "productOfferingQualificationItem"),
        ),
        (QUOTE, "quoteItem", sent(quote(&json!({})), "quoteItem")),
    ];
    let places = ["/remarc", "/listOfPhysicalLinks/0/colour"];
    for (operation, list, body) in &requests {
        let taken = send(&pair, operation, body);
        assert_eq!(taken[list][0]["product"]["productConfiguration"]["remarc"], "x");
        let id = taken["id"].as_str().unwrap();
        let why = pair.acme.json(&format!("explain {id}")).to_string();
        for place in places {
            assert!(why.contains(&format!("/productConfiguration{place}: ")), "{why}");
        }
    }
    agree_to_refuse(&pair.acme);
    for (operation, list, body) in &requests {
        let told = refused(&pair, operation, body);
        for place in places {
            let pointer = format!("/{list}/0/product/productConfiguration{place}");
            assert!(told.contains(&pointer), "{pointer}: {told}");
        }
    }
}

#[test]
fn a_book_is_checked_with_products_that_are_imported_or_at_hand() {
    let folder = tempfile::tempdir().unwrap();
    let acme = Site::new(folder.path(), "acme", free_address(), "");
    let book = format!("{BOOK}{OFFERING}");
    let path = crate::sample::book(&acme.folder, &book, crate::sample::PLACES);
    let check = format!("book check {path}");
    let told = acme.run(&check);
    assert_eq!((told.code, told.err.contains(URN)), (1, true), "{}", told.err);
    assert!(told.err.contains("book check --products"), "{}", told.err);
    let known = acme.json(&format!("{check} --products {FOLDER}"))["products"].clone();
    assert!(known.as_str().unwrap().contains(FOLDER), "{known}");
    acme.text(&format!("product import {FOLDER}"));
    for known in [acme.json(&check), {
        let _server = acme.serve();
        acme.json(&check)
    }] {
        assert!(known["products"].as_str().unwrap().starts_with("those of "), "{known}");
    }
    // Without an installation what is shipped is known.
    let shipped = crate::sample::book(&acme.folder, BOOK, crate::sample::PLACES);
    std::fs::rename(acme.folder.join("segue.toml"), acme.folder.join("elsewhere.toml")).unwrap();
    let known = acme.json(&format!("book check {shipped}"))["products"].clone();
    assert_eq!(known, "those shipped with Segue are known");
}

fn agree_to_refuse(acme: &Site) {
    let mut agreement = acme.json("agreement export beta")[0].clone();
    agreement["unknownAttributes"] = json!("refuse");
    let file = acme.file("agreement.json", &agreement.to_string());
    acme.text(&format!("agreement import {file}"));
}

/// `ProductOrder_Create` of a quote with one item.
fn order(quoted: Value) -> Value {
    let item = &quoted["quoteItem"][0];
    let roles = [
        "buyerProductOrderItemContact",
        "buyerImplementationContact",
        "buyerTechnicalContact",
    ];
    json!({
        "relatedContactInformation": [contact("productOrderContact")],
        "productOrderItem": [{
            "id": "1", "action": "add",
            "requestedCompletionDate": "2099-01-01T00:00:00.000Z",
            "relatedContactInformation": roles.map(contact),
            "quoteItem": { "quoteId": quoted["id"], "id": "1" },
            "billingAccount": { "id": "beta-main" },
            "product": item["product"],
            "requestedItemTerm": item["quoteItemTerm"][0],
        }],
    })
}

#[test]
fn a_company_neither_has_nor_is_told_of_the_products_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    site.text("company add gamma --name Gamma");
    site.text(&format!("product import {FOLDER} --company acme"));
    let mine = site.json("product list --company acme").to_string();
    let other = site.json("product list --company gamma").to_string();
    assert!(mine.contains(URN) && !other.contains(URN));
    let sample = site.file("sample.json", &site.text("product sample dark-fibre --company acme"));
    site.text(&format!("product check {sample} --company acme"));
    let told = site.run(&format!("product check {sample} --company gamma"));
    assert!(told.code != 0 && !told.err.contains("dark-fibre"), "{}", told.err);
    let path = crate::sample::book(&site.folder, &format!("{BOOK}{OFFERING}"), crate::sample::PLACES);
    site.text(&format!("book load {path} --company acme"));
    let told = site.run(&format!("book load {path} --company gamma"));
    assert!(
        told.code != 0 && told.err.contains("there is no product schema"),
        "{}",
        told.err
    );
}

#[test]
fn what_is_on_sale_is_replaced_only_when_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    site.text(&format!("product import {FOLDER}"));
    sold(&site);
    let schema = std::fs::read_to_string(format!("{FOLDER}/dark-fibre.yaml")).unwrap();
    let changed = site.file("dark-fibre.yaml", &schema.replace("maximum: 24", "maximum: 12"));
    let told = site.run(&format!("product import {changed}"));
    assert!(
        told.code != 0 && told.err.contains("The offering fibre sells it."),
        "{}",
        told.err
    );
    let done = site.json(&format!("product import {changed} --replace"));
    assert_eq!(
        (&done["version"], &done["products"][0]["became"]),
        (&json!(2), &json!("replaced"))
    );
    let broken = site.file("broken.yaml", &schema.replace("minLength: 1", "minLength: one"));
    let told = site.run(&format!("product import {broken} --replace"));
    assert!(told.code != 0 && told.err.contains("broken.yaml"), "{}", told.err);
}
