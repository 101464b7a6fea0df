//! A Buyer that is run with Segue passes all that applies, and each of the wrong Buyers, one
//! deliberate deviation each, is failed by the case of the requirement it breaks.

mod wrong;

use std::path::Path;
use std::sync::Arc;

use segue_certify::run::{Choice, Outcome, Run, Verdict};
use segue_certify::stage;
use segue_certify::stage::profile::BuyerProfile;
use tempfile::TempDir;
use wrong::Wrong;

use super::between::Between;
use super::told;
use crate::kit::{Server, Site, free_address};
use crate::web::RUNTIME;

/// Seconds: what does not come of itself within this time does not come.
const REACTION: u64 = 8;
const SILENCE: u64 = 1;

/// What a Buyer that is run with Segue does not do by its own words; none of it has to be done.
const NOT_DONE: &[&str] = &[
    "buyer.address.last-suffix",
    "buyer.address.representations",
    "buyer.address.spatial-ref",
    "buyer.poq.create.sub-unit",
    "buyer.poq.list",
    "buyer.quote.create.site-sub-unit",
    "buyer.quote.list",
    "buyer.order.create.poq",
    "buyer.order.create.site-sub-unit",
    "buyer.order.modify.siblings",
    "buyer.order.modify.account",
    "buyer.order.list",
    "buyer.order.update",
    "buyer.order.update.items",
    "buyer.order.update.notes",
    "buyer.order.update.contacts",
    "buyer.order.charge.notes",
    "buyer.security.did",
    "buyer.security.authorize.fields",
    "buyer.security.authorize.object",
    "buyer.security.authorize.context",
    "buyer.security.authorize.intent",
    "buyer.security.authorize.claims",
];

/// A Buyer that reaches the tester through a proxy that can spoil what it says.
struct Booth {
    profile: BuyerProfile,
    between: Between,
    _server: Server,
    _folder: TempDir,
}

impl Booth {
    #[track_caller]
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (proxy, tester, listener) = (free_address(), free_address(), free_address());
        let site = Site::new(
            folder.path(),
            "beta",
            free_address(),
            &format!("--open-target {proxy} --party-id beta --party-id beta-south"),
        );
        let between = Between::start((proxy, tester), (listener, site.address));
        let server = site.serve();
        let text = site.text(&format!("certify profile --init --buyer --listen {proxy}"));
        let mut profile = BuyerProfile::read(&text, "derived").unwrap();
        profile.listen = tester;
        profile.deadlines.reaction = REACTION;
        profile.deadlines.silence = SILENCE;
        Self {
            profile,
            between,
            _server: server,
            _folder: folder,
        }
    }

    fn run(&self, cases: &[&str]) -> Run {
        let choice = Choice {
            cases: cases.iter().map(|case| (*case).to_owned()).collect(),
            ..Choice::default()
        };
        let run = stage::buyer(self.profile.clone(), &choice, Arc::new(|_| {}), &|_| {});
        RUNTIME.block_on(run).unwrap()
    }
}

#[test]
fn a_buyer_that_is_run_with_segue_passes_all_that_applies() {
    let run = Booth::open().run(&[]);
    let wrong = |outcome: &&Outcome| matches!(outcome.verdict, Verdict::Failed { .. });
    let wrong: Vec<String> = run.outcomes.iter().filter(wrong).map(told).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let undone = |outcome: &&Outcome| matches!(outcome.verdict, Verdict::Blocked { .. } | Verdict::NotOffered { .. });
    let undone: Vec<&str> = run
        .outcomes
        .iter()
        .filter(undone)
        .map(|outcome| outcome.case.id)
        .collect();
    assert_eq!(undone, NOT_DONE, "what this Buyer does not do");
}

/// Groups have a Buyer of their own and are tried one beside the other.
#[track_caller]
fn check_group(group: usize) {
    let booth = Booth::open();
    let mut missed = Vec::new();
    for wrong in wrong::groups().swap_remove(group) {
        booth.between.spoil(wrong.change);
        let run = booth.run(&[wrong.case]);
        let outcome = run.outcomes.iter().find(|outcome| outcome.case.id == wrong.case);
        let is_failed = |outcome: &Outcome| matches!(outcome.verdict, Verdict::Failed { .. });
        if !outcome.is_some_and(|outcome| is_failed(outcome) && outcome.case.shows.contains(&wrong.breaks)) {
            missed.push(format!(
                "{} ({}): {}",
                wrong.breaks,
                wrong.what,
                outcome.map(told).unwrap_or_default()
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn wrong_buyers_are_failed_about_places_products_in_service_and_tokens() {
    check_group(0);
}

#[test]
fn wrong_buyers_are_failed_about_qualifications() {
    check_group(1);
}

#[test]
fn wrong_buyers_are_failed_about_quotes() {
    check_group(2);
}

#[test]
fn wrong_buyers_are_failed_about_orders() {
    check_group(3);
}

#[test]
fn the_page_about_conformance_lists_every_wrong_buyer_and_every_case_without_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let table = table(&wrong::all());
    let (begin, end) = ("<!-- wrong buyers -->\n", "<!-- end of wrong buyers -->\n");
    let (head, rest) = page.split_once(begin).unwrap();
    let (kept, tail) = rest.split_once(end).unwrap();
    if kept != table && std::env::var_os("SEGUE_WRITE_TABLES").is_some() {
        std::fs::write(&file, format!("{head}{begin}{table}{end}{tail}")).unwrap();
    } else {
        assert_eq!(
            kept, table,
            "run this test with SEGUE_WRITE_TABLES=1 to write the table anew"
        );
    }
}

fn table(wrong: &[Wrong]) -> String {
    let mut out = String::from("| requirement | the wrong Buyer | failed by |\n|---|---|---|\n");
    for one in wrong {
        out.push_str(&format!("| {} | {} | `{}` |\n", one.breaks, one.what, one.case));
    }
    let cases = stage::cases::all();
    let proven = |id: &str| wrong.iter().any(|one| one.case == id);
    let unproven: Vec<String> = cases
        .iter()
        .filter(|case| !proven(case.id))
        .map(|case| format!("`{}`", case.id))
        .collect();
    out.push_str(&format!(
        "\n{} wrong Buyers; {} of {} cases are proven by at least one. Unproven so far: {}.\n",
        wrong.len(),
        cases.len() - unproven.len(),
        cases.len(),
        unproven.join(", ")
    ));
    out
}
