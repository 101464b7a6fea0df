//! Lists of places that are not clean.

use segue_model::book::clean::{Cleaning, Finding};

const HEAD: &str = "id,streetNr,streetName,city,postcode,countryCode,latitude,longitude,delivery,ports";

/// A clean street of a clean town, lines 2 to 7.
const CLEAN: &str = "\
A1,1,Lindenstraße,München,80331,DE,48.1371,11.5754,offNet,0
A2,3,Lindenstraße,München,80331,DE,48.1372,11.5755,offNet,0
A3,5,Lindenstraße,München,80331,DE,48.1373,11.5756,offNet,0
A4,7,Lindenstraße,München,80331,DE,48.1374,11.5757,offNet,0
A5,9,Lindenstraße,München,80331,DE,48.1375,11.5758,offNet,0
A6,11,Lindenstraße,München,80331,DE,48.1376,11.5759,offNet,0";

fn list(line: &str) -> String {
    format!("{HEAD}\n{CLEAN}\n{line}\n")
}

/// What is found in one line more than the clean ones, and that line after the repair.
#[track_caller]
fn check(line: &str, kind: &str, repaired: &str) -> Vec<Finding> {
    let cleaning = Cleaning::of(&list(line));
    let kinds: Vec<&str> = cleaning.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [kind], "{:?}", cleaning.findings);
    assert_eq!(cleaning.findings[0].at, "places.csv:8");
    let (text, count) = cleaning.repaired();
    assert_eq!(text, list(repaired));
    assert_eq!(count > 0, line != repaired);
    cleaning.findings
}

#[test]
fn a_clean_list_has_no_findings_and_stays_as_it_is() {
    let text = format!("# ours\n{HEAD}\r\n{}\r\n", CLEAN.replace('\n', "\r\n"));
    let cleaning = Cleaning::of(&text);
    assert_eq!(cleaning.findings, []);
    assert_eq!(cleaning.repaired(), (text, 0));
}

#[test]
fn what_leaves_no_doubt_is_repaired() {
    for (line, kind, repaired) in [
        (
            "B,13,Lindenstraße,Munchen,80331,DE,48.1377,11.5751,offNet,0",
            "town written in several ways",
            "B,13,Lindenstraße,München,80331,DE,48.1377,11.5751,offNet,0",
        ),
        (
            "B,13,Lindenstr.,München,80331,DE,48.1377,11.5751,offNet,0",
            "street written in several ways",
            "B,13,Lindenstraße,München,80331,DE,48.1377,11.5751,offNet,0",
        ),
        (
            "B,,Lindenstraße 13a,München,80331,DE,48.1377,11.5751,offNet,0",
            "number in street",
            "B,13a,Lindenstraße,München,80331,DE,48.1377,11.5751,offNet,0",
        ),
        (
            "B,13,Lindenstraße,München,80331,Germany,48.1377,11.5751,offNet,0",
            "country by name",
            "B,13,Lindenstraße,München,80331,DE,48.1377,11.5751,offNet,0",
        ),
        (
            "B,13,Lindenstraße,München,80331,DE,11.5751,48.1377,offNet,0",
            "point elsewhere",
            "B,13,Lindenstraße,München,80331,DE,48.1377,11.5751,offNet,0",
        ),
        (
            "B,1,Kerkstraat,Utrecht,3511ab,NL,52.09,5.12,offNet,0",
            "form of postcode",
            "B,1,Kerkstraat,Utrecht,3511 AB,NL,52.09,5.12,offNet,0",
        ),
        (
            "B,1,High Street,London,SW1A1AA,GB,51.5,-0.13,offNet,0",
            "form of postcode",
            "B,1,High Street,London,SW1A 1AA,GB,51.5,-0.13,offNet,0",
        ),
    ] {
        let found = check(line, kind, repaired);
        assert!(found[0].certain, "{found:?}");
    }
}

#[test]
fn what_a_person_has_to_decide_is_told_and_not_repaired() {
    for (line, kind, propose) in [
        (
            "B,13,Lindenstraße,München,80337,DE,48.1377,11.5751,offNet,0",
            "postcode of neighbours",
            Some("80331"),
        ),
        (
            "B,1,Lindemstraße,München,80331,DE,48.1371,11.5754,offNet,0",
            "likely double",
            Some("Lindenstraße"),
        ),
        (
            "B,13,Lindenstraße,München,8033,DE,48.1377,11.5751,offNet,0",
            "form of postcode",
            Some("08033"),
        ),
        (
            "B,13,Lindenstraße,München,80331,DE,52.52,13.40,offNet,0",
            "point elsewhere",
            None,
        ),
        ("B,13,Lindenstraße,München,80331,DE,,,offNet,0", "no coordinates", None),
    ] {
        let found = check(line, kind, line);
        assert_eq!(found[0].propose.values().next().map(String::as_str), propose);
    }
}

#[test]
fn a_zero_that_a_spreadsheet_dropped_comes_back_where_the_town_has_such_codes() {
    let dresden = |code: &str| {
        format!(
            "{HEAD}\nA,1,Hauptstraße,Dresden,01069,DE,51.05,13.74,offNet,0\nB,1,Ring,Dresden,{code},DE,51.05,13.74,offNet,0"
        )
    };
    let cleaning = Cleaning::of(&dresden("1067"));
    assert_eq!(cleaning.repaired(), (dresden("01067"), 1));
}

#[test]
fn an_address_in_other_words_is_a_double() {
    let line = "B,1,Linden Strasse,München,80331,DE,48.1371,11.5754,offNet,0";
    let cleaning = Cleaning::of(&list(line));
    let double = cleaning
        .findings
        .iter()
        .find(|finding| finding.kind == "double")
        .unwrap();
    assert!(double.what.contains("line 2"), "{}", double.what);
}

#[test]
fn a_number_that_may_be_a_name_is_left_alone() {
    for street in ["42 Street", "Platz 7 Brunnen", "Calle 50"] {
        let line = format!("B,1,{street},München,80331,DE,48.1371,11.5754,offNet,0");
        let cleaning = Cleaning::of(&list(&line));
        assert_eq!(cleaning.findings, [], "{street}");
    }
}
