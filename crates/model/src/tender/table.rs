//! A tender as a table: what every Seller offers for every site, side by side.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{OfferId, Progress, Quote, Rate, Tender, Visit, ready_to_quote};
use crate::money;

/// Columns of a row, in their order.
const COLUMNS: [&str; 20] = [
    "offer",
    "site",
    "line",
    "seller",
    "address",
    "bandwidthMbps",
    "termMonths",
    "state",
    "serviceability",
    "level",
    "perMonth",
    "once",
    "total",
    "currency",
    "rank",
    "interval",
    "validUntil",
    "quote",
    "note",
    "whyNot",
];

/// One row for each offer, or for what stands in its place; by site, rate and term, the cheapest
/// over the term first (`rank` 1), what cannot be had last; what was offered and is over `now` too.
pub fn rows(tender: &Tender, visits: &[Visit], now: Timestamp) -> Vec<Map<String, Value>> {
    let mut groups: BTreeMap<(u32, u64, u32), Vec<Row>> = BTreeMap::new();
    for visit in visits {
        for row in of_visit(tender, visit, now) {
            groups.entry(row.group).or_default().push(row);
        }
    }
    let mut all = Vec::new();
    for rows in groups.values_mut() {
        // Amounts of two currencies are not compared: then the order is that of the Sellers.
        rows.sort_by_key(|row| (row.total.is_none(), row.total));
        let mut currencies: Vec<&str> = rows
            .iter()
            .filter(|row| row.total.is_some())
            .map(Row::currency)
            .collect();
        currencies.dedup();
        let comparable = currencies.len() == 1;
        for (index, row) in rows.iter_mut().enumerate() {
            if comparable && row.total.is_some() {
                row.cells.insert("rank".into(), json!(index + 1));
            }
            all.push(std::mem::take(&mut row.cells));
        }
    }
    all
}

/// Rows as CSV for a spreadsheet.
pub fn csv(rows: &[Value]) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let cell = |row: &Value, column: &&str| match &row[*column] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    // Writing into memory cannot fail.
    let _ = writer.write_record(COLUMNS);
    for row in rows {
        let _ = writer.write_record(COLUMNS.iter().map(|column| cell(row, column)));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

struct Row {
    /// Site, rate, term; the largest where a row stands for all of them.
    group: (u32, u64, u32),
    /// What can be ordered has one.
    total: Option<Decimal>,
    cells: Map<String, Value>,
}

impl Row {
    fn currency(&self) -> &str {
        self.cells["currency"].as_str().unwrap_or_default()
    }
}

fn of_visit(tender: &Tender, visit: &Visit, now: Timestamp) -> Vec<Row> {
    let site = tender.site(visit);
    let mut common = Map::new();
    common.insert("site".into(), json!(site.map(|site| &site.name)));
    common.insert("line".into(), json!(site.map(|site| site.line)));
    common.insert("seller".into(), json!(visit.seller));
    if let Some(address) = &visit.address_id {
        common.insert("address".into(), json!(address));
    }
    let alone = |bandwidth: Option<u64>, more: &[(&str, &str)]| {
        let mut cells = common.clone();
        cells.extend(more.iter().map(|(name, text)| ((*name).to_owned(), json!(text))));
        if let Some(bandwidth) = bandwidth {
            cells.insert("bandwidthMbps".into(), json!(bandwidth));
        }
        Row {
            group: (visit.site, bandwidth.unwrap_or(u64::MAX), u32::MAX),
            total: None,
            cells,
        }
    };
    if let Some(why) = &visit.why_not {
        return vec![alone(None, &[("whyNot", why)])];
    }
    if visit.address_id.is_none() {
        return vec![alone(None, &[("state", "open")])];
    }
    let mut rows = Vec::new();
    for rate in &visit.rates {
        let asked = &rate.qualification;
        if ready_to_quote(asked) {
            let of = |quote: &Quote| of_quote((tender.number, visit), (rate, quote), (&common, now));
            rows.extend(rate.quotes.iter().map(of));
            continue;
        }
        let state = if asked.progress == Progress::Done {
            &asked.state
        } else {
            "open"
        };
        let mut more = vec![("state", state), ("serviceability", asked.confidence.as_str())];
        if let Some(why) = &asked.reason {
            more.push(("whyNot", why));
        }
        rows.push(alone(Some(rate.bandwidth), &more));
    }
    rows
}

fn of_quote(
    (tender, visit): (u32, &Visit),
    (rate, quote): (&Rate, &Quote),
    (common, now): (&Map<String, Value>, Timestamp),
) -> Row {
    let mut cells = common.clone();
    let mut put = |name: &str, value: Value| cells.insert(name.to_owned(), value);
    let request = &quote.request;
    put("bandwidthMbps", json!(rate.bandwidth));
    put("termMonths", json!(quote.term));
    let state = if request.progress == Progress::Done {
        &request.state
    } else {
        "open"
    };
    put("state", json!(state));
    put("serviceability", json!(rate.qualification.confidence));
    if let Some(note) = &rate.qualification.reason {
        put("note", json!(note));
    }
    if let Some(why) = &request.reason {
        put("whyNot", json!(why));
    }
    if let Some(id) = &request.id {
        put("quote", json!(id));
    }
    let mut total = None;
    if let Some(offer) = quote.offer.as_ref().filter(|offer| offer.orderable) {
        let id = OfferId {
            tender,
            site: visit.site,
            seller: visit.seller.clone(),
            bandwidth: rate.bandwidth,
            term: quote.term,
        };
        if offer.is_over(now) {
            // What the Seller says too once it has seen to it.
            put("state", json!("expired"));
            put("whyNot", json!("its time is over; ask again"));
        } else {
            put("offer", json!(id.to_string()));
            total = Some(offer.total);
        }
        put("level", json!(offer.level));
        put("perMonth", money::number(offer.per_month.round_dp(2)));
        put("once", money::number(offer.once));
        put("total", money::number(offer.total.round_dp(2)));
        put("currency", json!(offer.currency));
        put("interval", offer.interval.map_or(Value::Null, crate::time::Span::json));
        put("validUntil", json!(offer.valid_until));
        if !offer.beside.is_empty() {
            put("note", json!(format!("not in the total: {}", offer.beside.join(", "))));
        }
    }
    Row {
        group: (visit.site, rate.bandwidth, quote.term),
        total,
        cells,
    }
}
