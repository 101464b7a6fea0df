//! Several processes on one database, as stores here: who leads, who is struck off, what they tell
//! each other.

use std::path::Path;
use std::time::Duration;

use segue_model::commit::Commit;
use segue_store::{Mark, Options, Server, Store};
use tempfile::TempDir;

use crate::cluster::{Cluster, batch, says};
use crate::fixture::{index, job, noon, quote};

struct Place {
    cluster: Cluster,
    folder: TempDir,
    _files: TempDir,
}

impl Place {
    fn new() -> Option<Self> {
        let files = tempfile::tempdir().unwrap();
        let cluster = Cluster::start(files.path(), &[])?;
        batch(&format!("{} dbname=postgres", cluster.address()), "CREATE DATABASE one");
        Some(Self {
            cluster,
            folder: tempfile::tempdir().unwrap(),
            _files: files,
        })
    }

    fn address(&self) -> String {
        format!("{} dbname=one", self.cluster.address())
    }

    /// One that would lead.
    fn node(&self, name: &str) -> Store {
        let store = open(&self.folder.path().join(name), &self.address());
        store.campaign();
        store
    }
}

fn open(folder: &Path, address: &str) -> Store {
    let options = Options::new(index)
        .with_readers(1)
        .with_server(Server::parse(address).unwrap());
    Store::open(folder, options).unwrap()
}

/// Looks for as long as a lease and three looks take, and some more.
async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if look().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: not after 15 s");
}

#[tokio::test]
async fn one_leads_and_another_takes_over_when_it_leaves() {
    let Some(place) = Place::new() else { return };
    let first = place.node("a");
    until("the first leads", async || first.leads()).await;
    let second = place.node("b");
    until("both are there", async || second.nodes().await.unwrap() == 2).await;
    assert!(first.leads() && !second.leads());
    first.put_setting("a", "1").await.unwrap();
    assert_eq!(second.setting("a").await.unwrap().as_deref(), Some("1"));
    first.close().await;
    until("the second leads", async || second.leads()).await;
    assert_eq!(second.nodes().await.unwrap(), 1);
}

#[tokio::test]
async fn who_was_struck_off_writes_nothing_until_it_has_joined_anew() {
    let Some(place) = Place::new() else { return };
    let first = place.node("a");
    until("the first leads", async || first.leads()).await;
    let second = place.node("b");
    // As `second` would do it when `first` stood still; here at once.
    batch(
        &place.address(),
        "BEGIN; SELECT one FROM writer FOR UPDATE; DELETE FROM node WHERE id = (SELECT node FROM leader); COMMIT",
    );
    let refused = first.put_setting("a", "too late").await.unwrap_err();
    assert!(
        refused.is_passing() && refused.to_string().contains("stood still"),
        "{refused}"
    );
    until("it joins anew", async || {
        first.put_setting("a", "in time").await.is_ok()
    })
    .await;
    until("one of them leads", async || first.leads() != second.leads()).await;
    let (_, leaders) = says(&place.address(), "SELECT count(*) FROM leader");
    assert_eq!((leaders.as_str(), second.nodes().await.unwrap()), ("1", 2));
}

#[tokio::test]
async fn one_that_is_silent_is_struck_off_with_its_marks_and_claims() {
    let Some(place) = Place::new() else { return };
    let second = place.node("b");
    until("it leads", async || second.leads()).await;
    // The row of a process that died, with what it held.
    batch(
        &place.address(),
        "INSERT INTO node VALUES ('dead', clock_timestamp());
         INSERT INTO mark VALUES ('dead', 1, 'q1');
         INSERT INTO claim VALUES ('k1', 'dead')",
    );
    assert!(second.marked().await.unwrap().contains("q1"));
    assert!(!second.claim("k1").await.unwrap(), "somebody else has it");
    until("its marks are gone", async || second.marked().await.unwrap().is_empty()).await;
    assert!(second.claim("k1").await.unwrap());
    assert!(second.leads());
}

#[tokio::test]
async fn what_is_answered_in_one_process_is_left_alone_by_the_one_that_leads() {
    let Some(place) = Place::new() else { return };
    let leader = place.node("a");
    until("it leads", async || leader.leads()).await;
    let other = place.node("b");
    let commit = Commit {
        documents: vec![quote("q1")],
        jobs: vec![job("j1", "q1", noon())],
        ..Commit::default()
    };
    let mark = Mark {
        number: 7,
        names: vec!["q1".into(), "lane".into()],
    };
    other.commit_marked(commit, mark).await.unwrap();
    assert_eq!(leader.due_jobs(noon(), 9).await.unwrap().len(), 1);
    let marked = leader.marked().await.unwrap();
    assert!(marked.contains("q1") && marked.contains("lane"), "{marked:?}");
    other.unmark(7);
    until("the mark goes", async || leader.marked().await.unwrap().is_empty()).await;

    // Who leads has no need to tell anybody.
    let own = Mark {
        number: 8,
        names: vec!["q2".into()],
    };
    let commit = Commit {
        documents: vec![quote("q2")],
        ..Commit::default()
    };
    leader.commit_marked(commit, own).await.unwrap();
    assert!(leader.marked().await.unwrap().is_empty());
    assert!(other.claim("k").await.unwrap());
    assert!(!leader.claim("k").await.unwrap());
    other.unclaim("k");
    until("the claim goes", async || leader.claim("k").await.unwrap()).await;
}

#[tokio::test]
async fn what_one_process_stores_wakes_the_others() {
    let Some(place) = Place::new() else { return };
    let (first, second) = (place.node("a"), place.node("b"));
    until("both are there", async || first.nodes().await.unwrap() == 2).await;
    let mut news = second.changes();
    // Their own first words may still be on the way.
    tokio::time::sleep(Duration::from_millis(300)).await;
    news.mark_unchanged();
    first.put_setting("a", "1").await.unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(5), news.changed()).await;
    woken.expect("it is not woken").unwrap();
}
