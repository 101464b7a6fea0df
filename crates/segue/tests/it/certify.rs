//! The tester is tested: a Seller that is run with Segue passes all that applies, and each of the
//! wrong Sellers, one deliberate deviation each, is failed by the case of the requirement it breaks.

mod between;
mod buyers;
mod mutants;
mod proxy;

use std::path::Path;

use segue_certify::profile::Profile;
use segue_certify::run::{self, Choice, Outcome, Run, Verdict};
use tempfile::TempDir;

use crate::kit::{Server, Site, free_address, segue};
use crate::web::RUNTIME;
use mutants::Mutant;
use proxy::Proxy;

/// Ten working days of a port take about a second, and a quote holds long enough to be ordered.
const CLOCK: &str = "--clock-speed 1000000";
const VALIDITY: (&str, &str) = (
    "quote-validity = \"5 minutes\"",
    "quote-validity = \"300 calendarDays\"",
);
/// So long that what is worked on can be cancelled.
const ANSWER_TIME: (&str, &str) = ("answer-time = \"1 minute\"", "answer-time = \"12 calendarDays\"");
const CHARGES: (&str, &str) = (
    "charge-validity = \"5 businessDays\"",
    "charge-validity = \"60 businessDays\"",
);
/// Room for all that the cases order, again and again.
const PORTS: (&str, &str) = ("onNetWithoutBuild,48,", "onNetWithoutBuild,900000,");

/// Seconds: an event that never comes is waited for no longer, and silence is no longer listened to.
const EVENT_WAIT: u64 = 8;
const SILENCE: u64 = 1;

/// A Seller with the sample book, reached through a proxy that can spoil what it says.
struct Desk {
    profile: Profile,
    proxy: Proxy,
    _server: Server,
    _folder: TempDir,
}

impl Desk {
    /// Its events pass the proxy too: the Seller knows the proxy as the place of the tester.
    #[track_caller]
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (events, ours) = (free_address(), free_address());
        let site = Site::new(
            folder.path(),
            "acme",
            free_address(),
            &format!("--open-target {events} {CLOCK}"),
        );
        site.text(&format!("book load {}", sample_book(&site)));
        let server = site.serve();
        let text = site.text(&format!("certify profile --init --listen {events}"));
        let mut profile = Profile::read(&text, "derived").unwrap();
        let proxy = Proxy::start(&site.address.to_string(), events, ours);
        profile.url = profile
            .url
            .replace(&site.address.to_string(), &proxy.address.to_string());
        let endpoint = &mut profile.credentials.token_endpoint;
        *endpoint = endpoint.replace(&site.address.to_string(), &proxy.address.to_string());
        profile.listener.as_mut().unwrap().listen = ours;
        profile.deadlines.event = EVENT_WAIT;
        profile.deadlines.silence = SILENCE;
        Self {
            profile,
            proxy,
            _server: server,
            _folder: folder,
        }
    }

    fn run(&self, cases: &[&str]) -> Run {
        let choice = Choice {
            functions: Vec::new(),
            cases: cases.iter().map(|case| (*case).to_owned()).collect(),
            sdk: None,
        };
        RUNTIME
            .block_on(run::seller(self.profile.clone(), &choice, &|_| {}))
            .unwrap()
    }
}

/// The sample book, changed where its times and numbers are in the way.
fn sample_book(site: &Site) -> String {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/book");
    let read = |name: &str| {
        let text = std::fs::read_to_string(sample.join(name)).unwrap();
        let changes = [VALIDITY, ANSWER_TIME, CHARGES, PORTS];
        changes.iter().fold(text, |text, (was, is)| text.replace(was, is))
    };
    crate::sample::book(&site.folder, &read("book.toml"), &read("places.csv"))
}

fn told(outcome: &Outcome) -> String {
    format!("{}: {:?} {:?}", outcome.case.id, outcome.verdict, outcome.warnings)
}

#[test]
fn a_seller_that_is_run_with_segue_passes_all_that_applies() {
    let run = Desk::open().run(&[]);
    let wrong: Vec<String> = run
        .outcomes
        .iter()
        .filter(|outcome| matches!(outcome.verdict, Verdict::Failed { .. }))
        .map(told)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let undone: Vec<&str> = run
        .outcomes
        .iter()
        .filter(|outcome| matches!(outcome.verdict, Verdict::Blocked { .. } | Verdict::NotOffered { .. }))
        .map(|outcome| outcome.case.id)
        .collect();
    assert_eq!(undone, mutants::NOT_DONE, "what cannot be tried at the sample Seller");
}

/// The official files of the release, where they are.
fn official_files() -> Option<std::path::PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/sdk");
    let root = std::env::var_os("SEGUE_SDK").map_or(beside, std::path::PathBuf::from);
    let folder = root.join("kylie");
    folder.is_dir().then_some(folder)
}

#[test]
fn structure_is_judged_by_the_official_files_where_they_are() {
    let Some(sdk) = official_files() else {
        println!("skipped: no official files at $SEGUE_SDK or ../shared/sdk");
        return;
    };
    let desk = Desk::open();
    let choice = Choice {
        cases: vec![
            "address.structure".to_owned(),
            "site.structure".to_owned(),
            "quote.structure".to_owned(),
        ],
        sdk: Some(sdk),
        ..Choice::default()
    };
    let run = || {
        RUNTIME
            .block_on(run::seller(desk.profile.clone(), &choice, &|_| {}))
            .unwrap()
    };
    let right = run();
    assert!(
        right
            .outcomes
            .iter()
            .all(|outcome| matches!(outcome.verdict, Verdict::Passed)),
        "{:?}",
        right.outcomes.iter().map(told).collect::<Vec<_>>()
    );
    desk.proxy
        .spoil(|passing| passing.at("GET /quote/{id}", |answer| answer.set("/quoteItem/*/action", "buy")));
    let wrong = run();
    assert_eq!(
        wrong.count("failed"),
        1,
        "{:?}",
        wrong.outcomes.iter().map(told).collect::<Vec<_>>()
    );
}

/// Groups have a Seller of their own and are tried one beside the other.
#[track_caller]
fn check_group(group: usize) {
    let desk = Desk::open();
    let mut missed = Vec::new();
    for mutant in mutants::groups().swap_remove(group) {
        desk.proxy.spoil(mutant.change);
        let run = desk.run(&[mutant.case]);
        let is_it = |outcome: &&Outcome| outcome.case.id == mutant.case;
        let outcome = run.outcomes.iter().find(is_it);
        let is_failed = |outcome: &Outcome| matches!(outcome.verdict, Verdict::Failed { .. });
        if !outcome.is_some_and(|outcome| is_failed(outcome) && outcome.case.shows.contains(&mutant.breaks)) {
            missed.push(format!(
                "{} ({}): {}",
                mutant.breaks,
                mutant.what,
                outcome.map(told).unwrap_or_default()
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn wrong_addresses_and_sites_are_failed_by_the_case_of_their_requirement() {
    check_group(0);
}

#[test]
fn wrong_qualifications_are_failed_by_the_case_of_their_requirement() {
    check_group(1);
}

#[test]
fn wrong_quotes_are_failed_by_the_case_of_their_requirement() {
    check_group(2);
}

#[test]
fn wrong_orders_are_failed_by_the_case_of_their_requirement() {
    check_group(3);
}

#[test]
fn wrong_inventories_and_guards_are_failed_by_the_case_of_their_requirement() {
    check_group(4);
}

#[test]
fn the_page_about_conformance_lists_every_mutant_and_every_case_without_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let table = table(&mutants::all());
    let (begin, end) = ("<!-- mutants -->\n", "<!-- end -->\n");
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

fn table(mutants: &[Mutant]) -> String {
    let mut out = String::from("| requirement | the wrong Seller | failed by |\n|---|---|---|\n");
    for mutant in mutants {
        out.push_str(&format!(
            "| {} | {} | `{}` |\n",
            mutant.breaks, mutant.what, mutant.case
        ));
    }
    let proven = |id: &str| mutants.iter().any(|mutant| mutant.case == id);
    let cases = segue_certify::cases::all();
    let unproven: Vec<String> = cases
        .iter()
        .filter(|case| !proven(case.id))
        .map(|case| format!("`{}`", case.id))
        .collect();
    out.push_str(&format!(
        "\n{} wrong Sellers; {} of {} cases are proven by at least one. Unproven so far: {}.\n",
        mutants.len(),
        cases.len() - unproven.len(),
        cases.len(),
        if unproven.is_empty() {
            "none".to_owned()
        } else {
            unproven.join(", ")
        }
    ));
    out
}

#[test]
fn the_command_tells_each_case_writes_three_reports_and_hides_people() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open();
    desk.proxy.spoil(|passing| {
        passing.at("POST /geographicAddressValidation", |answer| {
            answer.set("/state", "acknowledged")
        })
    });
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("profile.toml"), desk.profile.text().unwrap()).unwrap();
    let words = format!(
        "certify seller --profile {} --function address --case address.validate --report {} --junit {} --html {}",
        path("profile.toml"),
        path("a.json"),
        path("a.xml"),
        path("a.html")
    );
    let said = segue(&words);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("failed      address.validate.state"), "{}", said.out);
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let report: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
    assert_eq!(report["functions"][0]["verdict"], "failed");
    assert_eq!(report["exchanges"][0]["status"], 200);
    assert!(
        read("a.xml").contains("<failure message=\"121.1 R28, 121.1 R33: expected"),
        "{}",
        read("a.xml")
    );
    assert!(read("a.html").contains("address.validate.state"));
    for name in ["a.json", "a.xml", "a.html"] {
        let secret = &desk.profile.credentials.client_secret;
        assert!(!read(name).contains(secret.as_str()), "{name}");
    }
}

#[test]
fn what_is_wrong_with_a_profile_or_a_word_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.toml");
    let check = |text: &str, expected: &str| {
        std::fs::write(&file, text).unwrap();
        let said = segue(&format!("certify seller --profile {}", file.display()));
        assert!(said.code == 1 && said.err.contains(expected), "{}", said.err);
    };
    check("seller = \"X\"", "missing field");
    check("nonsense", "p.toml");
    let said = segue("certify show poq.no-such");
    assert!(said.code == 1 && said.err.contains("no case is called"), "{}", said.err);
    let listed: Vec<serde_json::Value> = serde_json::from_str(&segue("certify list --json").out).unwrap();
    assert_eq!(listed.len(), 524);
}
