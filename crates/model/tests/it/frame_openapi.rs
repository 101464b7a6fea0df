//! Our OpenAPI documents against the official files of the SDK, where it is at hand.

use std::fs;
use std::path::PathBuf;

use segue_model::{api, diff, openapi};
use serde_json::Value;

use crate::sdk;

/// The official files of the release; none where the SDK is not.
fn official_files() -> Vec<(PathBuf, Value)> {
    let Some(folder) = sdk::folder() else {
        return Vec::new();
    };
    let read = |path: PathBuf| {
        let official = diff::read(&fs::read_to_string(&path).unwrap()).unwrap();
        (path, official)
    };
    let entries = fs::read_dir(folder.join("kylie/api")).unwrap();
    entries.map(|entry| read(entry.unwrap().path())).collect()
}

#[test]
fn our_documents_have_no_difference_to_the_official_files() {
    let mut compared = 0;
    let files = official_files();
    for (path, official) in &files {
        let Some(api) = diff::our_counterpart(official) else {
            continue;
        };
        let differences = diff::compare(official, &openapi::document(api));
        let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{}:\n{}", path.display(), lines.join("\n"));
        compared += 1;
    }
    assert!(
        files.is_empty() || compared == api::all().len(),
        "an API of ours has no official file"
    );
}
