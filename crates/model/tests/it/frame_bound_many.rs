//! Documents with many products bound in, as a generator of clients reads them: all official
//! products at once, whose common schemas have the same names in different editions.

use std::collections::BTreeSet;

use segue_model::api;
use segue_model::book::Offering;
use segue_model::openapi::bound;
use segue_model::products::import::read;
use segue_model::products::{ACCESS_ELINE_OVC, Definition, OPERATOR_UNI, Products};
use serde_json::{Value, json};

use crate::book_read::book;
use crate::official::Official;

const BASE: &str = "#/components/schemas/";

/// Ours, and those of Grace where the SDK is.
fn products() -> Products {
    let Some(official) = Official::of_grace() else {
        return Products::builtin();
    };
    let found: Vec<Definition> = read(&official.texts).products;
    Products::builtin().extended(found).map_err(|(urn, _)| urn).unwrap()
}

fn offering(id: usize, product: &str) -> Offering {
    Offering {
        id: format!("offering-{id}"),
        product: product.to_owned(),
        ..book().offerings.swap_remove(0)
    }
}

/// The document of `api` with everything that can be ordered.
fn document(api_name: &str, products: &Products) -> Value {
    let sold = products.all().filter(|product| product.orderable).enumerate();
    let offerings: Vec<Offering> = sold.map(|(index, product)| offering(index, &product.urn)).collect();
    let offerings: Vec<&Offering> = offerings.iter().collect();
    let api = api::all().iter().find(|api| api.name == api_name).unwrap();
    bound::document(api, &offerings, products).unwrap()
}

/// Every reference, also those of mappings.
fn references<'v>(value: &'v Value, seen: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => members.values().for_each(|member| references(member, seen)),
        Value::Array(elements) => elements.iter().for_each(|element| references(element, seen)),
        Value::String(text) => {
            seen.extend(text.strip_prefix(BASE));
        }
        _ => {}
    }
}

/// A schema with what it refers to in place, as deep as `depth`; names do not matter then.
fn unfolded(schema: &Value, schemas: &Value, depth: usize) -> Value {
    match schema {
        Value::Object(members) => {
            if let Some(name) = schema["$ref"].as_str().and_then(|target| target.strip_prefix(BASE)) {
                assert!(schemas[name].is_object(), "{name} is not there");
                return match depth {
                    0 => json!("deeper"),
                    depth => unfolded(&schemas[name], schemas, depth - 1),
                };
            }
            let kept = members.iter().filter(|(name, _)| *name != "mapping");
            let part = |(name, part): (&String, &Value)| (name.clone(), unfolded(part, schemas, depth));
            Value::Object(kept.map(part).collect())
        }
        Value::Array(elements) => {
            let parts = elements.iter().map(|element| unfolded(element, schemas, depth));
            parts.collect()
        }
        other => other.clone(),
    }
}

#[test]
fn every_product_keeps_its_own_schema_beside_others_with_the_same_names() {
    let products = products();
    let document = document("quoteManagement", &products);
    let schemas = &document["components"]["schemas"];
    let mapping = schemas["MEFProductConfiguration"]["discriminator"]["mapping"]
        .as_object()
        .unwrap();
    assert!(mapping.contains_key(ACCESS_ELINE_OVC) && mapping.contains_key(OPERATOR_UNI));
    if mapping.len() == 2 {
        println!("skipped: without $SEGUE_SDK there are two products, and no two schemas of one name");
    }
    for (urn, target) in mapping {
        let (root, own) = products.components(urn).unwrap();
        let own = Value::Object(own);
        let name = target.as_str().unwrap().strip_prefix(BASE).unwrap();
        let mut bound = unfolded(&schemas[name], schemas, 6);
        let mut expected = unfolded(&own[&root], &own, 6);
        // What tells products apart is added where their schema leaves it out.
        for schema in [&mut bound, &mut expected] {
            let schema = schema.as_object_mut().unwrap();
            schema.remove("required");
            let properties = schema.entry("properties").or_insert_with(|| json!({}));
            properties.as_object_mut().unwrap().remove("@type");
        }
        assert!(bound == expected, "{urn} is bound as another schema than its own");
        let told = &schemas[name];
        assert!(told["properties"]["@type"].is_object(), "{urn}");
        assert!(told["required"].as_array().unwrap().contains(&json!("@type")), "{urn}");
    }
}

#[test]
fn documents_are_read_by_others_and_every_reference_leads_somewhere() {
    let products = products();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    for name in [
        "productOfferingQualification",
        "quoteManagement",
        "productOrderingManagement",
        "productInventory",
    ] {
        let document = document(name, &products);
        let read: openapiv3::OpenAPI = serde_json::from_value(document.clone()).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        assert_eq!(read.components.unwrap().schemas.len(), schemas.len());
        let mut seen = BTreeSet::new();
        references(&document, &mut seen);
        let lost: Vec<&&str> = seen.iter().filter(|name| !schemas.contains_key(**name)).collect();
        assert!(lost.is_empty(), "{name}: {lost:?}");
        assert!(schemas.keys().all(|name| name.chars().all(fits)));
        // JSON is YAML to most readers, and YAML has fewer characters.
        let text = document.to_string();
        assert!(!text.contains(|c: char| c.is_control()), "{name}");
    }
}
