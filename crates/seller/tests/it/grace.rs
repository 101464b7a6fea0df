//! What the guides of Grace demand of a Seller's answers, where those of Kylie say it otherwise.

use serde_json::{Value, json};

use crate::bodies::POQ;
use crate::events::stage::Stage;
use crate::older::{GRACE, circuit, flat, get, move_to, on_grace, operation, post};
use crate::world::PLACE;

const VALIDATION: (&str, &str) = ("geographicAddressManagement", "/geographicAddressValidation");

fn validation(place: Value) -> Value {
    json!({ "provideAlternative": true, "submittedGeographicAddress": place })
}

#[tokio::test]
async fn an_address_is_answered_in_the_kind_it_was_asked_in_and_no_match_is_an_answer() {
    // MEF 121 R8, R15 to R18
    let world = on_grace().await;
    let known = ("geographicAddressManagement", format!("/geographicAddress/{PLACE}"));
    let known = get(&world, (known.0, &known.1)).await.json();
    let mut fielded = known.clone();
    for name in ["id", "href", "hasPublicSite", "allowsNewSite"] {
        fielded.as_object_mut().unwrap().remove(name);
    }
    let line = format!(
        "{} {}",
        known["streetName"].as_str().unwrap(),
        known["streetNr"].as_str().unwrap()
    );
    let formatted = json!({
        "@type": "FormattedAddress", "addrLine1": line, "city": known["city"], "country": known["country"],
    });
    for asked in [fielded, formatted] {
        let told = post(&world, VALIDATION, &validation(asked.clone())).await;
        assert_eq!(told.status, 200, "{}", told.text);
        let told = told.json();
        assert_eq!(told["submittedGeographicAddress"], asked);
        let best = &told["bestMatchGeographicAddress"];
        assert_eq!(
            (&best["@type"], &best["id"]),
            (&asked["@type"], &json!(PLACE)),
            "{told:#}"
        );
    }
    let point = json!({ "@type": "MEFGeographicPoint", "spatialRef": "EPSG:4326", "x": "52.5", "y": "13.4" });
    let told = post(&world, VALIDATION, &validation(point)).await.json();
    assert_eq!(told["alternateGeographicAddress"], json!([]), "{told:#}");
    let nowhere = json!({
        "@type": "FieldedAddress", "streetName": "Nirgendwo", "streetNr": "1", "city": "Berlin", "country": "DE",
    });
    let told = post(&world, VALIDATION, &validation(nowhere)).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let told = told.json();
    assert_eq!(told["validationResult"], "fail");
    assert!(told.get("bestMatchGeographicAddress").is_none(), "{told:#}");
    assert_eq!(told["alternateGeographicAddress"], json!([]));
}

#[tokio::test]
async fn a_site_of_grace_has_an_id_and_a_place() {
    // MEF 122 R8, R13, R14
    let world = on_grace().await;
    let path = format!("/geographicSite?geographicAddress.id={PLACE}");
    let listed = get(&world, ("geographicSiteManagement", &path)).await.json();
    let sites = listed.as_array().unwrap();
    assert!(!sites.is_empty(), "the sample has one here");
    for site in sites {
        assert!(site["id"].is_string(), "{site:#}");
        assert!(!site["place"].as_array().unwrap().is_empty(), "{site:#}");
    }
}

#[tokio::test]
async fn a_qualification_of_grace_says_how_sure_and_how_soon_and_whom_to_ask() {
    // MEF 87 R9, R10, R24 to R26, R28, R29
    let world = on_grace().await;
    let poq = post(&world, POQ, &flat(circuit(&world).poq(), "locationContact"))
        .await
        .created();
    assert_eq!(poq["state"], "done.ready");
    let contacts = poq["relatedContactInformation"].as_array().unwrap();
    assert!(
        contacts
            .iter()
            .any(|contact| contact["role"] == "sellerContactInformation"),
        "{poq:#}"
    );
    for item in poq["productOfferingQualificationItem"].as_array().unwrap() {
        assert_eq!(item["state"], "done.ready");
        assert_eq!(item["serviceabilityConfidence"], "green", "{item:#}");
        assert!(item["installationInterval"]["amount"].is_u64(), "{item:#}");
    }
}

#[tokio::test]
async fn every_new_qualification_of_grace_is_told_in_both_modes() {
    // MEF 87 R6, R45
    let mut stage = Stage::set().await;
    move_to(&mut stage.world, &GRACE).await;
    let world = &stage.world;
    let callback = format!("http://{}/a", stage.listener.address);
    let body = json!({ "callback": callback, "query": "eventType=poqCreateEvent" });
    let register = operation(&GRACE, (POQ.0, "POST", "/hub"));
    let asked = world
        .call(&world.alpha, &register, ("", "buyerId=ALPHA"), Some(&body))
        .await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let at_once = flat(circuit(world).poq(), "locationContact");
    let mut later = at_once.clone();
    later["instantSyncQualification"] = json!(false);
    later["requestedPOQCompletionDate"] = json!("2026-11-25T09:00:00Z");
    let mut made = Vec::new();
    for poq in [at_once, later] {
        made.push(post(world, POQ, &poq).await.created()["id"].clone());
    }
    let heard = stage.listener.wait(2).await;
    let told: Vec<&Value> = heard.iter().map(|heard| &heard.body["event"]["id"]).collect();
    assert_eq!(told, made.iter().collect::<Vec<_>>());
    for heard in &heard {
        assert!(heard.path.ends_with("/v7/listener/poqCreateEvent"), "{heard:?}");
        assert_eq!(heard.body["event"]["buyerId"], "ALPHA");
    }
    stage.end().await;
}
