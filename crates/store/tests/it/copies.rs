//! Backup, restore and copies between engines: everything, or nothing and the reason.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use segue_model::commit::{Commit, HoldChange};
use segue_model::document::Side;
use segue_store::{ChainState, Database, Options, Server, Store, StoreError};

use crate::cluster::{Cluster, batch};
use crate::fixture::*;

/// Something in most of the tables, jobs that are due at the same instant among it.
async fn fill(store: &Store, round: u32) {
    store.commit(subscribe(&format!("s{round}"))).await.unwrap();
    for number in 0..70 {
        let id = format!("q{round}-{number}");
        let mut document = quote(&id);
        document.body.insert("note".into(), "\u{1F680} ' \" \\ \n".into());
        let event = event(&format!("e{id}"), &id);
        let take = HoldChange::Take {
            key: "port".into(),
            owner: id.clone(),
            amount: 1,
            expires_at: None,
        };
        // Names that are not in the order they are stored in.
        let job = job(&format!("{:02}-{round}", 70 - number), &id, noon());
        let commit = Commit {
            documents: vec![document],
            jobs: vec![job],
            holds: vec![take],
            events: vec![event],
            audit: vec![entry("made")],
            ..Commit::default()
        };
        store.commit(commit).await.unwrap();
    }
}

fn open(folder: &Path, server: Option<&Server>) -> Store {
    let options = Options::new(index).with_readers(1);
    let options = match server {
        Some(server) => options.with_server(server.clone()),
        None => options,
    };
    Store::open(folder, options).unwrap()
}

/// What a store tells of itself: it must be the same in every copy.
async fn told(store: &Store) -> (Vec<String>, ChainState, String) {
    let due = store.due_jobs(after(1), 1_000).await.unwrap();
    let due = due.into_iter().map(|due| due.job.id).collect();
    let found = store
        .document(&with("beta"), Side::Seller, "quote", "q1-3")
        .await
        .unwrap();
    (due, store.verify_audit().await.unwrap(), format!("{found:?}"))
}

#[tokio::test]
async fn a_backup_beside_a_writing_server_is_whole_and_comes_out_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (state, file) = (folder.path().join("state"), folder.path().join("backup"));
    let store = open(&state, None);
    fill(&store, 1).await;
    let expected = told(&store).await;
    let database = Database::new(&state, None);
    let copied = database.backup(&file).unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let rows = |name: &str| copied.iter().find(|table| table.name == name).unwrap().rows;
    assert_eq!(
        (rows("document"), rows("job"), rows("audit"), rows("delivery")),
        (70, 70, 70, 70)
    );
    fill(&store, 2).await;
    assert!(
        matches!(database.backup(&file), Err(StoreError::File { .. })),
        "it is not overwritten"
    );
    let held = database.restore(&file).unwrap_err();
    assert!(matches!(held, StoreError::InUse { .. }), "{held}");
    store.close().await;
    assert!(matches!(database.restore(&file), Err(StoreError::NotEmpty)));

    let other = folder.path().join("other");
    assert_eq!(Database::new(&other, None).restore(&file).unwrap(), copied);
    let store = open(&other, None);
    assert_eq!(told(&store).await, expected);
    fill(&store, 3).await;
    store.close().await;
    assert_eq!(Database::new(&other, None).check().unwrap(), Vec::<String>::new());
    assert_eq!(
        std::fs::read_dir(&other).unwrap().count(),
        2,
        "lock and database, and nothing else"
    );
}

#[tokio::test]
async fn a_database_goes_to_a_server_and_back_and_stays_the_same() {
    let files = tempfile::tempdir().unwrap();
    let Some(cluster) = Cluster::start(files.path(), &[]) else {
        return;
    };
    batch(&format!("{} dbname=postgres", cluster.address()), "CREATE DATABASE one");
    let address = format!("{} dbname=one", cluster.address());
    let server = Server::parse(&address).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (state, there, back) = (
        folder.path().join("a"),
        folder.path().join("b"),
        folder.path().join("c"),
    );
    let store = open(&state, None);
    fill(&store, 1).await;
    let expected = told(&store).await;
    store.close().await;
    let copied = Database::new(&state, None).copy_to(&server).unwrap();
    assert!(matches!(
        Database::new(&state, None).copy_to(&server),
        Err(StoreError::NotEmpty)
    ));

    let store = open(&there, Some(&server));
    assert_eq!(told(&store).await, expected);
    // What the database numbers goes on after what came with the copy.
    fill(&store, 2).await;
    let expected = told(&store).await;
    let on_server = Database::new(&there, Some(server));
    assert_eq!(on_server.check().unwrap(), Vec::<String>::new());
    let state = on_server.state().unwrap();
    assert!(state.engine.starts_with("PostgreSQL ") && state.bytes > 0);
    assert!(state.tables.contains(&("document".to_owned(), 140)));
    let file = folder.path().join("backup");
    let backed = on_server.backup(&file).unwrap();
    assert_ne!(backed, copied);
    store.close().await;
    assert_eq!(Database::new(&back, None).restore(&file).unwrap(), backed);
    let store = open(&back, None);
    assert_eq!(told(&store).await, expected);
    store.close().await;
}

#[tokio::test]
async fn what_does_not_go_together_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let store = open(&state, None);
    fill(&store, 1).await;
    store.close().await;
    let database = Database::new(&state, None);
    assert_eq!(database.check().unwrap(), Vec::<String>::new());
    let harm = [
        (
            "UPDATE document SET revision = 2 WHERE id = 'q1-3'",
            "1 documents whose last revision",
        ),
        (
            "UPDATE history SET state = 'x' WHERE document = 5",
            "1 documents in another state",
        ),
        ("UPDATE delivery SET head = 0 WHERE seq = 7", "1 lanes of events"),
        ("UPDATE audit SET actor = 'x' WHERE seq = 9", "breaks at row 9"),
    ];
    let db = rusqlite::Connection::open(state.join(segue_store::DATABASE_FILE)).unwrap();
    for (harm, _) in harm {
        db.execute_batch(harm).unwrap();
    }
    let found = database.check().unwrap().join("; ");
    for (_, expected) in harm {
        assert!(found.contains(expected), "no {expected:?} in {found}");
    }
}

#[test]
fn what_is_no_backup_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (state, file) = (folder.path().join("state"), folder.path().join("backup"));
    std::fs::write(&file, "this is no database at all, but long enough to be taken for one").unwrap();
    let database = Database::new(&state, None);
    database.restore(&file).unwrap_err();
    assert_eq!(
        database
            .state()
            .unwrap()
            .tables
            .iter()
            .find(|(name, _)| name == "document")
            .unwrap()
            .1,
        0
    );
    database.restore(&folder.path().join("nothing")).unwrap_err();
    let missing = Database::new(&folder.path().join("nowhere"), None);
    assert!(matches!(missing.state(), Err(StoreError::File { .. })));
}
