//! An event that is fired by hand: stored and delivered as any other, to those who listen. Nothing of
//! what it tells of has changed.

use segue_model::api;
use segue_model::commit::{Commit, Event};
use segue_model::describe::Api;
use segue_model::document::{Document, Side};
use segue_model::time::Clock;
use serde::Deserialize;
use serde_json::{Value, json};

use super::admin::Wrong;
use super::wire;
use super::world::World;

/// What to fire.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fired {
    /// Identifier of what it is about.
    id: String,
    /// Its type: `quoteStateChangeEvent`.
    event_type: String,
    /// Laid over what the event would say.
    #[serde(default)]
    event: serde_json::Map<String, Value>,
}

/// Fires it; tells what goes out.
pub async fn fire(world: &World, fired: Fired) -> Result<Value, Wrong> {
    let listens = |api: &&&Api| api.listener(&fired.event_type).is_some();
    let notification = api::all().iter().find(listens);
    let Some(notification) = notification else {
        return Err(Wrong::asked(format!("/eventType: there is no {}", fired.event_type)));
    };
    let document = document(world, &fired.id).await?;
    let mut payload = json!({ "id": document.id, "href": document.text("/href"), "state": document.state });
    let laid: Vec<(String, Value)> = fired
        .event
        .into_iter()
        .map(|(name, value)| (format!("/{name}"), value))
        .collect();
    wire::set(&mut payload, laid.iter().map(|(name, value)| (name, value)));
    let event = Event {
        id: segue_model::id::new_id(),
        scope: document.scope.clone(),
        api: notification.name.to_owned(),
        event_type: fired.event_type,
        lane: document.id.clone(),
        at: world.clock.now(),
        payload: payload.clone(),
    };
    let told = json!({ "eventId": event.id, "eventType": event.event_type, "event": payload });
    let commit = Commit {
        events: vec![event],
        ..Commit::default()
    };
    let stored = world.app.store.commit(commit).await;
    stored.map_err(|error| Wrong::from(anyhow::Error::new(error)))?;
    Ok(told)
}

/// An original of any company here.
async fn document(world: &World, id: &str) -> Result<Document, Wrong> {
    let store = &world.app.store;
    let failed = |error| Wrong::from(anyhow::Error::new(error));
    for company in store.companies().await.map_err(failed)? {
        let found = store.company_document(&company.id, id).await.map_err(failed)?;
        if let Some(document) = found.filter(|found| found.side == Side::Seller) {
            return Ok(document);
        }
    }
    Err(Wrong::unknown(format!("/id: no company here has {id}")))
}
