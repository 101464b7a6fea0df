//! `segue partner versions`: which API versions are used between us and a partner, beside what the
//! agreements say about them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use segue_model::describe::{Api, Lifeline};
use segue_model::party::{Agreement, Partner, Role};
use segue_model::{api, time};
use segue_store::Traffic;
use serde_json::{Value, json};

use super::of;
use crate::app::App;
use crate::command::{CommandError, Who, company};

/// Our role, name and version of an API.
type Key = (&'static str, String, u32);

/// A row for each version that is agreed or was used, of one partner or all of a company.
pub(super) async fn run(app: &App, name: Option<&str>, who: &Who) -> Result<Value, CommandError> {
    let partners = match name {
        Some(name) => vec![of(app, name, who).await?.1],
        None => app.store.partners(&company::of(app, who).await?.id).await?,
    };
    // What was called until now is told too.
    app.gate.write_counts().await?;
    let mut rows = Vec::new();
    for partner in &partners {
        rows.extend(of_partner(app, partner).await?);
    }
    Ok(Value::Array(rows))
}

async fn of_partner(app: &App, partner: &Partner) -> Result<Vec<Value>, CommandError> {
    let scope = partner.scope();
    let now = app.wall.now();
    let mut rows: BTreeMap<Key, Value> = BTreeMap::new();
    for used in app.store.traffic(&scope).await? {
        let row = row(partner, (used.role, &used.api, used.version), Some(&used));
        rows.insert(key(used.role, &used.api, used.version), row);
    }
    let mut agreed: BTreeMap<Key, (&'static str, Option<Timestamp>)> = BTreeMap::new();
    for role in [Role::Seller, Role::Buyer] {
        let Some(agreement) = app.store.agreement_in_force(&scope, role, now).await? else {
            continue;
        };
        for api in api::served() {
            if let Some(told) = standing(&agreement, api, now) {
                agreed.insert(key(role, api.name, api.version), told);
                rows.entry(key(role, api.name, api.version))
                    .or_insert_with(|| row(partner, (role, api.name, api.version), None));
            }
        }
    }
    let told = rows.into_iter().map(|(key, mut row)| {
        let (standing, until) = agreed.get(&key).copied().unwrap_or(("not agreed", None));
        row["agreement"] = json!(standing);
        row["until"] = json!(until.map(time::text));
        row
    });
    Ok(told.collect())
}

fn key(role: Role, api: &str, version: u32) -> Key {
    (role.as_str(), api.to_owned(), version)
}

fn row(partner: &Partner, (role, name, version): (Role, &str, u32), used: Option<&Traffic>) -> Value {
    let served_by = api::find_served(name, version).map(|api| api.served_by);
    let caller = match (role, served_by) {
        (Role::Seller, Some(Lifeline::Buyer)) | (Role::Buyer, Some(Lifeline::Seller)) => "we",
        (Role::Seller, Some(Lifeline::Seller) | None) | (Role::Buyer, Some(Lifeline::Buyer) | None) => "they",
    };
    json!({
        "partner": partner.id,
        "weAre": role,
        "api": name,
        "version": version,
        "caller": caller,
        "agreement": null,
        "until": null,
        "calls": used.map_or(0, |used| used.calls),
        "refused": used.map_or(0, |used| used.refused),
        "firstAt": used.map(|used| time::text(used.first_at)),
        "lastAt": used.map(|used| time::text(used.last_at)),
    })
}

/// What an agreement says about an API version, and when it ends; none where it says nothing.
/// Events go in the version of the hub they were registered for at.
fn standing(agreement: &Agreement, api: &'static Api, now: Timestamp) -> Option<(&'static str, Option<Timestamp>)> {
    let of = |api: &Api| match agreement.end_of(api.name, api.version) {
        Some(ending) if now < ending.until => Some(("ending", Some(ending.until))),
        Some(ending) => Some(("ended", Some(ending.until))),
        None => agreement.opens(api.name, api.version, now).then_some(("agreed", None)),
    };
    match api.served_by {
        Lifeline::Seller => of(api),
        Lifeline::Buyer => {
            let told = |management: &&'static Api| {
                let hears = management.notification();
                hears.is_some_and(|hears| std::ptr::eq(hears, api))
            };
            api::served().filter(told).find_map(of)
        }
    }
}
