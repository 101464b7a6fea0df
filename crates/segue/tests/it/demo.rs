//! `segue demo`, as the acceptance of the whole project runs it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::kit::{program, said_within, until};

#[track_caller]
fn check_steps(report: &Value) {
    let steps = report["steps"].as_array().unwrap();
    assert!(!steps.is_empty());
    for (index, step) in steps.iter().enumerate() {
        assert_eq!(step["n"], index + 1);
        let texts = ["company", "action", "resource", "state"];
        assert!(texts.iter().all(|name| step[name].is_string()), "{step}");
        assert!(step["ms"].is_u64() && step["ok"].is_boolean(), "{step}");
        assert_eq!(step.as_object().unwrap().len(), 7, "{step}");
    }
}

#[test]
fn the_demo_takes_a_circuit_from_address_to_inventory() {
    let told = said_within(Duration::from_secs(60), program().args(["demo", "--json"]));
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let report: Value = serde_json::from_str(&told.out).unwrap();
    check_steps(&report);
    assert_eq!(report["ok"], true);
    let steps = report["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["ok"] == true), "{report}");
    let states: Vec<&str> = steps.iter().filter_map(|step| step["state"].as_str()).collect();
    let actions: Vec<&str> = steps.iter().filter_map(|step| step["action"].as_str()).collect();
    for wanted in [
        "has Kim name the price",
        "has Robin accept the order",
        "asks three Sellers about five sites",
        "delivers what Beta picked",
    ] {
        assert!(actions.contains(&wanted), "nobody {wanted} in {actions:?}");
    }
    for wanted in [
        "approved.orderable",
        "accepted",
        "completed",
        "active",
        "expired",
        "held.assessingCharge",
        "acceptedByBuyer",
        "declinedByBuyer",
        "failed",
        "inProgress.assessingCharge",
        "cancelled",
        "terminated",
        "SITE_SURVEY_COMPLETE",
    ] {
        assert!(states.contains(&wanted), "no {wanted} in {states:?}");
    }
}

#[test]
fn buyers_on_three_releases_buy_from_one_seller_at_once() {
    let told = said_within(
        Duration::from_secs(60),
        program().args(["demo", "--releases", "--json"]),
    );
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let report: Value = serde_json::from_str(&told.out).unwrap();
    check_steps(&report);
    assert_eq!(report["ok"], true, "{report}");
    let text = report.to_string();
    for wanted in [
        "quoteManagement v10",
        "quoteManagement v8",
        "quoteManagement v7",
        "productOrderingManagement v11",
        "productOrderingManagement v10",
        "productOrderingManagement v7",
        "productInventory v8",
        "productInventory v7",
        "9 products",
    ] {
        assert!(text.contains(wanted), "no {wanted} in {text}");
    }
}

#[test]
fn the_demo_notices_a_broken_seller() {
    // It waits twenty seconds for what never comes.
    let told = said_within(
        Duration::from_secs(60),
        program().args(["demo", "--sabotage", "--json"]),
    );
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    let report: Value = serde_json::from_str(&told.out).unwrap();
    check_steps(&report);
    assert_eq!(report["ok"], false);
}

/// Kills the servers that `--keep` left, whatever happens.
struct Left(Vec<String>);

impl Drop for Left {
    fn drop(&mut self) {
        crate::kit::signal("-TERM", &self.0.join(" "));
    }
}

#[test]
fn both_companies_stay_and_every_line_the_demo_prints_works() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("demo --keep --folder {}", folder.path().display());
    let told = said_within(Duration::from_secs(60), program().args(words.split_whitespace()));
    let kill = told
        .out
        .lines()
        .find_map(|line| line.strip_prefix("stop them with: kill "));
    let left = Left(kill.unwrap_or_default().split(' ').map(str::to_owned).collect());
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    assert_eq!(left.0.len(), 2, "{}", told.out);
    let (curls, others): (Vec<&str>, Vec<&str>) = told
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with("curl ") || line.starts_with(env!("CARGO_BIN_EXE_segue")))
        .partition(|line| line.starts_with("curl "));
    assert!(curls.len() >= 3 && others.len() >= 2, "{}", told.out);
    for line in curls {
        let found: Value = serde_json::from_str(&ask(line, folder.path())).unwrap();
        assert!(!found.as_array().unwrap().is_empty(), "{line}: {found}");
    }
    for line in others {
        // Of a tester's run, which takes a minute, the shortest part.
        let short = if line.contains("certify seller") {
            " --function site"
        } else {
            ""
        };
        let said = shell(&format!("{line}{short}"), folder.path());
        assert!(line.contains(" > ") || !said.is_empty(), "{line}");
    }
    let sockets = ["acme", "beta"].map(|id| folder.path().join(id).join("data/admin.sock"));
    assert!(sockets.iter().all(|socket| socket.exists()));
    drop(left);
    until("both servers end", || {
        sockets.iter().all(|socket| !socket.exists()).then_some(())
    });
}

fn shell(line: &str, at: &Path) -> String {
    let output = Command::new("sh").args(["-c", line]).current_dir(at).output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Does what a curl line says; by other means where there is no curl.
fn ask(line: &str, at: &Path) -> String {
    if Command::new("curl").arg("--version").output().is_ok() {
        return shell(line, at);
    }
    let (_, rest) = line.split_once("$(").unwrap();
    let (token, rest) = rest.split_once(')').unwrap();
    let url = rest.split('\'').nth(1).unwrap();
    crate::web::get_as(shell(token, at).trim(), url).text
}
