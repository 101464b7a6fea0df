//! What a Seller refuses and a Buyer reads over: all problems at once, at their exact place.

use segue_model::api;
use segue_model::failure::{Problem, ProblemCode};
use segue_model::schema::{PROBLEMS_MAX, Schemas};
use segue_model::shape::Shapes;
use serde_json::{Value, json};

pub fn schemas(api: &str) -> Schemas {
    let api = api::all().iter().find(|known| known.name == api).unwrap();
    Schemas::for_api(api).unwrap_or_else(|error| panic!("{error}"))
}

fn told(problems: &[Problem]) -> Vec<(String, &str)> {
    let code = |problem: &Problem| json!(problem.code).as_str().unwrap().to_owned();
    problems
        .iter()
        .map(|problem| (code(problem), problem.property_path.as_str()))
        .collect()
}

#[track_caller]
fn check_problems(api: &str, shape: &str, body: &Value, expected: &[(&str, &str)]) {
    let problems = schemas(api).check(shape, body.clone()).err().unwrap_or_default();
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, path)| ((*code).to_owned(), *path))
        .collect();
    assert_eq!(told(&problems), expected, "{problems:#?}");
}

#[track_caller]
fn check_reason(api: &str, shape: &str, body: &Value, reason: &str) {
    let problems = schemas(api).check(shape, body.clone()).unwrap_err();
    let reasons: Vec<_> = problems.iter().map(|problem| problem.reason.as_str()).collect();
    assert_eq!(reasons, [reason]);
}

fn quote() -> Value {
    json!({
        "buyerRequestedQuoteLevel": "firm",
        "instantSyncQuote": true,
        "requestedQuoteCompletionDate": "2026-03-01T00:00:00Z",
        "quoteItem": [{
            "id": "1",
            "action": "add",
            "requestedQuoteItemTerm": {
                "name": "year", "duration": {"amount": 12, "units": "months"}, "endOfTermAction": "autoRenew"
            },
            "product": {
                "productOffering": {"id": "access-1g"},
                "productConfiguration": {"@type": "urn:mef:lso:spec:sonata:x:v1.0.0:all", "anything": {"goes": [1]}},
                "place": [{"role": "INSTALL_LOCATION", "place": {"@type": "GeographicAddressRef", "id": "a-1"}}]
            }
        }]
    })
}

/// The quote with another place.
fn placed(place: &Value) -> Value {
    let mut quote = quote();
    quote["quoteItem"][0]["product"]["place"][0]["place"] = place.clone();
    quote
}

const PLACE: &str = "/quoteItem/0/product/place/0/place";

#[test]
fn every_body_of_every_operation_has_a_check() {
    for api in api::described() {
        let schemas = Schemas::for_api(api).unwrap();
        schemas
            .compile_all()
            .unwrap_or_else(|error| panic!("{}: {error}", api.name));
        for operation in api.operations() {
            let answer = operation.answer.map(|answer| answer.shape);
            for shape in operation.request.into_iter().chain(answer) {
                assert!(
                    schemas.shapes().get(shape).is_some(),
                    "{}: no shape {shape}",
                    operation.id
                );
            }
        }
    }
}

#[test]
fn what_only_the_seller_sets_is_refused_in_a_create() {
    let creates = [
        (
            "geographicAddressManagement",
            "GeographicAddressValidation_Create",
            "bestMatchGeographicAddress",
        ),
        (
            "productOfferingQualification",
            "ProductOfferingQualification_Create",
            "stateChange",
        ),
        ("quoteManagement", "Quote_Create", "validFor"),
        ("productOrderingManagement", "ProductOrder_Create", "orderDate"),
        ("productOrderingManagement", "CancelProductOrder_Create", "charge"),
        (
            "productOrderingManagement",
            "MEFModifyProductOrderItemRequestedDeliveryDate_Create",
            "creationDate",
        ),
    ];
    for (api, shape, name) in creates {
        let body = json!({ "id": "1", "state": "acknowledged", name: "x" });
        let problems = schemas(api).check(shape, body).unwrap_err();
        for path in ["/id", "/state", &format!("/{name}")] {
            let found = problems
                .iter()
                .any(|p| p.property_path == path && p.code == ProblemCode::UnexpectedProperty);
            assert!(found, "{shape} takes {path}");
        }
    }
}

#[test]
fn a_right_body_passes_and_comes_out_unchanged() {
    let checked = schemas("quoteManagement").check("Quote_Create", quote()).unwrap();
    assert_eq!(checked.shape(), "Quote_Create");
    assert_eq!(Value::Object(checked.into_body()), quote());
}

#[test]
fn five_mistakes_are_five_problems_at_their_places() {
    let mut body = quote();
    body["buyerRequestedQuoteLevel"] = json!("firmish");
    body["requestedQuoteCompletionDate"] = json!("2026-03-01");
    body["state"] = json!("acknowledged");
    body["quoteItem"][0].as_object_mut().unwrap().remove("product");
    body["quoteItem"][0]["requestedQuoteItemTerm"]["duration"]["amount"] = json!(-1);
    let expected = [
        ("invalidValue", "/buyerRequestedQuoteLevel"),
        ("missingProperty", "/quoteItem/0/product"),
        ("invalidValue", "/quoteItem/0/requestedQuoteItemTerm/duration/amount"),
        ("invalidFormat", "/requestedQuoteCompletionDate"),
        ("unexpectedProperty", "/state"),
    ];
    check_problems("quoteManagement", "Quote_Create", &body, &expected);
}

#[test]
fn an_empty_body_lacks_all_that_is_required() {
    let expected = [
        ("missingProperty", "/buyerRequestedQuoteLevel"),
        ("missingProperty", "/instantSyncQuote"),
        ("missingProperty", "/quoteItem"),
    ];
    check_problems("quoteManagement", "Quote_Create", &json!({}), &expected);
}

#[test]
fn what_is_no_object_is_one_problem_of_the_whole() {
    for body in [json!([]), json!("x"), json!(null)] {
        check_problems("quoteManagement", "Quote_Create", &body, &[("invalidValue", "")]);
    }
}

#[test]
fn a_wrong_tag_is_one_problem_at_the_tag() {
    let tag = format!("{PLACE}/@type");
    check_problems(
        "quoteManagement",
        "Quote_Create",
        &placed(&json!({"@type": "Moon", "id": "a"})),
        &[("invalidValue", &tag)],
    );
    check_problems(
        "quoteManagement",
        "Quote_Create",
        &placed(&json!({"@type": 7})),
        &[("invalidValue", &tag)],
    );
    check_problems(
        "quoteManagement",
        "Quote_Create",
        &placed(&json!({"id": "a"})),
        &[("missingProperty", &tag)],
    );
    check_problems(
        "quoteManagement",
        "Quote_Create",
        &placed(&json!("a")),
        &[("invalidValue", PLACE)],
    );
}

#[test]
fn a_fault_inside_a_branch_points_into_the_branch() {
    let (id, name) = (format!("{PLACE}/id"), format!("{PLACE}/name"));
    let body = placed(&json!({"@type": "GeographicSiteRef", "name": "HQ"}));
    check_problems(
        "quoteManagement",
        "Quote_Create",
        &body,
        &[("missingProperty", &id), ("unexpectedProperty", &name)],
    );
}

#[test]
fn an_address_to_look_up_needs_more_than_its_type() {
    let bare = json!({"@type": "GeographicAddress_Query"});
    let submitted = |query: &Value| json!({"instantSyncValidation": true, "submittedGeographicAddress": query});
    let shape = "GeographicAddressValidation_Create";
    check_problems(
        "geographicAddressManagement",
        shape,
        &submitted(&bare),
        &[("invalidValue", "/submittedGeographicAddress")],
    );
    check_problems(
        "quoteManagement",
        "Quote_Create",
        &placed(&bare),
        &[("invalidValue", PLACE)],
    );
    let mut query = bare;
    query["fieldedAddressRepresentation"] = json!([{"city": "Bern", "countryCode": "CH"}]);
    check_problems("geographicAddressManagement", shape, &submitted(&query), &[]);
    query["fieldedAddressRepresentation"][0]["countryCode"] = json!("CHE");
    let code = "/submittedGeographicAddress/fieldedAddressRepresentation/0/countryCode";
    check_problems(
        "geographicAddressManagement",
        shape,
        &submitted(&query),
        &[("invalidValue", code)],
    );
}

#[test]
fn a_list_may_be_too_short_and_hold_wrong_things() {
    let mut body = quote();
    body["quoteItem"] = json!([]);
    check_problems(
        "quoteManagement",
        "Quote_Create",
        &body,
        &[("invalidValue", "/quoteItem")],
    );
    body["quoteItem"] = json!(["x", {}]);
    let expected = [
        ("invalidValue", "/quoteItem/0"),
        ("missingProperty", "/quoteItem/1/action"),
        ("missingProperty", "/quoteItem/1/id"),
        ("missingProperty", "/quoteItem/1/product"),
    ];
    check_problems("quoteManagement", "Quote_Create", &body, &expected);
}

#[test]
fn names_with_a_slash_are_escaped_in_pointers() {
    let mut body = quote();
    body["a/b~c"] = json!(1);
    check_problems(
        "quoteManagement",
        "Quote_Create",
        &body,
        &[("unexpectedProperty", "/a~1b~0c")],
    );
}

#[test]
fn formats_are_checked() {
    let shapes =
        Shapes::parse(&["F\n  t string date-time\n  d string date\n  e string email\n  u string uri"]).unwrap();
    let schemas = Schemas::new(&shapes);
    let right = json!({"t": "2026-01-31T09:30:00.5+01:00", "d": "2026-01-31", "e": "a@b.ch", "u": "https://x/y"});
    assert!(schemas.check("F", right).is_ok());
    let wrong = json!({"t": "2026-01-31T09:30:00", "d": "31.1.2026", "e": "a at b", "u": "x y"});
    let problems = schemas.check("F", wrong).unwrap_err();
    let expected = ["/d", "/e", "/t", "/u"].map(|path| ("invalidFormat".to_owned(), path));
    assert_eq!(told(&problems), expected);
}

#[test]
fn reasons_say_what_would_be_right() {
    let with = |name: &str, value: Value| {
        let mut body = quote();
        body[name] = value;
        body
    };
    let shape = "Quote_Create";
    let level = with("buyerRequestedQuoteLevel", json!("x"));
    check_reason(
        "quoteManagement",
        shape,
        &level,
        "buyerRequestedQuoteLevel must be one of: budgetary, firm.",
    );
    check_reason(
        "quoteManagement",
        shape,
        &with("instantSyncQuote", json!("true")),
        "instantSyncQuote must be true or false.",
    );
    check_reason(
        "quoteManagement",
        shape,
        &with("quoteItem", json!([])),
        "quoteItem must have at least 1 element.",
    );
    let date = "requestedQuoteCompletionDate must be a date and time with offset, like 2026-01-31T09:30:00Z.";
    check_reason(
        "quoteManagement",
        shape,
        &with("requestedQuoteCompletionDate", json!("x")),
        date,
    );
    let spelled = "externalID is not known here; it is spelled externalId.";
    check_reason("quoteManagement", shape, &with("externalID", json!("x")), spelled);
    let known = "extra is not known here. Known are: reason, quoteId.";
    check_reason(
        "quoteManagement",
        "QuoteOperationData",
        &json!({"quoteId": "1", "extra": 1}),
        known,
    );
    check_reason(
        "quoteManagement",
        "QuoteOperationData",
        &json!({}),
        "quoteId is required here.",
    );
}

#[test]
fn a_hundred_problems_are_enough() {
    let mut body = quote();
    for index in 0..2_000 {
        body[format!("x{index}")] = json!(index);
    }
    assert_eq!(
        schemas("quoteManagement")
            .check("Quote_Create", body)
            .unwrap_err()
            .len(),
        PROBLEMS_MAX
    );
}

#[test]
fn a_buyer_reads_over_unknown_members_but_not_over_wrong_ones() {
    let event = json!({
        "eventId": "e-1", "eventTime": "2026-01-31T09:30:00Z", "eventType": "quoteStateChangeEvent", "new": true,
        "event": {"id": "q-1", "state": "answered", "alsoNew": {"x": 1}}
    });
    let schemas = schemas("quoteNotification");
    assert_eq!(told(&schemas.check_answer("QuoteStateChangeEvent", &event)), []);
    assert_eq!(
        schemas.check("QuoteStateChangeEvent", event.clone()).unwrap_err().len(),
        2
    );
    let mut event = event;
    event["event"]["state"] = json!("delighted");
    let problems = schemas.check_answer("QuoteStateChangeEvent", &event);
    assert_eq!(told(&problems), [("invalidValue".to_owned(), "/event/state")]);
}

#[test]
fn a_shape_that_is_not_there_is_a_problem_and_no_panic() {
    check_problems("quoteManagement", "Nothing", &json!({}), &[("otherIssue", "")]);
}
