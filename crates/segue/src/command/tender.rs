//! Shopping: one list of sites asked of several Sellers, offers side by side, one of them ordered.

mod words;

use std::sync::Arc;
use std::time::Duration;

use segue_buyer::{Shop, Stopped};
use segue_model::id::{CompanyId, PartnerId, Scope, new_id};
use segue_model::party::{self, Company};
use segue_model::tender::{self, Asked, Offer, OfferId, Visit};
use segue_model::time;
use serde_json::{Value, json};

use super::{CommandError, Progress, Who, buy, company};
use crate::app::App;

pub use words::{Asking, OfferName, Pace, Tender};

/// Words about single lines that are told; a list that is wrong is wrong in every line.
const TOLD_MAX: usize = 20;

pub async fn run(app: &App, action: Tender, progress: Progress<'_>) -> Result<Value, CommandError> {
    match action {
        Tender::Ask(asking) => ask(app, &asking, progress).await,
        Tender::Resume { number, pace, who } => {
            let company = company::of(app, &who).await?;
            let tender = of(app, &company.id, number).await?;
            go(app, (company, tender), &pace, progress).await
        }
        Tender::List { who } => list(app, &who).await,
        Tender::Show { number, who, .. } => {
            let company = company::of(app, &who).await?;
            let tender = of(app, &company.id, number).await?;
            answer(app, (&company.id, &tender), &[]).await
        }
        Tender::Order { offer, date, who } => order(app, (&offer.0, date), &who, progress).await,
    }
}

async fn of(app: &App, company: &CompanyId, number: u32) -> Result<tender::Tender, CommandError> {
    let found = app.store.tender(company, number).await?;
    found.ok_or_else(|| {
        CommandError::new(format!("{company} has no tender {number}")).hint("`segue tender list` lists them.")
    })
}

/// `buy quote --from`
async fn ask(app: &App, asking: &Asking, progress: Progress<'_>) -> Result<Value, CommandError> {
    let company = company::of(app, &asking.who).await?;
    let read = tender::read_sites(&asking.from.text);
    let told = |told: &tender::Told| format!("{}, line {}: {}", asking.from.name, told.line, told.what);
    if !read.problems.is_empty() && (!asking.skip_bad || read.sites.is_empty()) {
        let count = read.problems.len();
        let lines: Vec<String> = read.problems.iter().take(TOLD_MAX).map(told).collect();
        let more = if count > TOLD_MAX {
            format!("\n  and {} more", count - TOLD_MAX)
        } else {
            String::new()
        };
        let what = format!(
            "{count} problem(s) in the list; nothing was sent:\n  {}{more}",
            lines.join("\n  ")
        );
        return Err(CommandError::new(what).hint("Repair the lines, or leave them out with --skip-bad."));
    }
    for line in read.problems.iter().take(TOLD_MAX) {
        progress(json!({ "left out": told(line) }));
    }
    for line in read.changes.iter().take(TOLD_MAX) {
        progress(json!({ "note": told(line) }));
    }
    if read.changes.len() > TOLD_MAX {
        progress(json!({ "note": format!("{} more like these", read.changes.len() - TOLD_MAX) }));
    }
    if read.sites.is_empty() {
        return Err(CommandError::new(format!("{} has no site", asking.from.name)));
    }
    let sellers = sellers(app, &company, asking).await?;
    let mut wanted = tender::Tender {
        number: 0,
        key: new_id(),
        sites: read.sites,
        sellers,
        terms: asking.terms.clone(),
        bandwidths: asking.bandwidths.clone(),
        later: asking.later.clone(),
    };
    // The same thing twice is one thing.
    wanted.terms.sort_unstable();
    wanted.terms.dedup();
    wanted.bandwidths.sort_unstable();
    wanted.bandwidths.dedup();
    let stored = app.store.put_tender(&company.id, wanted).await?;
    progress(
        json!({ "tender": stored.number, "what": format!("{} site(s) at {} Seller(s)", stored.sites.len(), stored.sellers.len()) }),
    );
    go(app, (company, stored), &asking.pace, progress).await
}

/// Whom to ask. `all` are those we have an agreement with as a Buyer.
async fn sellers(app: &App, company: &Company, asking: &Asking) -> Result<Vec<Asked>, CommandError> {
    let all = asking.sellers.iter().any(|name| name == "all");
    let mut sellers: Vec<Asked> = Vec::new();
    for partner in app.store.partners(&company.id).await? {
        let is_named = asking.sellers.iter().any(|name| name == partner.id.as_str());
        if !all && !is_named {
            continue;
        }
        let now = app.wall.now();
        let agreement = app
            .store
            .agreement_in_force(&partner.scope(), party::Role::Buyer, now)
            .await?;
        match agreement {
            Some(_) if partner.suspended && !is_named => {}
            Some(_) => sellers.push(Asked {
                seller: partner.id,
                enni: None,
            }),
            None if is_named => {
                return Err(
                    CommandError::new(format!("there is no agreement to buy from {}", partner.id))
                        .hint("Import their card with `segue partner import CARD --as buyer`."),
                );
            }
            None => {}
        }
    }
    let known = |name: &str| sellers.iter().any(|asked| asked.seller.as_str() == name);
    if let Some(name) = asking.sellers.iter().find(|name| *name != "all" && !known(name)) {
        return Err(CommandError::new(format!("{} has no partner {name:?}", company.id))
            .hint("`segue partner list` lists them."));
    }
    if sellers.is_empty() {
        return Err(CommandError::new("there is no Seller to ask")
            .hint("Import the card of one with `segue partner import CARD --as buyer`."));
    }
    for pair in &asking.enni {
        let named = pair.split_once('=');
        let asked = named.and_then(|(seller, _)| sellers.iter_mut().find(|asked| asked.seller.as_str() == seller));
        let (Some((_, enni)), Some(asked)) = (named, asked) else {
            return Err(CommandError::new(format!(
                "--enni {pair} does not name a Seller that is asked: SELLER=ID"
            )));
        };
        asked.enni = Some(enni.to_owned());
    }
    Ok(sellers)
}

/// Works until all is answered or the time is over.
async fn go(
    app: &App,
    (company, tender): (Company, tender::Tender),
    pace: &Pace,
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let id = company.id.clone();
    let products = app.seller.product_sets().current(&id).await?.products;
    let shop = Shop {
        buyer: Arc::clone(&app.buyer),
        company,
        products,
        tender: tender.clone(),
        parallel: usize::try_from(pace.parallel).unwrap_or(1),
        timeout: Duration::from_secs(pace.timeout),
    };
    let last = std::sync::Mutex::new(None);
    let stopped = shop.run(|counts| {
        // The same figures again are no news.
        let Ok(mut last) = last.lock() else { return };
        if last.as_ref() != Some(&counts) {
            let bars = counts.iter().map(|(seller, done, all)| {
                json!({ "what": format!("{seller}: {done} of {all} sites"), "done": done, "of": all })
            });
            progress(json!({ "bars": bars.collect::<Vec<_>>() }));
            *last = Some(counts);
        }
    });
    let stopped = stopped.await?;
    answer(app, (&id, &tender), &stopped).await
}

/// The table, and what is open.
async fn answer(
    app: &App,
    (company, tender): (&CompanyId, &tender::Tender),
    stopped: &[Stopped],
) -> Result<Value, CommandError> {
    let visits = app.store.visits(company, tender.number).await?;
    let open = visits.iter().filter(|visit| !visit.is_done()).count();
    let rows = tender::rows(tender, &visits, app.business.now());
    let offers = rows.iter().filter(|row| row.contains_key("offer")).count();
    let expired = rows
        .iter()
        .filter(|row| row.get("state") == Some(&json!("expired")))
        .count();
    let mut answer = json!({
        "tender": tender.number,
        "state": if open == 0 { "done" } else { "open" },
        "sites": tender.sites.len(),
        "sellers": tender.sellers.iter().map(|asked| &asked.seller).collect::<Vec<_>>(),
        "visits": visits.len(),
        "open": open,
        "offers": offers,
        "rows": rows,
    });
    if !stopped.is_empty() {
        let cells = stopped
            .iter()
            .map(|one| json!({ "seller": one.seller, "stopped": one.why }));
        answer["stopped"] = cells.collect();
    }
    if expired > 0 {
        answer["expired"] = json!(format!("{expired}; to have such offers again, ask again"));
    }
    if open > 0 {
        answer["next"] = json!(format!("segue tender resume {}", tender.number));
    }
    Ok(answer)
}

/// `tender list`
async fn list(app: &App, who: &Who) -> Result<Value, CommandError> {
    let company = company::of(app, who).await?;
    let rows = app.store.tenders(&company.id).await?;
    let row = |row: &segue_store::TenderRow| {
        let (all, done) = row.visits;
        let tender = &row.tender;
        json!({
            "tender": tender.number,
            "begun": time::text(row.created_at),
            "sites": tender.sites.len(),
            "sellers": tender.sellers.iter().map(|asked| asked.seller.as_str()).collect::<Vec<_>>().join(", "),
            "bandwidths": tender.bandwidths,
            "terms": tender.terms,
            "state": if all == done { "done".to_owned() } else { format!("{} of {all} open", all - done) },
        })
    };
    Ok(rows.iter().map(row).collect())
}

/// `buy order --offer`
async fn order(
    app: &App,
    (name, date): (&str, Option<String>),
    who: &Who,
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let company = company::of(app, who).await?;
    let id: OfferId = name.parse().map_err(CommandError::new)?;
    let tender = of(app, &company.id, id.tender).await?;
    let visits = app.store.visits(&company.id, tender.number).await?;
    let missing = || {
        CommandError::new(format!("there is no offer {name}"))
            .hint(format!("`segue tender show {}` lists those there are.", id.tender))
    };
    let visit = visits
        .iter()
        .find(|visit| visit.site == id.site && visit.seller == id.seller);
    let (visit, quote, offer) = visit.and_then(|visit| offered(visit, &id)).ok_or_else(missing)?;
    if offer.is_over(app.business.now()) {
        let address = visit.address_id.as_deref().unwrap_or_default();
        let again = format!(
            "Ask again: segue buy quote {} --address {address} --bandwidth {}M --term {}",
            id.seller, id.bandwidth, id.term
        );
        let until = offer.valid_until.as_deref().unwrap_or_default();
        return Err(CommandError::new(format!("the offer {id} was valid until {until}")).hint(again));
    }
    let scope = Scope {
        company: company.id,
        partner: PartnerId::new(id.seller.as_str()),
    };
    buy::order(app, &scope, (&quote, date), progress).await
}

/// The quote behind an offer, and what it says.
fn offered<'v>(visit: &'v Visit, id: &OfferId) -> Option<(&'v Visit, String, &'v Offer)> {
    let rate = visit.rates.iter().find(|rate| rate.bandwidth == id.bandwidth)?;
    let quote = rate.quotes.iter().find(|quote| quote.term == id.term)?;
    let offer = quote.offer.as_ref().filter(|offer| offer.orderable)?;
    Some((visit, quote.request.id.clone()?, offer))
}
