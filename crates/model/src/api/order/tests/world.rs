//! A small Seller: one address with two ports, a UNI, an OVC, an ENNI of the Buyer, and a quote.

use std::cell::Cell;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::inventory;
use crate::api::order::rules::OrderRules;
use crate::book::Book;
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object, Side};
use crate::failure::{Problem, ProblemCode};
use crate::party::{Agreement, Company, Partner};
use crate::products::{ACCESS_ELINE_OVC, ENNI, OPERATOR_UNI, Products};
use crate::rules::{Context, Found, Outcome, Rules};

/// Tuesday.
pub const NOW: &str = "2026-11-24T08:00:00Z";
/// When the quote ends.
pub const QUOTE_END: &str = "2026-11-24T08:05:00.000Z";

pub struct World {
    pub company: Company,
    pub partner: Partner,
    pub agreement: Agreement,
    pub book: Book,
    pub products: Products,
    pub now: Cell<Timestamp>,
    counter: Cell<u32>,
    pub found: Found,
}

impl World {
    /// With the ENNI and the quote `quote-1` of this Buyer.
    pub fn new() -> Self {
        let mut world = Self {
            company: read(json!({
                "id": "acme", "name": "Acme", "partyIds": ["ACME"], "baseUrl": "https://acme.example",
                "contact": {"name": "Desk", "email": "desk@acme.example", "phone": "+1 1"},
            })),
            partner: read(json!({
                "company": "acme", "id": "beta", "name": "Beta", "partyIds": ["BETA"],
                "baseUrl": "https://beta.example", "client": null, "credentials": null, "callbackHosts": [],
            })),
            agreement: read(json!({
                "company": "acme", "partner": "beta", "role": "seller", "version": 3,
                "effectiveFrom": "2026-01-01T00:00:00Z", "apis": {}, "billingAccounts": ["beta-main"],
            })),
            book: Book::from_json(book()).unwrap(),
            products: Products::builtin(),
            now: Cell::new(NOW.parse().unwrap()),
            counter: Cell::new(0),
            found: Found::default(),
        };
        let enni = world.enni();
        world.keep(enni);
        let quote = world.quote();
        world.keep(quote);
        world
    }

    pub fn with<R>(&self, use_it: impl FnOnce(&Context<'_>) -> R) -> R {
        let new_id = || {
            self.counter.set(self.counter.get() + 1);
            format!("id-{}", self.counter.get())
        };
        use_it(&Context {
            company: &self.company,
            partner: &self.partner,
            agreement: &self.agreement,
            book: &self.book,
            products: &self.products,
            now: self.now.get(),
            api_version: 11,
            new_id: &new_id,
        })
    }

    /// Makes `document` one that is found.
    pub fn keep(&mut self, document: Document) {
        let key = (document.resource.clone(), document.id.clone());
        self.found.documents.insert(key, document);
    }

    fn enni(&self) -> Document {
        let contact =
            |role: &str| json!({"role": role, "name": "Bo", "number": "+2 2", "emailAddress": "bo@beta.example"});
        let roles = [
            "buyerAssuranceTechnicalContact",
            "buyerCommercialContact",
            "buyerSlaManagementContact",
        ];
        let value = json!({
            "productConfiguration": enni_configuration(),
            "relatedContactInformation": roles.map(contact),
        });
        let commit = self.with(|ctx| inventory::rules::import(&value, ctx)).unwrap();
        let mut document = commit.documents.into_iter().next().unwrap();
        document.id = "enni-1".into();
        document
    }

    /// What the Buyer was quoted: the same two items that `order` asks for.
    fn quote(&self) -> Document {
        let price = json!([{"name": "Port", "priceType": "nonRecurring",
            "price": {"dutyFreeAmount": {"unit": "EUR", "value": 250}}}]);
        let quoted = |id: &str, product: Value| {
            json!({
                "id": id, "action": "add", "product": product, "state": "approved.orderable",
                "quoteItemTerm": [term(12)], "quoteItemPrice": price,
                "quoteItemInstallationInterval": {"amount": 5, "units": "calendarDays"},
            })
        };
        let body = json!({
            "id": "quote-1", "href": "https://acme.example/quote/quote-1", "state": "approved.orderable",
            "stateChange": [], "validFor": {"endDateTime": QUOTE_END},
            "quoteItem": [quoted("uni", self.uni()), quoted("ovc", self.ovc())],
        });
        let mut quote = self.enni();
        quote.id = "quote-1".into();
        quote.resource = "quote".into();
        quote.state = "approved.orderable".into();
        quote.side = Side::Seller;
        quote.revision = 2;
        quote.body = object(body);
        quote
    }

    fn uni(&self) -> Value {
        json!({
            "productOffering": {"id": "uni-1g"},
            "productConfiguration": self.products.sample(OPERATOR_UNI).unwrap(),
            "place": [{
                "place": {"@type": "GeographicAddressRef", "id": "addr-1"}, "role": "INSTALL_LOCATION",
                "contact": [{"name": "Cy", "number": "+3 3", "emailAddress": "cy@beta.example"}],
            }],
        })
    }

    fn ovc(&self) -> Value {
        json!({
            "productOffering": {"id": "ovc"},
            "productConfiguration": self.products.sample(ACCESS_ELINE_OVC).unwrap(),
            "productRelationship": [{"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1"}],
        })
    }

    /// An order of everything in the quote.
    pub fn order(&self) -> Value {
        let contact =
            |role: &str| json!({"role": role, "name": "Bo", "number": "+2 2", "emailAddress": "bo@beta.example"});
        let roles = [
            "buyerProductOrderItemContact",
            "buyerImplementationContact",
            "buyerTechnicalContact",
        ];
        let item = |id: &str, product: Value| {
            json!({
                "id": id, "action": "add", "product": product,
                "requestedCompletionDate": "2026-11-30T08:00:00Z",
                "relatedContactInformation": roles.map(contact),
                "billingAccount": {"id": "beta-main"},
                "requestedItemTerm": term(12),
                "quoteItem": {"quoteId": "quote-1", "id": id},
            })
        };
        let mut ovc = item("ovc", self.ovc());
        ovc["productOrderItemRelationship"] = json!([{"relationshipType": "CONNECTS_TO_UNI", "id": "uni"}]);
        json!({
            "externalId": "po-1",
            "relatedContactInformation": [contact("productOrderContact")],
            "productOrderItem": [item("uni", self.uni()), ovc],
        })
    }

    /// The same order without a quote.
    pub fn free_order(&self) -> Value {
        let mut order = self.order();
        for item in order["productOrderItem"].as_array_mut().unwrap() {
            item.as_object_mut().unwrap().remove("quoteItem");
        }
        order
    }

    pub fn create(&self, order: &Value) -> Result<Outcome, Vec<Problem>> {
        let input = Checked::new("ProductOrder_Create", object(order.clone()));
        self.with(|ctx| OrderRules.on_create(&input, &self.found, ctx))
    }

    pub fn run(&self, document: &Document, job: &Job) -> Commit {
        self.with(|ctx| OrderRules.on_job(document, job, &self.found, ctx))
    }

    #[track_caller]
    pub fn check_refused(&self, order: &Value, expected: &[(ProblemCode, &str)]) {
        let problems = self.create(order).unwrap_err();
        let seen: Vec<(ProblemCode, &str)> = problems.iter().map(|p| (p.code, p.property_path.as_str())).collect();
        assert_eq!(seen, expected, "{problems:#?}");
    }
}

pub fn term(months: u32) -> Value {
    json!({"name": format!("{months} months"), "duration": {"amount": months, "units": "months"},
        "endOfTermAction": "autoDisconnect"})
}

pub fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn book() -> Value {
    let offering = |id: &str, product: &str, at_a_place: bool, steps: Value| {
        json!({
            "id": id, "name": id, "product": product, "place": at_a_place, "ports": u32::from(at_a_place),
            "interval": {"amount": 5, "units": "calendarDays"},
            "terms": [with_roll(term(12)), with_roll(term(24))],
            "milestones": steps,
            "charges": [{"name": "Monthly", "every": {"amount": 1, "units": "months"}, "rows": [{"amount": "100"}]}],
        })
    };
    let survey = json!([
        {"name": "SITE_SURVEY_COMPLETE", "after": {"amount": 1, "units": "calendarDays"}},
        {"name": "SERVICE_TESTING_COMPLETE", "after": {"amount": 4, "units": "calendarDays"}},
    ]);
    let address = |id: &str, ports: u32, delivery: &str| {
        json!({"id": id, "ports": ports, "delivery": delivery, "point": null, "label": null,
            "fielded": {"country": "DE", "countryCode": "DE", "city": "Berlin", "postcode": "10117",
                "streetName": "Musterstr.", "streetNr": id}})
    };
    json!({
        "currency": "EUR", "quoteValidity": {"amount": 5, "units": "minutes"}, "countries": [],
        "offerings": [
            offering("uni-1g", OPERATOR_UNI, true, survey),
            offering("ovc", ACCESS_ELINE_OVC, false, json!([])),
        ],
        "addresses": [address("addr-1", 2, "onNetWithoutBuild"), address("addr-2", 1, "offNet")],
        "sites": [],
    })
}

/// The book of this test names every property of a term.
fn with_roll(mut term: Value) -> Value {
    term["rollInterval"] = Value::Null;
    term
}

pub fn enni_configuration() -> Value {
    json!({
        "@type": ENNI, "sVlanIdControl": "FULL", "maximumNumberOfOvcs": 500,
        "maximumNumberOfOvcEndPointsPerOvc": 1, "tokenShare": "DISABLED", "envelopes": [],
        "peeringIdentifier": "ENNI-A-B-01",
        "listOfPhysicalLinks": [{"id": "1", "physicalLink": "10GBASE_LR"}],
        "linkAggregation": "NONE", "portConversation": [], "meg": "DISABLED", "lagLinkMeg": "DISABLED",
        "linkOAM": "DISABLED", "l2cpPeering": [], "taggedL2cpFrameProcessing": "802_1_COMPLIANT",
        "maximumFrameSizeMultilateral": 1526,
    })
}
