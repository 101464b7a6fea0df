//! What is asked of every list of items alike, in qualifications, quotes and orders.

use serde_json::Value;

use super::common::{all_have, none_has, some, those};
use crate::case::{Check, Stop};
use crate::lab::expect::{Answer, Part};
use crate::stage::Stage;

/// The items of a request that have this action.
pub fn of_action(request: &Answer, list: &str, action: &str) -> Result<Vec<Part>, Stop> {
    let items = those(request, list, ("action", action));
    some(&items, &format!("item with the action {action}"))?;
    Ok(items)
}

/// Items with this action have these members and not those.
pub fn item_has(request: &Answer, (list, action): (&str, &str), (has, lacks): (&[&str], &[&str])) -> Check {
    let items = of_action(request, list, action)?;
    all_have(request, &items, has)?;
    none_has(request, &items, lacks)
}

/// A list has at least one element, and each element has these members.
pub fn filled_with(request: &Answer, list: &str, members: &[&str]) -> Check {
    request.at(list).filled()?;
    all_have(request, &request.each(&format!("{list}/*")), members)
}

/// Places have a place and a role.
pub fn places(request: &Answer, list: &str) -> Check {
    let places = request.each(&format!("{list}/*/product/place/*"));
    some(&places, "place")?;
    all_have(request, &places, &["/place", "/role"])
}

/// A reference to a site has no sub-unit beside it: the site says where in the building it is.
pub fn no_sub_unit_of_site(request: &Answer, list: &str) -> Check {
    let places = request.each(&format!("{list}/*/product/place/*"));
    let sites: Vec<Part> = places
        .into_iter()
        .filter(|place| {
            place
                .value
                .pointer("/place/@type")
                .is_some_and(|kind| kind == "GeographicSiteRef")
        })
        .collect();
    some(&sites, "reference to a site")?;
    none_has(request, &sites, &["/subUnit"])
}

fn ids_of(request: &Answer, list: &str) -> Vec<Value> {
    let ids = request.each(&format!("{list}/*/id"));
    ids.into_iter().map(|part| part.value).collect()
}

/// Relations between items name items of the same request.
pub fn siblings(request: &Answer, (list, relations): (&str, &str)) -> Check {
    let found = request.each(&format!("{list}/*/{relations}/*"));
    some(&found, "relation between items")?;
    all_have(request, &found, &["/id", "/relationshipType"])?;
    let ids = ids_of(request, list);
    for part in found {
        let known = ids.contains(&part.value["id"]);
        part.so(known, "to name an item of the same request")?;
    }
    Ok(())
}

/// Relations to products in service stand with the product and name no item of the request.
pub fn relations(request: &Answer, list: &str) -> Check {
    let found = request.each(&format!("{list}/*/product/productRelationship/*"));
    some(&found, "relation to a product in service")?;
    all_have(request, &found, &["/id", "/relationshipType"])?;
    let ids = ids_of(request, list);
    for part in found {
        part.so(
            !ids.contains(&part.value["id"]),
            "to name a product in service, not an item",
        )?;
    }
    Ok(())
}

/// A configuration names the type that extends it.
pub fn type_of_product(request: &Answer, list: &str) -> Check {
    let found = request.each(&format!("{list}/*/product/productConfiguration"));
    let found: Vec<Part> = found.into_iter().filter(|part| !part.value.is_null()).collect();
    some(&found, "configuration")?;
    for part in found {
        let kind = part.value["@type"].as_str().unwrap_or_default();
        part.so(kind.starts_with("urn:"), "to name its schema in @type, as urn:...")?;
    }
    Ok(())
}

/// Nothing of a product stands outside its configuration.
pub fn only_in_configuration(request: &Answer) -> Check {
    let outside = request.unexpected.iter().find(|member| member.contains("/product/"));
    match outside {
        Some(member) => Err(request.fail("attributes of a product in its configuration only", member)),
        None => Ok(()),
    }
}

/// A change sends the whole product: what the inventory has of these members is there.
pub fn whole_product(stage: &Stage, request: &Answer, list: &str) -> Check {
    for item in of_action(request, list, "modify")? {
        let id = item
            .value
            .pointer("/product/id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(known) = stage.desk.lock().shelf.get("product", id).cloned() else {
            return Err(request.fail(format!("{}/product/id of a product in service", item.pointer), id));
        };
        for member in ["productRelationship", "place"] {
            if known.get(member).is_some() {
                request.at(&format!("{}/product/{member}", item.pointer)).filled()?;
            }
        }
        same_members(request, &item, &known)?;
    }
    Ok(())
}

/// Every attribute of the configuration in service is there, with any value.
fn same_members(request: &Answer, item: &Part, known: &Value) -> Check {
    let configuration = known["productConfiguration"].as_object();
    for name in configuration.into_iter().flat_map(|object| object.keys()) {
        request
            .at(&format!(
                "{}/product/productConfiguration/{}",
                item.pointer,
                name.replace('/', "~1")
            ))
            .given()?;
    }
    Ok(())
}

/// A changed offering is one of the same specification, as the profile knows them.
pub fn same_specification(stage: &Stage, request: &Answer, list: &str) -> Check {
    let specifications = &stage.profile.agreed.specifications;
    for item in of_action(request, list, "modify")? {
        let text = |value: &Value, at: &str| value.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = text(&item.value, "/product/id");
        let known = stage.desk.lock().shelf.get("product", &id).cloned().unwrap_or_default();
        let (was, is) = (
            text(&known, "/productOffering/id"),
            text(&item.value, "/product/productOffering/id"),
        );
        let same =
            was == is || (specifications.contains_key(&is) && specifications.get(&was) == specifications.get(&is));
        let expected = format!("an offering of the same specification as {was}");
        request.so(
            same,
            expected,
            format!("{}/product/productOffering/id is {is}", item.pointer),
        )?;
    }
    Ok(())
}
