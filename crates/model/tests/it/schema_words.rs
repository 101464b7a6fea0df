//! Our texts are ours: no eight consecutive words equal to an official description.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::sdk;

/// So many equal words in a row are a copied sentence.
const WORDS: usize = 8;

/// Runs of words, lower case, without punctuation.
fn runs(text: &str) -> Vec<String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.windows(WORDS).map(|run| run.join(" ")).collect()
}

fn add_descriptions(value: &Value, out: &mut HashSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::String(text) if name == "description" || name == "summary" => out.extend(runs(text)),
                    _ => add_descriptions(value, out),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| add_descriptions(value, out)),
        _ => {}
    }
}

/// All texts of ours below `folder`: comments, meanings, sentences to partners, pages.
fn our_texts(folder: &Path, out: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            our_texts(&path, out);
        } else if path
            .extension()
            .is_some_and(|end| ["rs", "shape", "md"].iter().any(|ours| end == *ours))
        {
            out.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A source line is one line of a sentence: comment marks go, lines are joined.
fn as_prose(text: &str) -> String {
    let line = |line: &str| line.trim().trim_start_matches(['/', '!', '#', '*']).trim().to_owned();
    text.lines().map(line).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_copied_sentence_would_be_found() {
    let official: HashSet<String> = runs("One two three, four five six - seven eight nine.")
        .into_iter()
        .collect();
    let ours = as_prose("/// Zero one two three\n/// four five six seven eight");
    assert!(runs(&ours).iter().any(|run| official.contains(run)));
}

#[test]
fn no_sentence_of_the_official_files_is_in_our_texts() {
    let Some(sdk) = sdk::folder() else { return };
    let mut official = HashSet::new();
    for entry in std::fs::read_dir(sdk.join("kylie/api")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        add_descriptions(&document, &mut official);
    }
    assert!(official.len() > 10_000, "the official files were not understood");
    let mut ours = Vec::new();
    for folder in ["src", "tests", "../../docs"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        if folder.is_dir() {
            our_texts(&folder, &mut ours);
        }
    }
    let copied: Vec<String> = ours
        .iter()
        .flat_map(|(path, text)| runs(&as_prose(text)).into_iter().map(move |run| (path, run)))
        .filter(|(_, run)| official.contains(run))
        .map(|(path, run)| format!("{path}: {run}"))
        .collect();
    assert!(copied.is_empty(), "{copied:#?}");
}
