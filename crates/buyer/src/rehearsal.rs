//! How requests of one command are made: in whose name, and whether they leave at all. A rehearsal
//! sends nothing and stores nothing; it shows the first request that would leave.

use std::sync::{Arc, Mutex};

use segue_gate::calls::Outgoing;
use segue_model::describe::Operation;
use segue_model::id::Scope;
use serde_json::json;

use crate::checks::Checks;
use crate::older::Leaving;
use crate::{Ask, Buyer, BuyerError};

/// Notes kept for one command: more are not read.
const NOTES_MAX: usize = 20;

/// How requests are made.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Show what would be sent, and send nothing.
    pub rehearsal: bool,
    /// Which of our parties asks; without it our main one, where there are several.
    pub buyer_id: Option<String>,
    /// Which of their parties is asked; without it their main one, where there are several.
    pub seller_id: Option<String>,
}

impl Buyer {
    /// The same client with other manners.
    pub fn in_manner(&self, manner: Manner) -> Arc<Self> {
        Arc::new(Self {
            parts: self.parts.clone(),
            manner,
            flying: Arc::clone(&self.flying),
            heard: Arc::clone(&self.heard),
            notes: Some(Mutex::default()),
        })
    }

    /// What was odd about the requests made in this manner until now, each once.
    pub fn take_notes(&self) -> Vec<String> {
        let notes = self.notes.as_ref().and_then(|notes| notes.lock().ok());
        notes.map_or_else(Vec::new, |mut notes| std::mem::take(&mut *notes))
    }

    pub(crate) fn note(&self, warning: String) {
        if let Some(Ok(mut notes)) = self.notes.as_ref().map(Mutex::lock)
            && notes.len() < NOTES_MAX
            && !notes.contains(&warning)
        {
            notes.push(warning);
        }
    }

    /// Whether nothing is sent.
    pub fn is_rehearsal(&self) -> bool {
        self.manner.rehearsal
    }

    /// What would leave now: the request without its secrets, and what it was held against.
    pub(crate) async fn rehearsed(
        &self,
        scope: &Scope,
        (operation, leaving): (&Operation, &Leaving),
        (ask, checks): (&Ask<'_>, Checks),
    ) -> BuyerError {
        let query = leaving.query();
        let outgoing = Outgoing {
            scope,
            operation,
            base_url: None,
            id: ask.id,
            query: &query,
            body: leaving.body.as_ref(),
            idempotency_key: None,
            trace: "",
        };
        let url = match self.parts.calls.target(outgoing).await {
            Ok(url) => url,
            Err(source) => {
                return BuyerError::Call {
                    partner: scope.partner.clone(),
                    source: Box::new(source),
                };
            }
        };
        let mut headers = json!({
            "accept": "application/json;charset=utf-8",
            "authorization": "Bearer (a token of theirs)",
            "x-request-id": "(a new one)",
            "traceparent": "(a new one)",
        });
        if leaving.body.is_some() {
            headers["content-type"] = json!("application/json;charset=utf-8");
            headers["idempotency-key"] = json!("(a new one, the same for each try)");
        }
        let mut shown = json!({
            "dryRun": true,
            "method": operation.method,
            "url": url.as_str(),
            "headers": headers,
            "checked": checks.passed,
            "warnings": checks.warnings,
        });
        if let Some(body) = &leaving.body {
            shown["body"] = body.clone();
        }
        BuyerError::Rehearsed(Box::new(shown))
    }
}
