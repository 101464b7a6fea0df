//! The measurements themselves: that they run from end to end and tell what they are to tell. How
//! fast anything is, is not tested: a machine that builds is no machine that measures.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

/// The bench of this build, in an environment without settings.
fn bench(words: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue-bench"));
    command.args(words.split_whitespace());
    // Built with all tests of the workspace; alone it is built by the bench itself.
    let program = PathBuf::from(env!("CARGO_BIN_EXE_segue-bench")).with_file_name("segue");
    if !words.contains("--program") && program.exists() {
        command.arg("--program").arg(program);
    }
    command.output().unwrap()
}

#[test]
fn a_short_run_tells_each_figure_beside_its_limit_and_the_machine() {
    let output = bench("run --engine sqlite --connections 2 --seconds 0.3 --only quote,order,get,list-state --json");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["machine"]["fdatasync_per_second"].as_f64().unwrap() > 0.0);
    assert!(report["machine"]["cores"].as_u64().unwrap() > 0);
    let rows = report["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["operation"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["POST quote", "POST order", "GET quote by id", "list quotes by state"]
    );
    for row in rows {
        for part in ["most", "limit", "loaded"] {
            assert!(row[part]["answered"].as_u64().unwrap() > 0, "{row}");
            assert_eq!(row[part]["others"], serde_json::json!({}), "{row}");
            assert!(row[part]["p50_ms"].as_f64() <= row[part]["p99_ms"].as_f64(), "{row}");
        }
        let share = row["most"]["per_second"].as_f64().unwrap() / row["limit"]["per_second"].as_f64().unwrap();
        assert_eq!(row["share"].as_f64().unwrap(), share);
    }
    // A quote keeps its document, what was received, its decision and its history.
    assert!(rows[0]["stored_bytes"].as_u64().unwrap() > 5_000, "{}", rows[0]);
}

#[track_caller]
fn check_refused(words: &str, told: &str) {
    let output = bench(words);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(told), "{words}: {said}");
}

#[test]
fn words_that_make_no_sense_are_refused_before_anything_is_started() {
    check_refused("run --connections 0", "--connections needs numbers above 0");
    check_refused("run --seconds 0", "--seconds needs a number above 0");
    check_refused("run --only quotes", "possible values");
    check_refused("run --program /nowhere/segue", "no program /nowhere/segue");
}
