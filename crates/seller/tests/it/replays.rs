//! Every decision comes out again byte for byte from what it was made of, whatever has changed
//! since: the book, the agreement, the documents themselves, the process.

use jiff::SignedDuration;
use segue_model::book::Book;
use segue_model::commit::Decision;
use segue_model::document::{Document, Side};
use segue_model::party::Role;
use segue_model::time::Clock;
use segue_model::{api, describe};
use serde_json::{Value, json};

use crate::bodies::{Circuit, ORDER, POQ, QUOTE, VALIDATION, contact, deferred_validation};
use crate::described::operation;
use crate::world::{Buyer, PLACE, World};

/// What is decided in these flows.
const STEPS: [&str; 14] = [
    "cancel",
    "cancel.assess",
    "cancelQuote",
    "charge",
    "charge.answer",
    "dateChange",
    "dateChange.assess",
    "declineQuote",
    "fulfilment",
    "geographicAddressValidation",
    "order",
    "order.change",
    "productOfferingQualification",
    "quote",
];

const DATE: &str = "/modifyProductOrderItemRequestedDeliveryDate";

fn circuit<'a>(world: &'a World, buyer: &'a Buyer, place: &'a str) -> Circuit<'a> {
    Circuit {
        products: &world.products,
        buyer,
        place,
    }
}

async fn post(world: &World, to: (&str, &str), body: &Value) -> String {
    let made = world.post(&world.bravo, to, body).await.created();
    made["id"].as_str().unwrap().to_owned()
}

async fn read(world: &World, api: &str, path: &str) -> Value {
    world.get(&world.bravo, (api, path)).await.json()
}

/// Goes on to the next work that is due.
async fn step(world: &World) {
    if let Some(due) = world.store.next_due().await.unwrap() {
        world.business.set(due.max(world.business.now()));
        world.work().await;
    }
}

/// Qualifications and quotes: at once and later, with alternates and without a port; ended in each way.
async fn offers(world: &World) {
    for place in [PLACE, "NO-PORT", "NEAR-NET", "OFF-NET"] {
        let circuit = circuit(world, &world.bravo, place);
        post(world, POQ, &circuit.poq()).await;
        let mut later = circuit.poq();
        later["instantSyncQualification"] = json!(false);
        later["requestedPOQCompletionDate"] = json!("2026-12-24T09:00:00Z");
        world.post(&world.bravo, POQ, &later).await;
        post(world, QUOTE, &circuit.quote()).await;
    }
    let circuit = circuit(world, &world.bravo, PLACE);
    let end = async |task: &str, quote: &str| {
        let body = json!({ "quoteId": quote, "reason": "Another route was found." });
        let reply = world.post(&world.bravo, (QUOTE.0, task), &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    };
    let quote = post(world, QUOTE, &circuit.quote()).await;
    end("/declineQuote", &quote).await;
    post(world, VALIDATION, &deferred_validation()).await;
    let quote = post(world, QUOTE, &circuit.deferred_quote()).await;
    world.work().await;
    end("/cancelQuote", &quote).await;
    post(world, QUOTE, &circuit.deferred_quote()).await;
    for _ in 0..12 {
        step(world).await;
    }
}

/// An order of a quote, a change and an end of what it delivered.
async fn orders(world: &World) {
    let circuit = circuit(world, &world.bravo, PLACE);
    let quote = post(world, QUOTE, &circuit.quote()).await;
    let order = post(world, ORDER, &circuit.order_of(&quote)).await;
    world.work_all().await;
    let order = read(world, ORDER.0, &format!("/productOrder/{order}")).await;
    assert_eq!(order["state"], "completed");
    for action in ["modify", "delete"] {
        let body = changed(world, &order, action).await;
        let changed = post(world, ORDER, &body).await;
        world.work_all().await;
        let changed = read(world, ORDER.0, &format!("/productOrder/{changed}")).await;
        assert_eq!(changed["state"], "completed", "{action}: {changed}");
    }
}

/// An order that changes or ends the OVC of `order`.
async fn changed(world: &World, order: &Value, action: &str) -> Value {
    let id = order["productOrderItem"][1]["product"]["id"].as_str().unwrap();
    let product = read(world, "productInventory", &format!("/product/{id}")).await;
    let mut body = circuit(world, &world.bravo, PLACE).order();
    let mut item = body["productOrderItem"][1].clone();
    let members = item.as_object_mut().unwrap();
    members.retain(|name, _| !name.ends_with("Relationship"));
    members.insert("action".into(), json!(action));
    item["product"] = json!({ "id": id });
    if action == "modify" {
        for name in ["productOffering", "productConfiguration", "productRelationship"] {
            item["product"][name] = product[name].clone();
        }
    } else {
        item.as_object_mut().unwrap().remove("requestedItemTerm");
    }
    body["productOrderItem"] = json!([item]);
    body
}

/// Charges taken and declined; an order that is changed, moved and cancelled.
async fn charges(world: &World) {
    for acceptance in ["accepted", "rejected"] {
        let order = post(world, ORDER, &circuit(world, &world.bravo, "NEAR-NET").order()).await;
        world.work().await;
        let charges = read(world, ORDER.0, &format!("/charge?productOrderId={order}")).await;
        let id = charges[0]["id"].as_str().unwrap();
        let charge = read(world, ORDER.0, &format!("/charge/{id}")).await;
        let item = json!({ "id": charge["chargeItem"][0]["id"], "acceptanceIndicator": acceptance });
        patch(world, ("charge", id), &json!({ "chargeItem": [item] })).await;
        world.work_all().await;
    }
    let circuit = circuit(world, &world.bravo, PLACE);
    let order = post(world, ORDER, &circuit.order()).await;
    world.work().await;
    patch(world, ("productOrder", &order), &json!({ "externalId": "another" })).await;
    let date = json!({
        "productOrderItem": { "productOrderId": order, "productOrderItemId": circuit.uni_id() },
        "requestedCompletionDate": "2027-06-01T08:00:00Z",
    });
    post(world, (ORDER.0, DATE), &date).await;
    world.work().await;
    let cancel = json!({
        "productOrder": { "productOrderId": order },
        "relatedContactInformation": [contact("cancelProductOrderContact")],
    });
    post(world, (ORDER.0, "/cancelProductOrder"), &cancel).await;
    world.work_all().await;
}

async fn patch(world: &World, (resource, id): (&str, &str), body: &Value) {
    let operation = operation(ORDER.0, "PATCH", &format!("/{resource}/{id}"));
    let reply = world.call(&world.bravo, &operation, (id, ""), Some(body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

/// All that the Seller keeps about its Buyers.
async fn documents(world: &World) -> Vec<Document> {
    let mut found = Vec::new();
    let resources = api::all().iter().flat_map(|api| api.resources);
    let mut names: Vec<&str> = resources.map(|resource: &describe::Resource| resource.name).collect();
    names.extend([api::errand::RESOURCE]);
    names.sort_unstable();
    names.dedup();
    for name in names {
        let company = &world.bravo.scope.company;
        let listed = world
            .store
            .company_documents(company, Side::Seller, name, None, 1_000)
            .await;
        found.extend(listed.unwrap());
    }
    found
}

/// Replays everything; the decisions there were.
async fn check_all(world: &World, when: &str) -> Vec<Decision> {
    let mut all = Vec::new();
    for document in documents(world).await {
        let company = &document.scope.company;
        let decisions = world.store.decisions(company, &document.id).await.unwrap();
        let replayed = world.seller.replay(company, &document).await.unwrap();
        let of =
            |ids: Vec<&str>| -> std::collections::BTreeSet<String> { ids.into_iter().map(str::to_owned).collect() };
        assert_eq!(
            of(replayed.iter().map(|replayed| replayed.id.as_str()).collect()),
            of(decisions.iter().map(|decision| decision.id.as_str()).collect()),
            "{when}: decisions on {} {} that are not replayed",
            document.resource,
            document.id
        );
        for replayed in &replayed {
            let then = decisions.iter().find(|decision| decision.id == replayed.id).unwrap();
            assert!(
                replayed.same,
                "{when}: {} {}: {then:#?}\nnow: {:#?}",
                document.resource, replayed.step, replayed.now
            );
        }
        all.extend(decisions);
    }
    all
}

#[tokio::test]
async fn every_decision_comes_out_again_whatever_has_changed_since() {
    let world = World::new().await;
    offers(&world).await;
    orders(&world).await;
    charges(&world).await;
    let all = check_all(&world, "at once").await;
    for step in STEPS {
        assert!(
            all.iter().any(|decision| decision.step == step),
            "nothing was decided on {step}"
        );
    }

    let company = world.bravo.scope.company.clone();
    world.store.put_book(&company, Book::empty().json()).await.unwrap();
    let found = world
        .store
        .agreement_in_force(&world.bravo.scope, Role::Seller, world.wall.now())
        .await;
    let mut agreement = found.unwrap().unwrap();
    agreement.offerings = vec!["nothing".into()];
    agreement.billing_accounts = vec!["another".into()];
    world.store.put_agreement(agreement).await.unwrap();
    world.business.advance(SignedDuration::from_hours(24 * 365));
    assert_eq!(
        check_all(&world, "with another book and agreement").await.len(),
        all.len()
    );
    world.work_all().await;
    let world = world.reopened().await;
    check_all(&world, "after a restart").await;
}

#[tokio::test]
async fn what_was_decided_without_a_book_is_replayed_without_one() {
    let world = World::new().await;
    let none = world.seller.books().version(&world.bravo.scope.company, 0).await;
    assert!(
        none.unwrap().unwrap().offerings.is_empty(),
        "a book of later has no part in it"
    );
}

#[tokio::test]
async fn what_decisions_were_made_of_is_kept_in_less_than_half_the_room() {
    let world = World::new().await;
    offers(&world).await;
    orders(&world).await;
    let (mut kept, mut legible) = (0, 0);
    for decision in check_all(&world, "packed").await {
        kept += decision.inputs.to_string().len();
        legible += segue_seller::legible(decision).inputs.to_string().len();
    }
    assert!(kept * 2 < legible, "{kept} bytes are kept of {legible}");
}
