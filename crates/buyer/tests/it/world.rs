//! One Buyer (`beta`) and two Sellers it buys from (`xenon`, `yttrium`), each with a token.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use segue_buyer::{Buyer, Inbox, Parts};
use segue_gate::calls::Calls;
use segue_gate::product_sets::ProductSets;
use segue_gate::{Gate, front, secret};
use segue_model::api;
use segue_model::describe::{Lifeline, Operation, index_rows, resource_by_name};
use segue_model::document::Document;
use segue_model::id::{CompanyId, Scope};
use segue_model::party::{Agreement, AuthMethod, Client, Company, Contact, Credentials, Partner};
use segue_model::products::Products;
use segue_model::schema::SchemaSet;
use segue_model::time::ManualClock;
use segue_net::outbound::{Outbound, OutboundOptions};
use segue_store::{InboxRow, MasterKey, Options, Store};
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::seller::Sellers;

/// A Wednesday.
pub const NOW: &str = "2026-11-25T08:00:00Z";
/// Our company.
pub const BUYER: &str = "beta";
/// Where the Buyer is reached.
pub const BASE: &str = "https://beta.example/beta";

/// One of the two Sellers.
pub struct Seller {
    pub name: &'static str,
    pub scope: Scope,
    pub token: String,
    secret: String,
}

/// The Buyer with all that it stands on.
pub struct World {
    pub store: Store,
    pub buyer: Arc<Buyer>,
    pub router: Router,
    pub wall: Arc<ManualClock>,
    pub sellers: Sellers,
    pub xenon: Seller,
    pub yttrium: Seller,
    folder: tempfile::TempDir,
    key: MasterKey,
}

pub struct Reply {
    pub status: StatusCode,
    pub request_id: String,
    pub text: String,
}

impl Reply {
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl World {
    pub async fn new() -> Self {
        let now: Timestamp = NOW.parse().unwrap();
        let sellers = Sellers::start().await;
        let (folder, key) = (tempfile::tempdir().unwrap(), MasterKey::random().unwrap());
        let wall = Arc::new(ManualClock::at(now));
        let store = open(folder.path(), &key, &wall);
        let company = company();
        store.put_company(company.clone()).await.unwrap();
        store.put_secret(&company.id, "out", "secret").await.unwrap();
        let mut met = Vec::new();
        for name in ["xenon", "yttrium"] {
            met.push(meet(&store, name, (&sellers, now)).await);
        }
        let (gate, buyer) = roles(&store, &wall, &sellers);
        gate.ensure_key(&company.id).await.unwrap();
        let (yttrium, xenon) = (met.pop().unwrap(), met.pop().unwrap());
        let mut world = Self {
            router: router(&gate, &buyer),
            store,
            buyer,
            wall,
            sellers,
            xenon,
            yttrium,
            folder,
            key,
        };
        world.xenon.token = world.token(&world.xenon, &[]).await;
        world.yttrium.token = world.token(&world.yttrium, &[]).await;
        world
    }

    /// The same installation after a restart.
    pub async fn reopened(self) -> Self {
        self.store.clone().close().await;
        drop((self.router, self.buyer, self.store));
        let store = open(self.folder.path(), &self.key, &self.wall);
        let (gate, buyer) = roles(&store, &self.wall, &self.sellers);
        Self {
            router: router(&gate, &buyer),
            store,
            buyer,
            ..self
        }
    }

    pub async fn token(&self, seller: &Seller, more: &[(&str, &str)]) -> String {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .extend_pairs(more)
            .finish();
        let basic = STANDARD.encode(format!("{}:{}", seller.name, seller.secret));
        let request = Request::post(format!("/{BUYER}/oauth2/token"))
            .header("authorization", format!("Basic {basic}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let reply = self.send(request).await;
        assert_eq!(reply.status, 200, "{} {more:?}", reply.text);
        let body: Value = serde_json::from_str(&reply.text).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let id = parts
            .headers
            .get("x-request-id")
            .map(|id| id.to_str().unwrap().to_owned());
        Reply {
            status: parts.status,
            request_id: id.unwrap_or_default(),
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// Posts to a listener.
    pub async fn tell(&self, token: &str, operation: &Operation, query: &str, body: &Value) -> Reply {
        let uri = format!("/{BUYER}{}{}{query}", operation.api.base_path(), operation.path);
        let mut request = Request::post(uri).header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn pending(&self) -> Vec<InboxRow> {
        self.store.inbox_pending(100).await.unwrap()
    }

    /// Works until nothing in the inbox is left.
    pub async fn learn(&self) {
        self.learn_until(0).await;
    }

    /// Works until so many events are left.
    pub async fn learn_until(&self, left: usize) {
        let (stop, stopped) = watch::channel(false);
        let mut changes = self.store.changes();
        let work = tokio::spawn(Inbox::new(Arc::clone(&self.buyer)).run(stopped));
        while self.pending().await.len() > left {
            let change = tokio::time::timeout(std::time::Duration::from_secs(20), changes.changed()).await;
            change.expect("the inbox gets empty").unwrap();
        }
        stop.send(true).unwrap();
        work.await.unwrap();
    }

    pub async fn change(&self, seller: &Seller, change: impl FnOnce(&mut Partner)) {
        let mut partner = self.store.partner(&seller.scope).await.unwrap().unwrap();
        change(&mut partner);
        self.store.put_partner(partner, None).await.unwrap();
    }
}

/// Every operation that a Buyer serves.
pub fn listeners() -> Vec<Operation> {
    let served = api::all().iter().filter(|api| api.served_by == Lifeline::Buyer);
    served.flat_map(|api| api.operations()).collect()
}

/// The listener of this event.
pub fn listener(event: &str) -> Operation {
    let path = format!("/listener/{event}");
    listeners()
        .into_iter()
        .find(|operation| operation.path == path)
        .unwrap()
}

/// An event about a document.
pub fn event(kind: &str, event_id: &str, about: &str) -> Value {
    json!({
        "eventId": event_id, "eventType": kind, "eventTime": NOW,
        "event": { "id": about, "state": "inProgress" },
    })
}

fn roles(store: &Store, wall: &Arc<ManualClock>, sellers: &Sellers) -> (Arc<Gate>, Arc<Buyer>) {
    let options = OutboundOptions {
        open: vec![sellers.address.to_string()],
        ..OutboundOptions::default()
    };
    let outbound = Arc::new(Outbound::new(options).unwrap());
    let gate = Gate::new(store.clone(), Arc::clone(&outbound), wall.clone());
    let calls = Arc::new(Calls::new(Arc::clone(&gate), outbound, wall.clone()));
    let buyer = Buyer::new(Parts {
        store: store.clone(),
        business: wall.clone(),
        wall: wall.clone(),
        schemas: Arc::new(SchemaSet::of_all().unwrap()),
        products: Arc::new(ProductSets::new(store.clone(), Arc::new(Products::builtin()))),
        calls,
    });
    (gate, buyer)
}

fn router(gate: &Arc<Gate>, buyer: &Arc<Buyer>) -> Router {
    Arc::clone(gate)
        .router()
        .merge(front::routes(gate, buyer))
        .fallback(front::nowhere)
}

fn open(folder: &Path, key: &MasterKey, wall: &Arc<ManualClock>) -> Store {
    let options = Options::new(rows)
        .with_wall_clock(wall.clone())
        .with_master_key(key.clone());
    Store::open(&folder.join("state"), options).unwrap()
}

fn rows(document: &Document) -> Vec<(&'static str, String)> {
    let (_, resource) = resource_by_name(&document.resource).unwrap();
    index_rows(resource, &document.body)
}

fn company() -> Company {
    Company {
        id: CompanyId::new(BUYER),
        name: "Beta Telecom".into(),
        party_ids: vec!["BETA".into()],
        base_url: BASE.into(),
        contact: Contact {
            name: "Desk".into(),
            email: "desk@beta.example".into(),
            phone: "+49 30 5550101".into(),
        },
    }
}

async fn meet(store: &Store, name: &'static str, (sellers, now): (&Sellers, Timestamp)) -> Seller {
    let mut client = Client {
        client_id: name.into(),
        method: AuthMethod::ClientSecretBasic,
        jwks: None,
        jwks_uri: None,
        secrets: Vec::new(),
    };
    let secret = secret::rotate(&mut client, now).unwrap();
    let base_url = format!("http://{}/{name}", sellers.address);
    let partner = Partner {
        company: BUYER.into(),
        id: name.into(),
        name: name.into(),
        party_ids: vec![name.to_uppercase()],
        credentials: Some(Credentials {
            issuer: base_url.clone(),
            token_endpoint: format!("{base_url}/oauth2/token"),
            client_id: BUYER.into(),
            method: AuthMethod::ClientSecretBasic,
            secret: Some("out".into()),
        }),
        base_url,
        client: Some(client),
        callback_hosts: Vec::new(),
        suspended: false,
    };
    store.put_partner(partner, None).await.unwrap();
    let served = api::all().iter().filter(|api| api.served_by == Lifeline::Seller);
    let apis: BTreeMap<&str, u32> = served.map(|api| (api.name, api.version)).collect();
    let agreement = json!({
        "company": BUYER, "partner": name, "role": "buyer", "version": 1,
        "effectiveFrom": "1970-01-01T00:00:00Z", "apis": apis, "idempotencyKeys": true,
    });
    let agreement: Agreement = serde_json::from_value(agreement).unwrap();
    store.put_agreement(agreement).await.unwrap();
    Seller {
        name,
        scope: Scope::new(BUYER, name),
        token: String::new(),
        secret,
    }
}
