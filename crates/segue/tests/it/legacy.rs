//! A Seller whose orders are taken by the sample legacy back end, with the real binary and the real
//! script: killed while it asks, it asks again, and the order takes one port once.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::kit::{Pair, Site, until};
use crate::sample;

const SECRET: &str = "sesame";

const PRICES: &str = "offering,name,amount,months,ports\nport,Port rental,90.00,1,1\nline,Bandwidth,40.00,1,\n";

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

/// The Seller gets the connector, and an agreement by which it takes orders.
fn connect(site: &Site, target: &str) {
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
    agreement["answers"] = json!([{ "step": "order", "by": "connector", "connector": "legacy" }]);
    let file = site.file("agreement.json", &agreement.to_string());
    site.text(&format!("agreement import {file}"));
}

#[test]
fn a_seller_killed_while_it_asks_the_legacy_back_end_takes_the_order_once() {
    let folder = tempfile::tempdir().unwrap();
    let Some(backend) = Backend::start(folder.path()) else {
        eprintln!("skipped: there is no python3");
        return;
    };
    let pair = Pair::new(sample::BOOK, &format!("--open-target {}", backend.target));
    connect(&pair.acme, &backend.target);
    let mut server = pair.acme.serve();
    let _buyer = pair.beta.serve();
    let quote = pair.buy("quote acme --address HILL-1 --bandwidth 1G");
    let order = pair.buy(&format!("order acme --quote {quote}"));
    // It has the order, and is asking or about to.
    server.kill();
    let _again = pair.acme.serve();
    until("the order is taken", || {
        let state = pair.acme.json(&format!("history {order}"))["state"].clone();
        (state == "inProgress" || state == "completed").then_some(())
    });
    let state = backend.state().unwrap();
    assert_eq!(state["answers"].as_object().unwrap().len(), 1, "{state}");
    assert_eq!(state["taken"]["HILL-1"], 1);
}
