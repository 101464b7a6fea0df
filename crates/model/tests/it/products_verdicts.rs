//! The official examples against their own schemas, imported as they are: which of them pass, and
//! where the others fail. `verdicts.csv` beside this file is the record.

use std::collections::BTreeMap;

use segue_model::party::Strictness;
use segue_model::products::import::read;
use segue_model::products::{Definition, Products};
use serde_json::Value;

use super::sdk;

const RECORD: &str = include_str!("verdicts.csv");

/// Every `productConfiguration` below `value`, with the pointer to it.
fn configurations<'a>(value: &'a Value, pointer: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let below = format!("{pointer}/{name}");
                if name == "productConfiguration" {
                    found.push((below, member));
                } else {
                    configurations(member, &below, found);
                }
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                configurations(element, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The schemas of Grace under other names, so that ours do not stand in for the official ones.
fn official(files: &BTreeMap<String, String>) -> (Products, Vec<String>) {
    let reading = read(files);
    assert!(reading.mistakes.is_empty(), "{:?}", reading.mistakes);
    let renamed = |mut definition: Definition| {
        definition.product.urn += ".official";
        definition
    };
    let definitions: Vec<Definition> = reading.products.into_iter().map(renamed).collect();
    let urns = definitions
        .iter()
        .map(|definition| definition.product.urn.clone())
        .collect();
    (Products::builtin().extended(definitions).unwrap(), urns)
}

/// One line for each configuration of one example.
fn judge(file: &str, body: &Value, products: &Products) -> Vec<String> {
    let mut found = Vec::new();
    configurations(body, "", &mut found);
    let line = |(pointer, configuration): (String, &Value)| {
        let urn = configuration["@type"].as_str().unwrap_or_default();
        let mut renamed = configuration.clone();
        renamed["@type"] = Value::String(format!("{urn}.official"));
        let (problems, _) = products.check(&renamed, "", Strictness::Warn);
        let wrong: Vec<String> = problems
            .iter()
            .map(|problem| format!("{} {:?}", problem.property_path, problem.code))
            .collect();
        let verdict = if wrong.is_empty() { "valid" } else { "invalid" };
        format!("{file},{pointer},{urn},{verdict},{}", wrong.join("; "))
    };
    found.into_iter().map(line).collect()
}

#[test]
fn the_official_examples_have_the_recorded_verdicts() {
    let Some(sdk) = sdk::folder() else { return };
    let files = super::products_import::tree(&sdk.join("grace"));
    let (products, urns) = official(&files);
    assert_eq!(urns.len(), 20);
    let examples = files
        .iter()
        .filter(|(path, _)| path.starts_with("examples/") && path.ends_with(".json"));
    let mut lines = vec!["file,pointer,urn,verdict,why".to_owned()];
    for (path, text) in examples {
        lines.extend(judge(path, &serde_json::from_str(text).unwrap(), &products));
    }
    let recorded: Vec<&str> = RECORD.lines().collect();
    assert_eq!(lines, recorded, "judged now:\n{}", lines.join("\n"));
    println!("{} verdicts compared", lines.len() - 1);
}
