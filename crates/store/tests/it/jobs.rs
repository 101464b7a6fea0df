//! Jobs: due, failed, parked, replayed, cancelled.

use segue_model::commit::Commit;
use segue_model::id::CompanyId;

use crate::fixture::*;

async fn three() -> Fixture {
    let at = Fixture::new();
    let jobs = vec![
        job("late", "q", after(20)),
        job("early", "q", after(10)),
        job("other", "p", after(15)),
    ];
    at.store
        .commit(Commit {
            jobs,
            ..Commit::default()
        })
        .await
        .unwrap();
    at
}

async fn due(at: &Fixture, seconds: i64) -> Vec<String> {
    at.store
        .due_jobs(after(seconds), 10)
        .await
        .unwrap()
        .into_iter()
        .map(|due| due.job.id)
        .collect()
}

#[tokio::test]
async fn jobs_come_when_they_are_due_the_longest_due_first() {
    let at = three().await;
    assert!(due(&at, 9).await.is_empty());
    assert_eq!(due(&at, 10).await, ["early"]);
    assert_eq!(due(&at, 60).await, ["early", "other", "late"]);
    assert_eq!(
        at.store.due_jobs(after(60), 1).await.unwrap()[0].job,
        job("early", "q", after(10))
    );
    assert_eq!(at.store.next_due().await.unwrap(), Some(after(10)));
}

#[tokio::test]
async fn a_failed_job_comes_again_later_and_counts_its_attempts() {
    let at = three().await;
    at.store.fail_job("early", after(30), "no answer").await.unwrap();
    assert_eq!(due(&at, 20).await, ["other", "late"]);
    let again = at.store.due_jobs(after(30), 10).await.unwrap().pop().unwrap().job;
    assert_eq!((again.id.as_str(), again.attempt), ("early", 1));
}

#[tokio::test]
async fn a_parked_job_waits_for_a_person() {
    let at = three().await;
    at.store.park_job("early", "cannot").await.unwrap();
    assert_eq!(due(&at, 60).await, ["other", "late"]);
    let parked = at.store.parked_jobs(&acme()).await.unwrap();
    assert_eq!(
        (parked[0].job.id.as_str(), parked[0].error.as_str()),
        ("early", "cannot")
    );
    assert!(at.store.parked_jobs(&CompanyId::new("other")).await.unwrap().is_empty());
    assert!(at.store.replay_job("early", after(5)).await.unwrap());
    assert_eq!(due(&at, 5).await, ["early"]);
    assert!(!at.store.replay_job("unknown", after(5)).await.unwrap());
}

#[tokio::test]
async fn jobs_of_a_document_can_be_cancelled_while_new_ones_are_made() {
    let at = three().await;
    let jobs = vec![job("new", "q", after(5))];
    at.store
        .commit(Commit {
            cancel_jobs_of: vec!["q".into()],
            jobs,
            ..Commit::default()
        })
        .await
        .unwrap();
    assert_eq!(due(&at, 60).await, ["new", "other"]);
    assert_eq!(at.store.pending_jobs_of(&with("beta"), "q").await.unwrap().len(), 1);
}
