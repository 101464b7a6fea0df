//! For tests: a small Seller with a book of four places and five offerings, and its Buyer.
//!
//! Places: `A2` two ports on the net, `A1` one port, `BUILD` where a line has to be built, `FAR`
//! out of reach. Offerings: `UNI` needs the net, `UNI-BUILD` is built where it is not, `OVC`
//! has no place, `UNI-CLOSED` is not part of the agreement.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::book::Book;
use crate::commit::Commit;
use crate::describe::{Api, FilterKind, Op, Operation, index_rows};
use crate::document::{Checked, Document, Object, Side};
use crate::failure::{Problem, ProblemCode};
use crate::id::Scope;
use crate::party::pilot::Pilot;
use crate::party::{Agreement, Company, Contact, Partner, Role, Strictness};
use crate::products::{ACCESS_ELINE_OVC, ENNI, OPERATOR_UNI, Products};
use crate::rules::{Context, Found, reduce};
use crate::schema::{SchemaSet, Schemas};
use crate::time;

/// All a decision stands on.
pub struct Bench {
    pub company: Company,
    pub partner: Partner,
    pub agreement: Agreement,
    pub book: Book,
    pub products: Products,
    pub now: Timestamp,
    pub found: Found,
    count: Cell<u32>,
}

fn contact() -> Contact {
    Contact {
        name: "Sales desk".into(),
        email: "desk@seller.example".into(),
        phone: "+49 30 100".into(),
    }
}

impl Bench {
    /// Everything free, one ENNI (`enni-1`) in service.
    pub fn new() -> Self {
        let mut bench = Self {
            company: Company {
                id: "seller".into(),
                name: "Seller".into(),
                party_ids: vec!["SELLER".into()],
                base_url: "https://seller.example".into(),
                contact: contact(),
            },
            partner: Partner {
                company: "seller".into(),
                id: "buyer".into(),
                name: "Buyer".into(),
                party_ids: vec!["BUYER".into()],
                base_url: "https://buyer.example".into(),
                client: None,
                credentials: None,
                callback_hosts: Vec::new(),
                suspended: false,
            },
            agreement: agreement(),
            book: Book::from_json(book()).unwrap(),
            products: Products::builtin(),
            now: "2026-11-24T08:00:00Z".parse().unwrap(),
            found: Found::default(),
            count: Cell::new(0),
        };
        bench.put(bench.product("enni-1", ENNI));
        bench
    }

    /// Runs `decide` with the context of this moment.
    pub fn run<R>(&self, decide: impl FnOnce(&Context<'_>) -> R) -> R {
        let new_id = || {
            self.count.set(self.count.get() + 1);
            format!("id-{}", self.count.get())
        };
        decide(&Context {
            company: &self.company,
            partner: &self.partner,
            agreement: &self.agreement,
            book: &self.book,
            products: &self.products,
            now: self.now,
            api_version: 8,
            new_id: &new_id,
        })
    }

    /// Makes `document` one that is found.
    pub fn put(&mut self, document: Document) {
        let key = (document.resource.clone(), document.id.clone());
        self.found.documents.insert(key, document);
    }

    /// An active product of the inventory.
    pub fn product(&self, id: &str, urn: &str) -> Document {
        let body = json!({"id": id, "status": "active", "productConfiguration": {"@type": urn}});
        Document {
            id: id.into(),
            scope: Scope::new("seller", "buyer"),
            side: Side::Seller,
            api: "productInventory".into(),
            resource: "product".into(),
            state: "active".into(),
            revision: 1,
            agreement_version: 1,
            created_at: self.now,
            updated_at: self.now,
            body: body.as_object().unwrap().clone(),
        }
    }

    /// An active product of the inventory that was added as `product` (see [`Bench::uni`]).
    pub fn in_service(&self, id: &str, product: Value) -> Document {
        let mut document = self.product(id, "");
        document.body.extend(product.as_object().unwrap().clone());
        document
    }

    /// Puts the UNI `uni-1` at A2 and the OVC `ovc-1` between it and `enni-1` into service.
    pub fn put_circuit(&mut self) {
        let mut ovc = self.ovc();
        ovc["productRelationship"] = json!([
            {"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"},
            {"relationshipType": "CONNECTS_TO_UNI", "id": "uni-1"},
        ]);
        let ovc = self.in_service("ovc-1", ovc);
        for used in ["uni-1", "enni-1"] {
            let key = ("product".to_owned(), "relatedProductId".to_owned(), used.to_owned());
            self.found.related.insert(key, vec![ovc.clone()]);
        }
        self.put(ovc);
        self.put(self.in_service("uni-1", self.uni("UNI", "A2")));
    }

    /// What changes the product `id` of [`Bench::put_circuit`] into what it is already.
    pub fn unchanged(&self, id: &str) -> Value {
        let body = &self.found.document("product", id).unwrap().body;
        let names = [
            "id",
            "productOffering",
            "productConfiguration",
            "productRelationship",
            "place",
        ];
        crate::rules::reduce(body, &names)
    }

    /// The product of an add item: a UNI `offering` at `place`.
    pub fn uni(&self, offering: &str, place: &str) -> Value {
        json!({
            "productOffering": {"id": offering},
            "productConfiguration": self.products.sample(OPERATOR_UNI).unwrap(),
            "place": [{
                "place": {"@type": "GeographicAddressRef", "id": place},
                "role": "INSTALL_LOCATION",
                "contact": [{"name": "Ann", "number": "+49 1", "emailAddress": "ann@buyer.example"}],
            }],
        })
    }

    /// The product of an add item: an OVC to `enni-1`; its UNI is another item.
    pub fn ovc(&self) -> Value {
        json!({
            "productOffering": {"id": "OVC"},
            "productConfiguration": self.products.sample(ACCESS_ELINE_OVC).unwrap(),
            "productRelationship": [{"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"}],
        })
    }
}

fn agreement() -> Agreement {
    Agreement {
        company: "seller".into(),
        partner: "buyer".into(),
        role: Role::Seller,
        version: 3,
        effective_from: Timestamp::UNIX_EPOCH,
        apis: BTreeMap::new(),
        offerings: vec!["UNI".into(), "UNI-BUILD".into(), "OVC".into()],
        catalogue: Vec::new(),
        countries: vec!["DE".into()],
        billing_accounts: Vec::new(),
        currency: None,
        budgetary_quotes: true,
        quote_required: false,
        unknown_attributes: Strictness::Warn,
        answers: Vec::new(),
        pilot: Pilot::default(),
        promotions: Vec::new(),
        idempotency_keys: false,
        ending: Vec::new(),
    }
}

fn book() -> Value {
    let months = |amount: u32| json!({"amount": amount, "units": "months"});
    let days = |amount: u32| json!({"amount": amount, "units": "calendarDays"});
    let uni = |id: &str, build: Value| {
        json!({
            "id": id, "name": id, "product": OPERATOR_UNI, "interval": days(10), "intervalWithBuild": build,
            "place": true, "ports": 1, "defaultMbps": null, "milestones": [],
            "terms": [
                {"name": "1 year", "duration": months(12), "endOfTermAction": "roll", "rollInterval": months(1)},
                {"name": "3 years", "duration": months(36), "endOfTermAction": "autoRenew", "rollInterval": null},
            ],
            "charges": [
                {"name": "Installation", "every": null, "rows": [{"amount": "500.00"}]},
                {"name": "Port", "every": months(1), "rows": [{"amount": "99.95"}]},
            ],
        })
    };
    let mut ovc = uni("OVC", Value::Null);
    ovc["product"] = json!(ACCESS_ELINE_OVC);
    ovc["place"] = json!(false);
    ovc["ports"] = json!(0);
    let address = |id: &str, number: &str, (delivery, ports, country): (&str, u32, &str)| {
        json!({
            "id": id, "zone": "", "delivery": delivery, "ports": ports, "point": null, "label": null,
            "fielded": {"streetNr": number, "streetName": "Linden", "streetType": "Allee", "city": "Berlin",
                        "postcode": "10115", "countryCode": country},
        })
    };
    json!({
        "currency": "EUR",
        "quoteValidity": {"amount": 5, "units": "minutes"},
        "countries": ["DE", "NL"],
        "zones": [],
        "offerings": [
            uni("UNI", Value::Null), uni("UNI-BUILD", days(60)), uni("UNI-CLOSED", days(60)), ovc,
        ],
        "addresses": [
            address("A2", "2", ("onNetWithoutBuild", 2, "DE")),
            address("A1", "1", ("onNetWithoutBuild", 1, "DE")),
            address("BUILD", "3", ("onNetWithBuild", 4, "DE")),
            address("FAR", "4", ("offNet", 0, "DE")),
            address("NL", "5", ("onNetWithoutBuild", 4, "NL")),
        ],
        "sites": [
            {"id": "S1", "addressId": "A1", "name": "Meet-me room", "owner": "House", "customer": "Seller",
             "private": false},
            {"id": "S2", "addressId": "A1", "name": "Vault", "owner": "House", "customer": "Bank", "private": true},
        ],
    })
}

/// Where the S-VLAN IDs of an OVC stand in its configuration, and where its C-VLAN IDs.
pub const S_VLANS: &str = "enniEp/ovcEndPointMap/ovcEndPointMapFormE";
pub const C_VLANS: &str = "uniEp/ovcEndPointMap/ovcEndPointMapFormU";

/// Gives an OVC (a product) one other VLAN ID.
pub fn set_vlan(product: &mut Value, list: &str, id: u32) {
    let path = format!("/productConfiguration/{list}");
    *product.pointer_mut(&path).unwrap() = json!([id]);
}

/// A contact under `role`.
pub fn person(role: &str) -> Value {
    json!({"role": role, "name": "Ann", "number": "+49 1", "emailAddress": "ann@buyer.example"})
}

/// As if it had passed the schema.
pub fn checked(body: &Value) -> Checked {
    Checked::new("Test", body.as_object().unwrap().clone())
}

/// Exactly these problems, in any order.
#[track_caller]
pub fn check_problems(problems: &[Problem], expected: &[(ProblemCode, &str)]) {
    let mut seen: Vec<String> = problems
        .iter()
        .map(|p| format!("{} {:?}", p.property_path, p.code))
        .collect();
    let mut expected: Vec<String> = expected.iter().map(|(code, path)| format!("{path} {code:?}")).collect();
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected, "{problems:#?}");
}

/// `body` is what the description says, with nothing else in it.
#[track_caller]
pub fn check_shape(api: &'static Api, shape: &str, body: &Value) {
    let checked = schemas(api).check(shape, body.clone());
    assert!(checked.is_ok(), "{:#?} in {body:#}", checked.unwrap_err());
}

/// The schemas of an API, made once: tests check many bodies.
fn schemas(api: &'static Api) -> &'static Schemas {
    static MADE: Mutex<BTreeMap<&str, &Schemas>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(api.name)
        .or_insert_with(|| Box::leak(Box::new(Schemas::for_api(api).unwrap())))
}

/// What a commit of a job writes and tells is what the descriptions say.
#[track_caller]
pub fn check_commit((api, shape): (&'static Api, &str), notification: &'static Api, commit: &Commit) {
    for document in &commit.documents {
        check_shape(api, shape, &Value::Object(document.body.clone()));
    }
    for event in &commit.events {
        assert_eq!(event.api, notification.name);
        let listener = notification.listener(&event.event_type).unwrap();
        let envelope = json!({
            "eventId": event.id, "eventTime": time::text(event.at), "eventType": event.event_type,
            "event": event.payload,
        });
        check_shape(notification, listener.shape, &envelope);
    }
}

/// Whether a list narrowed by this one query parameter has a document with this body.
fn is_listed(list: &Operation, body: &Object, name: &str, value: &str) -> bool {
    let query = list.check_query(&[(name.to_owned(), value.to_owned())]).unwrap();
    let rows = index_rows(list.resource.unwrap(), body);
    query.filters.iter().all(|condition| {
        let mut rows = rows.iter().filter(|(name, _)| *name == condition.name);
        rows.any(|(_, row)| match condition.op {
            Op::Equal => *row == condition.value,
            Op::Gt => *row > condition.value,
            Op::Lt => *row < condition.value,
        })
    })
}

/// Each filter of a list finds at least one of the stored `bodies`, and only what it should; the
/// elements of the list show all that the bodies have.
#[track_caller]
pub fn check_list(api: &'static Api, resource: &str, bodies: &[&Object]) {
    let resource = api.resource(resource).unwrap();
    let list = api.operation(resource.list.unwrap().call.id).unwrap();
    let rows: Vec<_> = bodies
        .iter()
        .flat_map(|body| index_rows(resource, body).into_iter().map(move |row| (*body, row)))
        .collect();
    for filter in resource.filters {
        let of_filter: Vec<_> = rows.iter().filter(|(_, (name, _))| *name == filter.name).collect();
        assert!(!of_filter.is_empty(), "no body has {}", filter.name);
        for (body, (name, row)) in of_filter {
            let Some(at) = Some(filter)
                .filter(|filter| filter.kind != FilterKind::Equal)
                .and_then(|_| time::parse(row))
            else {
                assert!(is_listed(&list, body, name, row), "{name}={row}");
                continue;
            };
            let near = |by: i64| time::text(at.checked_add(SignedDuration::from_millis(by)).unwrap());
            let inclusive = filter.kind == FilterKind::BetweenInclusive;
            for (suffix, by, expected) in [
                ("gt", -1, true),
                ("gt", 0, inclusive),
                ("gt", 1, false),
                ("lt", -1, false),
                ("lt", 0, inclusive),
                ("lt", 1, true),
            ] {
                let parameter = format!("{name}.{suffix}");
                let listed = is_listed(&list, body, &parameter, &near(by));
                assert_eq!(listed, expected, "{parameter} {by} ms from {row}");
            }
        }
    }
    let element = resource.list.unwrap().element;
    let shown = SchemaSet::of_all().unwrap().properties(api, element);
    for body in bodies {
        check_shape(api, element, &reduce(body, &shown));
    }
}
