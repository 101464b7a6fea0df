//! A Seller with a place of one port for each seed, and two partners who ask it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::kit::{Site, free_address, until};
use crate::sample;
use crate::web::{self, Answer, CLIENT, RUNTIME};

/// How long a quote is valid: longer than 64 answers take, also with a restart among them.
pub const VALID_S: i64 = 3;

/// States of a quote that has, or had, the port.
const FIRM: [&str; 3] = ["approved.orderable", "accepted", "expired"];

const PARTNERS: [&str; 2] = ["gamma", "delta"];

/// A firm quote.
#[derive(Debug)]
pub struct Quoted {
    pub id: String,
    /// Which of the partners has it.
    pub partner: u64,
    pub begin: Timestamp,
    /// When the port is free again: never, once it is ordered.
    pub end: Timestamp,
}

pub struct Desk {
    pub site: Site,
    secrets: Vec<String>,
    _folder: TempDir,
}

impl Desk {
    #[track_caller]
    pub fn open(seeds: &[u64]) -> Self {
        Self::open_with(seeds, |book| book)
    }

    /// With another book.
    #[track_caller]
    pub fn open_with(seeds: &[u64], change: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::new(folder.path(), "acme", free_address(), "");
        let valid = format!("quote-validity = \"{VALID_S} seconds\"");
        let book = change(sample::BOOK.replace("quote-validity = \"30 calendarDays\"", &valid));
        let head = sample::PLACES.lines().next().unwrap();
        let rows = seeds
            .iter()
            .map(|seed| format!("PORT-{seed},{seed},Hillside,Bristol,BS1,GB,town,onNetWithoutBuild,1\n"));
        let places = format!("{head}\n{}", rows.collect::<String>());
        let path = sample::book(&site.folder, &book, &places);
        site.text(&format!("book load {path}"));
        let secrets = PARTNERS.map(|name| {
            let url = format!("http://{}", free_address());
            let secret = site.file(&format!("{name}.secret"), "what-acme-says");
            site.text(&format!(
                "partner add {name} --name {name} --url {url} --as seller --issuer {url} \
                 --token-endpoint {url}/token --secret-file {secret}"
            ));
            let made = site.json(&format!("partner secret {name}"));
            made["clientSecret"].as_str().unwrap().to_owned()
        });
        Self {
            site,
            secrets: secrets.into(),
            _folder: folder,
        }
    }

    pub fn url(&self, resource: &str) -> String {
        let (api, version) = match resource {
            "quote" => ("quoteManagement", 10),
            _ => ("productOrderingManagement", 11),
        };
        format!("{}/{resource}", self.site.api(api, version))
    }

    /// A token of the partner, as soon as the server is there.
    pub fn token(&self, partner: u64) -> String {
        let at = usize::try_from(partner).unwrap();
        until("a token is given", || {
            let request = CLIENT
                .post(format!("{}/oauth2/token", self.site.url()))
                .basic_auth(PARTNERS[at], Some(&self.secrets[at]))
                .header("content-type", "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials");
            let answer = web::send(request).ok()?;
            assert_eq!(answer.status, 200, "{}", answer.text);
            Some(answer.json()["access_token"].as_str().unwrap().to_owned())
        })
    }

    /// Repeats a create until it is answered, as partners do.
    fn insist(&self, partner: u64, key: &str, (url, body): (&str, &Value)) -> Answer {
        until("a create is answered", || {
            let answer = web::post(&self.token(partner), url, key, body).ok()?;
            // 409: the first try is still being answered; 503: others were faster, all the time.
            (!matches!(answer.status, 409 | 503)).then_some(answer)
        })
    }

    /// Asks for the port of `seed`.
    #[track_caller]
    pub fn ask(&self, seed: u64, partner: u64, key: &str) -> String {
        let answer = self.insist(partner, key, (&self.url("quote"), &quote(seed)));
        assert_eq!(answer.status, 201, "{key}: {}", answer.text);
        answer.text
    }

    /// How many of a resource the partner has under this query.
    #[track_caller]
    pub fn count(&self, partner: u64, (resource, query): (&str, &str)) -> u64 {
        let url = format!("{}?{query}&limit=1", self.url(resource));
        let listed = web::get_as(&self.token(partner), &url);
        assert_eq!(listed.status, 200, "{}", listed.text);
        listed.headers["x-total-count"].to_str().unwrap().parse().unwrap()
    }

    /// Orders a quote.
    pub fn order(&self, partner: u64, key: &str, body: &Value) -> Answer {
        self.insist(partner, key, (&self.url("productOrder"), body))
    }

    /// Asks for the port of `seed` at once, with each pair of partner and key.
    pub fn wave(&self, seed: u64, asked: &[(u64, String)]) -> Wave {
        self.at_once(("quote", &quote(seed)), asked)
    }

    /// Sends a create with each pair of partner and key at once.
    pub fn at_once(&self, (resource, body): (&str, &Value), asked: &[(u64, String)]) -> Wave {
        let now = Timestamp::now();
        let asked = asked.iter().map(|(partner, key)| (*partner, key.clone(), now));
        self.at((resource, body), asked.collect())
    }

    /// Sends a create with each pair of partner and key at its time.
    pub fn at(&self, (resource, body): (&str, &Value), asked: Vec<(u64, String, Timestamp)>) -> Wave {
        let tokens = [self.token(0), self.token(1)];
        let (url, body) = (self.url(resource), body.to_string());
        let answered = Arc::new(AtomicU64::new(0));
        let running = asked.into_iter().map(|(partner, key, at)| {
            let request = CLIENT
                .post(&url)
                .bearer_auth(&tokens[usize::try_from(partner).unwrap()])
                .header("idempotency-key", &key)
                .header("content-type", "application/json;charset=utf-8")
                .body(body.clone());
            let answered = Arc::clone(&answered);
            let task = RUNTIME.spawn(async move {
                let left = at.duration_since(Timestamp::now());
                tokio::time::sleep(Duration::try_from(left).unwrap_or_default()).await;
                let response = request.send().await.ok()?;
                let status = response.status().as_u16();
                let text = response.text().await.ok()?;
                answered.fetch_add(1, Ordering::Relaxed);
                Some((status, text))
            });
            (partner, key, task)
        });
        let running = running.collect();
        Wave { answered, running }
    }

    /// The firm quotes for the port of `seed`, of both partners.
    #[track_caller]
    pub fn firm(&self, seed: u64) -> Vec<Quoted> {
        let mut firm = Vec::new();
        for partner in 0..2 {
            let token = self.token(partner);
            let url = self.url("quote");
            let listed = web::get_as(&token, &format!("{url}?externalId={seed}&limit=200"));
            assert_eq!(listed.status, 200, "{}", listed.text);
            for found in listed.json().as_array().unwrap() {
                let state = found["state"].as_str().unwrap();
                if !FIRM.contains(&state) {
                    assert_eq!(state, "unableToProvide", "{found}");
                    continue;
                }
                let id = found["id"].as_str().unwrap();
                let whole = web::get_as(&token, &format!("{url}/{id}")).json();
                firm.push(quoted(&whole, partner));
            }
        }
        firm
    }

    /// An order of a quote for the port of `seed`.
    pub fn order_of(&self, seed: u64, quote_id: &str) -> Value {
        let mut item = quote(seed)["quoteItem"][0].clone();
        let members = item.as_object_mut().unwrap();
        let term = members.remove("requestedQuoteItemTerm").unwrap();
        members.insert("requestedItemTerm".into(), term);
        item["quoteItem"] = json!({ "quoteId": quote_id, "id": "uni" });
        item["billingAccount"] = json!({ "id": "main" });
        item["requestedCompletionDate"] = json!("2090-01-01T00:00:00.000Z");
        let roles = [
            "buyerProductOrderItemContact",
            "buyerImplementationContact",
            "buyerTechnicalContact",
        ];
        item["relatedContactInformation"] = json!(roles.map(sample::contact));
        json!({
            "externalId": seed.to_string(),
            "relatedContactInformation": [sample::contact("productOrderContact")],
            "productOrderItem": [item],
        })
    }
}

/// An instant firm quote for the port of `seed`.
pub fn quote(seed: u64) -> Value {
    let mut quote = sample::deferred_quote(&seed.to_string(), sample::EMAIL);
    let members = quote.as_object_mut().unwrap();
    members.remove("requestedQuoteCompletionDate");
    members.insert("instantSyncQuote".into(), json!(true));
    let item = quote["quoteItem"][0].as_object_mut().unwrap();
    item.remove("relatedContactInformation");
    item["product"]["place"][0]["place"]["id"] = json!(format!("PORT-{seed}"));
    quote
}

#[track_caller]
fn quoted(quote: &Value, partner: u64) -> Quoted {
    assert_eq!(quote["quoteLevel"], "firm", "{quote}");
    let at = |pointer: &str| -> Timestamp { quote.pointer(pointer).unwrap().as_str().unwrap().parse().unwrap() };
    let is_ordered = quote["state"] == "accepted";
    Quoted {
        id: quote["id"].as_str().unwrap().to_owned(),
        partner,
        begin: at("/effectiveQuoteCompletionDate"),
        end: if is_ordered {
            Timestamp::MAX
        } else {
            at("/validFor/endDateTime")
        },
    }
}

/// Status and body.
type Reply = (u16, String);

/// Requests under way.
pub struct Wave {
    answered: Arc<AtomicU64>,
    running: Vec<(u64, String, JoinHandle<Option<Reply>>)>,
}

impl Wave {
    /// Until so many are answered.
    pub fn wait_for(&self, answers: u64) {
        until("requests are answered", || {
            (self.answered.load(Ordering::Relaxed) >= answers).then_some(())
        });
    }

    /// Whose answer was lost on its way, or was to ask again.
    #[track_caller]
    pub fn unanswered(self) -> Vec<(u64, String)> {
        self.end().1
    }

    /// What was created, and who has to ask again.
    #[track_caller]
    pub fn end(self) -> (Vec<String>, Vec<(u64, String)>) {
        let (mut made, mut unanswered) = (Vec::new(), Vec::new());
        for (partner, key, reply) in self.replies() {
            match reply {
                Some((201, text)) => made.push(text),
                Some((409 | 503, _)) | None => unanswered.push((partner, key)),
                Some((status, text)) => panic!("{key}: {status}: {text}"),
            }
        }
        (made, unanswered)
    }

    /// What was answered to whom.
    pub fn replies(self) -> Vec<(u64, String, Option<Reply>)> {
        let running = self.running.into_iter();
        running
            .map(|(partner, key, task)| (partner, key, RUNTIME.block_on(task).unwrap()))
            .collect()
    }
}
