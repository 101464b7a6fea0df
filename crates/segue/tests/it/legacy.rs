//! A Seller whose qualifications, quotes and orders are answered by the sample legacy back end, with
//! the real binary and the real script: killed while it asks, it asks again, and an order takes one
//! port once.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::kit::{Pair, Server, Site, until};
use crate::sample;

const SECRET: &str = "sesame";

const PRICES: &str = "offering,name,amount,months,ports\nport,Port rental,90.00,1,1\nline,Bandwidth,40.00,1,\n";

/// When the Buyer wants its answer.
const LATER: &str = "--later 2099-01-31T12:00:00.000Z";

/// The running script; killed when dropped.
struct Backend {
    child: Child,
    target: String,
    state: PathBuf,
    /// Open as long as it runs: it tells what it answers.
    _told: BufReader<ChildStdout>,
}

impl Backend {
    /// None where this machine has no python3.
    fn start(folder: &Path) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/legacy-backend/backend.py");
        let (secret, state) = (folder.join("backend-secret"), folder.join("state.json"));
        std::fs::write(&secret, SECRET).unwrap();
        std::fs::write(folder.join("prices.csv"), PRICES).unwrap();
        std::fs::write(folder.join("ports.csv"), "place,ports\nHILL-1,1\n").unwrap();
        let mut command = Command::new("python3");
        command
            .arg(script)
            .args(["--port", "0", "--slow", "0.5", "--secret-file"]);
        command.arg(secret).arg("--state").arg(&state).arg("--data").arg(folder);
        let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
        let mut first = String::new();
        let mut told = BufReader::new(child.stdout.take()?);
        told.read_line(&mut first).unwrap();
        let target = first.trim().strip_prefix("listening on ").map(str::to_owned);
        Some(Self {
            child,
            target: target?,
            state,
            _told: told,
        })
    }

    /// What it has written down.
    fn state(&self) -> Option<Value> {
        serde_json::from_str(&std::fs::read_to_string(&self.state).ok()?).ok()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Seller gets the connector, and an agreement by which it answers a step.
fn connect(site: &Site, target: &str, step: &str) {
    use std::os::unix::fs::PermissionsExt;
    let secret = site.file("legacy.secret", SECRET);
    std::fs::set_permissions(secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let path = site.folder.join("segue.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let section = format!(
        "[[connector]]\nname = \"legacy\"\nurl = \"http://{target}/\"\nsecret_file = \"legacy.secret\"\ndeadline_seconds = 2\n"
    );
    std::fs::write(&path, format!("{text}\n{section}")).unwrap();
    let mut agreement = site.json("agreement export beta")[0].clone();
    agreement["answers"] = json!([{ "step": step, "by": "connector", "connector": "legacy" }]);
    let file = site.file("agreement.json", &agreement.to_string());
    site.text(&format!("agreement import {file}"));
}

/// A back end, and a Seller that asks it about `step`; none where this machine has no python3.
fn connected(folder: &Path, step: &str) -> Option<(Backend, Pair)> {
    let Some(backend) = Backend::start(folder) else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    let pair = Pair::new(sample::BOOK, &format!("--open-target {}", backend.target));
    connect(&pair.acme, &backend.target, step);
    Some((backend, pair))
}

/// Kills the Seller when the back end has its question and has not answered, and starts it again.
fn kill_and_restart(pair: &Pair, server: &mut Server, (document, asked): (&str, &str)) -> Server {
    until("the question is open", || {
        let list = pair.acme.json("errand list");
        let mut list = list.as_array().unwrap().iter();
        list.any(|errand| errand["about"] == document && errand["owner"] == "connector legacy")
            .then_some(())
    });
    server.kill();
    let again = pair.acme.serve();
    until("it is answered", || {
        let state = pair.acme.json(&format!("history {document}"))["state"].clone();
        (state != asked).then_some(())
    });
    again
}

#[test]
fn a_seller_killed_while_it_asks_the_legacy_back_end_takes_the_order_once() {
    let folder = tempfile::tempdir().unwrap();
    let Some((backend, pair)) = connected(folder.path(), "order") else {
        return;
    };
    let mut server = pair.acme.serve();
    let _buyer = pair.beta.serve();
    let quote = pair.buy("quote acme --address HILL-1 --bandwidth 1G");
    let order = pair.buy(&format!("order acme --quote {quote}"));
    let _again = kill_and_restart(&pair, &mut server, (&order, "acknowledged"));
    let state = backend.state().unwrap();
    assert_eq!(state["answers"].as_object().unwrap().len(), 1, "{state}");
    assert_eq!(state["taken"]["HILL-1"], 1);
}

#[test]
fn a_seller_killed_while_it_asks_the_legacy_back_end_for_a_price_quotes_that_price() {
    let folder = tempfile::tempdir().unwrap();
    let Some((backend, pair)) = connected(folder.path(), "quote") else {
        return;
    };
    let mut server = pair.acme.serve();
    let _buyer = pair.beta.serve();
    let quote = pair.buy(&format!("quote acme --address HILL-1 --bandwidth 1G {LATER}"));
    let _again = kill_and_restart(&pair, &mut server, (&quote, "inProgress"));
    let read = pair.beta.json(&format!("buy show acme quote {quote}"));
    assert_eq!(read["state"], "approved.orderable", "{read}");
    let prices: Vec<&Value> = (0..2)
        .map(|index| &read["quoteItem"][index]["quoteItemPrice"][0]["price"]["dutyFreeAmount"]["value"])
        .collect();
    assert_eq!(prices, [&json!(90), &json!(40)], "the book has others");
    let state = backend.state().unwrap();
    assert_eq!(state["answers"].as_object().unwrap().len(), 1, "{state}");
}

#[test]
fn a_seller_killed_while_it_asks_whether_there_is_a_port_answers_each_item_as_the_back_end_says() {
    let folder = tempfile::tempdir().unwrap();
    let Some((backend, pair)) = connected(folder.path(), "poq") else {
        return;
    };
    let mut server = pair.acme.serve();
    let _buyer = pair.beta.serve();
    let poq = pair.buy(&format!("poq acme --address HILL-1 --bandwidth 1G {LATER}"));
    let _again = kill_and_restart(&pair, &mut server, (&poq, "inProgress"));
    let read = pair.beta.json(&format!("buy show acme poq {poq}"));
    assert_eq!(read["state"], "done", "{read}");
    let items = read["productOfferingQualificationItem"].as_array().unwrap();
    assert!(
        items.iter().all(|item| item["serviceabilityConfidence"] == "green"),
        "{read}"
    );
    let state = backend.state().unwrap();
    assert_eq!(state["answers"].as_object().unwrap().len(), items.len(), "{state}");
    let explained = pair.acme.json(&format!("explain {poq}"));
    let by = explained["decisions"].as_array().unwrap().iter();
    assert!(
        by.clone().count() > 0 && by.clone().all(|one| one["answeredBy"] == "connector legacy"),
        "{explained}"
    );
}
