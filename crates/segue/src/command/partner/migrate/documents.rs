//! What is open between us and a partner, and what is told otherwise about it in another version.

use std::collections::{BTreeMap, BTreeSet};

use segue_model::document::{Document, Side};
use segue_model::lifecycle::Lifecycle;
use segue_model::party::{Agreement, Role};
use segue_model::release::change::{Change, Lost};
use segue_model::release::translate;
use serde_json::{Value, json};

use crate::app::App;
use crate::command::CommandError;

/// Documents of one kind that are looked at for losses, the newest first: enough to find every
/// member that a partner uses, few enough to wait for.
const LOOKED_AT_MAX: u32 = 1_000;

/// Member and what becomes of it; documents it is in, and one example.
type Losses = BTreeMap<(String, &'static str), (BTreeSet<String>, String)>;

/// Rows of what is open by kind and state, and of what is told otherwise.
pub(super) async fn look(
    app: &App,
    agreement: &Agreement,
    change: &Change,
) -> Result<(Vec<Value>, Vec<Value>), CommandError> {
    let side = match agreement.role {
        Role::Seller => Side::Seller,
        Role::Buyer => Side::Buyer,
    };
    let (mut open, mut losses) = (Vec::new(), Losses::new());
    for resource in translate::newest(change.to).resources {
        let Some(lifecycle) = resource.lifecycle else { continue };
        let states = open_states(app, agreement, (side, resource.stored), lifecycle).await?;
        for (state, count) in &states {
            open.push(json!({ "kind": resource.stored, "state": state, "count": count }));
        }
        // The answers of a Seller are its own, in whatever version.
        if side == Side::Seller {
            let states: Vec<String> = states.into_iter().map(|(state, _)| state).collect();
            let about = (side, resource.stored);
            let documents = app
                .store
                .documents_in(&agreement.scope(), about, &states, LOOKED_AT_MAX)
                .await?;
            for document in &documents {
                add(&mut losses, document, of_document(app, change, document).await?);
            }
        }
    }
    Ok((open, losses.into_iter().map(row).collect()))
}

/// States that may still change, and how many are in each.
async fn open_states(
    app: &App,
    agreement: &Agreement,
    (side, resource): (Side, &str),
    lifecycle: &Lifecycle,
) -> Result<Vec<(String, u64)>, CommandError> {
    let mut states = app.store.states(&agreement.scope(), side, resource).await?;
    states.retain(|(state, _)| !lifecycle.is_final(state));
    Ok(states)
}

/// What is told otherwise about one document; what was sent is looked at where it came in the version
/// spoken until now.
async fn of_document(app: &App, change: &Change, document: &Document) -> Result<Vec<Lost>, CommandError> {
    let received = app.store.received(&document.scope, &document.id).await?;
    let first = received
        .iter()
        .find(|one| one.revision == 1 && one.version == change.from.version);
    let sent: Option<Value> = first.and_then(|first| serde_json::from_str(&first.text).ok());
    let body = Value::Object(document.body.clone());
    Ok(change.losses(&document.resource, (&body, sent.as_ref())))
}

fn add(losses: &mut Losses, document: &Document, lost: Vec<Lost>) {
    for Lost {
        pointer,
        member,
        becomes,
    } in lost
    {
        let example = || format!("{} {} {pointer}", document.resource, document.id);
        let (documents, _) = losses
            .entry((member, becomes))
            .or_insert_with(|| (BTreeSet::new(), example().trim_end().to_owned()));
        documents.insert(document.id.clone());
    }
}

fn row(((member, becomes), (documents, example)): ((String, &str), (BTreeSet<String>, String))) -> Value {
    json!({
        "member": member,
        "becomes": becomes,
        "documents": documents.len(),
        "for example": example,
    })
}
