//! Who the Seller is, what it sells, and how the two Buyers came to be known.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use segue_gate::secret;
use segue_model::api;
use segue_model::book::Book;
use segue_model::describe::Lifeline;
use segue_model::id::{CompanyId, Scope};
use segue_model::party::{Agreement, AuthMethod, Client, Company, Contact, Partner};
use segue_model::time::ManualClock;
use segue_store::{MasterKey, Options, Store};
use serde_json::json;

use super::{BASE, Buyer, SELLER};

const BOOK: &str = include_str!("../../../../../samples/book/book.toml");
const PLACES: &str = include_str!("../../../../../samples/book/places.csv");

pub fn open_store(folder: &Path, key: &MasterKey, wall: &Arc<ManualClock>) -> Store {
    let options = Options::new(api::index_rows)
        .with_wall_clock(wall.clone())
        .with_master_key(key.clone());
    Store::open(&folder.join("state"), options).unwrap()
}

/// The sample book with many ports at [`PLACE`], and an offering that only `alpha` may have.
pub fn book() -> Book {
    let places = PLACES.replace(
        "metro,onNetWithoutBuild,48,SITE-001",
        "metro,onNetWithoutBuild,99999,SITE-001",
    );
    assert_ne!(places, PLACES);
    let (_, eline) = BOOK.rsplit_once("[[offering]]").unwrap();
    let closed = eline.replacen("\"access-eline\"", "\"eline-for-alpha\"", 1);
    let files = [
        ("book.toml".to_owned(), format!("{BOOK}\n[[offering]]{closed}")),
        ("places.csv".to_owned(), places),
    ];
    Book::read(&BTreeMap::from(files)).unwrap()
}

/// A company of ours: the texts of all are made of the id.
pub fn company(id: &str) -> Company {
    Company {
        id: CompanyId::new(id),
        name: format!("{id} Wholesale"),
        party_ids: vec![id.to_uppercase()],
        base_url: BASE.replace(SELLER, id),
        contact: Contact {
            name: "Desk".into(),
            email: format!("desk@{id}.example"),
            phone: "+49 30 5550100".into(),
        },
    }
}

/// A company with its book and its two Buyers, who have no token yet.
pub async fn found(store: &Store, id: &str, now: Timestamp) -> (Buyer, Buyer) {
    store.put_company(company(id)).await.unwrap();
    store.put_book(&CompanyId::new(id), &book()).await.unwrap();
    (
        meet(store, (id, "alpha"), now).await,
        meet(store, (id, "bravo"), now).await,
    )
}

async fn meet(store: &Store, (company, name): (&str, &'static str), now: Timestamp) -> Buyer {
    let mut client = Client {
        client_id: name.into(),
        method: AuthMethod::ClientSecretBasic,
        jwks: None,
        jwks_uri: None,
        secrets: Vec::new(),
    };
    let secret = secret::rotate(&mut client, now).unwrap();
    let partner = Partner {
        company: company.into(),
        id: name.into(),
        name: name.into(),
        party_ids: vec![name.to_uppercase()],
        base_url: format!("https://{name}.example"),
        client: Some(client),
        credentials: None,
        callback_hosts: vec![format!("{name}.example")],
        suspended: false,
    };
    store.put_partner(partner, None).await.unwrap();
    store.put_agreement(agreement(company, name)).await.unwrap();
    Buyer {
        name,
        scope: Scope::new(company, name),
        token: String::new(),
        enni: String::new(),
        secret,
    }
}

/// `alpha` may have everything, `bravo` only what is in the sample, in Germany.
fn agreement(company: &str, name: &str) -> Agreement {
    let served = api::all().iter().filter(|api| api.served_by == Lifeline::Seller);
    let apis: BTreeMap<&str, u32> = served.map(|api| (api.name, api.version)).collect();
    let mut agreement = json!({
        "company": company, "partner": name, "role": "seller", "version": 1,
        "effectiveFrom": "1970-01-01T00:00:00Z", "apis": apis,
        "billingAccounts": [format!("{name}-main")],
    });
    if name == "bravo" {
        agreement["offerings"] = json!(["operator-uni", "access-eline"]);
        agreement["countries"] = json!(["DE"]);
    }
    serde_json::from_value(agreement).unwrap()
}
