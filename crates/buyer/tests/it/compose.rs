//! Requests from a few words hold what the standard wants of a Buyer.

use segue_buyer::{Change, Composer, Wish};
use segue_model::book::profile::Profile;
use segue_model::id::Scope;
use segue_model::party::{Agreement, Company, Contact, Offered, Role};
use segue_model::products::{ACCESS_ELINE_OVC, OPERATOR_UNI, Products};
use segue_model::schema::SchemaSet;
use serde_json::{Value, json};

/// Everything a composer stands on.
pub struct Desk {
    company: Company,
    agreement: Agreement,
    products: Products,
}

impl Desk {
    pub fn new() -> Self {
        let offered = |id: &str, product: &str| Offered {
            id: id.into(),
            name: id.into(),
            product: product.into(),
            profile: Profile::default(),
        };
        let apis = std::collections::BTreeMap::new();
        let now = crate::world::NOW.parse().unwrap();
        let mut agreement = Agreement::first(Scope::new("beta", "xenon"), Role::Buyer, apis, now);
        agreement.catalogue = vec![offered("uni", OPERATOR_UNI), offered("eline", ACCESS_ELINE_OVC)];
        Self {
            company: Company {
                id: "beta".into(),
                name: "Beta Telecom".into(),
                party_ids: vec!["BETA".into()],
                base_url: crate::world::BASE.into(),
                contact: Contact {
                    name: "Desk".into(),
                    email: "desk@beta.example".into(),
                    phone: "+49 30 5550101".into(),
                },
            },
            agreement,
            products: Products::builtin(),
        }
    }

    pub fn composer(&self) -> Composer<'_> {
        Composer {
            company: &self.company,
            agreement: &self.agreement,
            products: &self.products,
        }
    }
}

pub fn wish() -> Wish {
    Wish {
        address_id: "a-1".into(),
        enni_id: "enni-1".into(),
        s_vlan: 2001,
        bandwidth_mbps: 100,
        term_months: 36,
        external_id: None,
        later: None,
    }
}

/// The body passes the schemas of the API.
#[track_caller]
pub fn check(api: &str, version: u32, shape: &str, body: &Value) {
    let api = segue_model::api::find(api, version).unwrap();
    let problems = SchemaSet::of_all().unwrap().check(api, shape, body.clone()).err();
    assert_eq!(problems, None, "{body:#}");
}

/// What a Seller makes of a composed quote.
pub fn quoted(mut quote: Value) -> Value {
    quote["id"] = json!("q-1");
    for item in quote["quoteItem"].as_array_mut().unwrap() {
        let asked = item.get("requestedQuoteItemTerm").cloned();
        item["quoteItemTerm"] = json!([asked.unwrap_or_else(|| json!({ "name": "as it was" }))]);
    }
    quote
}

#[test]
fn a_qualification_names_whom_to_meet_at_its_place_and_wants_alternates() {
    // Mplify 87.1 R26, R35: always, so also where the Seller chooses the offering.
    let desk = Desk::new();
    let body = desk.composer().poq(&wish()).unwrap();
    check(
        "productOfferingQualification",
        8,
        "ProductOfferingQualification_Create",
        &body,
    );
    assert_eq!(body["provideAlternative"], true);
    let place = &body["productOfferingQualificationItem"][0]["product"]["place"][0];
    assert_eq!(
        (&place["place"]["id"], &place["role"]),
        (&json!("a-1"), &json!("INSTALL_LOCATION"))
    );
    assert_eq!(place["contact"][0]["emailAddress"], "desk@beta.example");
}

#[test]
fn relations_between_items_and_their_terms_go_from_the_quote_into_the_order() {
    // Mplify 123.1 R32, R39
    let desk = Desk::new();
    let quote = quoted(desk.composer().quote(&wish(), None).unwrap());
    let order = desk.composer().order(&quote, "2027-01-31T12:00:00.000Z").unwrap();
    check("productOrderingManagement", 11, "ProductOrder_Create", &order);
    let items = order["productOrderItem"].as_array().unwrap();
    let relation = &items[1]["productOrderItemRelationship"][0];
    assert_eq!(
        (&relation["relationshipType"], &relation["id"]),
        (&json!("CONNECTS_TO_UNI"), &items[0]["id"])
    );
    for item in items {
        assert_eq!(
            item["requestedItemTerm"]["duration"],
            json!({ "amount": 36, "units": "months" })
        );
    }
}

#[test]
fn a_change_that_needs_a_term_is_ordered_with_it() {
    // Mplify 123.1 R43; a change that asked for none keeps the one it has.
    let desk = Desk::new();
    let product = json!({
        "id": "p-1",
        "productOffering": { "id": "eline" },
        "productConfiguration": desk.products.sample(ACCESS_ELINE_OVC).unwrap(),
    });
    let change = |term_months| Change {
        s_vlan: None,
        bandwidth_mbps: Some(200),
        term_months,
    };
    let order = |term| {
        let quote = desk.composer().change(&product, &change(term)).unwrap();
        check("quoteManagement", 10, "Quote_Create", &quote);
        let order = desk
            .composer()
            .order(&quoted(quote), "2027-01-31T12:00:00.000Z")
            .unwrap();
        check("productOrderingManagement", 11, "ProductOrder_Create", &order);
        order["productOrderItem"][0].clone()
    };
    let with = order(Some(24));
    assert_eq!(
        (&with["action"], &with["product"]["id"]),
        (&json!("modify"), &json!("p-1"))
    );
    assert_eq!(with["requestedItemTerm"]["duration"]["amount"], 24);
    assert_eq!(order(None).get("requestedItemTerm"), None);
}
