//! Two Sellers in one installation, with partners, clients, books, callbacks and keys of equal
//! names: each finds its own only, and neither notices the other.

use std::sync::Arc;

use http::Request;
use segue_model::api::errand;
use segue_model::describe::Kind;
use segue_model::document::{Document, Side};
use segue_model::id::CompanyId;
use segue_model::party::Role;
use segue_model::rules::ErrandAnswer;
use segue_model::time::Clock;
use segue_seller::{Cut, Deliveries, ErrandError};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::bodies::{Circuit, ORDER, QUOTE};
use crate::described::{by_id, operations};
use crate::errands;
use crate::listener::Listener;
use crate::world::{Buyer, PLACE, Reply, SELLER, World, at_company, request};

const OTHER: &str = "zeta";

fn circuit<'a>(world: &'a World, buyer: &'a Buyer, place: &'static str) -> Circuit<'a> {
    Circuit {
        products: &world.products,
        buyer,
        place,
    }
}

async fn quote(world: &World, buyer: &Buyer, place: &'static str) -> Value {
    let body = circuit(world, buyer, place).quote();
    world.post(buyer, QUOTE, &body).await.created()
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

/// Status and body, without the id that was asked for.
fn seen(reply: &Reply, asked: &str) -> (u16, String) {
    (reply.status.as_u16(), reply.text.replace(asked, "<id>"))
}

#[tokio::test]
async fn a_token_of_one_company_is_nothing_at_the_other() {
    let world = World::new().await;
    let (alpha, _) = world.second(OTHER).await;
    for operation in operations() {
        let ask = async |token: &str, company: &str| {
            let request = request(token, &operation, ("any", ""), None);
            world.ask(&operation, at_company(request, company)).await
        };
        for (token, elsewhere) in [(&world.alpha.token, OTHER), (&alpha.token, SELLER)] {
            let (foreign, garbage) = (ask(token, elsewhere).await, ask("no.token.atall", elsewhere).await);
            assert_eq!(foreign.status, 401, "{} at {elsewhere}", operation.id);
            assert_eq!(seen(&foreign, ""), seen(&garbage, ""), "{}", operation.id);
        }
    }
}

#[tokio::test]
async fn a_secret_of_one_company_gets_no_token_at_the_other() {
    let world = World::new().await;
    let (alpha, _) = world.second(OTHER).await;
    let ask = async |buyer: &Buyer, company: &str| {
        let mut request = World::token_request(buyer, &[]);
        *request.uri_mut() = format!("/{company}/oauth2/token").parse().unwrap();
        world.send(request).await.status.as_u16()
    };
    assert_eq!((ask(&alpha, OTHER).await, ask(&world.alpha, SELLER).await), (200, 200));
    assert_eq!((ask(&alpha, SELLER).await, ask(&world.alpha, OTHER).await), (401, 401));
}

#[tokio::test]
async fn documents_of_a_partner_of_the_same_name_are_unknown_at_the_other_company() {
    let world = World::new().await;
    let (alpha, _) = world.second(OTHER).await;
    let made = id(&quote(&world, &world.alpha, PLACE).await);
    let order = circuit(&world, &world.alpha, PLACE).order_of(&made);
    let order = id(&world.post(&world.alpha, ORDER, &order).await.created());
    for (operation, made) in [
        ("retrieveQuote", &made),
        ("retrieveProductOrder", &order),
        ("retrieveProduct", &world.alpha.enni),
    ] {
        let operation = by_id(operation);
        let unknown = "00000000-0000-4000-8000-000000000000";
        let foreign = world.call(&alpha, &operation, (made, ""), None).await;
        let nothing = world.call(&alpha, &operation, (unknown, ""), None).await;
        assert_eq!(foreign.status, 404, "{}", operation.id);
        assert_eq!(seen(&foreign, made), seen(&nothing, unknown), "{}", operation.id);
        assert_eq!(world.call(&world.alpha, &operation, (made, ""), None).await.status, 200);
    }
    for operation in operations().iter().filter(|operation| operation.kind == Kind::List) {
        let list = world.call(&alpha, operation, ("", ""), None).await;
        for theirs in [&made, &order, &world.alpha.enni] {
            assert!(!list.text.contains(theirs.as_str()), "{}", operation.id);
        }
    }
    // Nor can it be ordered, or built upon.
    let stolen = circuit(&world, &alpha, PLACE).order_of(&made);
    assert_eq!(world.post(&alpha, ORDER, &stolen).await.status, 422);
}

#[tokio::test]
async fn the_last_port_of_each_company_is_its_own() {
    let world = World::new().await;
    let (alpha, bravo) = world.second(OTHER).await;
    let first = quote(&world, &world.alpha, "LAST-PORT").await;
    let other = quote(&world, &alpha, "LAST-PORT").await;
    for firm in [&first, &other] {
        assert_eq!(firm["state"], "approved.orderable", "{firm}");
    }
    for late in [&world.bravo, &bravo] {
        assert_eq!(quote(&world, late, "LAST-PORT").await["state"], "unableToProvide");
    }
}

#[tokio::test]
async fn an_idempotency_key_means_something_else_at_each_company() {
    let world = World::new().await;
    let (alpha, _) = world.second(OTHER).await;
    let operation = by_id("createQuote");
    let mut made = Vec::new();
    for buyer in [&world.alpha, &alpha, &world.alpha, &alpha] {
        let body = circuit(&world, buyer, PLACE).quote();
        let mut request = request(&buyer.token, &operation, ("", ""), Some(&body));
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        let request = at_company(request, buyer.scope.company.as_str());
        made.push(id(&world.ask(&operation, request).await.created()));
    }
    assert_ne!(made[0], made[1], "each its own");
    assert_eq!(made[..2], made[2..], "each its own again");
}

#[tokio::test]
async fn events_go_to_the_subscriptions_at_the_same_company_only() {
    let listener = Listener::start().await;
    let world = World::open_to(&[listener.address.to_string()]).await;
    let (alpha, _) = world.second(OTHER).await;
    for buyer in [&world.alpha, &alpha] {
        listener.belongs_to(&world, buyer).await;
    }
    let hub = listener.register(&world, &world.alpha, (QUOTE.0, "acme", "")).await;
    listener.register(&world, &alpha, (QUOTE.0, OTHER, "")).await;
    let end = by_id_of_hub("DELETE");
    assert_eq!(world.call(&alpha, &end, (&hub, ""), None).await.status, 404);

    let mut ordered = Vec::new();
    for buyer in [&world.alpha, &alpha] {
        let made = id(&quote(&world, buyer, PLACE).await);
        let order = circuit(&world, buyer, PLACE).order_of(&made);
        world.post(buyer, ORDER, &order).await.created();
        ordered.push(made);
    }
    let (stop, stopped) = watch::channel(false);
    let deliveries = Deliveries::new(Arc::clone(&world.seller), Arc::clone(&world.calls));
    let running = tokio::spawn(deliveries.run(stopped));
    let heard = listener.wait(2).await;
    stop.send(true).unwrap();
    running.await.unwrap();
    let about = |prefix: &str| {
        let of_prefix = heard
            .iter()
            .filter(|heard| heard.path.starts_with(&format!("/{prefix}/")));
        of_prefix.map(|heard| heard.text("/event/id")).collect::<Vec<_>>()
    };
    assert_eq!(
        [about("acme"), about(OTHER)].concat(),
        ordered,
        "one each, of its own quote"
    );
}

/// An operation on one subscription of quotes.
fn by_id_of_hub(method: &str) -> segue_model::describe::Operation {
    crate::described::operation(QUOTE.0, method, "/hub/any")
}

#[tokio::test]
async fn keys_metadata_and_books_are_each_companys_own() {
    let world = World::new().await;
    world.second(OTHER).await;
    let (ours, other) = (CompanyId::new(SELLER), CompanyId::new(OTHER));
    let keys = async |company: &CompanyId| json!(world.gate.jwks(company).await.unwrap()).to_string();
    let before = keys(&ours).await;
    assert_ne!(before, keys(&other).await);
    world.gate.rotate_key(&other).await.unwrap();
    assert_eq!(keys(&ours).await, before, "the key of one company was changed");

    let path = |company: &str| format!("/.well-known/oauth-authorization-server/{company}");
    let metadata = async |company: &str| {
        let request = Request::get(path(company)).body(axum::body::Body::empty()).unwrap();
        world.send(request).await.json()["issuer"].clone()
    };
    assert_eq!(metadata(SELLER).await, "https://acme.example/acme");
    assert_eq!(metadata(OTHER).await, "https://zeta.example/zeta");

    let book = world.seller.books().current(&other).await.unwrap().book;
    world.store.put_book(&other, &book).await.unwrap();
    let version = async |company: &CompanyId| world.seller.books().current(company).await.unwrap().version;
    assert_eq!((version(&ours).await, version(&other).await), (1, 2));
}

#[tokio::test]
async fn suspension_and_agreements_at_one_company_leave_the_other_alone() {
    let world = World::new().await;
    let (alpha, _) = world.second(OTHER).await;
    world.change(&alpha, |partner| partner.suspended = true).await;
    let list = by_id("listQuote");
    assert_eq!(world.call(&alpha, &list, ("", ""), None).await.status, 401);
    assert_eq!(world.call(&world.alpha, &list, ("", ""), None).await.status, 200);
    let now = world.wall.now();
    let store = &world.store;
    let mut agreement = store
        .agreement_in_force(&alpha.scope, Role::Seller, now)
        .await
        .unwrap()
        .unwrap();
    agreement.version += 1;
    store.put_agreement(agreement).await.unwrap();
    let ours = store.agreements(&world.alpha.scope).await.unwrap();
    assert_eq!(ours.len(), 1);
}

#[tokio::test]
async fn decisions_jobs_audit_and_statistics_of_one_company_are_not_the_others() {
    let world = World::new().await;
    let (alpha, _) = world.second(OTHER).await;
    let made = id(&quote(&world, &world.alpha, PLACE).await);
    let store = &world.store;
    let (ours, other) = (CompanyId::new(SELLER), CompanyId::new(OTHER));
    assert!(!store.decisions(&ours, &made).await.unwrap().is_empty());
    assert!(store.decisions(&other, &made).await.unwrap().is_empty());
    assert_eq!(store.company_document(&other, &made).await.unwrap(), None);
    assert!(store.company_history(&other, &made).await.unwrap().is_empty());
    let jobs = store.pending_jobs_of(&world.alpha.scope, &made).await.unwrap();
    assert!(!jobs.is_empty(), "a quote ends some day");
    assert!(store.pending_jobs_of(&alpha.scope, &made).await.unwrap().is_empty());
    assert_eq!(store.job(&other, &jobs[0].id).await.unwrap(), None);
    let rows = store.audit_rows(100).await.unwrap();
    let about: Vec<&str> = rows
        .iter()
        .filter(|row| row.entry.object.contains(&made))
        .map(|row| row.entry.company.as_str())
        .collect();
    assert!(
        !about.is_empty() && about.iter().all(|company| *company == SELLER),
        "{about:?}"
    );

    let period = (
        "2026-11-01T00:00:00Z".parse().unwrap(),
        "2026-12-01T00:00:00Z".parse().unwrap(),
    );
    let flow = async |buyer: &Buyer| world.seller.flow(&buyer.scope, period, Cut::Whole).await.unwrap();
    let steps: Vec<_> = flow(&world.alpha)
        .await
        .iter()
        .map(|flow| (flow.step, flow.asked))
        .collect();
    assert_eq!(steps, [("quote", 1)]);
    assert_eq!(flow(&alpha).await, []);
}

#[tokio::test]
async fn errands_of_one_company_are_neither_listed_nor_shown_nor_answered_by_the_other() {
    let world = errands::world(json!([{ "step": "order", "by": "errand", "owner": "sales" }])).await;
    let (_, bravo) = world.second(OTHER).await;
    let order = circuit(&world, &world.bravo, PLACE).order();
    let order = id(&world.post(&world.bravo, ORDER, &order).await.created());
    world.work().await;
    let errand = errands::waiting(&world).await.remove(0);
    let (ours, other) = (CompanyId::new(SELLER), CompanyId::new(OTHER));
    let listed = async |company: &CompanyId| {
        let waiting = world.store.waiting_errands(company, 10).await.unwrap();
        let all = world
            .store
            .company_documents(company, Side::Seller, errand::RESOURCE, None, 10)
            .await
            .unwrap();
        (waiting.len(), all.len())
    };
    assert_eq!((listed(&ours).await, listed(&other).await), ((1, 1), (0, 0)));
    assert_eq!(world.seller.waiting(&bravo.scope).await.unwrap(), []);

    let seller = &world.seller;
    for (foreign, nothing) in [
        (
            seller.errand(&other, &errand.id).await,
            seller.errand(&other, "x").await,
        ),
        (
            seller
                .answer_errand(&other, &errand.id, (&ErrandAnswer::Accept, "kim"))
                .await,
            seller.answer_errand(&other, "x", (&ErrandAnswer::Accept, "kim")).await,
        ),
        (
            seller.assign_errand(&other, &errand.id, ("kim", errand::TAKEN)).await,
            seller.assign_errand(&other, "x", ("kim", errand::TAKEN)).await,
        ),
    ] {
        let told = |result: Result<Document, ErrandError>| result.unwrap_err().to_string();
        assert_eq!(told(foreign).replace(&errand.id, "x"), told(nothing));
    }
    // Nor what is no errand, whosever it is.
    assert!(seller.errand(&ours, &order).await.is_err());
    assert_eq!(
        seller.errand(&ours, &errand.id).await.unwrap(),
        errand,
        "nothing was changed"
    );
    let read = world
        .get(&world.bravo, (ORDER.0, &format!("{}/{order}", ORDER.1)))
        .await;
    assert_eq!(read.json()["state"], "acknowledged");
    errands::answer(&world, &errand.id, ErrandAnswer::Accept).await.unwrap();
}
