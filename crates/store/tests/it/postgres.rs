//! The same tests on PostgreSQL: this binary runs itself again, on a cluster of its own.

use std::process::Command;

use crate::cluster::Cluster;

/// Names the server, where these tests run on one.
pub const SERVER: &str = "SEGUE_TEST_SERVER";

/// What is about files of SQLite, or makes clusters of its own.
const OF_FILES: [&str; 7] = [
    "copies::",
    "folder::",
    "formats::all",
    "formats::the_store",
    "nodes::",
    "server::",
    "the_same_tests_pass_on_postgresql",
];

#[test]
fn the_same_tests_pass_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let Some(cluster) = Cluster::start(folder.path(), &[]) else {
        return;
    };
    let mut tests = Command::new(std::env::current_exe().unwrap());
    for name in OF_FILES {
        tests.args(["--skip", name]);
    }
    let ended = tests
        .env(SERVER, cluster.address())
        .env("SEGUE_KILLS", "40")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    let passed = said.lines().find(|line| line.starts_with("test result: ok."));
    println!("on PostgreSQL: {}", passed.unwrap());
}
