//! The commands that the documents show, run as they stand there. A fence `sh` is run, in the order
//! of the page, by one bash in a folder of its own, with free ports, a faster clock and folders below
//! it put in their places. A command ends with 0, or as the words `# exit code N` behind it say.
//! What cannot be run says why behind the `sh`: `as-root`, `builds`, `by-hand` (against a server of
//! yours), or `with PROGRAM`.

pub mod page;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::kit::{program, said, segue};
use page::{Ran, root};

/// The page runs, or this machine has not what it takes and says so.
#[track_caller]
fn check_page(name: &str) {
    let text = std::fs::read_to_string(root().join(name)).unwrap();
    match page::run(name, &text) {
        Ran::Well(left_out) => left_out.iter().for_each(|told| println!("not run: {told}")),
        Ran::Skipped(missing) => eprintln!("skipped: {name} needs {missing}, which is not here"),
        Ran::Failed(told) => panic!("{told}"),
    }
}

#[test]
fn the_commands_of_the_readme_run_as_shown() {
    check_page("README.md");
}

#[test]
fn the_commands_about_selling_run_as_shown() {
    check_page("docs/selling.md");
}

#[test]
fn the_commands_about_buying_run_as_shown() {
    check_page("docs/buying.md");
}

#[test]
fn the_commands_about_operating_run_as_shown() {
    check_page("docs/operating.md");
}

/// README and all pages.
fn pages() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut pages: Vec<PathBuf> = pages.chain([root().join("README.md")]).collect();
    pages.sort();
    pages
}

#[test]
fn the_commands_of_all_other_pages_run_as_shown() {
    let own = ["README.md", "selling.md", "buying.md", "operating.md"];
    for path in pages() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        if !own.iter().any(|own| name.ends_with(own)) {
            check_page(&name);
        }
    }
}

#[track_caller]
fn check_noticed(text: &str, expected: &[&str]) {
    match page::run("a page", text) {
        Ran::Failed(told) => {
            for fragment in expected {
                assert!(told.contains(fragment), "no {fragment:?} in {told}");
            }
        }
        Ran::Skipped(missing) => eprintln!("skipped: no {missing}"),
        Ran::Well(_) => panic!("it was not noticed: {text}"),
    }
}

#[test]
fn a_command_that_does_not_end_as_the_page_says_is_noticed_with_its_line() {
    check_noticed(
        "# A page\n\n```sh\ntrue\nsegue no-such-thing\n```\n",
        &["a page, line 5", "no-such-thing"],
    );
    let inside = "```sh\nID=$(segue product show nothing --json | jq -r .id)\n```\n";
    check_noticed(inside, &["a page, line 2"]);
    let code = "```sh\nsegue openapi --list   # exit code 3\n```\n";
    check_noticed(code, &["a page, line 2", "exit code 0 instead of 3"]);
    check_noticed("```sh as-you-like\ntrue\n```\n", &["line 1", "as-you-like"]);
    let well = "```sh\nfalse   # exit code 1\n```\n```sh as-root\nfalse\n```\n";
    assert!(matches!(page::run("a page", well), Ran::Well(left_out) if left_out.len() == 1));
}

#[test]
fn no_command_hides_where_it_is_not_run() {
    let mut hidden = Vec::new();
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        hidden.extend(
            page::hidden(&text)
                .iter()
                .map(|line| format!("{}: {line}", path.display())),
        );
    }
    assert!(hidden.is_empty(), "put these into a fence `sh`:\n{}", hidden.join("\n"));
}

#[test]
fn every_command_named_in_passing_is_one_that_the_program_knows() {
    let mut named = BTreeSet::new();
    for path in pages() {
        named.extend(page::named(&std::fs::read_to_string(path).unwrap()));
    }
    assert!(named.len() > 40, "only {} commands are found", named.len());
    for words in named {
        let told = said(program().args(&words).arg("--help"));
        let is_unknown = ["unrecognized subcommand", "unexpected argument"]
            .iter()
            .any(|what| told.err.contains(what));
        assert!(!is_unknown, "segue {}: {}", words.join(" "), told.err);
    }
    assert!(
        segue("buy no-such-thing --help")
            .err
            .contains("unrecognized subcommand")
    );
}

/// A link into a page leads to a file that is there, and to a heading of it.
#[test]
fn every_link_between_the_pages_leads_somewhere() {
    let samples = [
        "samples/legacy-backend/README.md",
        "bench/README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
    ];
    let mut dead = Vec::new();
    for path in pages().into_iter().chain(samples.map(|name| root().join(name))) {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in page::links(&text) {
            if !leads(&path, &link) {
                dead.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "these lead nowhere:\n{}", dead.join("\n"));
}

fn leads(from: &Path, link: &str) -> bool {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() {
        from.to_path_buf()
    } else {
        from.parent().unwrap().join(file)
    };
    if heading.is_empty() {
        return target.exists();
    }
    std::fs::read_to_string(target).is_ok_and(|text| page::headings(&text).iter().any(|one| one == heading))
}
