//! Scenarios that are part of the program, so that they run anywhere: `samples/scenarios`.

use anyhow::{Context, Result};
use serde_json::json;

use super::scenario::{Role, Scenario};
use crate::show::say;

/// A scenario by its name.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../samples/scenarios/", $name, ".toml")))),*]
    };
}

/// All of them, by role.
const ALL: [(&str, &str); 15] = shipped![
    "everything-works",
    "slow-quotes",
    "careful-qualifications",
    "rejects-orders",
    "field-trouble",
    "charges-on-top",
    "short-of-ports",
    "bad-network",
    "overloaded",
    "wrong-states",
    "buys-a-circuit",
    "changes-its-mind",
    "upgrades-and-leaves",
    "three-in-a-row",
    "chain-breaks",
];

/// The text of one.
pub fn find(name: &str) -> Result<&'static str> {
    let found = ALL.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, text)| *text)
        .with_context(|| format!("no scenario is called {name}; `segue emulate --list` shows all"))
}

/// The text of one of the program, or of a file.
pub fn text(name: &str) -> Result<String> {
    if ALL.iter().any(|(known, _)| *known == name) {
        return find(name).map(str::to_owned);
    }
    std::fs::read_to_string(name).with_context(|| {
        format!("{name} is no scenario of the program (segue emulate --list) and no file that can be read")
    })
}

/// What is played where nothing is said.
pub fn first(role: Role) -> &'static str {
    match role {
        Role::Seller => "everything-works",
        Role::Buyer => "buys-a-circuit",
        Role::Chain => "three-in-a-row",
    }
}

/// Prints what there is.
pub fn list(as_json: bool) {
    let read = |(name, text): &(&'static str, &str)| Scenario::read(name, text).ok().map(|scenario| (*name, scenario));
    let rows: Vec<_> = ALL.iter().filter_map(read).collect();
    if as_json {
        let rows = rows
            .iter()
            .map(|(name, scenario)| json!({ "name": name, "role": scenario.role, "title": scenario.title }));
        say!("{}", rows.collect::<serde_json::Value>());
        return;
    }
    for (name, scenario) in rows {
        say!("{:<7} {name:<22} {}", scenario.role.as_str(), scenario.title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_of_the_program_holds_together() {
        for (name, text) in ALL {
            Scenario::read(name, text).unwrap();
        }
    }
}
