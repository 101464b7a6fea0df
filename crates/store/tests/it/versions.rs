//! A change of an API version is stored whole or not at all.

use segue_model::document::Side;
use segue_model::party::{Agreement, Role};
use segue_store::{CommitError, Store, VersionChange, VersionChanged};

use crate::fixture::*;
use crate::parties;

const QUOTE: &str = "quoteManagement";

fn agreement(version: u32) -> Agreement {
    let apis = [(QUOTE.to_owned(), version)].into();
    Agreement::first(with("beta"), Role::Seller, apis, noon())
}

fn change(based_on: u32) -> VersionChange {
    VersionChange {
        agreement: agreement(10),
        based_on,
        subscriptions: Some((QUOTE.into(), 10)),
        audit: entry("partner.migrate"),
    }
}

/// On version 8, with two subscriptions in it and one of another API.
async fn on_eight() -> Fixture {
    let fixture = parties::known().await;
    fixture.store.put_agreement(agreement(8)).await.unwrap();
    for (id, api) in [("one", QUOTE), ("two", QUOTE), ("orders", "productOrderingManagement")] {
        let mut commit = subscribe(id);
        for change in &mut commit.subscriptions {
            if let segue_model::commit::SubscriptionChange::Add(new) = change {
                (new.api, new.version) = (api.to_owned(), 8);
            }
        }
        fixture.store.commit(commit).await.unwrap();
    }
    fixture
}

/// Newest version of the agreement, the version it has of quotes, versions heard, last thing done.
async fn seen(store: &Store) -> (u32, u32, Vec<u32>, String) {
    let newest = store.agreements(&with("beta")).await.unwrap().pop().unwrap();
    let heard = store.subscriptions(&with("beta")).await.unwrap();
    let last = store.audit_rows(1).await.unwrap().pop();
    (
        newest.version,
        newest.apis[QUOTE],
        heard.iter().map(|one| one.version).collect(),
        last.map(|row| row.entry.action).unwrap_or_default(),
    )
}

#[tokio::test]
async fn agreement_subscriptions_and_audit_change_together() {
    let fixture = on_eight().await;
    let changed = fixture.store.change_version(change(1)).await.unwrap();
    let expected = VersionChanged {
        agreement: 2,
        subscriptions: 2,
    };
    assert_eq!(changed, expected);
    let expected = (2, 10, vec![10, 10, 8], "partner.migrate".to_owned());
    assert_eq!(seen(&fixture.store).await, expected);
}

#[tokio::test]
async fn a_change_decided_on_an_older_agreement_changes_nothing() {
    let fixture = on_eight().await;
    fixture.store.put_agreement(agreement(7)).await.unwrap();
    let before = seen(&fixture.store).await;
    let refused = fixture.store.change_version(change(1)).await.unwrap_err();
    assert!(matches!(refused, CommitError::Conflict), "{refused}");
    assert_eq!(seen(&fixture.store).await, before);
}

#[tokio::test]
async fn when_the_last_statement_fails_those_before_it_have_changed_nothing() {
    let mut fixture = on_eight().await;
    let before = seen(&fixture.store).await;
    fixture
        .reopen(|raw| raw.batch("ALTER TABLE audit RENAME TO hidden"))
        .await;
    let failed = fixture.store.change_version(change(1)).await.unwrap_err();
    assert!(matches!(failed, CommitError::Store(_)), "{failed}");
    fixture
        .reopen(|raw| raw.batch("ALTER TABLE hidden RENAME TO audit"))
        .await;
    assert_eq!(seen(&fixture.store).await, before);
    fixture.store.change_version(change(1)).await.unwrap();
}

#[tokio::test]
async fn documents_are_counted_by_state_and_read_by_it_of_one_partner_only() {
    let fixture = Fixture::new();
    for (id, state) in [
        ("a", "inProgress"),
        ("b", "approved"),
        ("c", "approved"),
        ("d", "expired"),
    ] {
        let mut quote = quote(id);
        quote.state = state.into();
        fixture
            .store
            .commit(segue_model::commit::Commit::of(quote))
            .await
            .unwrap();
    }
    let foreign = quote_of(&with("gamma"), "e");
    fixture
        .store
        .commit(segue_model::commit::Commit::of(foreign))
        .await
        .unwrap();
    let (store, beta) = (&fixture.store, with("beta"));
    let counted = store.states(&beta, Side::Seller, "quote").await.unwrap();
    let expected = [
        ("approved".to_owned(), 2),
        ("expired".into(), 1),
        ("inProgress".into(), 1),
    ];
    assert_eq!(counted, expected);
    let open = ["approved".to_owned(), "inProgress".into()];
    let about = (Side::Seller, "quote");
    let ids = async |states: &[String], limit| {
        let found = store.documents_in(&beta, about, states, limit).await.unwrap();
        found.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&open, 9).await, ["c", "b", "a"]);
    assert_eq!(ids(&open, 1).await, ["c"]);
    assert_eq!(ids(&[], 9).await, [""; 0]);
    assert_eq!(store.states(&beta, Side::Buyer, "quote").await.unwrap(), []);
}
