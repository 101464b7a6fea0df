//! The direction of dependencies. A crate exists only if it forbids something to somebody.

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
    (
        "segue",
        &[
            "segue-model",
            "segue-store",
            "segue-net",
            "segue-gate",
            "segue-seller",
            "segue-buyer",
        ],
    ),
    ("xtask", &["segue-model"]),
];

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
