//! Query strings: what is read, and what is refused with which code.

use segue_model::api;
use segue_model::describe::{Condition, Op, Operation, Query};
use segue_model::failure::Failure;

fn operation(api: &str, version: u32, id: &str) -> Operation {
    api::find(api, version).unwrap().operation(id).unwrap()
}

fn quotes() -> Operation {
    operation("quoteManagement", 10, "listQuote")
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

#[track_caller]
fn check_condition(operation: &Operation, (name, value): (&str, &str), expected: (&'static str, Op, &str)) {
    let query = operation.check_query(&pairs(&[(name, value)])).unwrap();
    let (name, op, value) = expected;
    let value = value.to_owned();
    assert_eq!(query.filters, [Condition { name, op, value }]);
}

#[track_caller]
fn check_refused(operation: &Operation, query: &[(&str, &str)], code: &str) {
    let failure: Failure = operation.check_query(&pairs(query)).unwrap_err();
    assert_eq!(failure.status(), 400, "{query:?}");
    assert_eq!(failure.body()["code"], code, "{query:?}");
}

#[test]
fn filters_paging_and_parties_are_told_apart() {
    let query = quotes().check_query(&pairs(&[
        ("state", "approved.orderable"),
        ("offset", "0"),
        ("limit", "25"),
        ("buyerId", "acme"),
        ("sellerId", "globex"),
    ]));
    let expected = Query {
        filters: vec![Condition {
            name: "state",
            op: Op::Equal,
            value: "approved.orderable".to_owned(),
        }],
        offset: Some(0),
        limit: Some(25),
        fields: None,
        buyer_id: Some("acme".to_owned()),
        seller_id: Some("globex".to_owned()),
    };
    assert_eq!(query, Ok(expected));
}

#[test]
fn dates_are_read_in_any_zone_and_compared_in_one() {
    check_condition(
        &quotes(),
        ("quoteDate.gt", "2026-11-24T08:00:00+01:00"),
        ("quoteDate", Op::Gt, "2026-11-24T07:00:00.000Z"),
    );
}

#[test]
fn limits_of_qualifications_include_their_instant() {
    let poqs = operation("productOfferingQualification", 8, "listProductOfferingQualification");
    check_condition(
        &poqs,
        ("creationDate.gt", "2026-11-24T07:00:00Z"),
        ("creationDate", Op::Gt, "2026-11-24T06:59:59.999Z"),
    );
    check_condition(
        &poqs,
        ("creationDate.lt", "2026-11-24T07:00:00Z"),
        ("creationDate", Op::Lt, "2026-11-24T07:00:00.001Z"),
    );
}

#[test]
fn what_the_description_does_not_have_is_refused() {
    check_refused(&quotes(), &[("colour", "red")], "invalidQuery");
    check_refused(&quotes(), &[("quoteDate", "2026-11-24T07:00:00Z")], "invalidQuery");
    check_refused(&quotes(), &[("state", "lost")], "invalidQuery");
    check_refused(&quotes(), &[("quoteDate.gt", "yesterday")], "invalidQuery");
    check_refused(&quotes(), &[("externalId", "a\u{0}b")], "invalidQuery");
    check_refused(&quotes(), &[("externalId", "a"), ("externalId", "a")], "invalidQuery");
    for number in ["-1", "+1", "1.5", "ten", "2147483648"] {
        check_refused(&quotes(), &[("offset", number)], "invalidQuery");
    }
    check_refused(&quotes(), &[("state", "")], "missingQueryValue");
}

#[test]
fn only_lists_have_pages() {
    let one = operation("quoteManagement", 10, "retrieveQuote");
    check_refused(&one, &[("limit", "5")], "invalidQuery");
    // The query of a path parameter's name is no way around the path.
    check_refused(&one, &[("id", "5")], "invalidQuery");
    let sites = operation("geographicSiteManagement", 8, "listGeographicSite");
    let query = sites.check_query(&pairs(&[("limit", "5")])).unwrap();
    assert_eq!(query.limit, Some(5));
}

#[test]
fn a_flag_is_true_or_false() {
    let changes = operation(
        "productOrderingManagement",
        11,
        "listModifyProductOrderItemRequestedDeliveryDate",
    );
    check_condition(
        &changes,
        ("expediteIndicator", "true"),
        ("expediteIndicator", Op::Equal, "true"),
    );
    check_refused(&changes, &[("expediteIndicator", "1")], "invalidQuery");
}
