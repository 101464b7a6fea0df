//! Another partner, another company and the other side see nothing, by every read there is.

use segue_model::commit::{Commit, Received};
use segue_model::document::Side;
use segue_model::id::{CompanyId, Scope};
use segue_store::{Condition, DeliveryFilter, ListQuery};

use crate::fixture::*;

/// One of everything, of acme and beta.
async fn one_of_everything() -> Fixture {
    let at = Fixture::new();
    at.store.commit(subscribe("s")).await.unwrap();
    let received = Received {
        document_id: "q".into(),
        revision: 1,
        version: 10,
        text: "{}".into(),
    };
    let commit = Commit {
        jobs: vec![job("j", "q", noon())],
        events: vec![event("e", "q")],
        received: vec![received],
        ..Commit::of(quote("q"))
    };
    at.store.commit(commit).await.unwrap();
    at
}

/// How many things the partner of `scope` finds.
async fn seen_by(at: &Fixture, scope: &Scope) -> usize {
    let store = &at.store;
    let all = ListQuery {
        conditions: vec![],
        offset: 0,
        limit: 10,
    };
    let some = ListQuery {
        conditions: vec![Condition::Equal("externalId", "ext-q".into())],
        ..all.clone()
    };
    let mut seen = 0;
    seen += usize::from(
        store
            .document(scope, Side::Seller, "quote", "q")
            .await
            .unwrap()
            .is_some(),
    );
    for query in [all, some] {
        let page = store.documents(scope, Side::Seller, "quote", &query).await.unwrap();
        assert_eq!(page.total, page.documents.len() as u64);
        seen += page.documents.len();
    }
    let by_filter = store
        .document_by_filter(scope, Side::Seller, "quote", "externalId", "ext-q")
        .await;
    seen += usize::from(by_filter.unwrap().is_some());
    seen += store.history(scope, "q").await.unwrap().len();
    seen += store.received(scope, "q").await.unwrap().len();
    seen += store.pending_jobs_of(scope, "q").await.unwrap().len();
    seen += usize::from(store.subscription(scope, "s").await.unwrap().is_some());
    seen + store.subscriptions(scope).await.unwrap().len()
}

#[tokio::test]
async fn the_partner_itself_sees_all_and_every_other_partner_nothing() {
    let at = one_of_everything().await;
    assert_eq!(seen_by(&at, &with("beta")).await, 9);
    for foreign in [
        with("gamma"),
        Scope::new("other", "beta"),
        with(""),
        with("%"),
        with("beta' OR 1=1 --"),
    ] {
        assert_eq!(seen_by(&at, &foreign).await, 0, "{foreign:?}");
    }
}

#[tokio::test]
async fn a_document_of_one_side_is_not_found_on_the_other_or_as_another_resource() {
    let at = one_of_everything().await;
    assert_eq!(
        at.store
            .document(&with("beta"), Side::Buyer, "quote", "q")
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        at.store
            .document(&with("beta"), Side::Seller, "productOrder", "q")
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn operators_of_another_company_see_nothing() {
    let at = one_of_everything().await;
    let other = CompanyId::new("other");
    assert_eq!(at.store.company_document(&other, "q").await.unwrap(), None);
    assert!(
        at.store
            .company_documents(&other, Side::Seller, "quote", None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(at.store.company_history(&other, "q").await.unwrap().is_empty());
    assert!(at.store.company_received(&other, "q").await.unwrap().is_empty());
    assert!(
        at.store
            .deliveries(&other, &DeliveryFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(at.store.job(&other, "j").await.unwrap(), None);
}

#[tokio::test]
async fn another_partner_cannot_end_a_subscription_or_cancel_jobs() {
    let at = one_of_everything().await;
    let remove = segue_model::commit::SubscriptionChange::Remove {
        scope: with("gamma"),
        id: "s".into(),
    };
    at.store
        .commit(Commit {
            subscriptions: vec![remove],
            ..Commit::default()
        })
        .await
        .unwrap_err();
    let cancel = Commit {
        cancel_jobs_of: vec!["q".into()],
        ..Commit::of(quote_of(&with("gamma"), "g"))
    };
    at.store.commit(cancel).await.unwrap();
    assert_eq!(seen_by(&at, &with("beta")).await, 9);
}
