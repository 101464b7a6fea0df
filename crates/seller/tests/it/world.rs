//! One Seller (`acme`) and two Buyers of it (`alpha`, `bravo`), each with a token and an ENNI. A
//! second Seller with Buyers of the same names is made on demand.
//!
//! Both clocks stand still until a test moves them, so that answers differ in nothing but what
//! a test changes.

mod change;
mod limits;
mod onboard;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use segue_gate::calls::Calls;
use segue_gate::{Gate, front};
use segue_model::api;
use segue_model::describe::Operation;
use segue_model::id::{CompanyId, Scope, new_id};
use segue_model::party::{Partner, Role};
use segue_model::products::Products;
use segue_model::rules::Context;
use segue_model::schema::SchemaSet;
use segue_model::time::{Clock, ManualClock};
use segue_net::outbound::{Outbound, OutboundOptions};
use segue_seller::{Connector, Jobs, Parts, Seller};
use segue_store::{MasterKey, Store};
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;

use self::onboard::{company, found, open_store};
use self::socket::Socket;
use crate::described;

pub use change::change_of;

/// A Wednesday.
pub const NOW: &str = "2026-11-25T08:00:00Z";
/// A place with so many ports that no test runs out of them.
pub const PLACE: &str = "DE-00002";
/// Our company.
pub const SELLER: &str = "acme";
/// Where the Seller is reached.
pub const BASE: &str = "https://acme.example/acme";

const ENNI: &str = include_str!("../../../../samples/enni.json");

/// What takes longer than this never happens.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One of the two Buyers.
pub struct Buyer {
    pub name: &'static str,
    pub scope: Scope,
    /// For all that its agreement opens.
    pub token: String,
    /// Its ENNI in the inventory.
    pub enni: String,
    secret: String,
}

/// The Seller with all that it stands on.
pub struct World {
    pub store: Store,
    pub gate: Arc<Gate>,
    pub seller: Arc<Seller>,
    pub calls: Arc<Calls>,
    pub router: Router,
    pub business: Arc<ManualClock>,
    pub wall: Arc<ManualClock>,
    pub products: Arc<Products>,
    pub schemas: Arc<SchemaSet>,
    pub alpha: Buyer,
    pub bravo: Buyer,
    folder: tempfile::TempDir,
    key: MasterKey,
    open: Vec<String>,
    socket: Option<Socket>,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    #[track_caller]
    pub fn created(&self) -> Value {
        assert_eq!(self.status, 201, "{}", self.text);
        self.json()
    }

    /// `code` of a failure; empty for a list and for what is no JSON.
    pub fn json_code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap_or_default())
    }
}

impl World {
    pub async fn new() -> Self {
        Self::open_to(&[]).await
    }

    /// With `open` targets (`HOST:PORT`) that the Seller may call although they are loopback.
    pub async fn open_to(open: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now: Timestamp = NOW.parse().unwrap();
        let (business, wall) = (Arc::new(ManualClock::at(now)), Arc::new(ManualClock::at(now)));
        let key = MasterKey::random().unwrap();
        let store = open_store(folder.path(), &key, &wall);
        let buyers = found(&store, SELLER, now).await;
        let mut world = Self::around(store, (business, wall), (folder, key), buyers, open);
        world.gate.ensure_key(&CompanyId::new(SELLER)).await.unwrap();
        for alpha in [true, false] {
            let buyer = if alpha { &world.alpha } else { &world.bravo };
            let token = world.token(buyer, &[]).await;
            let enni = world.import_enni(buyer).await;
            let buyer = if alpha { &mut world.alpha } else { &mut world.bravo };
            (buyer.token, buyer.enni) = (token, enni);
        }
        world
    }

    /// A second Seller in the same installation: the same book, and Buyers of the same names.
    pub async fn second(&self, id: &'static str) -> (Buyer, Buyer) {
        let (mut alpha, mut bravo) = found(&self.store, id, self.wall.now()).await;
        self.gate.ensure_key(&CompanyId::new(id)).await.unwrap();
        for buyer in [&mut alpha, &mut bravo] {
            buyer.token = self.token(buyer, &[]).await;
            buyer.enni = self.import_enni(buyer).await;
        }
        (alpha, bravo)
    }

    fn around(
        store: Store,
        (business, wall): (Arc<ManualClock>, Arc<ManualClock>),
        (folder, key): (tempfile::TempDir, MasterKey),
        (alpha, bravo): (Buyer, Buyer),
        open: &[String],
    ) -> Self {
        let outbound = Arc::new(
            Outbound::new(OutboundOptions {
                open: open.to_vec(),
                ..OutboundOptions::default()
            })
            .unwrap(),
        );
        let gate = Gate::new(store.clone(), Arc::clone(&outbound), wall.clone());
        let calls = Arc::new(Calls::new(Arc::clone(&gate), Arc::clone(&outbound), wall.clone()));
        let (schemas, products) = (Arc::new(SchemaSet::of_all().unwrap()), Arc::new(Products::builtin()));
        let seller = Seller::new(Parts {
            store: store.clone(),
            business: business.clone(),
            wall: wall.clone(),
            schemas: Arc::clone(&schemas),
            products: Arc::clone(&products),
            outbound,
            connectors: connectors(open),
            list_max: 100_000,
            rules: api::rules,
        });
        let router = Arc::clone(&gate)
            .router()
            .merge(front::routes(&gate, &seller))
            .fallback(front::nowhere);
        Self {
            store,
            gate,
            seller,
            calls,
            router,
            business,
            wall,
            products,
            schemas,
            alpha,
            bravo,
            folder,
            key,
            open: open.to_vec(),
            socket: None,
        }
    }

    /// The same installation after a restart.
    pub async fn reopened(self) -> Self {
        self.store.clone().close().await;
        drop((self.router, self.seller, self.calls, self.gate, self.store));
        let store = open_store(self.folder.path(), &self.key, &self.wall);
        let clocks = (self.business, self.wall);
        Self::around(
            store,
            clocks,
            (self.folder, self.key),
            (self.alpha, self.bravo),
            &self.open,
        )
    }

    /// A token for all that the agreement opens, narrowed by `more` parameters.
    pub async fn token(&self, buyer: &Buyer, more: &[(&str, &str)]) -> String {
        let reply = self.send(Self::token_request(buyer, more)).await;
        assert_eq!(reply.status, 200, "{} {more:?}", reply.text);
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// The request for one.
    pub fn token_request(buyer: &Buyer, more: &[(&str, &str)]) -> Request<Body> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .extend_pairs(more)
            .finish();
        let basic = STANDARD.encode(format!("{}:{}", buyer.name, buyer.secret));
        Request::post(format!("/{}/oauth2/token", buyer.scope.company))
            .header("authorization", format!("Basic {basic}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap()
    }

    async fn import_enni(&self, buyer: &Buyer) -> String {
        let agreement = self
            .store
            .agreement_in_force(&buyer.scope, Role::Seller, self.wall.now())
            .await
            .unwrap()
            .unwrap();
        let partner = self.store.partner(&buyer.scope).await.unwrap().unwrap();
        let current = self.seller.books().current(&buyer.scope.company).await.unwrap();
        let context = Context {
            company: &company(buyer.scope.company.as_str()),
            partner: &partner,
            agreement: &agreement,
            book: &current.book,
            products: &self.products,
            now: self.business.now(),
            api_version: u32::MAX,
            new_id: &new_id,
        };
        let mut enni: Value = serde_json::from_str(ENNI).unwrap();
        enni["externalId"] = format!("enni-of-{}", buyer.name).into();
        let commit = api::inventory::rules::import(&enni, &context).unwrap();
        let id = commit.documents[0].id.clone();
        self.store.commit(commit).await.unwrap();
        id
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        if let Some(socket) = &self.socket {
            return socket.send(request).await;
        }
        Reply::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// An operation, with `{id}` and query filled in. The answer is held against the description.
    pub async fn call(
        &self,
        buyer: &Buyer,
        operation: &Operation,
        (id, query): (&str, &str),
        body: Option<&Value>,
    ) -> Reply {
        let request = request(&buyer.token, operation, (id, query), body);
        self.ask(operation, at_company(request, buyer.scope.company.as_str()))
            .await
    }

    /// Sends a request of `operation`; the answer is held against the description.
    pub async fn ask(&self, operation: &Operation, request: Request<Body>) -> Reply {
        let reply = self.send(request).await;
        described::check(&self.schemas, operation, &reply);
        reply
    }

    /// POST on a collection of an API.
    pub async fn post(&self, buyer: &Buyer, (api, path): (&str, &str), body: &Value) -> Reply {
        let operation = described::operation(api, "POST", path);
        self.call(buyer, &operation, ("", ""), Some(body)).await
    }

    /// GET of `path`, which may have a query.
    pub async fn get(&self, buyer: &Buyer, (api, path): (&str, &str)) -> Reply {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let operation = described::operation(api, "GET", path);
        let id = path.rsplit('/').next().unwrap_or_default();
        self.call(buyer, &operation, (id, query), None).await
    }

    /// Lets time pass until no work is left, then turns the clock back.
    pub async fn work_all(&self) {
        let before = self.business.now();
        while let Some(due) = self.store.next_due().await.unwrap() {
            self.business.set(due.max(before));
            self.work().await;
        }
        self.business.set(before);
    }

    /// Does all work that is due now.
    pub async fn work(&self) {
        let (stop, stopped) = watch::channel(false);
        let mut changes = self.store.changes();
        let jobs = tokio::spawn(Jobs::new(Arc::clone(&self.seller)).run(stopped));
        while self
            .store
            .next_due()
            .await
            .unwrap()
            .is_some_and(|due| due <= self.business.now())
        {
            let change = tokio::time::timeout(PATIENCE, changes.changed()).await;
            change.expect("due work is done").unwrap();
        }
        stop.send(true).unwrap();
        jobs.await.unwrap();
    }

    /// Changes what is stored about a Buyer.
    pub async fn change(&self, buyer: &Buyer, change: impl FnOnce(&mut Partner)) {
        let mut partner = self.store.partner(&buyer.scope).await.unwrap().unwrap();
        change(&mut partner);
        self.store.put_partner(partner, None).await.unwrap();
    }
}

/// A legacy system at the first of the open targets.
fn connectors(open: &[String]) -> Vec<Connector> {
    let connector = |target: &String| Connector {
        name: "legacy".into(),
        url: format!("http://{target}/questions").parse().unwrap(),
        secret: Some("legacy-secret".into()),
        deadline: Duration::from_secs(2),
    };
    open.iter().take(1).map(connector).collect()
}

/// The same request at another company of the installation.
pub fn at_company(mut request: Request<Body>, company: &str) -> Request<Body> {
    let text = request.uri().to_string();
    let rest = text.strip_prefix(&format!("/{SELLER}/")).unwrap();
    *request.uri_mut() = format!("/{company}/{rest}").parse().unwrap();
    request
}

/// A request of an operation at [`SELLER`].
pub fn request(token: &str, operation: &Operation, (id, query): (&str, &str), body: Option<&Value>) -> Request<Body> {
    let path = operation.path.replace("{id}", id);
    let mut uri = format!("/{SELLER}{}{path}", operation.api.base_path());
    if !query.is_empty() {
        uri = format!("{uri}?{query}");
    }
    let mut request = Request::builder().method(operation.method).uri(uri);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    match body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    }
    .unwrap()
}
