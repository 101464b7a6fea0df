//! One company, one partner, both with keys; a server that is the company's authorization server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use segue_gate::Gate;
use segue_gate::admit::Caller;
use segue_model::api;
use segue_model::describe::Lifeline;
use segue_model::failure::Failure;
use segue_model::id::{CompanyId, PartnerId, Scope};
use segue_model::party::{Agreement, AuthMethod, Client, Company, Contact, Partner, Role, Strictness};
use segue_model::time::{Clock, ManualClock};
use segue_net::keys::{KeyPair, jwks};
use segue_net::outbound::{Answer, Outbound, OutboundOptions, Purpose, Request};
use segue_store::{MasterKey, Options, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const CLIENT: &str = "beta";
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub struct Fixture {
    pub gate: Arc<Gate>,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub company: Company,
    pub key: KeyPair,
    pub outbound: Arc<Outbound>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    /// `beta` buys quotes and inventory from `acme`, and `acme` orders from `beta`.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-11-24T08:00:00Z".parse().unwrap()));
        let options = Options::new(|_| Vec::new())
            .with_wall_clock(clock.clone())
            .with_master_key(MasterKey::random().unwrap());
        let store = Store::open(&folder.path().join("state"), options).unwrap();
        let outbound = Arc::new(open_to(&[address]));
        let gate = Gate::new(store.clone(), Arc::clone(&outbound), clock.clone());
        let (company, key) = (company(address), KeyPair::generate().unwrap());
        store.put_company(company.clone()).await.unwrap();
        store
            .put_partner(partner(&company, (CLIENT, &key)), None)
            .await
            .unwrap();
        gate.ensure_key(&company.id).await.unwrap();
        serve(listener, Arc::clone(&gate).router());
        let fixture = Self {
            gate,
            store,
            clock,
            company,
            key,
            outbound,
            _folder: folder,
        };
        fixture
            .agree(Role::Seller, &[("quoteManagement", 10), ("productInventory", 8)])
            .await;
        fixture.agree(Role::Buyer, &[("productOrderingManagement", 11)]).await;
        fixture
    }

    pub async fn agree(&self, role: Role, apis: &[(&str, u32)]) {
        let agreement = Agreement {
            company: self.company.id.clone(),
            partner: PartnerId::new(CLIENT),
            role,
            version: 1,
            effective_from: Timestamp::UNIX_EPOCH,
            apis: apis
                .iter()
                .map(|(name, version)| ((*name).to_owned(), *version))
                .collect(),
            offerings: Vec::new(),
            catalogue: Vec::new(),
            countries: Vec::new(),
            billing_accounts: Vec::new(),
            currency: None,
            budgetary_quotes: true,
            quote_required: false,
            unknown_attributes: Strictness::default(),
            answers: Vec::new(),
            pilot: segue_model::party::pilot::Pilot::default(),
            promotions: Vec::new(),
            idempotency_keys: false,
            ending: Vec::new(),
        };
        self.store.put_agreement(agreement).await.unwrap();
    }

    /// A token of another partner that may ask for the same as Beta.
    pub async fn token_of_another(&self, id: &str) -> String {
        let key = KeyPair::generate().unwrap();
        let partner = partner(&self.company, (id, &key));
        self.store.put_partner(partner.clone(), None).await.unwrap();
        let beta = Scope::new(self.company.id.as_str(), CLIENT);
        let mut agreements = self.store.agreements(&beta).await.unwrap();
        agreements.retain(|one| one.role == Role::Seller);
        let mut agreement = agreements.remove(0);
        agreement.partner = partner.id;
        self.store.put_agreement(agreement).await.unwrap();
        let mut claims = self.claims();
        (claims["iss"], claims["sub"]) = (json!(id), json!(id));
        let answer = self
            .ask(&key.sign(&claims, "client-authentication+jwt").unwrap(), &[])
            .await;
        answer.json().unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    /// Changes the partner's record.
    pub async fn change(&self, change: impl FnOnce(&mut Partner)) {
        let mut partner = self.store.client(&self.company.id, CLIENT).await.unwrap().unwrap();
        change(&mut partner);
        self.store.put_partner(partner, None).await.unwrap();
    }

    pub fn resource(&self, api: &str) -> String {
        let api = api::all().iter().find(|known| known.name == api).unwrap();
        format!("{}{}", self.company.base_url, api.base_path())
    }

    /// Claims of a good assertion.
    pub fn claims(&self) -> Value {
        let now_s = self.clock.now().as_second();
        json!({
            "iss": CLIENT, "sub": CLIENT, "aud": self.company.issuer(),
            "iat": now_s, "exp": now_s + 60, "jti": segue_model::id::new_id(),
        })
    }

    pub fn assertion(&self) -> String {
        self.key.sign(&self.claims(), "client-authentication+jwt").unwrap()
    }

    /// Asks for a token with an assertion and further parameters.
    pub async fn ask(&self, assertion: &str, more: &[(&str, &str)]) -> Answer {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion),
        ];
        form.extend_from_slice(more);
        self.post(&form, None).await
    }

    pub async fn post(&self, form: &[(&str, &str)], authorization: Option<&str>) -> Answer {
        let url = self.company.token_endpoint().parse().unwrap();
        let mut request = Request::new(Purpose::Credentials, Method::POST, url).form(form);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        self.outbound.send(request).await.unwrap()
    }

    pub async fn get(&self, url: &str) -> Answer {
        let request = Request::new(Purpose::Credentials, Method::GET, url.parse().unwrap());
        self.outbound.send(request).await.unwrap()
    }

    /// A good token.
    pub async fn token(&self, more: &[(&str, &str)]) -> String {
        let answer = self.ask(&self.assertion(), more).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        answer.json().unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn admit(&self, (api, operation): (&str, &str), authorization: Option<&str>) -> Result<Caller, Failure> {
        let api = api::all().iter().find(|known| known.name == api).unwrap();
        let operation = api.operation(operation).unwrap();
        let role = match api.served_by {
            Lifeline::Seller => Role::Seller,
            Lifeline::Buyer => Role::Buyer,
        };
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, value.parse().unwrap());
        }
        self.gate.admit(&self.company.id, role, &operation, &headers).await
    }
}

/// The OAuth error code of an answer; empty without one.
pub fn error_of(answer: &Answer) -> String {
    answer.json().unwrap()["error"].as_str().unwrap_or_default().to_owned()
}

/// Claims of a token, unchecked.
pub fn claims_of(token: &str) -> Value {
    use base64::Engine;
    let part = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// A client that may call these.
pub fn open_to(addresses: &[SocketAddr]) -> Outbound {
    let open = addresses.iter().map(ToString::to_string).collect();
    Outbound::new(OutboundOptions {
        open,
        ..OutboundOptions::default()
    })
    .unwrap()
}

/// Serves until the test ends.
pub fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(segue_net::serve::serve(listener, None, router, std::future::pending()));
}

/// A server that publishes a key set and counts how often it is read; gives its address.
pub async fn publisher(set: Arc<Mutex<(Value, u32)>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let handler = move || {
        let mut set = set.lock().unwrap();
        set.1 += 1;
        let body = set.0.to_string();
        async move { body }
    };
    serve(listener, Router::new().route("/jwks.json", get(handler)));
    address
}

fn company(address: SocketAddr) -> Company {
    Company {
        id: CompanyId::new("acme"),
        name: "ACME".into(),
        party_ids: vec!["acme-1".into()],
        base_url: format!("http://{address}/acme"),
        contact: Contact {
            name: "Desk".into(),
            email: "desk@acme.example".into(),
            phone: "+1".into(),
        },
    }
}

fn partner(company: &Company, (id, key): (&str, &KeyPair)) -> Partner {
    Partner {
        company: company.id.clone(),
        id: PartnerId::new(id),
        name: "Beta".into(),
        party_ids: vec!["beta-1".into()],
        base_url: "https://beta.example".into(),
        client: Some(Client {
            client_id: id.into(),
            method: AuthMethod::PrivateKeyJwt,
            jwks: Some(jwks([key.public_jwk()])),
            jwks_uri: None,
            secrets: Vec::new(),
        }),
        credentials: None,
        callback_hosts: Vec::new(),
        suspended: false,
    }
}
