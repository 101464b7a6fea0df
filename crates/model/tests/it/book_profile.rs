//! The profile of an offering: read with its book, held against the schema of its product.

use segue_model::book::{Book, BookProblem, profile};
use segue_model::products::Products;
use serde_json::json;

use crate::book_read::{BOOK, PLACES, files};

/// The small book with rows for its UNI, which start at line 1 of `rows`.
fn with(rows: &str) -> (String, usize) {
    let (head, tail) = BOOK.split_once("[[offering.term]]").unwrap();
    let line = head.lines().count() + 1;
    (format!("{head}{rows}\n[[offering.term]]{tail}"), line)
}

/// What is wrong with `rows`: line of `rows` and a piece of the text.
#[track_caller]
fn check_rows(rows: &str, expected: &[(usize, &str)]) {
    let (text, first) = with(rows);
    let told: Vec<BookProblem> = match Book::read(&files(&text, PLACES)) {
        Ok(book) => profile::check(&book, &Products::builtin()),
        Err(told) => told,
    };
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, (line, what)) in told.iter().zip(expected) {
        assert_eq!(told.line, first + line - 1, "{}", told.what);
        assert!(told.what.contains(what), "{} does not say {what}", told.what);
    }
}

const HEAD: &str = "[[offering.attribute]]";

#[test]
fn a_right_profile_survives_the_store_and_is_shown_row_by_row() {
    let rows = r#"
[[offering.attribute]]
path = "/maximumServiceFrameSize"
use = "optional"
default = 1522
at-most = 9100
[[offering.attribute]]
path = "/maximumServiceFrameSize"
use = "mandatory"
functions = ["order"]
[[offering.attribute]]
path = "/linkAggregation"
use = "fixed"
value = "NONE"
may-be-sent = false
[[offering.attribute]]
path = "/listOfPhysicalLinks/*/physicalLink"
use = "mandatory"
among = ["1000BASE_LX", "10GBASE_LR"]
[[offering.attribute]]
path = "/egressBandwidthProfile/*/cir"
use = "mandatory"
at-most = "10 Gbit/s"
actions = ["add"]
[[offering.attribute]]
path = "/aggregationLinkMap"
use = "optional"
no-default = true
"#;
    check_rows(rows, &[]);
    let book = Book::read(&files(&with(rows).0, PLACES)).unwrap();
    assert_eq!(Book::from_json(book.json()).unwrap(), book);
    let table = book.offerings[0].profile.table();
    assert_eq!(table.len(), 6);
    assert_eq!(
        table[2],
        json!({"attribute": "/linkAggregation", "use": "fixed", "value": "NONE",
            "sent": "must not be sent", "inventory": "not returned"})
    );
    // Of one path the exception comes first.
    assert_eq!(table[4]["functions"], json!(["order"]));
    assert_eq!(table[5]["supported"], "at most 9100");
}

#[test]
fn every_mistake_in_the_form_of_a_row_is_told_with_its_line() {
    // R3: what is optional has an agreed default.
    check_rows(
        &format!(
            r#"{HEAD}
path = "/meg"
use = "optional"
{HEAD}
path = "linkOam"
use = "mandatory"
{HEAD}
path = "/envelopes/*"
use = "mandatory"
{HEAD}
path = "/tokenShare"
use = "maybe"
{HEAD}
path = "/lagLinkMeg"
use = "mandatory"
default = "DISABLED"
functions = ["orders"]
{HEAD}
path = "/maximumServiceFrameSize"
use = "optional"
default = 9200
at-most = 9100
{HEAD}
path = "/defaultCeVlanId"
use = "mandatory"
at-least = "few"
"#
        ),
        &[
            (3, "needs a `default`"),
            (5, "is no path"),
            (8, "name the list itself"),
            (12, "is no use"),
            (16, "goes with use = \"optional\""),
            (17, "is not known in `functions`"),
            (21, "not among what is supported"),
            (26, "a rate such as"),
        ],
    );
}

#[test]
fn rows_that_contradict_each_other_are_refused() {
    check_rows(
        &format!(
            r#"{HEAD}
path = "/meg"
use = "mandatory"
functions = ["order", "quote"]
{HEAD}
path = "/meg"
use = "optional"
default = "DISABLED"
actions = ["modify"]
{HEAD}
path = "/envelopes"
use = "fixed"
value = []
{HEAD}
path = "/envelopes/*/envelopeID"
use = "mandatory"
"#
        ),
        &[(6, "in the same function and action"), (15, "the whole is fixed")],
    );
}

#[test]
fn what_the_schema_of_the_product_does_not_know_is_refused_with_what_it_knows() {
    check_rows(
        &format!(
            r#"{HEAD}
path = "/maximumFrameSize"
use = "mandatory"
{HEAD}
path = "/listOfPhysicalLinks/physicalLink"
use = "mandatory"
{HEAD}
path = "/meg/*/level"
use = "mandatory"
{HEAD}
path = "/linkOam"
use = "optional"
default = "SOMETIMES"
{HEAD}
path = "/listOfPhysicalLinks/*/physicalLink"
use = "mandatory"
among = ["10GBASE_ZR"]
{HEAD}
path = "/linkAggregation"
use = "mandatory"
at-most = 3
{HEAD}
path = "/envelopes"
use = "optional"
default = [{{ envelopeID = "a" }}]
{HEAD}
path = "/envelopes/*/couplingFlagForIndexZero"
use = "mandatory"
"#
        ),
        &[
            (
                2,
                "the product has no maximumFrameSize there; it has listOfPhysicalLinks,",
            ),
            (5, "elements of a list are `*`"),
            (8, "this is no list"),
            (11, "\"SOMETIMES\" is not one of"),
            (15, "`among`: \"10GBASE_ZR\" is not one of"),
            (19, "`at-most` does not go with this attribute"),
            (23, "`default` breaks the row of /envelopes/0/couplingFlagForIndexZero"),
        ],
    );
}
