//! A commit is applied whole or refused whole.

use segue_model::commit::{CapacityGuard, Commit, Decision, HoldChange, IdempotentAnswer, Received};
use segue_model::document::{Document, Side};
use segue_store::{CommitError, StoreError};
use serde_json::json;

use crate::fixture::*;

async fn read(at: &Fixture, id: &str) -> Option<Document> {
    at.store
        .document(&with("beta"), Side::Seller, "quote", id)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_document_comes_back_as_it_was_committed_with_its_members_in_order() {
    let at = Fixture::new();
    at.store.commit(Commit::of(quote("q"))).await.unwrap();
    assert_eq!(read(&at, "q").await, Some(quote("q")));
    let text = serde_json::to_string(&read(&at, "q").await.unwrap().body).unwrap();
    assert_eq!(text, r#"{"id":"q","externalId":"ext-q","zeta":1,"alpha":2}"#);
}

#[tokio::test]
async fn only_the_next_revision_is_taken() {
    let at = Fixture::new();
    let first = quote("q");
    at.store.commit(Commit::of(first.clone())).await.unwrap();
    let second = first.next("approved", first.body.clone(), after(1));
    at.store.commit(Commit::of(second.clone())).await.unwrap();

    for stale in [
        first.clone(),
        second.clone(),
        Document {
            revision: 4,
            ..second.clone()
        },
        Document { revision: 0, ..first },
    ] {
        let refused = at.store.commit(Commit::of(stale)).await;
        assert!(matches!(refused, Err(CommitError::Conflict)), "{refused:?}");
    }
    assert_eq!(read(&at, "q").await, Some(second));
}

#[tokio::test]
async fn a_change_of_a_document_that_does_not_exist_is_a_conflict() {
    let at = Fixture::new();
    let refused = at
        .store
        .commit(Commit::of(Document {
            revision: 2,
            ..quote("q")
        }))
        .await;
    assert!(matches!(refused, Err(CommitError::Conflict)), "{refused:?}");
}

#[tokio::test]
async fn one_id_may_live_with_two_partners_and_on_two_sides() {
    let at = Fixture::new();
    let mine = quote("q");
    let mirror = Document {
        side: Side::Buyer,
        ..quote("q")
    };
    let foreign = quote_of(&with("gamma"), "q");
    for document in [&mine, &mirror, &foreign] {
        at.store.commit(Commit::of(document.clone())).await.unwrap();
    }
    assert_eq!(read(&at, "q").await, Some(mine));
    let gamma = at
        .store
        .document(&with("gamma"), Side::Seller, "quote", "q")
        .await
        .unwrap();
    assert_eq!(gamma, Some(foreign));
}

#[tokio::test]
async fn history_shows_every_state_a_document_had_and_who_caused_it() {
    let at = Fixture::new();
    let first = quote("q");
    at.store
        .commit(Commit {
            audit: vec![entry("createQuote")],
            ..Commit::of(first.clone())
        })
        .await
        .unwrap();
    at.store
        .commit(Commit::of(first.next("approved", first.body.clone(), after(5))))
        .await
        .unwrap();
    let rows = at.store.history(&with("beta"), "q").await.unwrap();
    let seen: Vec<_> = rows
        .iter()
        .map(|r| (r.revision, r.at, r.state.as_str(), r.actor.as_str()))
        .collect();
    assert_eq!(
        seen,
        [(1, noon(), "inProgress", "operator"), (2, after(5), "approved", "")]
    );
}

#[tokio::test]
async fn nothing_of_a_refused_commit_stays() {
    let at = Fixture::new();
    at.store.commit(subscribe("s")).await.unwrap();
    at.store.commit(Commit::of(quote("taken"))).await.unwrap();
    let before = at.store.stats(noon()).await.unwrap();
    let refused = at
        .store
        .commit(Commit {
            documents: vec![quote("new"), quote("taken")],
            jobs: vec![job("j", "new", noon())],
            events: vec![event("e", "new")],
            holds: vec![HoldChange::Take {
                key: "port".into(),
                owner: "new#1".into(),
                amount: 1,
                expires_at: None,
            }],
            audit: vec![entry("createQuote")],
            ..Commit::default()
        })
        .await;
    assert!(matches!(refused, Err(CommitError::Conflict)), "{refused:?}");
    assert_eq!(at.store.stats(noon()).await.unwrap(), before);
    assert_eq!(
        at.store.held(&acme(), &["port".into()], noon()).await.unwrap()["port"],
        0
    );
    assert_eq!(at.store.check().await.map_err(|e| e.to_string()), Ok(()));
}

#[tokio::test]
async fn a_job_takes_effect_once() {
    let at = Fixture::new();
    at.store
        .commit(Commit {
            jobs: vec![job("j", "q", noon())],
            ..Commit::default()
        })
        .await
        .unwrap();
    let done = || Commit {
        done_jobs: vec!["j".to_owned()],
        ..Commit::default()
    };
    at.store.commit(done()).await.unwrap();
    let again = at.store.commit(done()).await;
    assert!(matches!(again, Err(CommitError::Conflict)), "{again:?}");
}

#[tokio::test]
async fn a_used_idempotency_key_refuses_the_twin_until_it_expires() {
    let at = Fixture::new();
    let answer = |id: &str| IdempotentAnswer {
        key: "acme/beta/key".to_owned(),
        digest: "d".to_owned(),
        status: 201,
        body: format!("{{\"id\":\"{id}\"}}"),
        expires_at: after(60),
    };
    let create = |id: &str| Commit {
        idempotency: Some(answer(id)),
        ..Commit::of(quote(id))
    };
    at.store.commit(create("one")).await.unwrap();
    let twin = at.store.commit(create("two")).await;
    assert!(
        matches!(&twin, Err(CommitError::Duplicate(key)) if key == "acme/beta/key"),
        "{twin:?}"
    );
    assert_eq!(read(&at, "two").await, None);
    let stored = at.store.idempotent_answer("acme/beta/key", noon()).await.unwrap();
    assert_eq!(stored, Some(answer("one")));

    at.wall.set(after(60));
    assert_eq!(
        at.store.idempotent_answer("acme/beta/key", after(60)).await.unwrap(),
        None
    );
    at.store.commit(create("three")).await.unwrap();
}

fn take(owner: &str, amount: i64, limit: i64, at_seconds: i64) -> Commit {
    Commit {
        holds: vec![HoldChange::Take {
            key: "port/A".to_owned(),
            owner: format!("{owner}#1"),
            amount,
            expires_at: Some(after(300)),
        }],
        capacity_guards: vec![CapacityGuard {
            key: "port/A".to_owned(),
            limit,
            at: after(at_seconds),
        }],
        ..Commit::of(quote(owner))
    }
}

async fn held(at: &Fixture, seconds: i64) -> i64 {
    at.store
        .held(&acme(), &["port/A".to_owned()], after(seconds))
        .await
        .unwrap()["port/A"]
}

#[tokio::test]
async fn of_many_buyers_who_race_for_the_last_ports_exactly_as_many_win_as_there_are_ports() {
    let at = Fixture::new();
    let mut races = Vec::new();
    for number in 0..20 {
        let store = at.store.clone();
        let scope = with(&format!("buyer-{number}"));
        races.push(tokio::spawn(async move {
            let mut commit = take(&format!("q{number}"), 1, 3, 0);
            commit.documents[0].scope = scope;
            store.commit(commit).await
        }));
    }
    let (mut won, mut lost) = (0, 0);
    for race in races {
        match race.await.unwrap() {
            Ok(()) => won += 1,
            Err(CommitError::CapacityExhausted { key }) if key == "port/A" => lost += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((won, lost, held(&at, 0).await), (3, 17, 3));
}

#[tokio::test]
async fn a_hold_counts_until_it_expires_and_for_good_once_it_is_kept() {
    let at = Fixture::new();
    at.store.commit(take("q", 1, 1, 0)).await.unwrap();
    assert_eq!((held(&at, 300).await, held(&at, 301).await), (1, 0));
    at.store.commit(take("late", 1, 1, 301)).await.unwrap();

    let keep = HoldChange::Keep {
        from: "late#1".to_owned(),
        to: "order#1".to_owned(),
    };
    at.store
        .commit(Commit {
            holds: vec![keep],
            ..Commit::of(quote("order"))
        })
        .await
        .unwrap();
    assert_eq!(held(&at, 10_000).await, 1);
    // Kept once more by the same owner: still there.
    let again = HoldChange::Keep {
        from: "order#1".to_owned(),
        to: "order#1".to_owned(),
    };
    at.store
        .commit(Commit {
            holds: vec![again],
            ..Commit::of(quote("again"))
        })
        .await
        .unwrap();
    assert_eq!(held(&at, 10_000).await, 1);
    let release = HoldChange::Release {
        owner: "order#1".to_owned(),
    };
    at.store
        .commit(Commit {
            holds: vec![release],
            ..Commit::of(quote("end"))
        })
        .await
        .unwrap();
    assert_eq!(held(&at, 10_000).await, 0);
}

#[tokio::test]
async fn capacity_of_one_company_is_not_that_of_another() {
    let at = Fixture::new();
    at.store.commit(take("q", 1, 1, 0)).await.unwrap();
    let mut other = take("q", 1, 1, 0);
    other.documents[0].scope.company = "other".into();
    at.store.commit(other).await.unwrap();
    assert_eq!(held(&at, 0).await, 1);
}

#[tokio::test]
async fn decisions_and_received_text_stay_beside_the_document() {
    let at = Fixture::new();
    let decision = Decision {
        id: "d".to_owned(),
        document_id: "q".to_owned(),
        item_id: Some("1".to_owned()),
        step: "quote".to_owned(),
        answered_by: "book".to_owned(),
        book_version: 3,
        agreement_version: 1,
        at: noon(),
        inputs: json!({ "held": 1 }),
        outcome: json!(["price 420"]),
    };
    let text = "{ \"externalId\" : \"x\" }";
    let received = Received {
        document_id: "q".to_owned(),
        revision: 1,
        version: 10,
        text: text.to_owned(),
    };
    let commit = Commit {
        decisions: vec![decision],
        received: vec![received],
        ..Commit::of(quote("q"))
    };
    at.store.commit(commit).await.unwrap();

    let decisions = at.store.decisions(&acme(), "q").await.unwrap();
    assert_eq!((decisions.len(), &decisions[0].outcome), (1, &json!(["price 420"])));
    assert_eq!(at.store.decision(&acme(), "d").await.unwrap().unwrap().book_version, 3);
    assert_eq!(at.store.received(&with("beta"), "q").await.unwrap()[0].text, text);
    assert_eq!(at.store.company_received(&acme(), "q").await.unwrap()[0].version, 10);
}

#[tokio::test]
async fn a_commit_that_holds_for_nobody_is_refused() {
    let at = Fixture::new();
    let holds = vec![HoldChange::Release {
        owner: "q#1".to_owned(),
    }];
    let refused = at
        .store
        .commit(Commit {
            holds,
            ..Commit::default()
        })
        .await;
    assert!(
        matches!(refused, Err(CommitError::Store(StoreError::Unscoped))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_empty_commit_changes_nothing() {
    let at = Fixture::new();
    let before = at.store.stats(noon()).await.unwrap();
    at.store.commit(Commit::default()).await.unwrap();
    assert_eq!(at.store.stats(noon()).await.unwrap(), before);
}

#[tokio::test]
async fn what_a_document_holds_is_told_by_item_and_nothing_of_another_one() {
    let at = Fixture::new();
    for owner in ["q1", "q12", "q2"] {
        at.store.commit(take(owner, 1, 9, 0)).await.unwrap();
    }
    let holds = at.store.holds_of(&acme(), "q1", after(0)).await.unwrap();
    let told: Vec<_> = holds
        .iter()
        .map(|held| (held.item.as_deref(), held.key.as_str(), held.amount))
        .collect();
    assert_eq!(told, [(Some("1"), "port/A", 1)]);
    assert_eq!(holds[0].expires_at, Some(after(300)));
    assert_eq!(at.store.holds_of(&acme(), "q1", after(300)).await.unwrap(), []);
}
