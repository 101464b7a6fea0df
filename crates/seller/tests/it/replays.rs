//! Every decision comes out again byte for byte from what it was made of, whatever has changed
//! since: the book, the agreement, the documents themselves, the process.

use jiff::SignedDuration;
use segue_model::book::Book;
use segue_model::commit::Decision;
use segue_model::document::{Document, Side};
use segue_model::party::{Agreement, Role};
use segue_model::rules::ErrandAnswer;
use segue_model::time::Clock;
use segue_model::{api, describe};
use serde_json::{Value, json};

use crate::bodies::{Circuit, ORDER, POQ, QUOTE, VALIDATION, contact, deferred_validation, with_s_vlan};
use crate::described::operation;
use crate::errands;
use crate::world::{Buyer, PLACE, World, change_of};

/// What is decided in these flows.
const STEPS: [&str; 16] = [
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
    "order.accept",
    "order.change",
    "productOfferingQualification",
    "provisioning",
    "quote",
];

/// What people decide in them.
const STEPS_OF_PEOPLE: [&str; 5] = [
    "fulfilment",
    "order.accept",
    "productOfferingQualification",
    "provisioning",
    "quote",
];

/// After all that happens here.
const LATER: &str = "2027-12-24T09:00:00Z";

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
    let quote = post(world, QUOTE, &with_s_vlan(circuit.quote(), 77)).await;
    let order = post(world, ORDER, &with_s_vlan(circuit.order_of(&quote), 77)).await;
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
    change_of(circuit(world, &world.bravo, PLACE).order(), &product, action)
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

/// The same steps, answered by people in each way.
async fn people(world: &World) {
    let mut agreement = agreement(world).await;
    let rules = ["poq", "quote", "order", "provisioning"].map(|step| json!({ "step": step, "by": "errand" }));
    agreement.answers = serde_json::from_value(json!(rules)).unwrap();
    world.store.put_agreement(agreement).await.unwrap();
    let circuit = circuit(world, &world.bravo, PLACE);
    let (uni, ovc) = (circuit.uni_id(), circuit.ovc_id());

    for second in [json!({ "confidence": "yellow" }), Value::Null] {
        let mut poq = circuit.poq();
        poq["instantSyncQualification"] = json!(false);
        poq["requestedPOQCompletionDate"] = json!(LATER);
        let poq = post(world, POQ, &poq).await;
        say(world, (&poq, Some(&ovc)), ErrandAnswer::Accept).await;
        let said = serde_json::from_value(second).map(ErrandAnswer::Serviceability);
        let said = said.unwrap_or(ErrandAnswer::Reject("The duct is full.".into()));
        say(world, (&poq, Some(&uni)), said).await;
    }
    let price = |item: &str| serde_json::from_value(json!({ "item": item, "name": "Circuit", "amount": "10.50" }));
    let prices = ErrandAnswer::Prices(vec![price(&uni).unwrap(), price(&ovc).unwrap()]);
    for said in [
        prices,
        ErrandAnswer::Accept,
        ErrandAnswer::Reject("Not in winter.".into()),
    ] {
        let mut quote = circuit.deferred_quote();
        quote["requestedQuoteCompletionDate"] = json!(LATER);
        let quote = post(world, QUOTE, &quote).await;
        say(world, (&quote, None), said).await;
    }
    let order = post(world, ORDER, &circuit.order()).await;
    say(world, (&order, None), ErrandAnswer::Reject("No staff.".into())).await;
    for end in [
        ErrandAnswer::Complete,
        ErrandAnswer::Fail("The duct is flooded.".into()),
    ] {
        let order = post(world, ORDER, &circuit.order()).await;
        say(world, (&order, None), ErrandAnswer::Accept).await;
        let milestone = ErrandAnswer::Milestone("PLANNING_COMPLETE".into());
        say(world, (&order, Some(&uni)), milestone).await;
        say(world, (&order, Some(&uni)), ErrandAnswer::Complete).await;
        say(world, (&order, Some(&ovc)), end).await;
    }
}

/// Answers the errand about a document, or about one item of it.
async fn say(world: &World, (about, item): (&str, Option<&str>), said: ErrandAnswer) {
    world.work().await;
    let waiting = errands::waiting(world).await;
    let is_meant = |errand: &&Document| errand.text("/about/id") == Some(about) && errand.text("/item") == item;
    let errand = waiting.iter().find(is_meant).unwrap();
    errands::answer(world, &errand.id, said).await.unwrap();
}

async fn agreement(world: &World) -> Agreement {
    let store = &world.store;
    let found = store.agreement_in_force(&world.bravo.scope, Role::Seller, world.wall.now());
    found.await.unwrap().unwrap()
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
    people(&world).await;
    let all = check_all(&world, "at once").await;
    for step in STEPS {
        assert!(
            all.iter().any(|decision| decision.step == step),
            "nothing was decided on {step}"
        );
    }

    for step in STEPS_OF_PEOPLE {
        let of_people = |decision: &&Decision| decision.step == step && decision.answered_by == "errand";
        assert!(
            all.iter().any(|decision| of_people(&decision)),
            "no person decided on {step}"
        );
    }

    let company = world.bravo.scope.company.clone();
    world.store.put_book(&company, &Book::empty()).await.unwrap();
    let mut agreement = agreement(&world).await;
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
