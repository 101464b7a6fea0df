//! Background work that waits for a person.

use serde_json::{Value, json};

use super::{CommandError, company, done};
use crate::app::App;

pub async fn run(app: &App, action: super::Job) -> Result<Value, CommandError> {
    match action {
        super::Job::List { who } => {
            let company = company::of(app, &who).await?;
            let parked = app.store.parked_jobs(&company.id).await?;
            let rows = parked.iter().map(|parked| {
                json!({
                    "id": parked.job.id,
                    "partner": parked.job.scope.partner,
                    "resource": parked.job.resource,
                    "document": parked.job.document_id,
                    "kind": parked.job.kind,
                    "tries": parked.job.attempt,
                    "error": parked.error,
                })
            });
            Ok(rows.collect())
        }
        super::Job::Replay { id, who } => {
            let company = company::of(app, &who).await?;
            if app.store.job(&company.id, &id).await?.is_none() {
                return Err(
                    CommandError::new(format!("{} has no job {id:?}", company.id)).hint("`segue job list` shows them.")
                );
            }
            app.store.replay_job(&id, app.business.now()).await?;
            app.store
                .audit(super::operator(&company, "job.replay", &format!("job/{id}")))
                .await?;
            Ok(done("the job is due again"))
        }
    }
}
