//! The comparison of documents finds what differs, and nothing else. Needs no official file.

use segue_model::api::quote::v10::MANAGEMENT as QUOTES;
use segue_model::{diff, openapi};
use serde_json::{Value, json};

/// Changes our own quote document at a pointer and tells the differences.
#[track_caller]
fn check_difference(pointer: &str, value: Value, expected: &[&str]) {
    let ours = openapi::document(&QUOTES);
    let mut official = ours.clone();
    *official.pointer_mut(pointer).expect(pointer) = value;
    let lines: Vec<String> = diff::compare(&official, &ours)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_document_does_not_differ_from_itself() {
    let ours = openapi::document(&QUOTES);
    assert_eq!(diff::compare(&ours, &ours), []);
}

#[test]
fn each_kind_of_fact_is_compared() {
    check_difference(
        "/servers/0/url",
        json!("https://{serverBase}/mefApi/sonata/quoteManagement/v9/"),
        &[
            "base path /mefApi/sonata/quoteManagement/v10: official nothing, ours true",
            "base path /mefApi/sonata/quoteManagement/v9: official true, ours nothing",
        ],
    );
    check_difference(
        "/components/schemas/QuoteOperationData/required",
        json!([]),
        &[
            "POST /cancelQuote: request.quoteId: required: official false, ours true",
            "POST /cancelQuote: response 200 body.quoteId: required: official false, ours true",
            "POST /declineQuote: request.quoteId: required: official false, ours true",
            "POST /declineQuote: response 200 body.quoteId: required: official false, ours true",
        ],
    );
    check_difference(
        "/paths/~1hub~1{id}/delete/responses/404/content",
        json!({ "text/plain": { "schema": { "$ref": "#/components/schemas/Error404" } } }),
        &[
            "DELETE /hub/{}: response 404 as application/json;charset=utf-8: official nothing, ours true",
            "DELETE /hub/{}: response 404 as text/plain: official true, ours nothing",
        ],
    );
    check_difference(
        "/paths/~1quote/get/operationId",
        json!("listQuotes"),
        &[
            "GET /quote: operationId listQuote: official nothing, ours true",
            "GET /quote: operationId listQuotes: official true, ours nothing",
        ],
    );
}

#[test]
fn what_is_not_said_by_a_fact_is_no_difference() {
    check_difference("/info/title", json!("Other"), &[]);
    let int64 = json!({ "type": "integer", "format": "int64", "description": "Another text" });
    check_difference("/components/schemas/Duration/properties/amount", int64, &[]);
}

#[test]
fn a_document_is_found_by_its_base_path_in_yaml_and_with_a_prefix() {
    let official = diff::read("servers:\n- url: https://{host}/seller/mefApi/sonata/productInventory/v8/\n").unwrap();
    assert_eq!(diff::our_counterpart(&official).unwrap().name, "productInventory");
    let swagger = diff::read(r#"{ "basePath": "/mefApi/sonata/productInventory/v3" }"#).unwrap();
    assert!(diff::our_counterpart(&swagger).is_none());
    assert!(diff::read("a: [").is_err());
}
