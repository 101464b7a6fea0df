//! The audit chain shows every change made behind its back.

use segue_store::ChainState;

use crate::fixture::*;

async fn four() -> Fixture {
    let at = Fixture::new();
    for number in 1..=4 {
        at.store.audit(entry(&format!("action-{number}"))).await.unwrap();
    }
    at
}

async fn check_broken(tamper: &str, expected: i64) {
    let mut at = four().await;
    at.reopen(|db| db.batch(tamper)).await;
    let state = at.store.verify_audit().await.unwrap();
    assert_eq!(state, ChainState::Broken { at: expected }, "{tamper}");
}

#[tokio::test]
async fn an_untouched_chain_is_whole_and_newest_rows_are_shown_first() {
    let mut at = four().await;
    let head = at.store.audit_rows(1).await.unwrap().remove(0);
    assert_eq!((head.seq, head.entry.action.as_str(), head.at), (4, "action-4", noon()));
    at.reopen(|_| ()).await;
    let state = at.store.verify_audit().await.unwrap();
    assert_eq!(
        state,
        ChainState::Whole {
            rows: 4,
            head: head.hash
        }
    );
}

#[tokio::test]
async fn altered_removed_exchanged_and_cut_off_rows_are_named() {
    check_broken("UPDATE audit SET detail = 'x' WHERE seq = 2", 2).await;
    check_broken("UPDATE audit SET actor = actor || action, action = '' WHERE seq = 3", 3).await;
    check_broken("UPDATE audit SET at = '2026-11-24T12:00:01.000000Z' WHERE seq = 1", 1).await;
    check_broken("DELETE FROM audit WHERE seq = 2", 2).await;
    check_broken("DELETE FROM audit WHERE seq = 4", 4).await;
    check_broken("DELETE FROM audit", 1).await;
    let exchange = "UPDATE audit SET seq = 9 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3;
                    UPDATE audit SET seq = 3 WHERE seq = 9;";
    check_broken(exchange, 2).await;
    check_broken("UPDATE audit_head SET hash = 'x'", 4).await;
}
