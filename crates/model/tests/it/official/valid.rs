//! Values an official schema takes.

use serde_json::{Map, Value, json};

use super::tree::{Node, TAG};

/// A value with nothing in it that may be left out. Choices take their first branch.
pub fn sparse(node: &Node) -> Value {
    if let Some(branch) = node.branches.first() {
        return sparse(branch);
    }
    match kind(node) {
        "object" => {
            let must = |name: &str| name == TAG || node.requires(name);
            let there = node.members.iter().filter(|(name, _)| must(name));
            there.map(|(name, member)| (name.clone(), sparse(member))).collect()
        }
        "array" => list(node, node.count("minItems").unwrap_or(0)),
        _ => nth(node, 0),
    }
}

/// The `n`-th of many values of a place, small and different for each `n` as far as the place
/// has so many.
pub fn nth(node: &Node, n: usize) -> Value {
    if let Some(branch) = node.branches.first() {
        return nth(branch, n);
    }
    if !node.values().is_empty() {
        return node.values()[n % node.values().len()].clone();
    }
    let low = node.bound("minimum").unwrap_or(0.0);
    let step = f64::from(u32::try_from(n).unwrap());
    match kind(node) {
        "object" if node.again => json!({ "cosName": text(node, n) }),
        "object" => object(node, n),
        "array" => {
            let items = node.items.as_deref().unwrap();
            let count = node.count("minItems").unwrap_or(0).max(1);
            (n..n + count).map(|n| nth(items, n)).collect()
        }
        "boolean" => json!(n % 2 == 1),
        "integer" => json!(low as i64 + (n % many(node)) as i64),
        "number" => match node.bound("maximum") {
            Some(high) => json!(low + (high - low) * (step % 1000.0) / 1000.0),
            None => json!(low + step + 0.5),
        },
        _ => json!(text(node, n)),
    }
}

/// How many different values [`nth`] has for a place.
fn many(node: &Node) -> usize {
    match (kind(node), node.bound("minimum"), node.bound("maximum")) {
        _ if !node.values().is_empty() => node.values().len(),
        ("integer", Some(low), Some(high)) => (high - low) as usize + 1,
        ("boolean", ..) => 2,
        _ => usize::MAX,
    }
}

/// An object that differs from the others: with its plain members, or with its first list.
fn object(node: &Node, n: usize) -> Value {
    let plain = |member: &Node| !matches!(kind(member), "object" | "array") && member.branches.is_empty();
    let mut members: Map<String, Value> = Map::new();
    // Like the digits of a number, so that lists find as many different entries as there can be.
    let mut rest = n;
    for (name, member) in node.members.iter().filter(|(_, member)| plain(member)) {
        members.insert(name.clone(), nth(member, rest));
        rest /= many(member);
    }
    if members.is_empty()
        && let Some((name, member)) = node.members.first()
    {
        members.insert(name.clone(), nth(member, n));
    }
    for (name, member) in node.members.iter().filter(|(name, _)| node.requires(name)) {
        members.entry(name.clone()).or_insert_with(|| nth(member, n));
    }
    Value::Object(members)
}

/// A list of `count` different elements.
pub fn list(node: &Node, count: usize) -> Value {
    let items = node.items.as_deref().unwrap();
    (0..count).map(|n| nth(items, n)).collect()
}

/// A value with every member there is; of choices the `n`-th branch, and of lists one element.
pub fn full(node: &Node, n: usize) -> Value {
    if !node.branches.is_empty() {
        return full(&node.branches[n % node.branches.len()], n);
    }
    match kind(node) {
        "object" if node.again => nth(node, n),
        "object" => {
            let members = node.members.iter();
            members.map(|(name, member)| (name.clone(), full(member, n))).collect()
        }
        "array" => {
            let mut list = list(node, node.count("minItems").unwrap_or(0).max(1));
            if list[0].is_object() {
                let first = full(node.items.as_deref().unwrap(), n);
                if !list.as_array().unwrap().contains(&first) {
                    list[0] = first;
                }
            }
            list
        }
        _ => nth(node, n),
    }
}

/// Values at and near the limits of what is allowed: each value, each bound, each length.
pub fn variants(node: &Node) -> Vec<Value> {
    if !node.values().is_empty() {
        return node.values().to_vec();
    }
    match kind(node) {
        "boolean" => vec![json!(true), json!(false)],
        "integer" => {
            let (low, high) = bounds(node, (-1e9, 1e12));
            vec![json!(low as i64), json!(low as i64 + 1), json!(high as i64), json!(low)]
        }
        "number" => {
            let (low, high) = bounds(node, (-1e9, 1e12));
            vec![json!(low), json!(low + 0.001), json!(high), json!(low as i64)]
        }
        "array" => {
            let least = node.count("minItems").unwrap_or(0);
            let most = node.count("maxItems").unwrap_or(least + 3);
            let mut lists = vec![list(node, least), list(node, most)];
            if node.get("uniqueItems") != Some(&json!(true)) {
                lists.push(json!([list(node, 1)[0], list(node, 1)[0]]));
            }
            lists
        }
        "string" if node.get("format").is_some() => [
            "2026-01-31T09:30:00Z",
            "2026-01-31T09:30:00.123456789Z",
            "2026-01-31T09:30:00+05:30",
            "2024-02-29t23:59:59z",
        ]
        .map(|text| json!(text))
        .to_vec(),
        "string" => match (node.count("minLength"), node.count("maxLength")) {
            (None, None) => vec![json!(text(node, 0)), json!(text(node, 1).to_uppercase())],
            (low, high) => {
                let (low, high) = (low.unwrap_or(0), high.unwrap_or(200));
                // Lengths are counted in characters, and the patterns are not anchored.
                let wide = format!("x{}", "é".repeat(high - 1));
                vec![json!("x".repeat(low)), json!("x".repeat(high)), json!(wide)]
            }
        },
        _ => Vec::new(),
    }
}

fn bounds(node: &Node, (low, high): (f64, f64)) -> (f64, f64) {
    (
        node.bound("minimum").unwrap_or(low),
        node.bound("maximum").unwrap_or(high),
    )
}

/// A text that fits the pattern and the format.
fn text(node: &Node, n: usize) -> String {
    if node.get("format").is_some() {
        return format!("2026-01-01T00:{:02}:{:02}Z", n / 60 % 60, n % 60);
    }
    match node.get("pattern").and_then(Value::as_str) {
        Some(pattern) if pattern.contains("[-]") => format!("01-80-c2-00-{:02X}-{:02x}", n / 256 % 256, n % 256),
        Some(pattern) => {
            assert!(
                pattern.starts_with("[ -"),
                "a pattern this test does not know: {pattern}"
            );
            format!("x{n}")
        }
        None => format!("x{n}"),
    }
}

/// The type. Where no keyword names one, members speak of an object.
fn kind(node: &Node) -> &str {
    node.kind().unwrap_or("object")
}
