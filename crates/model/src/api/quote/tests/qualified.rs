//! Quotes that name a qualification.

use serde_json::{Value, json};

use super::{create, item, quote};
use crate::api::bench::{Bench, check_problems};
use crate::document::Document;
use crate::failure::ProblemCode::{self, InvalidValue, ReferenceNotFound};

fn qualification(bench: &Bench, change: impl FnOnce(&mut Value)) -> Document {
    let mut body = json!({"id": "q-1", "state": "done", "productOfferingQualificationItem": [{
        "id": "7", "action": "add", "state": "done", "product": bench.uni("UNI", "A2"),
        "serviceabilityConfidence": "green", "guaranteedUntilDate": "2026-12-01T08:00:00.000Z",
        "installationInterval": {"amount": 10, "units": "calendarDays"},
    }]});
    change(&mut body["productOfferingQualificationItem"][0]);
    let mut document = bench.product("q-1", "");
    document.resource = "productOfferingQualification".into();
    document.body = body.as_object().unwrap().clone();
    document
}

#[track_caller]
fn check_reference(change: impl FnOnce(&mut Value), extra: Option<(&str, Value)>, expected: &[(ProblemCode, &str)]) {
    let mut bench = Bench::new();
    let document = qualification(&bench, change);
    bench.put(document);
    let mut wanted = item("1", bench.uni("UNI", "A2"));
    wanted["productOfferingQualificationItem"] = json!({"id": "7", "productOfferingQualificationId": "q-1"});
    if let Some((pointer, value)) = extra {
        match wanted.pointer_mut(pointer) {
            Some(there) => *there = value,
            None => wanted[&pointer[1..]] = value,
        }
    }
    let problems = create(&bench, &quote(vec![wanted])).err().unwrap_or_default();
    check_problems(&problems, expected);
}

#[test]
fn a_qualification_named_is_checked() {
    // MEF 80 use case 1, R25; Mplify 115.1 R24
    let id = "/quoteItem/0/productOfferingQualificationItem/id";
    let interval = |amount: u32| {
        Some((
            "/requestedQuoteItemInstallationInterval",
            json!({"amount": amount, "units": "calendarDays"}),
        ))
    };
    let reference = "/productOfferingQualificationItem";
    let set = |name: &str, value: Value| {
        let name = name.to_owned();
        move |item: &mut Value| item[&name] = value
    };
    check_reference(|_| {}, None, &[]);
    check_reference(|_| {}, interval(10), &[]);
    check_reference(
        |_| {},
        interval(9),
        &[(InvalidValue, "/quoteItem/0/requestedQuoteItemInstallationInterval")],
    );
    check_reference(
        set("serviceabilityConfidence", json!("red")),
        None,
        &[(InvalidValue, id)],
    );
    check_reference(
        set("guaranteedUntilDate", json!("2026-11-24T07:59:59.000Z")),
        None,
        &[(InvalidValue, id)],
    );
    check_reference(set("action", json!("modify")), None, &[(InvalidValue, id)]);
    check_reference(set("state", json!("inProgress")), None, &[(InvalidValue, id)]);
    let foreign = json!({"id": "7", "productOfferingQualificationId": "of-somebody-else"});
    check_reference(
        |_| {},
        Some((reference, foreign)),
        &[(
            ReferenceNotFound,
            "/quoteItem/0/productOfferingQualificationItem/productOfferingQualificationId",
        )],
    );
    let no_item = json!({"id": "8", "productOfferingQualificationId": "q-1"});
    check_reference(|_| {}, Some((reference, no_item)), &[(ReferenceNotFound, id)]);
    check_reference(
        |_| {},
        Some(("/product/productOffering/id", json!("UNI-BUILD"))),
        &[(InvalidValue, "/quoteItem/0/product/productOffering/id")],
    );
    check_reference(
        |_| {},
        Some(("/product/place/0/place/id", json!("A1"))),
        &[(InvalidValue, "/quoteItem/0/product/place")],
    );
}
