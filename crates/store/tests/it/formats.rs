//! Stores of other programs: what the first one left behind, and what a newer one has added to.

use std::process::Command;

use segue_model::commit::Commit;
use segue_model::id::CompanyId;
use segue_store::{DATABASE_FILE, DeliveryFilter};

use crate::fixture::{Fixture, Raw, acme, after, entry, events, job, quote, subscribe, with};

/// Set where these tests run on databases to which a newer program has added something.
pub const EXPANDED: &str = "SEGUE_TEST_EXPANDED";

/// A column in every table, a table, an index, and the number of a newer format: what a newer program does to a
/// database that it shares with older ones.
pub fn expand(raw: &Raw) {
    match raw {
        Raw::Sqlite(db) => {
            let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
            let mut names = db.prepare(names).unwrap();
            let names: Vec<String> = names
                .query_map([], |row| row.get(0))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            for name in names {
                raw.batch(&format!(
                    "ALTER TABLE {name} ADD COLUMN later TEXT NOT NULL DEFAULT 'x'"
                ));
            }
            raw.batch("PRAGMA user_version = 1000");
        }
        Raw::Server(_) => raw.batch(
            "DO $$ DECLARE name TEXT; BEGIN
               FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
                 EXECUTE format('ALTER TABLE %I ADD COLUMN later TEXT NOT NULL DEFAULT ''x''', name);
               END LOOP; END $$;
             UPDATE format SET number = 1000",
        ),
    }
    raw.batch("CREATE TABLE later(x TEXT PRIMARY KEY); CREATE INDEX document_later ON document(later);");
}

#[tokio::test]
async fn a_newer_program_adds_something_while_this_one_works_and_nothing_stops() {
    let mut at = Fixture::new();
    let life = |name: &'static str| Commit {
        jobs: vec![job(name, name, after(1))],
        audit: vec![entry(name)],
        ..Commit::of(quote(name))
    };
    at.store.commit(subscribe("s")).await.unwrap();
    at.store.commit(life("before")).await.unwrap();
    assert_eq!(at.store.due_jobs(after(2), 9).await.unwrap().len(), 1);
    if std::env::var(EXPANDED).is_err() {
        expand(&Raw::of(&at.path()));
    }
    at.store.commit(life("meanwhile")).await.unwrap();
    at.store.commit(events(&[("e", "meanwhile")])).await.unwrap();
    assert_eq!(at.store.due_jobs(after(2), 9).await.unwrap().len(), 2);
    at.reopen(|_| ()).await;
    at.store.commit(life("afterwards")).await.unwrap();
    for id in ["before", "meanwhile", "afterwards"] {
        assert!(at.store.company_document(&acme(), id).await.unwrap().is_some(), "{id}");
        assert_eq!(at.store.history(&with("beta"), id).await.unwrap().len(), 1);
    }
    assert_eq!(
        at.store
            .deliveries(&acme(), &DeliveryFilter::default())
            .await
            .unwrap()
            .len(),
        1
    );
    at.store.verify_audit().await.unwrap();
}

/// Every statement of this program, by every test of the store.
#[test]
fn all_tests_pass_on_a_database_to_which_a_newer_program_has_added_something() {
    let mut tests = Command::new(std::env::current_exe().unwrap());
    // What is about the format itself, or makes databases in its own way.
    for name in [
        "copies::",
        "folder::",
        "formats::all",
        "formats::the_store",
        "nodes::",
        "server::",
        "postgres::",
        "kill::",
    ] {
        tests.args(["--skip", name]);
    }
    let ended = tests.env(EXPANDED, "1").output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
}

#[tokio::test]
async fn the_store_of_the_first_program_opens_with_all_that_is_in_it_and_goes_on() {
    let at = Fixture::new();
    let folder = at.path().with_file_name("first");
    // A store makes its folder as it wants it.
    at.open_in(&folder).unwrap().close().await;
    let file = folder.join(DATABASE_FILE);
    std::fs::write(&file, "").unwrap();
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch(include_str!("frozen/first.sql")).unwrap();
    drop(db);
    let store = at.open_in(&folder).unwrap();
    let (acme, beta) = (CompanyId::new("acme"), with("beta"));
    let quote = store
        .company_document(&acme, "01a231c9-3499-75a5-bc2a-c71da0c558fd")
        .await
        .unwrap()
        .unwrap();
    let order = store
        .company_document(&acme, "01a231c9-388e-768d-b3be-1f65456ec2d7")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&*quote.state, &*order.state), ("accepted", "inProgress"));
    assert_eq!(
        order.text("/productOrderItem/0/quoteItem/quoteId"),
        Some("01a231c9-3499-75a5-bc2a-c71da0c558fd")
    );
    let history = store
        .history(&beta, "01a231c9-3499-75a5-bc2a-c71da0c558fd")
        .await
        .unwrap();
    assert_eq!(history.last().unwrap().state, "accepted");
    assert_eq!(store.subscriptions(&beta).await.unwrap().len(), 1);
    assert_eq!(
        store.deliveries(&acme, &DeliveryFilter::default()).await.unwrap().len(),
        5
    );
    store.verify_audit().await.unwrap();
    let job = store.next_due().await.unwrap().unwrap();
    let due = store.due_jobs(job, 9).await.unwrap();
    assert_eq!(due[0].job.document_id, "01a231c9-388e-768d-b3be-1f65456ec2d7");
    store.commit(Commit::of(crate::fixture::quote("new"))).await.unwrap();
    store.audit(entry("afterwards")).await.unwrap();
    store.verify_audit().await.unwrap();
    store.close().await;
}
