//! The descriptions: whole in themselves, and the one place where a fact is said.

use std::collections::HashSet;

use segue_model::api;
use segue_model::api::quote::v10::MANAGEMENT as QUOTES;
use segue_model::describe::{Api, FilterValue, Kind, Operation, Resource, index_rows, resource_by_name};
use segue_model::document::Object;
use segue_model::failure::ProblemCode;
use segue_model::openapi;
use segue_model::release;
use segue_model::schema::Schemas;
use segue_model::shape::{Kind as ShapeKind, Shapes, Type};
use serde_json::{Value, json};

fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

fn every_operation() -> impl Iterator<Item = Operation> {
    api::described().flat_map(|api| api.operations())
}

#[test]
fn every_shape_an_operation_speaks_of_exists() {
    for operation in every_operation() {
        let errors = operation.statuses.errors.iter().map(|status| format!("Error{status}"));
        let bodies = [operation.request, operation.answer.map(|answer| answer.shape)];
        for shape in bodies.into_iter().flatten().map(str::to_owned).chain(errors) {
            let known = operation.api.parsed().get(&shape).is_some();
            assert!(known, "{} of {} speaks of {shape}", operation.id, operation.api.name);
        }
    }
}

#[test]
fn operation_ids_are_unique_in_their_api_and_lead_to_their_operation() {
    for api in api::described() {
        let operations = api.operations();
        let ids: HashSet<&str> = operations.iter().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), operations.len(), "{}", api.name);
        for operation in &operations {
            assert_eq!(api.operation(operation.id).unwrap().path, operation.path);
        }
    }
}

#[test]
fn every_hub_leads_to_a_notification_api_and_every_listener_takes_its_own_event() {
    for api in api::described() {
        assert_eq!(api.hub.is_some(), api.notification().is_some(), "{}", api.name);
        for listener in api.listeners {
            let properties = api.parsed().properties(listener.shape);
            let kind = properties.iter().find(|property| property.name == "eventType").unwrap();
            let values = match &kind.kind {
                Type::Text(text) => text.values.as_slice(),
                // Before Kylie one envelope was for all events of a resource.
                Type::Ref(name) => api.parsed().values(name),
                _ => panic!("{} is no text", listener.event),
            };
            assert!(values.iter().any(|value| value == listener.event), "{}", listener.event);
        }
    }
}

/// Whether the steps of a filter lead to a property.
fn leads(shapes: &Shapes, kind: &Type, steps: &[&str]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    match kind {
        Type::List { of, .. } => *step == "*" && leads(shapes, of, rest),
        Type::Ref(name) => match &shapes.get(name).unwrap().kind {
            ShapeKind::Choice(choice) => {
                let tagged = choice
                    .options
                    .iter()
                    .find(|option| *step == format!("{}={}", choice.tag, option.value));
                tagged.is_some_and(|option| leads(shapes, &Type::Ref(option.shape.clone()), rest))
            }
            ShapeKind::Object(_) => {
                let property = shapes
                    .properties(name)
                    .into_iter()
                    .find(|property| property.name == *step);
                property.is_some_and(|property| leads(shapes, &property.kind, rest))
            }
            ShapeKind::Alias(of) => leads(shapes, of, steps),
            ShapeKind::Enum(_) => false,
        },
        _ => false,
    }
}

#[test]
fn every_filter_looks_at_a_property_of_its_resource() {
    for api in api::described() {
        for resource in api.resources {
            for filter in resource.filters {
                // Paths lead through stored documents, and those are of the newest version.
                let (newest, stored) = resource_by_name(resource.stored).unwrap();
                for path in filter.path.split('|').filter(|path| !path.is_empty()) {
                    let steps: Vec<&str> = path.split('/').skip(1).collect();
                    let full = Type::Ref(stored.full.to_owned());
                    assert!(
                        leads(newest.parsed(), &full, &steps),
                        "{} of {}",
                        filter.name,
                        resource.name
                    );
                }
                if let FilterValue::OneOf(shape) = filter.value {
                    assert!(!api.parsed().values(shape).is_empty(), "{shape}");
                }
            }
        }
    }
}

#[test]
fn every_state_of_a_life_cycle_is_spelled_as_its_shape_spells_it() {
    for api in api::described() {
        for resource in api.resources {
            let name = if resource.name == "product" { "status" } else { "state" };
            let properties = api.parsed().properties(resource.full);
            let state = properties.iter().find(|property| property.name == name);
            let known = state
                .and_then(|state| state.kind.reference())
                .map(|shape| api.parsed().values(shape));
            for edge in resource.lifecycle.iter().flat_map(|lifecycle| lifecycle.edges) {
                for to in edge.to {
                    let known = known.unwrap();
                    assert!(known.iter().any(|known| known == to), "{to} of {}", resource.name);
                }
            }
        }
    }
}

#[test]
fn a_resource_is_found_by_its_name_alone() {
    let (api, resource) = resource_by_name("productOrder").unwrap();
    assert_eq!((api.name, resource.full), ("productOrderingManagement", "ProductOrder"));
    assert!(resource_by_name("productorder").is_none());
}

#[test]
fn ten_kylie_apis_have_54_operations_of_the_expected_kinds() {
    let kylie = || {
        let apis = api::described().filter(|api| api.release == release::CURRENT);
        apis.flat_map(|api| api.operations())
    };
    let count = |kind: Kind| kylie().filter(|operation| operation.kind == kind).count();
    assert_eq!(
        api::described().filter(|api| api.release == release::CURRENT).count(),
        10
    );
    assert_eq!(kylie().count(), 54);
    let kinds = [
        Kind::List,
        Kind::Get,
        Kind::Create,
        Kind::Patch,
        Kind::Task,
        Kind::HubCreate,
        Kind::Listener,
    ];
    assert_eq!(kinds.map(count), [8, 10, 6, 2, 2, 4, 14]);
}

#[test]
fn what_is_older_or_only_described_is_not_the_newest_of_its_family() {
    for api in api::described().filter(|api| api.release != release::CURRENT) {
        assert!(api::find(api.name, api.version).is_none(), "{}", api.name);
        assert!(api::find_served(api.name, api.version).is_some(), "{}", api.name);
        for resource in api.resources {
            let (newest, stored) = resource_by_name(resource.stored).unwrap();
            assert!(
                newest.version > api.version && stored.name == resource.stored,
                "{}",
                resource.name
            );
        }
    }
}

#[test]
fn index_rows_hold_every_value_of_every_filter_once() {
    let (_, product) = resource_by_name("product").unwrap();
    let body = object(json!({
        "status": "active",
        "startDate": "2026-11-24T08:00:00+01:00",
        "lastUpdateDate": "not a date",
        "place": [
            { "role": "A", "place": { "@type": "GeographicSiteRef", "id": "site-1" } },
            { "role": "B", "place": { "@type": "GeographicAddressRef", "id": "address-1" } },
        ],
        "productRelationship": [{ "id": "p-1" }, { "id": "p-2" }, { "id": "p-1" }],
    }));
    let expected = [
        ("status", "active"),
        ("geographicAddressId", "address-1"),
        ("geographicSiteId", "site-1"),
        ("relatedProductId", "p-1"),
        ("relatedProductId", "p-2"),
        ("startDate", "2026-11-24T07:00:00.000Z"),
    ];
    let rows = index_rows(product, &body);
    let rows: Vec<(&str, &str)> = rows.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(rows, expected);
}

/// Quote Management with other texts of its shapes.
fn quotes_with(from: &str, to: &str) -> &'static Api {
    let texts: Vec<&'static str> = QUOTES
        .shapes
        .iter()
        .map(|text| &*Box::leak(text.replacen(from, to, 1).into_boxed_str()))
        .collect();
    assert_ne!(texts, QUOTES.shapes, "{from} is not in the shapes");
    Box::leak(Box::new(Api {
        shapes: texts.leak(),
        ..QUOTES.clone()
    }))
}

fn problems(api: &'static Api, shape: &str, body: &Value) -> Vec<(ProblemCode, String)> {
    let problems = Schemas::for_api(api).unwrap().check_answer(shape, body);
    problems
        .into_iter()
        .map(|problem| (problem.code, problem.property_path))
        .collect()
}

fn query(api: &'static Api, name: &str, value: &str) -> Option<u16> {
    let operation = api.operation("listQuote").unwrap();
    let answer = operation.check_query(&[(name.to_owned(), value.to_owned())]);
    answer.err().map(|failure| failure.status())
}

#[test]
fn one_required_mark_less_changes_document_and_check_together() {
    let changed = quotes_with("instantSyncQuote!", "instantSyncQuote");
    let required = |api: &'static Api| {
        let document = openapi::document(api);
        let required = document
            .pointer("/components/schemas/Quote_Create/required")
            .unwrap()
            .clone();
        required.as_array().unwrap().contains(&json!("instantSyncQuote"))
    };
    assert_eq!((required(&QUOTES), required(changed)), (true, false));

    let fault = (ProblemCode::MissingProperty, "/instantSyncQuote".to_owned());
    assert!(problems(&QUOTES, "Quote_Create", &json!({})).contains(&fault));
    assert!(!problems(changed, "Quote_Create", &json!({})).contains(&fault));
}

#[test]
fn one_value_less_changes_document_check_and_query_together() {
    let changed = quotes_with("| declined ", "");
    let documented = |api: &'static Api| {
        let document = openapi::document(api).to_string();
        document.matches("\"declined\"").count()
    };
    // The type itself and the query parameter.
    assert_eq!((documented(&QUOTES), documented(changed)), (2, 0));

    let fault = (ProblemCode::InvalidValue, "/state".to_owned());
    let body = json!({ "state": "declined" });
    assert!(!problems(&QUOTES, "Quote", &body).contains(&fault));
    assert!(problems(changed, "Quote", &body).contains(&fault));

    assert_eq!(query(&QUOTES, "state", "declined"), None);
    assert_eq!(query(changed, "state", "declined"), Some(400));
}

#[test]
fn one_filter_less_changes_document_query_and_index_together() {
    let filters: Vec<_> = QUOTES.resources[0]
        .filters
        .iter()
        .copied()
        .filter(|filter| filter.name != "projectId")
        .collect();
    let resource = Resource {
        filters: filters.leak(),
        ..QUOTES.resources[0]
    };
    let changed: &'static Api = Box::leak(Box::new(Api {
        resources: vec![resource].leak(),
        ..QUOTES.clone()
    }));
    let documented = |api: &'static Api| {
        let document = openapi::document(api);
        document
            .pointer("/paths/~1quote/get/parameters")
            .unwrap()
            .to_string()
            .contains("projectId")
    };
    assert_eq!((documented(&QUOTES), documented(changed)), (true, false));
    assert_eq!(
        (query(&QUOTES, "projectId", "p"), query(changed, "projectId", "p")),
        (None, Some(400))
    );

    let body = object(json!({ "projectId": "p" }));
    assert_eq!(index_rows(&QUOTES.resources[0], &body), [("projectId", "p".to_owned())]);
    assert_eq!(index_rows(&changed.resources[0], &body), []);
}

#[test]
fn one_task_less_takes_its_route_and_its_path_away() {
    let changed: &'static Api = Box::leak(Box::new(Api {
        tasks: &QUOTES.tasks[..1],
        ..QUOTES.clone()
    }));
    assert!(QUOTES.operation("declineQuote").is_some());
    assert!(changed.operation("declineQuote").is_none());
    assert!(openapi::document(changed).pointer("/paths/~1declineQuote").is_none());
}
