//! Lists: conditions, pages, totals, order.

use segue_model::commit::Commit;
use segue_model::document::{Document, Side};
use segue_model::id::PartnerId;
use segue_store::{Condition, ListQuery};
use serde_json::json;

use crate::fixture::*;

/// q0 to q5, made in this order; odd ones approved; q4 and q5 of places A, B and B, C.
async fn six() -> Fixture {
    let at = Fixture::new();
    for number in 0..6 {
        let mut document = quote(&format!("q{number}"));
        document.created_at = after(number);
        if number % 2 == 1 {
            document.state = "approved".to_owned();
        }
        let places = match number {
            4 => json!(["A", "B"]),
            5 => json!(["B", "C"]),
            _ => json!([]),
        };
        document.body.insert("place".to_owned(), places);
        at.store.commit(Commit::of(document)).await.unwrap();
    }
    at
}

async fn ids(at: &Fixture, conditions: Vec<Condition>, offset: u32, limit: u32) -> (Vec<String>, u64) {
    let query = ListQuery {
        conditions,
        offset,
        limit,
    };
    let page = at
        .store
        .documents(&with("beta"), Side::Seller, "quote", &query)
        .await
        .unwrap();
    (
        page.documents.into_iter().map(|document| document.id).collect(),
        page.total,
    )
}

#[track_caller]
fn check_page(found: (Vec<String>, u64), expected: &[&str], total: u64) {
    assert_eq!(found.0, expected);
    assert_eq!(found.1, total);
}

#[tokio::test]
async fn pages_go_from_the_oldest_on_and_the_total_is_that_of_all_pages() {
    let at = six().await;
    check_page(ids(&at, vec![], 0, 4).await, &["q0", "q1", "q2", "q3"], 6);
    check_page(ids(&at, vec![], 4, 4).await, &["q4", "q5"], 6);
    check_page(ids(&at, vec![], 6, 4).await, &[], 6);
    check_page(ids(&at, vec![], 0, 0).await, &[], 6);
}

#[tokio::test]
async fn all_conditions_have_to_hold() {
    let at = six().await;
    let state = |text: &str| Condition::Equal("state", text.to_owned());
    let place = |text: &str| Condition::Equal("place", text.to_owned());
    check_page(ids(&at, vec![state("approved")], 0, 10).await, &["q1", "q3", "q5"], 3);
    check_page(ids(&at, vec![place("B")], 0, 10).await, &["q4", "q5"], 2);
    check_page(ids(&at, vec![place("B"), state("approved")], 0, 10).await, &["q5"], 1);
    check_page(ids(&at, vec![place("A"), place("C")], 0, 10).await, &[], 0);
    check_page(ids(&at, vec![place("' OR 1=1 --")], 0, 10).await, &[], 0);
}

#[tokio::test]
async fn greater_and_less_are_strict() {
    let at = six().await;
    let above = Condition::Gt("externalId", "ext-q1".to_owned());
    let below = Condition::Lt("externalId", "ext-q4".to_owned());
    check_page(ids(&at, vec![above, below], 0, 10).await, &["q2", "q3"], 2);
}

#[tokio::test]
async fn a_new_revision_is_found_under_its_new_values_only() {
    let at = six().await;
    let old = at
        .store
        .document(&with("beta"), Side::Seller, "quote", "q0")
        .await
        .unwrap()
        .unwrap();
    at.store
        .commit(Commit::of(old.next("approved", old.body.clone(), after(9))))
        .await
        .unwrap();
    let state = |text: &str| vec![Condition::Equal("state", text.to_owned())];
    check_page(ids(&at, state("approved"), 0, 10).await, &["q0", "q1", "q3", "q5"], 4);
    check_page(ids(&at, state("inProgress"), 0, 10).await, &["q2", "q4"], 2);
}

#[tokio::test]
async fn one_document_is_found_by_a_filter() {
    let at = six().await;
    let found = at
        .store
        .document_by_filter(&with("beta"), Side::Seller, "quote", "externalId", "ext-q3")
        .await;
    assert_eq!(found.unwrap().map(|document| document.id).as_deref(), Some("q3"));
    let none = at
        .store
        .document_by_filter(&with("beta"), Side::Seller, "quote", "externalId", "ext")
        .await;
    assert_eq!(none.unwrap(), None);
}

#[tokio::test]
async fn operators_see_the_newest_documents_of_all_partners_or_of_one() {
    let at = six().await;
    let foreign = Document {
        created_at: after(10),
        ..quote_of(&with("gamma"), "g")
    };
    at.store.commit(Commit::of(foreign)).await.unwrap();
    let list = async |partner: Option<&PartnerId>| {
        let found = at
            .store
            .company_documents(&acme(), Side::Seller, "quote", partner, 3)
            .await
            .unwrap();
        found.into_iter().map(|document| document.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None).await, ["g", "q5", "q4"]);
    assert_eq!(list(Some(&"beta".into())).await, ["q5", "q4", "q3"]);
    assert_eq!(
        at.store.company_document(&acme(), "g").await.unwrap().unwrap().scope,
        with("gamma")
    );
    assert_eq!(at.store.company_history(&acme(), "g").await.unwrap().len(), 1);
}
