//! Many commits at once: each stands or falls alone, none is lost.

use std::sync::atomic::{AtomicUsize, Ordering};

use segue_model::commit::Commit;
use segue_model::document::Side;
use segue_store::{CommitError, ListQuery, Options, StoreError};

use crate::fixture::*;

#[tokio::test]
async fn commits_that_arrive_together_share_transactions_and_are_all_stored() {
    let at = Fixture::new();
    let mut changes = at.store.changes();
    let groups_before = *changes.borrow_and_update();
    let commits = (0..500).map(|number| {
        let store = at.store.clone();
        tokio::spawn(async move { store.commit(Commit::of(quote(&format!("q{number}")))).await })
    });
    for commit in commits.collect::<Vec<_>>() {
        commit.await.unwrap().unwrap();
    }
    let groups = *changes.borrow_and_update() - groups_before;
    assert!(groups < 250, "{groups} groups for 500 commits");
    let query = ListQuery {
        limit: 0,
        ..ListQuery::default()
    };
    let page = at
        .store
        .documents(&with("beta"), Side::Seller, "quote", &query)
        .await
        .unwrap();
    assert_eq!((page.total, at.store.queue_depth()), (500, 0));
}

#[tokio::test]
async fn of_twins_that_arrive_together_exactly_one_is_stored() {
    let at = Fixture::new();
    let twins: Vec<_> = (0..64)
        .map(|_| {
            let store = at.store.clone();
            tokio::spawn(async move { store.commit(Commit::of(quote("q"))).await })
        })
        .collect();
    let mut stored = 0;
    for twin in twins {
        match twin.await.unwrap() {
            Ok(()) => stored += 1,
            Err(CommitError::Conflict) => (),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(stored, 1);
}

#[tokio::test]
async fn a_commit_that_panics_is_refused_alone() {
    let folder = tempfile::tempdir().unwrap();
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let options = Options::new(|document| {
        CALLS.fetch_add(1, Ordering::Relaxed);
        assert_ne!(document.id, "bad", "planted defect");
        Vec::new()
    });
    let store = open(&folder.path().join("state"), options).unwrap();
    let commits: Vec<_> = ["a", "bad", "b", "bad", "c"]
        .into_iter()
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { (id, store.commit(Commit::of(quote(id))).await) })
        })
        .collect();
    for commit in commits {
        match commit.await.unwrap() {
            ("bad", refused) => {
                assert!(
                    matches!(refused, Err(CommitError::Store(StoreError::Panicked(_)))),
                    "{refused:?}"
                );
            }
            (_, stored) => stored.unwrap(),
        }
    }
    assert_eq!(CALLS.load(Ordering::Relaxed), 5);
    assert_eq!(store.company_document(&acme(), "bad").await.unwrap(), None);
    assert_eq!(store.stats(noon()).await.unwrap().documents, 3);
    store.check().await.unwrap();
    store.close().await;
}
