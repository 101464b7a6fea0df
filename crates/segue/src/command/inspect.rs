//! Questions about what happened: why, who, when.

use segue_model::commit::Decision;
use segue_model::document::{Document, Side};
use segue_model::party::Company;
use segue_store::{ChainState, Stats};
use serde_json::{Value, json};

use super::{Audit, CommandError, Who, company};
use crate::app::App;

/// `segue status`
pub async fn status(app: &App) -> Result<Value, CommandError> {
    let mut companies = Vec::new();
    for company in app.store.companies().await? {
        let partners = app.store.partners(&company.id).await?;
        companies.push(json!({
            "id": company.id,
            "name": company.name,
            "baseUrl": company.base_url,
            "partners": partners.len(),
            "book": app.store.book_version(&company.id).await?,
        }));
    }
    let stats = app.store.stats(app.business.now()).await?;
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "listen": app.config.listen,
        "database": app.database,
        "nodes": app.store.nodes().await?,
        "leads": app.store.leads(),
        "businessTime": segue_model::time::text(app.business.now()),
        "clockSpeed": app.config.clock.speed,
        "store": figures(&stats),
        "companies": companies,
        "connectors": app.config.connector.iter().map(|one| json!({ "name": one.name, "url": one.url, "deadlineSeconds": one.deadline_seconds })).collect::<Vec<_>>(),
    }))
}

/// An identifier, and where to look for it.
type Sought<'a> = (&'a str, &'a Who);

/// Where something of this identifier may be: in the company named, or in any of ours.
async fn places(app: &App, who: &Who) -> Result<Vec<Company>, CommandError> {
    match who.company {
        Some(_) => Ok(vec![company::of(app, who).await?]),
        None => Ok(app.store.companies().await?),
    }
}

/// The document of this id. When one company of ours buys from another, both have it: the
/// Seller's is the original, the Buyer's the mirror.
async fn known(app: &App, (id, who): Sought<'_>) -> Result<Document, CommandError> {
    let mut found: Option<Document> = None;
    for company in places(app, who).await? {
        match app.store.company_document(&company.id, id).await? {
            Some(original) if original.side == Side::Seller => return Ok(original),
            mirror => found = found.or(mirror),
        }
    }
    found.ok_or_else(|| {
        CommandError::new(format!("nothing here has the identifier {id:?}"))
            .hint("Identifiers of quotes, orders and products stand in the answers of `segue buy` and `segue inventory list`.")
    })
}

/// What a document is, in short.
fn head(document: &Document) -> Value {
    json!({
        "id": document.id,
        "company": document.scope.company,
        "resource": document.resource,
        "side": document.side,
        "partner": document.scope.partner,
        "state": document.state,
    })
}

/// `segue explain`: the decisions on a document, or one decision.
pub async fn explain(app: &App, sought: Sought<'_>) -> Result<Value, CommandError> {
    for company in places(app, sought.1).await? {
        if let Some(decision) = app.store.decision(&company.id, sought.0).await? {
            return Ok(json!({ "decisions": [segue_seller::legible(decision)] }));
        }
    }
    let document = known(app, sought).await?;
    let decisions = app.store.decisions(&document.scope.company, sought.0).await?;
    let decisions: Vec<Decision> = decisions.into_iter().map(segue_seller::legible).collect();
    let mut answer = head(&document);
    answer["agreementVersion"] = json!(document.agreement_version);
    answer["note"] = json!(match (decisions.is_empty(), document.side) {
        (true, Side::Buyer) => "the Seller decided this: ask there",
        (true, Side::Seller) => "nothing was decided about it here",
        (false, _) => "inputs and outcome of each decision: --json",
    });
    answer["decisions"] = json!(decisions);
    let holds = app
        .store
        .holds_of(&document.scope.company, sought.0, app.business.now())
        .await?;
    let holds = holds.into_iter().map(|held| {
        json!({
            "item": held.item,
            "holds": held.key,
            "amount": held.amount,
            "until": held.expires_at.map_or_else(|| "for good".into(), segue_model::time::text),
        })
    });
    answer["holds"] = holds.collect();
    Ok(answer)
}

/// `segue explain --replay`: fails when anything comes out differently.
pub async fn replay(app: &App, sought: Sought<'_>) -> Result<Value, CommandError> {
    let document = known(app, sought).await?;
    let replayed = app.seller.replay(&document.scope.company, &document).await?;
    let changed = replayed.iter().filter(|decision| !decision.same).count();
    if changed > 0 {
        let which = replayed
            .iter()
            .filter(|decision| !decision.same)
            .map(|decision| decision.id.as_str());
        return Err(CommandError::new(format!(
            "{changed} of {} decisions come out differently now",
            replayed.len()
        ))
        .hint(format!(
            "Look at them with `segue explain`: {}.",
            which.collect::<Vec<_>>().join(", ")
        )));
    }
    let mut answer = head(&document);
    answer["done"] = json!(format!(
        "{} decisions, each the same again byte for byte",
        replayed.len()
    ));
    answer["decisions"] = json!(replayed);
    Ok(answer)
}

/// `segue history`: every revision with what it comes of and how it differs, and the text partners sent.
pub async fn history(app: &App, sought: Sought<'_>) -> Result<Value, CommandError> {
    let document = known(app, sought).await?;
    let id = sought.0;
    let company = &document.scope.company;
    let received = app.store.company_received(company, id).await?;
    let mut rows = Vec::new();
    for row in app.store.company_history(company, id).await? {
        let sent = received.iter().find(|sent| sent.revision == row.revision);
        rows.push(json!({
            "at": segue_model::time::text(row.at),
            "revision": row.revision,
            "state": row.state,
            "who": row.actor,
            "cause": row.cause,
            "storedAt": row.stored_at.map(segue_model::time::text),
            "sentBytes": sent.map(|sent| sent.text.len()),
            "apiVersion": sent.map(|sent| sent.version),
            "changes": row.changes,
        }));
    }
    let mut answer = head(&document);
    answer["revisions"] = Value::Array(rows);
    Ok(answer)
}

/// `segue history --revision`: the document as it was then, made of the newest one and what changed
/// since.
pub async fn revision(app: &App, sought: Sought<'_>, wanted: u64) -> Result<Value, CommandError> {
    let document = known(app, sought).await?;
    let rows = app.store.history(&document.scope, &document.id).await?;
    let lost = || {
        CommandError::new(format!("revision {wanted} of {} cannot be shown", document.id)).hint(format!(
            "There are 1 to {}; those stored by an older program have no differences to go back by.",
            document.revision
        ))
    };
    if wanted == 0 || wanted > document.revision {
        return Err(lost());
    }
    let mut body = document.body.clone();
    for row in rows.iter().rev().filter(|row| row.revision > wanted) {
        let changes = row.changes.as_deref().ok_or_else(lost)?;
        body = segue_model::revision::before(&body, changes).ok_or_else(lost)?;
    }
    Ok(Value::Object(body))
}

/// `segue audit`
pub async fn audit(app: &App, action: Audit) -> Result<Value, CommandError> {
    match action {
        Audit::List { limit } => {
            let rows = app.store.audit_rows(limit).await?;
            let row = |row: &segue_store::AuditRow| {
                let mut line = json!(row.entry);
                line["sequence"] = json!(row.seq);
                line["at"] = json!(segue_model::time::text(row.at));
                line["hash"] = json!(row.hash);
                line
            };
            Ok(rows.iter().map(row).collect())
        }
        Audit::Verify => match app.store.verify_audit().await? {
            ChainState::Whole { rows, head } => Ok(json!({ "done": "the chain is whole", "rows": rows, "head": head })),
            ChainState::Broken { at } => Err(CommandError::new(format!("the chain is broken at row {at}"))
                .hint("That row was changed, moved or removed after it was written.")),
        },
    }
}

/// The figures of the store by name; ages in seconds.
pub fn figures(stats: &Stats) -> Value {
    let age = |age: Option<jiff::SignedDuration>| age.map_or(0, |age| age.as_secs());
    json!({
        "documents": stats.documents,
        "jobsWaiting": stats.jobs_waiting,
        "jobsParked": stats.jobs_parked,
        "eventsWaiting": stats.deliveries_waiting,
        "eventsParked": stats.deliveries_parked,
        "inboxPending": stats.inbox_pending,
        "subscriptions": stats.subscriptions,
        "auditRows": stats.audit_rows,
        "oldestDueJobSeconds": age(stats.oldest_due_job),
        "oldestEventSeconds": age(stats.oldest_delivery),
        "oldestInboxSeconds": age(stats.oldest_inbox),
    })
}
