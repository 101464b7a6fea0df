//! The last reads of a run, when nothing disturbs any more: everything each Buyer has, page by page,
//! and each thing by its id.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::buyer::{Buyer, Outcome, Request};
use crate::ops;
use crate::run::{Log, Sync};
use crate::states::Kind;

const PAGE: usize = 500;
const AT_ONCE: usize = 16;

/// Where each kind is listed.
pub const KINDS: [(Kind, &str); 3] = [
    (Kind::Quote, ops::QUOTE),
    (Kind::Order, ops::ORDER),
    (Kind::CancelOrder, "productOrderingManagement/v11/cancelProductOrder"),
];

/// Reads a page or document until it is there: the Seller may still be starting.
async fn read(buyer: &Buyer, path: &str) -> Result<(u16, Value)> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        match buyer.ask(&Request::get(path)).await {
            Outcome::Answer { status, text } if status < 500 && status != 401 && status != 429 => {
                return Ok((status, serde_json::from_str(&text).unwrap_or_default()));
            }
            Outcome::Answer { status, text } if Instant::now() > until => bail!("GET {path}: {status} {text}"),
            Outcome::Unknown(error) if Instant::now() > until => bail!("GET {path}: {error}"),
            Outcome::Answer { .. } | Outcome::Unknown(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// The elements of all pages of a kind.
pub async fn listed(buyer: &Buyer, base: &str, more: &str) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    loop {
        let path = format!("{base}?limit={PAGE}&offset={}{more}", all.len());
        let (status, page) = read(buyer, &path).await?;
        let Value::Array(page) = page else {
            bail!("GET {path}: {status} {page}");
        };
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// Reads everything and writes it to `final.jsonl`.
pub async fn keep(folder: &Path, buyers: &[Arc<Buyer>]) -> Result<()> {
    let log = Log::open(folder, "final.jsonl")?;
    for buyer in buyers {
        for (kind, base) in KINDS {
            let listed = listed(buyer, base, "").await?;
            let log = &log;
            stream::iter(listed)
                .map(|one| async move {
                    let id = one["id"].as_str().unwrap_or_default();
                    let (status, body) = read(buyer, &format!("{base}/{id}")).await?;
                    log.add(&trimmed((kind, buyer.name), &one, status, &body), Sync::Later)
                })
                .buffer_unordered(AT_ONCE)
                .try_collect::<Vec<()>>()
                .await?;
        }
    }
    Ok(())
}

fn trimmed((kind, tenant): (Kind, &str), listed: &Value, status: u16, body: &Value) -> Value {
    let changes = body["stateChange"].as_array().into_iter().flatten();
    let states: Vec<&Value> = changes.map(|change| &change["state"]).collect();
    json!({
        "kind": format!("{kind:?}"), "tenant": tenant, "id": listed["id"], "listed": listed["state"], "status": status,
        "state": body["state"], "ext": body["externalId"], "states": states, "order": body["productOrder"]["productOrderId"],
    })
}
