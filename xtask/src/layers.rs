//! The direction of dependencies. A crate exists only if it forbids something to somebody.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Each crate and what it may depend on, also in its tests. Seller and buyer meet over HTTP,
/// otherwise a test of both would prove nothing.
const MAY: &[(&str, &[&str])] = &[
    ("segue-model", &[]),
    ("segue-store", &["segue-model"]),
    ("segue-net", &["segue-model"]),
    ("segue-gate", &["segue-model", "segue-store", "segue-net"]),
    (
        "segue-seller",
        &["segue-model", "segue-store", "segue-net", "segue-gate"],
    ),
    (
        "segue-buyer",
        &["segue-model", "segue-store", "segue-net", "segue-gate"],
    ),
    // The tester shares no checks with what it tests: see `TESTER_MAY` too.
    ("segue-certify", &["segue-model", "segue-net"]),
    (
        "segue",
        &[
            "segue-model",
            "segue-store",
            "segue-net",
            "segue-gate",
            "segue-seller",
            "segue-buyer",
            "segue-certify",
        ],
    ),
    // It judges the program from outside, and must not share its mistakes.
    ("segue-torture", &[]),
    // Measures from outside: the program is a process, only the accept loop and the keys of the bare server are ours.
    ("segue-bench", &["segue-net"]),
    ("xtask", &["segue-model"]),
];

/// What the tester may use of the model: descriptions and what is made of them. Rules, life cycles
/// and forms it writes anew, or it would agree with our mistakes.
const TESTER_MAY: &[&str] = &[
    "api::find_served(",
    "describe",
    "shape",
    "schema",
    "openapi",
    "id",
    "pointer",
    "products::payload_schema(",
];

/// Sources of the tester.
const TESTER: &str = "crates/certify/src";

/// Where the tester uses more of the model than it may, one sentence each.
pub fn tester_faults(root: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut folders = vec![root.join(TESTER)];
    while let Some(folder) = folders.pop() {
        let reading = || format!("reading {}", folder.display());
        for entry in std::fs::read_dir(&folder).with_context(reading)? {
            let path = entry.with_context(reading)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
                let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                faults.extend(
                    forbidden(&text)
                        .into_iter()
                        .map(|what| format!("{file} must not use segue_model::{what}")),
                );
            }
        }
    }
    faults.sort();
    Ok(faults)
}

/// What follows each `segue_model::` of a text and is not on the list.
fn forbidden(text: &str) -> Vec<String> {
    let used = text
        .split("segue_model")
        .skip(1)
        .map(|rest| rest.strip_prefix("::").unwrap_or(" as a whole"));
    let is_free = |rest: &&str| {
        TESTER_MAY.iter().any(|may| {
            let after = rest.strip_prefix(may);
            after.is_some_and(|after| may.ends_with('(') || after.starts_with("::"))
        })
    };
    let name = |rest: &str| {
        rest.split(|c: char| !c.is_alphanumeric() && c != ':' && c != '_')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    used.filter(|rest| !is_free(rest)).map(name).collect()
}

/// Dependencies that go the wrong way, one sentence each.
pub fn faults(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata has no packages")?;
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package has no name")?;
        let Some((_, may)) = MAY.iter().find(|(known, _)| *known == name) else {
            faults.push(format!("{name} has no place in xtask/src/layers.rs"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        for dependency in dependencies.filter_map(|dependency| dependency["name"].as_str()) {
            if names.contains(&dependency) && !may.contains(&dependency) {
                faults.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    faults.sort();
    faults.dedup();
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_faults(crates: &[(&str, &[&str])], expected: &[&str]) {
        let packages: Vec<Value> = crates
            .iter()
            .map(|(name, needs)| {
                let needs: Vec<Value> = needs.iter().map(|need| json!({ "name": need })).collect();
                json!({ "name": name, "dependencies": needs })
            })
            .collect();
        assert_eq!(faults(&json!({ "packages": packages })).unwrap(), expected);
    }

    #[test]
    fn seller_and_buyer_may_not_know_each_other() {
        check_faults(&[("segue-buyer", &["segue-model"]), ("segue-model", &["serde"])], &[]);
        check_faults(
            &[("segue-buyer", &[]), ("segue-seller", &["segue-buyer"])],
            &["segue-seller must not depend on segue-buyer"],
        );
    }

    #[test]
    fn the_tester_takes_descriptions_from_the_model_and_nothing_else() {
        let fine = "use segue_model::describe::{Kind, Operation};\nsegue_model::api::find_served(api, 8)";
        assert_eq!(forbidden(fine), Vec::<String>::new());
        assert_eq!(
            forbidden("use segue_model::api::quote::lifecycle::QUOTE;"),
            ["api::quote::lifecycle::QUOTE"]
        );
        assert_eq!(forbidden("use segue_model::{lifecycle, schema};").len(), 1);
        assert_eq!(forbidden("segue_model::describes::x()"), ["describes::x"]);
    }

    #[test]
    fn the_model_stands_alone_and_a_new_crate_must_be_given_a_place() {
        check_faults(
            &[
                ("segue-model", &["segue-store"]),
                ("segue-store", &[]),
                ("segue-portal", &[]),
            ],
            &[
                "segue-model must not depend on segue-store",
                "segue-portal has no place in xtask/src/layers.rs",
            ],
        );
    }
}
