//! The folder is closed to others and has one user at a time.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use segue_model::commit::Commit;
use segue_store::{DATABASE_FILE, MASTER_KEY_FILE, MasterKey, Options, Store, StoreError};

use crate::fixture::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, Options::new(index))
}

#[tokio::test]
async fn only_the_owner_can_read_the_folder_and_its_files() {
    let at = Fixture::new();
    at.store.commit(Commit::of(quote("q"))).await.unwrap();
    assert_eq!(mode(&at.path()), 0o700);
    let mut names = Vec::new();
    for file in fs::read_dir(at.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(mode(&file.path()), 0o600, "{}", file.path().display());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        ["segue.lock", "segue.sqlite", "segue.sqlite-shm", "segue.sqlite-wal"]
    );
}

#[tokio::test]
async fn a_folder_or_file_open_to_others_is_refused_with_what_to_do() {
    let at = Fixture::new();
    at.store.clone().close().await;
    for (path, loose, advice) in [
        (at.path(), 0o750, "chmod 700"),
        (at.path().join(DATABASE_FILE), 0o644, "chmod 600"),
    ] {
        let before = mode(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(loose)).unwrap();
        let refused = open(&at.path()).err().unwrap();
        assert!(matches!(refused, StoreError::TooOpen { .. }), "{refused}");
        assert!(refused.to_string().contains(advice), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(before)).unwrap();
    }
    open(&at.path()).unwrap().close().await;
}

#[tokio::test]
async fn a_second_user_of_the_folder_is_refused_until_the_first_has_closed_it() {
    let at = Fixture::new();
    let refused = open(&at.path()).err().unwrap();
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
    at.store.clone().close().await;
    open(&at.path()).unwrap().close().await;
}

#[tokio::test]
async fn a_closed_store_says_so_and_has_kept_what_was_sent_before() {
    let at = Fixture::new();
    let clone = at.store.clone();
    at.store.commit(Commit::of(quote("q"))).await.unwrap();
    at.store.clone().close().await;
    let refused = clone.setting("x").await.unwrap_err();
    assert!(matches!(refused, StoreError::Closed), "{refused}");
    let again = open(&at.path()).unwrap();
    assert!(again.company_document(&acme(), "q").await.unwrap().is_some());
    again.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let at = Fixture::new();
    at.store.clone().close().await;
    let db = rusqlite::Connection::open(at.path().join(DATABASE_FILE)).unwrap();
    db.execute_batch("PRAGMA user_version = 1000; UPDATE least SET format = 1000")
        .unwrap();
    drop(db);
    let refused = open(&at.path()).err().unwrap();
    assert!(matches!(refused, StoreError::TooNew { found: 1_000, .. }), "{refused}");
}

#[tokio::test]
async fn statistics_of_a_small_beginning_are_not_what_later_reads_go_by() {
    let at = Fixture::new();
    at.store.commit(Commit::of(quote("q"))).await.unwrap();
    at.store.clone().close().await;
    let file = at.path().join(DATABASE_FILE);
    let plan = || {
        let db = rusqlite::Connection::open(&file).unwrap();
        let wanted = "EXPLAIN QUERY PLAN SELECT d.body FROM document d JOIN collection c ON c.seq = d.collection
                      WHERE d.collection = 1 AND d.id = 'q'";
        let mut rows = db.prepare(wanted).unwrap();
        let steps = rows.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    assert!(!plan().contains("SCAN d"), "{}", plan());
    // As earlier programs closed.
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute_batch("ANALYZE")
        .unwrap();
    assert!(plan().contains("SCAN d"), "the fault is not there any more: {}", plan());
    open(&at.path()).unwrap().close().await;
    assert!(!plan().contains("SCAN d"), "{}", plan());
}

#[test]
fn a_master_key_file_is_made_once_and_only_for_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join(MASTER_KEY_FILE);
    MasterKey::create(&path).unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    MasterKey::read(&path).unwrap();
    MasterKey::create(&path).unwrap_err();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = MasterKey::read(&path).unwrap_err();
    assert!(matches!(refused, StoreError::TooOpen { .. }), "{refused}");
}
