//! `segue db`: what an operator sees of the database, copies of it, and what is refused.

use crate::kit::{Site, free_address};
use crate::stop;

#[test]
fn a_backup_made_while_it_serves_is_restored_into_an_empty_database() {
    let folder = tempfile::tempdir().unwrap();
    let (site, gamma) = stop::seller(folder.path());
    let file = folder.path().join("backup").display().to_string();
    let server = site.serve();
    assert!(gamma.token(&site).is_some());
    let said = site.text(&format!("db backup {file}"));
    assert!(said.contains("is a whole copy") && said.contains("document"), "{said}");
    assert!(site.text("db check").contains("ok"), "damages");
    let refused = site.run(&format!("db backup {file}"));
    assert!(refused.code == 1 && refused.err.contains("exists"), "{}", refused.err);
    let refused = site.run(&format!("db restore {file}"));
    assert!(
        refused.code == 1 && refused.err.contains("another process"),
        "{}",
        refused.err
    );
    drop(server);
    let before = site.json("audit verify");
    let refused = site.run(&format!("db restore {file}"));
    assert!(refused.err.contains("nothing was changed"), "{}", refused.err);
    for name in ["segue.sqlite", "segue.sqlite-wal", "segue.sqlite-shm"] {
        let _ = std::fs::remove_file(site.folder.join("data").join(name));
    }
    let restored = site.json(&format!("db restore {file}"));
    assert_eq!(restored["ok"], true);
    assert_eq!(site.json("audit verify"), before);
    let _server = site.serve();
    assert!(gamma.token(&site).is_some());
}

#[test]
fn size_and_format_are_told_and_an_older_format_is_brought_up_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    let status = site.json("db status");
    assert_eq!(status["format"], status["newestFormat"]);
    assert!(status["engine"].as_str().unwrap().starts_with("SQLite "), "{status}");
    let migrated = site.json("db migrate");
    assert_eq!(migrated["formatBefore"], migrated["format"]);
    std::fs::write(site.folder.join("data/segue.sqlite"), "no database").unwrap();
    let broken = site.run("db check");
    assert_eq!(broken.code, 1);
    assert!(broken.err.contains("not a database"), "{}", broken.err);
}
