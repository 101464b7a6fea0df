//! Buying from Sellers on older releases: both are processes, and whatever is asked goes over HTTP in
//! the version that was agreed.

use segue_model::release;
use serde_json::{Value, json};

use crate::kit::{Pair, Site, until};
use crate::sample::BOOK;

const CIRCUIT: &str = "--address HILL-1 --bandwidth 100M";

/// Two companies that agreed on this release; days pass in less than a second.
fn agreed_on(release: &str, book: &str) -> Pair {
    let clock = format!("--clock-speed 100000 --clock-origin {}", jiff::Timestamp::now());
    let pair = Pair::new(book, &clock);
    agree((&pair.acme, "beta"), release);
    agree((&pair.beta, "acme"), release);
    pair
}

/// Writes the versions into the agreement with a partner.
fn agree((site, partner): (&Site, &str), release: &str) {
    let mut agreements: Value = serde_json::from_str(&site.text(&format!("agreement export {partner}"))).unwrap();
    for agreement in agreements.as_array_mut().unwrap() {
        agreement["apis"] = json!(release::versions(release));
    }
    let file = site.file("agreement.json", &agreements.to_string());
    site.text(&format!("agreement import {file}"));
}

/// The versions in which answers and requests about a document came.
fn versions(site: &Site, id: &str) -> Vec<Value> {
    let told = site.json(&format!("history {id}"));
    let rows = told["revisions"].as_array().unwrap().iter();
    rows.map(|row| row["apiVersion"].clone()).collect()
}

#[track_caller]
fn check_said_in(pair: &Pair, id: &str, version: u32) {
    let heard = versions(&pair.beta, id);
    assert!(heard.iter().all(|heard| *heard == version), "{id}: {heard:?}");
    // What the Seller got with the request that made it.
    assert_eq!(versions(&pair.acme, id)[0], version, "{id}");
}

/// Waits until events have brought a state into our mirror; nobody asks the Seller.
#[track_caller]
fn told_of(pair: &Pair, id: &str, state: &str) {
    until(&format!("events tell that {id} is {state}"), || {
        let told = pair.beta.json(&format!("history {id}"));
        let rows = told["revisions"].as_array().unwrap();
        rows.iter().any(|row| row["state"] == state).then_some(())
    });
}

/// From an address to two products in service; their ids.
fn in_service(pair: &Pair, release: &str) -> (String, String) {
    let version = |api: &str| release::versions(release)[api];
    let found = pair
        .beta
        .json("buy address acme --country GB --city bristol --street hillside --number 1");
    assert_eq!(found["bestMatchGeographicAddress"]["id"], "HILL-1", "{found}");
    let fields = &found["bestMatchGeographicAddress"]["fieldedAddressRepresentation"][0];
    assert_eq!(fields["countryCode"], "GB", "in the newest form: {found}");
    assert_eq!(pair.beta.json("buy site acme --address HILL-1"), json!([]));

    let poq = pair.buy(&format!("poq acme {CIRCUIT}"));
    let quote = pair.buy(&format!("quote acme {CIRCUIT} --poq {poq} --name older-1"));
    let order = pair.buy(&format!("order acme --quote {quote}"));
    told_of(pair, &order, "completed");
    let done = pair.beta.json(&format!("buy track acme {order}"));
    assert_eq!(done["state"], "completed");
    check_said_in(pair, &poq, version("productOfferingQualification"));
    check_said_in(pair, &quote, version("quoteManagement"));
    check_said_in(pair, &order, version("productOrderingManagement"));

    let product = |index: usize| {
        done["productOrderItem"][index]["product"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (port, line) = (product(0), product(1));
    let shown = pair.beta.json(&format!("buy inventory acme --id {port}"));
    assert_eq!(shown["status"], "active", "{shown}");
    assert_eq!(
        shown["productPrice"][0]["recurringChargePeriod"],
        json!({ "amount": 1, "units": "months" })
    );
    let listed = pair.beta.json("buy inventory acme --status active");
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
    (port, line)
}

#[test]
fn a_seller_on_grace_is_bought_from_in_its_own_words_from_address_to_the_end_of_the_product() {
    let pair = agreed_on(release::GRACE, BOOK);
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let (port, line) = in_service(&pair, release::GRACE);
    let checked = pair.beta.json("partner check acme");
    assert_eq!(checked["wrong"], 0, "{checked}");
    let checked = checked.to_string();
    assert!(checked.contains("quoteManagement v8"), "{checked}");

    let change = pair.buy(&format!("change acme --product {line} --bandwidth 500M"));
    let changed = pair.beta.json(&format!("buy track acme {change}"));
    assert_eq!(changed["state"], "completed", "{changed}");
    let end = pair.buy(&format!("disconnect acme --product {line} --product {port}"));
    let ended = pair.beta.json(&format!("buy track acme {end}"));
    assert_eq!(ended["state"], "completed", "{ended}");
    let shown = pair.beta.json(&format!("buy inventory acme --id {port}"));
    assert_eq!(shown["status"], "terminated");
    for id in [&change, &end] {
        check_said_in(&pair, id, 10);
    }
}

#[test]
fn orders_and_quotes_on_grace_are_moved_cancelled_declined_and_paid_for() {
    let book = BOOK.replacen(
        "interval = \"1 calendarDay\"\n",
        "interval = \"30 calendarDays\"\nexpedite-charge = 900.00\nexpedite-interval = \"20 calendarDays\"\ncancellation-charge = 300.00\n",
        1,
    );
    let pair = agreed_on(release::GRACE, &book);
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let unwanted = pair.buy(&format!("quote acme {CIRCUIT}"));
    let declined = pair.beta.json(&format!("buy decline-quote acme {unwanted}"));
    assert_eq!(declined["state"], "declined");

    let quote = pair.buy(&format!("quote acme {CIRCUIT}"));
    let order = pair.buy(&format!("order acme --quote {quote}"));
    told_of(&pair, &order, "inProgress");
    let date = "2099-01-31T12:00:00.000Z";
    let moved = pair.buy(&format!("reschedule acme {order} --item uni --date {date}"));
    told_of(&pair, &moved, "done");
    until("work begins", || {
        let shown = pair.beta.json(&format!("buy show acme order {order}"));
        shown["productOrderItem"][0]["milestone"].as_array().map(drop)
    });
    let cancelled = pair.buy(&format!("cancel acme {order} --reason moved"));
    let charge = until("a charge comes", || {
        let listed = pair.beta.json(&format!("buy charge list acme {order}"));
        let mut listed = listed.as_array().cloned().unwrap_or_default().into_iter();
        listed.find(|charge| charge["state"] == "awaitingResponse")
    });
    let charge = charge["id"].as_str().unwrap();
    pair.beta.json(&format!("buy charge accept acme {charge}"));
    told_of(&pair, &cancelled, "done");
    told_of(&pair, &order, "cancelled");
    for id in [&moved, &cancelled, &order] {
        check_said_in(&pair, id, 10);
    }
    assert_eq!(versions(&pair.beta, &unwanted), [json!(8), json!(8)]);
}

#[test]
fn a_seller_on_billie_is_bought_from_and_its_orders_are_moved_at_their_number() {
    let book = BOOK.replacen("interval = \"1 calendarDay\"\n", "interval = \"5 calendarDays\"\n", 1);
    let pair = agreed_on(release::BILLIE, &book);
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    in_service(&pair, release::BILLIE);
    let quote = pair.buy("quote acme --address HILL-1 --bandwidth 200M");
    let order = pair.buy(&format!("order acme --quote {quote}"));
    told_of(&pair, &order, "inProgress");
    let moved = pair.buy(&format!(
        "reschedule acme {order} --item uni --date 2099-01-31T12:00:00.000Z"
    ));
    told_of(&pair, &moved, "done");
    check_said_in(&pair, &moved, 7);
    let shown = pair.beta.json(&format!("buy show acme order {order}"));
    let item = &shown["productOrderItem"][0];
    assert_eq!(item["requestedCompletionDate"], "2099-01-31T12:00:00.000Z", "{shown}");
}

#[test]
fn a_tender_asks_a_seller_on_billie_in_the_versions_agreed() {
    let pair = agreed_on(release::BILLIE, BOOK);
    let _acme = pair.acme.serve();
    let _beta = pair.beta.serve();
    let list = "site,country,city,street,number\nA,GB,Bristol,Hillside,1\n";
    let list = pair.beta.file("sites.csv", list);
    let words = format!("buy quote --from {list} --sellers all --terms 36 --bandwidths 100M");
    // Nothing else is served to this Buyer: what was answered was asked in these versions.
    let told = pair.beta.json(&words);
    assert_eq!((&told["state"], &told["offers"]), (&json!("done"), &json!(1)), "{told}");
}

#[test]
fn what_a_seller_on_grace_cannot_be_told_stays_here_with_its_place() {
    let pair = agreed_on(release::GRACE, BOOK);
    // Nobody serves: it would fail otherwise if it left.
    let place = json!({
        "place": { "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [
            { "countryCode": "GB", "city": "Bristol", "poBox": "12" },
        ] },
        "role": "INSTALL_LOCATION",
    });
    let shown = pair.beta.json(&format!("buy poq acme {CIRCUIT} --enni E-1 --dry-run"));
    let url = shown["url"].as_str().unwrap();
    assert!(
        url.ends_with("/productOfferingQualification/v7/productOfferingQualification"),
        "{url}"
    );
    let item = &shown["body"]["productOfferingQualificationItem"][0];
    assert_eq!(item["product"]["place"][0]["@type"], "GeographicAddressRef", "{shown}");
    assert_eq!(item["relatedContactInformation"][0]["role"], "locationContact");

    let mut poq = json!({
        "instantSyncQualification": true, "provideAlternative": true,
        "relatedContactInformation": [contact("buyerContactInformation")],
        "productOfferingQualificationItem": [{ "id": "1", "action": "add", "product": { "place": [place] } }],
    });
    poq["productOfferingQualificationItem"][0]["endCustomerName"] = json!("Jones");
    let file = pair.beta.file("poq.json", &poq.to_string());
    let words = format!("buy send acme productOfferingQualification createProductOfferingQualification {file}");
    let told = pair.beta.run(&words);
    assert_ne!(told.code, 0);
    let at = "/productOfferingQualificationItem/0/product/place/0/place/fieldedAddressRepresentation/0";
    for line in [
        format!("{at}/poBox  invalidValue"),
        "has no way to say this".to_owned(),
        format!("{at}  missingProperty"),
        "demands the streetName".to_owned(),
        "it was not sent".to_owned(),
    ] {
        assert!(told.err.contains(&line), "{line}\n{}", told.err);
    }
    // What does not matter leaves, and is told.
    let fields = json!({ "countryCode": "GB", "city": "Bristol", "streetName": "Hillside" });
    poq["productOfferingQualificationItem"][0]["product"]["place"][0]["place"]["fieldedAddressRepresentation"] =
        json!([fields]);
    pair.beta.file("poq.json", &poq.to_string());
    let shown = pair.beta.json(&format!("{words} --dry-run"));
    let place = &shown["body"]["productOfferingQualificationItem"][0]["product"]["place"][0];
    assert_eq!(place["country"], "GB", "{shown}");
    assert!(
        shown["warnings"].to_string().contains("endCustomerName: not said"),
        "{shown}"
    );
}

fn contact(role: &str) -> Value {
    json!({ "role": role, "name": "N", "number": "+1", "emailAddress": "n@example.com" })
}
