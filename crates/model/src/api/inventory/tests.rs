//! Products an operator brings into the inventory. Those that orders make are tested with orders.

use serde_json::{Value, json};

use super::rules::{ProductRules, import};
use super::v8;
use crate::api::order::tests::world::{World, enni_configuration};
use crate::commit::HoldChange;
use crate::document::{Checked, Object};
use crate::failure::ProblemCode::{self, InvalidValue, MissingProperty, UnexpectedProperty};
use crate::products::{ACCESS_ELINE_OVC, Products};
use crate::rules::{Found, Rules};
use crate::schema::Schemas;

fn enni() -> Value {
    let contact = |role: &str| json!({"role": role, "name": "Bo", "number": "+2 2", "emailAddress": "bo@beta.example"});
    let roles = [
        "buyerAssuranceTechnicalContact",
        "buyerCommercialContact",
        "buyerSlaManagementContact",
    ];
    json!({
        "externalId": "ENNI-A-B-01",
        "startDate": "2026-01-01T00:00:00Z",
        "status": "suspended",
        "productConfiguration": enni_configuration(),
        "relatedContactInformation": roles.map(contact),
    })
}

#[track_caller]
fn check_refused(value: &Value, expected: &[(ProblemCode, &str)]) {
    let problems = World::new().with(|ctx| import(value, ctx)).unwrap_err();
    let seen: Vec<(ProblemCode, &str)> = problems.iter().map(|p| (p.code, p.property_path.as_str())).collect();
    assert_eq!(seen, expected, "{problems:#?}");
}

#[test]
fn an_imported_enni_is_active_under_an_id_of_ours() {
    let world = World::new();
    let commit = world.with(|ctx| import(&enni(), ctx)).unwrap();
    let [product] = &commit.documents[..] else {
        panic!("one product is expected");
    };
    assert_eq!((product.state.as_str(), product.revision), ("active", 1));
    assert_eq!(product.scope.partner.as_str(), "beta");
    assert_eq!(product.text("/id"), Some(product.id.as_str()));
    let href = format!(
        "https://acme.example/mefApi/sonata/productInventory/v8/product/{}",
        product.id
    );
    assert_eq!(product.text("/href"), Some(href.as_str()));
    assert_eq!(product.text("/startDate"), Some("2026-01-01T00:00:00Z"));
    assert_eq!(
        product.at("/statusChange").and_then(Value::as_array).map(Vec::len),
        Some(1)
    );
    assert_eq!(
        product.at("/productSpecification/id"),
        product.at("/productConfiguration/@type")
    );
    let schemas = Schemas::for_api(&v8::MANAGEMENT).unwrap();
    let checked = schemas.check("MEFProduct", Value::Object(product.body.clone()));
    assert_eq!(checked.map(drop), Ok(()));
}

#[test]
fn the_contacts_of_the_seller_are_added() {
    let world = World::new();
    let commit = world.with(|ctx| import(&enni(), ctx)).unwrap();
    let contacts = commit.documents[0].at("/relatedContactInformation").unwrap().clone();
    let desk = |contact: &&Value| contact["name"] == "Desk";
    assert_eq!(contacts.as_array().unwrap().iter().filter(desk).count(), 3);
    assert_eq!(contacts.as_array().unwrap().len(), 6);
}

/// Mplify 116.1 R15
#[test]
fn an_imported_ovc_holds_what_it_has_at_its_interfaces() {
    // MEF 26.2: a VLAN ID belongs to one end point, however the product came here.
    let world = World::new();
    let mut value = enni();
    value["productConfiguration"] = Products::builtin().sample(ACCESS_ELINE_OVC).unwrap();
    value["productRelationship"] = json!([{"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"}]);
    let commit = world.with(|ctx| import(&value, ctx)).unwrap();
    let id = &commit.documents[0].id;
    let held = commit.holds.iter().map(|change| match change {
        HoldChange::Take {
            key,
            owner,
            amount,
            expires_at: None,
        } if owner == id => (key.as_str(), *amount),
        other => panic!("{other:?}"),
    });
    assert_eq!(
        held.collect::<Vec<_>>(),
        [
            ("svlan/enni-1/2001", 1),
            ("svlan/enni-1", 1),
            ("enni-ovcs/enni-1", 1),
            ("enni-kbps/enni-1", 100_000),
        ]
    );
    // The interface says its own limits to what is ordered; an ID is one of a kind.
    let guarded: Vec<&str> = commit.capacity_guards.iter().map(|guard| guard.key.as_str()).collect();
    assert_eq!(guarded, ["svlan/enni-1/2001", "svlan/enni-1"]);
}

#[test]
fn an_import_without_the_contacts_of_the_buyer_is_refused() {
    let mut value = enni();
    value["relatedContactInformation"].as_array_mut().unwrap().remove(1);
    check_refused(&value, &[(MissingProperty, "/relatedContactInformation")]);
}

#[test]
fn everything_wrong_with_an_import_is_told_at_once() {
    let mut value = enni();
    value["productConfiguration"]["@type"] = json!("urn:mef:lso:spec:sonata:nothing:v1:all");
    value["colour"] = json!("blue");
    value["startDate"] = json!("yesterday");
    check_refused(
        &value,
        &[
            (InvalidValue, "/productConfiguration/@type"),
            (UnexpectedProperty, "/colour"),
            (InvalidValue, "/startDate"),
        ],
    );
    check_refused(&json!([]), &[(InvalidValue, "")]);
}

#[test]
fn nobody_creates_a_product_through_the_api() {
    let world = World::new();
    let input = Checked::new("MEFProduct", Object::new());
    let answer = world.with(|ctx| ProductRules.on_create(&input, &Found::default(), ctx));
    assert!(answer.is_err());
}

#[test]
fn the_sample_an_operator_begins_with_can_be_imported() {
    let text = include_str!("../../../../../samples/enni.json");
    let sample: Value = serde_json::from_str(text).unwrap();
    assert!(World::new().with(|ctx| import(&sample, ctx)).is_ok());
}
