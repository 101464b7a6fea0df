//! Rules of site queries: sites of the book at exactly one address, filtered.

use std::sync::Arc;

use serde_json::Value;

use crate::api::items::places::is_open;
use crate::api::items::{list as elements, text};
use crate::book::{Address, Site};
use crate::document::{Checked, Object};
use crate::failure::Problem;
use crate::rules::Context;

/// How an answer names the address of a site when the request does not say.
const PLACE_TYPE: &str = "GeographicAddressRef";

/// `POST /geographicSite`: the sites the body asks for. No site and an ambiguous place are no
/// errors: the list is empty.
pub fn list(input: &Checked, ctx: &Context<'_>) -> Result<Vec<Value>, Vec<Problem>> {
    let query = input.body();
    let Some(place) = query.get("place").and_then(Value::as_object) else {
        return Err(vec![Problem::missing(
            "/place",
            "Needed is the address whose sites are wanted.",
        )]);
    };
    let place_type = match text(place, "@type") {
        "" => PLACE_TYPE,
        given => given,
    };
    let Some(address) = find(place, place_type, ctx).filter(|address| is_open(ctx, address)) else {
        return Ok(Vec::new());
    };
    let sites = ctx.book.sites_at(&address.id).into_iter();
    Ok(sites
        .map(|site| wire(&site, ctx, place_type))
        .filter(|site| is_public(site) && matches(query, site))
        .map(Value::Object)
        .collect())
}

/// `GET /geographicSite/{id}`. Private and foreign sites are as unknown as those that do not exist.
pub fn get(ctx: &Context<'_>, id: &str) -> Option<Object> {
    let site = ctx.book.site(id)?;
    let address = ctx.book.address(&site.address_id)?;
    Some(wire(&site, ctx, PLACE_TYPE)).filter(|body| is_open(ctx, &address) && is_public(body))
}

fn find(place: &Object, place_type: &str, ctx: &Context<'_>) -> Option<Arc<Address>> {
    if place_type == PLACE_TYPE {
        return ctx.book.address(text(place, "id"));
    }
    ctx.book.find_address(place).best
}

fn wire(site: &Site, ctx: &Context<'_>, place_type: &str) -> Object {
    let mut body = site.json(ctx.book, place_type);
    let href = format!(
        "{}/mefApi/sonata/geographicSiteManagement/v8/geographicSite/{}",
        ctx.company.base_url, site.id
    );
    body.insert("href".into(), Value::String(href));
    body
}

fn is_public(site: &Object) -> bool {
    text(site, "siteRestrictionType") != "private"
}

/// Texts match in part and in any case; the two enums and every sub unit must be equal.
fn matches(query: &Object, site: &Object) -> bool {
    let has_text = |name: &&str| {
        let wanted = text(query, name).to_lowercase();
        text(site, name).to_lowercase().contains(&wanted)
    };
    let equal = |name: &&str| query.get(*name).is_none_or(|wanted| site.get(*name) == Some(wanted));
    let units = elements(site, "subUnit");
    ["name", "administrativeAuthority", "customerName"].iter().all(has_text)
        && ["siteRestrictionType", "networkType"].iter().all(equal)
        && elements(query, "subUnit").iter().all(|wanted| units.contains(wanted))
}
