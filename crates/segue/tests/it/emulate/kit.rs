//! A running emulator and a Buyer without Segue.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::Mutex;

use segue_model::products::{OPERATOR_UNI, Products};
use serde_json::{Value, json};

use crate::kit::{program, signal, until};
use crate::sample::contact;
use crate::web::{self, Answer, CLIENT};

/// `segue emulate`, killed with its test.
pub struct Emulator {
    child: Child,
    pub told: Value,
    token: Mutex<Option<String>>,
}

/// An answer, or none.
pub struct Came {
    pub status: u16,
    text: String,
}

impl Came {
    pub fn json_or_null(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Emulator {
    #[track_caller]
    pub fn start(words: &str) -> Self {
        let mut child = program()
            .args(["--json", "emulate"])
            .args(words.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            child,
            told: serde_json::from_str(&line).unwrap_or_else(|error| panic!("{words}: {error}: {line}")),
            token: Mutex::default(),
        }
    }

    fn text(&self, pointer: &str) -> &str {
        self.told.pointer(pointer).unwrap().as_str().unwrap()
    }

    pub fn api(&self, api: &str, path: &str) -> String {
        let versions = [
            ("quoteManagement", 10),
            ("productOrderingManagement", 11),
            ("productInventory", 8),
            ("productOfferingQualification", 8),
        ];
        let (_, version) = versions.iter().find(|(name, _)| *name == api).unwrap();
        format!("{}/mefApi/sonata/{api}/v{version}{path}", self.text("/companies/0/url"))
    }

    /// As the client `buyer`.
    pub fn token(&self) -> String {
        let mut held = self.token.lock().unwrap();
        if let Some(token) = &*held {
            return token.clone();
        }
        let request = CLIENT
            .post(self.text("/clients/0/tokenEndpoint"))
            .basic_auth(
                self.text("/clients/0/clientId"),
                Some(self.text("/clients/0/clientSecret")),
            )
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let answer = web::send(request).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        *held = Some(token.clone());
        token
    }

    pub fn forget_token(&self) {
        *self.token.lock().unwrap() = None;
    }

    /// POST that may be answered in any way, or not at all (status 0).
    pub fn post(&self, api: &str, path: &str, body: &Value) -> Came {
        self.post_as(api, path, (body, &uuid()))
    }

    /// The same under a key of its own.
    pub fn post_as(&self, api: &str, path: &str, (body, key): (&Value, &str)) -> Came {
        match web::post(&self.token(), &self.api(api, path), key, body) {
            Ok(answer) => Came {
                status: answer.status,
                text: answer.text,
            },
            Err(_) => Came {
                status: 0,
                text: String::new(),
            },
        }
    }

    #[track_caller]
    pub fn create(&self, api: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.post(api, path, body);
        assert_eq!(answer.status, status, "{}", answer.text);
        answer.json_or_null()
    }

    #[track_caller]
    pub fn get(&self, api: &str, path: &str) -> Value {
        let answer = web::get_as(&self.token(), &self.api(api, path));
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// GET until the state has come.
    #[track_caller]
    pub fn in_state(&self, api: &str, path: &str, state: &str) -> Value {
        until(&format!("{path} is {state}"), || {
            let read = self.get(api, path);
            (read["state"] == state).then_some(read)
        })
    }

    /// Orders the port of a quote; the id of the order.
    #[track_caller]
    pub fn order(&self, quote: &Value) -> String {
        let order = self.create(
            "productOrderingManagement",
            "/productOrder",
            &self.order_body(quote),
            201,
        );
        order["id"].as_str().unwrap().to_owned()
    }

    /// What it sends: wanted when the port can be had at the earliest, more or less.
    #[track_caller]
    pub fn order_body(&self, quote: &Value) -> Value {
        let clock = self.admin("/clock");
        let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
        let wanted = now + jiff::SignedDuration::from_hours(24 * 20);
        order(quote, &format!("{wanted:.3}"))
    }

    #[track_caller]
    pub fn admin(&self, path: &str) -> Value {
        let answer = web::get(&format!("{}{path}", self.text("/admin")));
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// A change by the admin API.
    pub fn steer(&self, method: &str, path: &str, body: &Value) -> Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let client = CLIENT.request(method, format!("{}{path}", self.text("/admin")));
        web::send(
            client
                .timeout(std::time::Duration::from_secs(60))
                .body(body.to_string()),
        )
        .unwrap()
    }

    /// Business time goes on.
    #[track_caller]
    pub fn pass(&self, span: &str) {
        let answer = self.steer("POST", "/clock", &json!({ "by": span }));
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json()["arrived"], true, "{}", answer.text);
    }

    /// SIGTERM, and its end.
    pub fn terminate(&mut self) {
        assert!(signal("-TERM", &self.child.id().to_string()));
        let status = until("the emulator ends", || self.child.try_wait().unwrap());
        assert!(status.success());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        signal("-TERM", &self.child.id().to_string());
        // It removes its folder; who does not end in time is killed.
        for _ in 0..200 {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn uuid() -> String {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    format!("key-{}", COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
}

/// Folders of emulators there are.
pub fn folders() -> BTreeSet<String> {
    let all = std::fs::read_dir(std::env::temp_dir()).unwrap();
    let names = all.filter_map(|entry| Some(entry.ok()?.path().display().to_string()));
    names.filter(|name| name.contains("segue-emulate-")).collect()
}

/// Takes these members out, everywhere.
pub fn without(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !names.contains(&name.as_str()));
            members.values_mut().for_each(|member| without(member, names));
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| without(element, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn product(place: &str) -> Value {
    json!({
        "productOffering": { "id": "operator-uni" },
        "productConfiguration": Products::builtin().sample(OPERATOR_UNI).unwrap(),
        "place": [{
            "place": { "@type": "GeographicAddressRef", "id": place },
            "role": "INSTALL_LOCATION",
            "contact": [{ "name": "Desk", "number": "+44 20 5550100", "emailAddress": "desk@buyer.example" }],
        }],
    })
}

fn term() -> Value {
    json!({
        "name": "36 months",
        "duration": { "amount": 36, "units": "months" },
        "endOfTermAction": "roll",
        "rollInterval": { "amount": 1, "units": "months" },
    })
}

/// `Quote_Create` of one port, to be answered at once.
pub fn quote(place: &str) -> Value {
    json!({
        "externalId": "emulated",
        "instantSyncQuote": true,
        "buyerRequestedQuoteLevel": "firm",
        "relatedContactInformation": [contact("buyerContactInformation")],
        "quoteItem": [{
            "id": "uni",
            "action": "add",
            "requestedQuoteItemTerm": term(),
            "relatedContactInformation": [contact("quoteItemTechnicalContact")],
            "product": product(place),
        }],
    })
}

/// The same, to be answered later.
pub fn later_quote(place: &str) -> Value {
    let mut quote = quote(place);
    quote["instantSyncQuote"] = json!(false);
    quote["requestedQuoteCompletionDate"] = json!("2099-01-01T00:00:00.000Z");
    quote
}

/// A qualification of one port, to be answered later.
pub fn later_poq(place: &str) -> Value {
    json!({
        "externalId": "emulated",
        "instantSyncQualification": false,
        "requestedPOQCompletionDate": "2099-01-01T00:00:00.000Z",
        "provideAlternative": false,
        "relatedContactInformation": [contact("buyerContactInformation")],
        "productOfferingQualificationItem": [{ "id": "uni", "action": "add", "product": product(place) }],
    })
}

/// `ProductOrder_Create` of what a quote offers.
fn order(quote: &Value, wanted: &str) -> Value {
    let roles = [
        "buyerProductOrderItemContact",
        "buyerImplementationContact",
        "buyerTechnicalContact",
    ];
    let place = quote
        .pointer("/quoteItem/0/product/place/0/place/id")
        .unwrap()
        .as_str()
        .unwrap();
    json!({
        "externalId": "emulated",
        "relatedContactInformation": [contact("productOrderContact")],
        "productOrderItem": [{
            "id": "uni",
            "action": "add",
            "requestedCompletionDate": wanted,
            "quoteItem": { "quoteId": quote["id"], "id": "uni" },
            "product": product(place),
            "requestedItemTerm": term(),
            "billingAccount": { "id": "main" },
            "relatedContactInformation": roles.map(contact),
        }],
    })
}
