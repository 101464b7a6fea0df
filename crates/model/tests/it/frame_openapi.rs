//! Our OpenAPI documents against the official files of the SDK, where it is at hand.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use segue_model::{api, diff, openapi};
use serde_json::Value;

use crate::sdk;

/// Where the files of a release are.
const RELEASES: [&str; 3] = ["kylie/api", "grace/productApi", "billie/productApi"];

/// Files whose base path is ours, and whose text is not: one base path, two minor versions. Ours
/// is the later one, of which the earlier has a little more that was optional (`docs/quirks.md`).
const SUPERSEDED: [&str; 1] = ["billie/productApi/inventory/productInventoryManagement.api.yaml"];

/// The official files of all releases; none where the SDK is not.
fn official_files() -> Vec<(PathBuf, Value)> {
    let Some(folder) = sdk::folder() else {
        return Vec::new();
    };
    let mut paths = Vec::new();
    for release in RELEASES {
        find(&folder.join(release), &mut paths);
    }
    paths.retain(|path| !SUPERSEDED.iter().any(|file| path.ends_with(file)));
    let read = |path: PathBuf| {
        let official = diff::read(&fs::read_to_string(&path).unwrap()).unwrap();
        (path, official)
    };
    paths.into_iter().map(read).collect()
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, paths);
        } else if path.to_string_lossy().ends_with(".yaml") {
            paths.push(path);
        }
    }
}

#[test]
fn our_documents_have_no_difference_to_the_official_files() {
    let mut compared = BTreeSet::new();
    let mut all = Vec::new();
    let files = official_files();
    for (path, official) in &files {
        let Some(api) = diff::our_counterpart(official) else {
            continue;
        };
        let differences = diff::compare(official, &openapi::document(api));
        let lines = differences.iter().map(|line| format!("{}: {line}", path.display()));
        all.extend(lines);
        compared.insert((api.name, api.version));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    let described = api::described().count();
    assert!(
        files.is_empty() || compared.len() == described,
        "an API of ours has no official file"
    );
}
