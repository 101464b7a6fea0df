//! What is proposed instead, and that it can be had.

use serde_json::{Value, json};

use super::{answered, created, item, poq};
use crate::api::bench::{Bench, checked};
use crate::api::quote::rules::QuoteRules;
use crate::book::Book;
use crate::rules::Rules;

const PROPOSALS: &str = "alternateProductOfferingProposal";

/// A bench whose OVC is sold in bands up to `widest` Mbit/s. Its sample asks for 100.
fn banded(widest: u64) -> Bench {
    let mut bench = Bench::new();
    let mut book = bench.book.json();
    let offering = book["offerings"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find(|offering| offering["id"] == "OVC");
    offering.unwrap()["charges"] = json!([{"name": "Bandwidth", "every": {"amount": 1, "units": "months"}, "rows": [
        {"upToMbps": widest / 2, "amount": "10.00"}, {"upToMbps": widest, "amount": "20.00"},
    ]}]);
    bench.book = Book::from_json(book).unwrap();
    bench
}

/// A qualification of an OVC and of the UNI it needs.
fn circuit(bench: &Bench) -> Value {
    let mut ovc = item("ovc", bench.ovc());
    ovc["qualificationItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "uni"}]);
    let mut sent = poq(vec![ovc, item("uni", bench.uni("UNI", "A2"))]);
    sent["provideAlternative"] = json!(true);
    sent
}

#[test]
fn alternates_are_proposed_when_wanted_and_better() {
    // Mplify 87.1 O5, CR2, R54, R55
    let bench = Bench::new();
    let red = answered(&bench, bench.uni("UNI", "BUILD"), json!(true));
    assert_eq!(red[PROPOSALS].as_array().unwrap().len(), 1, "{red:#}");
    let proposal = &red[PROPOSALS][0];
    assert_eq!(
        proposal["alternateProduct"]["productOffering"],
        json!({"id": "UNI-BUILD"})
    );
    assert_eq!(proposal["serviceabilityConfidence"], "yellow");
    for required in ["id", "installationInterval", "deliveryType"] {
        assert!(proposal.get(required).is_some(), "{required}");
    }
    let none = answered(&bench, bench.uni("UNI", "FAR"), json!(true));
    assert_eq!(none[PROPOSALS], json!([]));
    let green = answered(&bench, bench.uni("UNI", "A2"), json!(true));
    assert_eq!(green.get(PROPOSALS), None);
}

#[test]
fn less_bandwidth_is_proposed_where_more_is_not_sold_and_can_be_quoted() {
    let mut bench = banded(60);
    let outcome = created(&bench, &circuit(&bench));
    let answer = outcome.body["productOfferingQualificationItem"][0].clone();
    assert_eq!(answer["serviceabilityConfidence"], "red");
    let [proposal] = &answer[PROPOSALS].as_array().unwrap()[..] else {
        panic!("{answer:#}")
    };
    assert_eq!(proposal["serviceabilityConfidence"], "green");
    let reason = proposal["serviceabilityConfidenceReason"].as_str().unwrap();
    assert!(reason.starts_with("It has 60 Mbit/s instead of 100."), "{reason}");
    let product = &proposal["alternateProduct"];
    assert_eq!(product["productOffering"], json!({"id": "OVC"}));
    let rate = "/productConfiguration/enniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cir";
    assert_eq!(product.pointer(rate), Some(&json!({"irValue": 60, "irUnits": "MBPS"})));

    // MEF 80 R25, R26: the proposal is ordered by naming it.
    let poq = outcome.commit.documents[0].clone();
    let mut ovc = item("ovc", bench.ovc());
    ovc["product"]["productConfiguration"] = product["productConfiguration"].clone();
    ovc["quoteItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "uni"}]);
    ovc["productOfferingQualificationItem"] = json!({
        "id": "ovc", "productOfferingQualificationId": poq.id, "alternateProductOfferingProposalId": proposal["id"],
    });
    bench.put(poq);
    let quote = json!({"buyerRequestedQuoteLevel": "firm", "instantSyncQuote": true,
        "quoteItem": [ovc, item("uni", bench.uni("UNI", "A2"))]});
    let quoted = bench
        .run(|ctx| QuoteRules.on_create(&checked(&quote), &bench.found, ctx))
        .unwrap();
    assert_eq!(quoted.body["state"], "approved.orderable");
}

#[test]
fn what_is_sold_fast_enough_has_no_alternate_with_less() {
    let bench = banded(100);
    let body = created(&bench, &circuit(&bench)).body;
    assert_eq!(body["productOfferingQualificationItem"][0].get(PROPOSALS), None);
}

#[test]
fn a_proposal_says_in_what_it_differs() {
    let bench = Bench::new();
    let red = answered(&bench, bench.uni("UNI", "BUILD"), json!(true));
    let reason = red[PROPOSALS][0]["serviceabilityConfidenceReason"].as_str().unwrap();
    let expected = "This is UNI-BUILD instead of UNI. It takes 60 calendarDays instead of 10 calendarDays.";
    assert!(reason.starts_with(expected), "{reason}");
}

#[test]
fn what_could_not_be_quoted_is_not_proposed() {
    let mut bench = Bench::new();
    bench.agreement.currency = Some("USD".into());
    assert_eq!(
        answered(&bench, bench.uni("UNI", "BUILD"), json!(true))[PROPOSALS],
        json!([])
    );
    bench.agreement.currency = None;
    bench.agreement.offerings.retain(|id| id != "UNI-BUILD");
    assert_eq!(
        answered(&bench, bench.uni("UNI", "BUILD"), json!(true))[PROPOSALS],
        json!([])
    );
    // The last port is the item's before: another offering takes the same one.
    let mut sent = poq(vec![
        item("1", bench.uni("UNI", "A1")),
        item("2", bench.uni("UNI", "A1")),
    ]);
    sent["provideAlternative"] = json!(true);
    bench.agreement.offerings.clear();
    let body = created(&bench, &sent).body;
    assert_eq!(body["productOfferingQualificationItem"][0].get(PROPOSALS), None);
    assert_eq!(
        body["productOfferingQualificationItem"][1]["serviceabilityConfidence"],
        "red"
    );
    assert_eq!(body["productOfferingQualificationItem"][1][PROPOSALS], json!([]));
}

#[test]
fn where_our_network_is_not_the_nearest_place_that_is_open_is_named() {
    let mut bench = Bench::new();
    let mut book = bench.book.json();
    for (address, point) in book["addresses"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .zip(["52.6", "52.5", "52.59", "52.58", "52.58"])
    {
        address["point"] = json!([point, "13.4"]);
    }
    bench.book = Book::from_json(book).unwrap();
    let reason = |bench: &Bench, place: &str, alternates: bool| {
        let answer = answered(bench, bench.uni("UNI", place), json!(alternates));
        answer["serviceabilityConfidenceReason"].as_str().unwrap().to_owned()
    };
    let far = reason(&bench, "FAR", true);
    assert!(far.contains(" The nearest place on our network is A2 ("), "{far}");
    assert!(far.ends_with(", 2.2 km away."), "{far}");
    assert!(!reason(&bench, "FAR", false).contains("nearest"));
    assert!(!reason(&bench, "A1", true).contains("nearest"));
    // What is left is behind a border.
    let mut book = bench.book.json();
    for id in [0, 1] {
        book["addresses"][id]["ports"] = json!(0);
    }
    bench.book = Book::from_json(book).unwrap();
    assert!(!reason(&bench, "FAR", true).contains("nearest"));
}
