//! What holds for every request and every answer of every older version.

use std::collections::BTreeSet;

use segue_model::api;
use segue_model::describe::{Answer, Api, Kind, Operation};
use segue_model::release::losses::{self, Loss};
use segue_model::release::{self, said, translate};
use segue_model::schema::Schemas;

use super::chance::Chance;

/// Documents of each operation in the plain run; `SEGUE_DOCUMENTS` says how many in a long one.
const DOCUMENTS: u64 = 60;

pub fn documents() -> u64 {
    let wanted = std::env::var("SEGUE_DOCUMENTS").ok();
    wanted.map_or(DOCUMENTS, |text| text.parse().unwrap())
}

fn older() -> impl Iterator<Item = &'static Api> {
    api::described().filter(|api| api.release != release::CURRENT)
}

pub fn operations() -> impl Iterator<Item = (Operation, Operation)> {
    let all = older().flat_map(|api| api.operations());
    all.filter_map(|old| Some((translate::counterpart(&old)?, old)))
        .map(|(new, old)| (old, new))
}

/// What stands behind an answer: rows of a list are made of whole documents.
pub fn full(new: &Operation, answer: &Answer) -> &'static str {
    match new.resource {
        Some(resource) if new.kind == Kind::List => resource.full,
        _ => answer.shape,
    }
}

/// A pointer without its indices.
fn pattern(pointer: &str) -> String {
    let steps = pointer
        .split('/')
        .map(|step| if step.parse::<u32>().is_ok() { "*" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

/// Whether one of the steps of a pointer is a member of the list.
fn listed(list: &[Loss], pointer: &str) -> bool {
    pointer
        .split('/')
        .any(|step| list.iter().any(|(member, _)| *member == step))
}

fn check_none(what: BTreeSet<String>) {
    assert!(what.is_empty(), "{}", what.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_answer_of_the_newest_version_is_valid_in_each_older_one_and_loses_what_is_listed() {
    let (mut invalid, mut unlisted) = (BTreeSet::new(), BTreeSet::new());
    for (old, new) in operations() {
        let (Some(before), Some(now)) = (old.answer, new.answer) else {
            continue;
        };
        let name = format!("{} v{} {}", old.api.name, old.api.version, old.id);
        let checks = Schemas::for_api(old.api).unwrap();
        for seed in 0..documents() {
            let body = Chance(seed).document(new.api.parsed(), full(&new, &now));
            let lowered = translate::answer(&old, &new, &body);
            for problem in checks.read(before.shape, &lowered.body).strictly() {
                invalid.insert(format!(
                    "{name} {}: {}",
                    pattern(&problem.property_path),
                    problem.reason
                ));
            }
            // Rows have less than what they are made of.
            if old.kind != Kind::List {
                let losses = lowered.losses.iter().filter(|loss| !listed(losses::DOWN, loss));
                unlisted.extend(losses.map(|loss| format!("{name} {}", pattern(loss))));
            }
        }
    }
    check_none(invalid);
    check_none(unlisted);
}

#[test]
fn the_page_about_releases_lists_every_loss() {
    let page = include_str!("../../../../../docs/releases.md");
    let (_, tables) = page.split_once("## Towards the newest version").unwrap();
    let (up, down) = tables.split_once("## Towards an older version").unwrap();
    for (list, table) in [(losses::UP, up), (losses::DOWN, down)] {
        for (member, what) in list {
            assert!(table.contains(&format!("| `{member}` | {what} |")), "{member}");
        }
        assert_eq!(table.lines().filter(|line| line.starts_with("| `")).count(), list.len());
    }
}

/// What an older request need not have, and the newest form demands: refused before anything is
/// kept, at the place where it belongs.
const DEMANDED: [&str; 7] = [
    "/productOfferingQualificationItem/*/action",
    "/productOrder/productOrderId",
    "*/product",
    "*/requestedCompletionDate",
    "/duration",
    "/endOfTermAction",
    "/name",
];

#[test]
fn every_older_request_is_valid_in_the_newest_version_or_refused_in_its_own_words() {
    let (mut refused, mut unlisted) = (BTreeSet::new(), BTreeSet::new());
    for (old, new) in operations() {
        let (Some(before), Some(now)) = (old.request, new.request) else {
            continue;
        };
        let name = format!("{} v{} {}", old.api.name, old.api.version, old.id);
        let (checks, own) = (Schemas::for_api(new.api).unwrap(), Schemas::for_api(old.api).unwrap());
        for seed in 0..documents() {
            let body = Chance(seed).document(old.api.parsed(), before);
            assert_eq!(own.read(before, &body).strictly(), [], "{name} {body}");
            let problems = match translate::request(&old, &new, &body) {
                Ok(raised) => {
                    let losses = raised.losses.iter().filter(|loss| !listed(losses::UP, loss));
                    unlisted.extend(losses.map(|loss| format!("{name} {}", pattern(loss))));
                    raised.problems(checks.read(now, &raised.body).strictly())
                }
                Err(problems) => problems,
            };
            let told = problems.iter().map(|problem| pattern(&problem.property_path));
            let told = told.filter(|told| !DEMANDED.iter().any(|known| told.ends_with(known)));
            refused.extend(told.map(|told| format!("{name} {told}")));
        }
    }
    check_none(refused);
    check_none(unlisted);
}

#[test]
fn every_request_to_an_older_seller_is_valid_in_its_version_or_refused_at_a_place_it_has() {
    let (mut invalid, mut nowhere) = (BTreeSet::new(), BTreeSet::new());
    let mut left = 0;
    for (old, new) in operations() {
        let (Some(before), Some(now)) = (old.request, new.request) else {
            continue;
        };
        let name = format!("{} v{} {}", old.api.name, old.api.version, old.id);
        let own = Schemas::for_api(old.api).unwrap();
        for seed in 0..documents() {
            let body = Chance(seed).document(new.api.parsed(), now);
            match said::body(&old, &new, &body) {
                Ok(said) => {
                    left += 1;
                    let problems = said.problems(&body, own.read(before, &said.body).strictly());
                    invalid.extend(
                        problems
                            .iter()
                            .map(|problem| format!("{name} {}: {}", pattern(&problem.property_path), problem.reason)),
                    );
                }
                Err(problems) => {
                    let lost = problems
                        .iter()
                        .filter(|problem| body.pointer(&problem.property_path).is_none());
                    nowhere.extend(lost.map(|problem| format!("{name} {}", pattern(&problem.property_path))));
                }
            }
        }
    }
    check_none(invalid);
    check_none(nowhere);
    assert!(left > 0);
}
