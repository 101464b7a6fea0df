//! Long lists of places on their way into a running server: whole or not at all.

use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::kit::{Site, free_address};
use crate::sample::{self, BOOK};

/// More than a server reads at a time.
const PLACES: usize = 20_000;

fn list() -> String {
    let row = |n: usize| format!("HILL-{n},{n},Hillside,Bristol,BS1,GB,town,onNetWithoutBuild,1\n");
    let rows: String = (1..=PLACES).map(row).collect();
    format!("id,streetNr,streetName,city,postcode,countryCode,zone,delivery,ports\n{rows}")
}

/// The line of a command that says how long the list behind it is.
fn command(list: &str) -> String {
    let folder = json!({ "name": "list", "files": { "book.toml": BOOK }, "places": { "bytes": list.len() } });
    json!({ "Book": { "Load": { "folder": folder, "who": {} } } }).to_string()
}

/// Says `line`, then `bytes`; what is answered until the server hangs up.
fn answers(site: &Site, line: &str, bytes: &[u8]) -> Vec<Value> {
    let mut stream = UnixStream::connect(site.socket()).unwrap();
    writeln!(stream, "{line}").unwrap();
    stream.write_all(bytes).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let lines = BufReader::new(stream).lines();
    lines
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

#[test]
fn a_list_that_ends_half_way_changes_nothing_whether_somebody_waits_for_the_answer_or_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    let path = sample::book(&site.folder, BOOK, sample::PLACES);
    let _server = site.serve();
    site.text(&format!("book load {path}"));
    let (list, before) = (list(), site.json("book show"));
    assert_eq!(before["places"], 2);

    // At the end of a line: nothing of what came is wrong by itself.
    let half = list[..list.len() / 2].rfind('\n').unwrap() + 1;
    let told = answers(&site, &command(&list), &list.as_bytes()[..half]);
    let reason = told.last().unwrap()["error"]["problems"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("cut off") && reason.contains("before its end"),
        "{reason}"
    );
    assert_eq!(site.json("book show"), before);

    // Killed: nobody reads the answer.
    let mut dead = UnixStream::connect(site.socket()).unwrap();
    writeln!(dead, "{}", command(&list)).unwrap();
    dead.write_all(&list.as_bytes()[..half]).unwrap();
    drop(dead);
    // A whole one after it, so that the server has had time for the other.
    let told = answers(&site, &command(&list), list.as_bytes());
    assert_eq!(told.last().unwrap()["ok"]["version"], 2, "{told:?}");
    let now = site.json("book show");
    assert_eq!((&now["places"], &now["version"]), (&json!(PLACES), &json!(2)), "{now}");
}

#[test]
fn a_list_with_a_mistake_near_its_end_changes_nothing_and_the_mistake_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    let path = sample::book(&site.folder, BOOK, sample::PLACES);
    site.text(&format!("book load {path}"));
    let before = site.json("book show");
    let wrong = format!("{}HILL-1,1,Hillside,Bristol,BS1,GB,town,onNetWithoutBuild,1\n", list());
    let path = sample::book(&site.folder, BOOK, &wrong);
    let line = format!("places.csv:{}", PLACES + 2);
    let refused = || {
        let told = site.run(&format!("book load {path}"));
        assert!(told.code == 1 && told.err.contains(&line), "{}", told.err);
        assert_eq!(site.json("book show"), before);
    };
    // Through the socket of a server, and without one.
    {
        let _server = site.serve();
        refused();
    }
    refused();
}
