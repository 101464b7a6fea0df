//! Licences of dependencies: only what may be linked into one Apache-2.0 binary.

use anyhow::{Context, Result};
use serde_json::Value;
use spdx::{Expression, ParseMode};

/// Licences that ask for no more than a notice.
const MAY: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages that must not be shipped, one sentence each.
pub fn faults(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata has no packages")?;
    // With a platform filter the list of packages is still longer than what is resolved.
    let resolved = metadata["resolve"]["nodes"]
        .as_array()
        .context("cargo metadata has nothing resolved")?;
    let used = |package: &&Value| resolved.iter().any(|node| node["id"] == package["id"]);
    let faults = packages.iter().filter(used).filter_map(|package| {
        let what = refusal(package["license"].as_str())?;
        let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
        Some(format!("{} {}: {what}", text("name"), text("version")))
    });
    Ok(faults.collect())
}

/// Why an expression is not acceptable.
fn refusal(expression: Option<&str>) -> Option<String> {
    let Some(expression) = expression else {
        return Some("states no licence".to_owned());
    };
    // Lax: old crates write `MIT/Apache-2.0`.
    match Expression::parse_mode(expression, ParseMode::LAX) {
        Err(error) => Some(format!("{expression}: {}", error.reason)),
        Ok(parsed) if parsed.evaluate(|licence| MAY.contains(&licence.to_string().as_str())) => None,
        Ok(_) => Some(format!("{expression} is not satisfied by xtask/src/licences.rs")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_licence(expression: &str, may: bool) {
        assert_eq!(refusal(Some(expression)).is_none(), may, "{expression}");
    }

    #[test]
    fn an_expression_passes_when_one_allowed_way_satisfies_it() {
        check_licence("MIT OR GPL-3.0-only", true);
        check_licence("MIT/Apache-2.0", true);
        check_licence("Apache-2.0 WITH LLVM-exception", true);
        check_licence("(MIT OR Apache-2.0) AND Unicode-3.0", true);
        check_licence("MIT AND GPL-3.0-only", false);
        check_licence("GPL-2.0-only WITH Classpath-exception-2.0", false);
        check_licence("whatever", false);
        assert!(refusal(None).is_some());
    }
}
