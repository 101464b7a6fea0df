//! Companies, partners, agreements, books.

use std::collections::BTreeMap;

use segue_model::book::{Book, Places};
use segue_model::id::CompanyId;
use segue_model::party::{Agreement, AuthMethod, Client, Company, Contact, Partner, Role, Strictness};
use serde_json::json;

use crate::fixture::*;

fn company(id: &str) -> Company {
    Company {
        id: id.into(),
        name: id.to_uppercase(),
        party_ids: vec![id.to_owned()],
        base_url: format!("https://{id}.example"),
        contact: Contact {
            name: "Desk".into(),
            email: "desk@example.com".into(),
            phone: "1".into(),
        },
    }
}

fn partner(id: &str, client_id: &str) -> Partner {
    Partner {
        company: "acme".into(),
        id: id.into(),
        name: id.to_uppercase(),
        party_ids: vec![id.to_owned()],
        base_url: format!("https://{id}.example"),
        client: Some(Client {
            client_id: client_id.to_owned(),
            method: AuthMethod::PrivateKeyJwt,
            jwks: None,
            jwks_uri: None,
            secrets: vec![],
        }),
        credentials: None,
        callback_hosts: vec![],
        suspended: false,
    }
}

fn agreement(effective_seconds: i64) -> Agreement {
    Agreement {
        company: "acme".into(),
        partner: "beta".into(),
        role: Role::Seller,
        version: 99,
        effective_from: after(effective_seconds),
        apis: BTreeMap::from([("quoteManagement".to_owned(), 10)]),
        offerings: vec![],
        catalogue: vec![],
        countries: vec![],
        billing_accounts: vec![],
        currency: None,
        budgetary_quotes: true,
        quote_required: false,
        unknown_attributes: Strictness::Warn,
        answers: Vec::new(),
        pilot: segue_model::party::pilot::Pilot::default(),
        promotions: Vec::new(),
        idempotency_keys: false,
        ending: Vec::new(),
    }
}

pub async fn known() -> Fixture {
    let at = Fixture::new();
    at.store.put_company(company("acme")).await.unwrap();
    at.store
        .put_partner(partner("beta", "beta-client"), Some(entry("partner.added")))
        .await
        .unwrap();
    at
}

#[tokio::test]
async fn companies_and_partners_are_stored_and_changed() {
    let at = known().await;
    at.store
        .put_company(Company {
            name: "Acme 2".into(),
            ..company("acme")
        })
        .await
        .unwrap();
    assert_eq!(at.store.company(&acme()).await.unwrap().unwrap().name, "Acme 2");
    assert_eq!(at.store.companies().await.unwrap().len(), 1);
    at.store
        .put_partner(
            Partner {
                suspended: true,
                ..partner("beta", "beta-2")
            },
            None,
        )
        .await
        .unwrap();
    assert!(at.store.partner(&with("beta")).await.unwrap().unwrap().suspended);
    assert_eq!(at.store.partners(&acme()).await.unwrap().len(), 1);
    assert_eq!(at.store.audit_rows(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_belongs_to_one_partner_of_a_company() {
    let at = known().await;
    assert_eq!(
        at.store.client(&acme(), "beta-client").await.unwrap(),
        Some(partner("beta", "beta-client"))
    );
    assert_eq!(
        at.store.client(&CompanyId::new("other"), "beta-client").await.unwrap(),
        None
    );
    assert_eq!(at.store.client(&acme(), "unknown").await.unwrap(), None);
    at.store
        .put_partner(partner("gamma", "beta-client"), Some(entry("partner.added")))
        .await
        .unwrap_err();
    assert_eq!(at.store.audit_rows(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_newest_agreement_whose_time_has_come_is_in_force() {
    let at = known().await;
    assert_eq!(at.store.put_agreement(agreement(0)).await.unwrap(), 1);
    assert_eq!(at.store.put_agreement(agreement(100)).await.unwrap(), 2);
    let in_force = async |role, seconds| {
        let found = at
            .store
            .agreement_in_force(&with("beta"), role, after(seconds))
            .await
            .unwrap();
        found.map(|agreement| agreement.version)
    };
    assert_eq!(in_force(Role::Seller, -1).await, None);
    assert_eq!(in_force(Role::Seller, 99).await, Some(1));
    assert_eq!(in_force(Role::Seller, 100).await, Some(2));
    assert_eq!(in_force(Role::Buyer, 100).await, None);
    assert_eq!(at.store.agreements(&with("beta")).await.unwrap().len(), 2);
    let first = at.store.agreement(&with("beta"), Role::Seller, 1).await.unwrap();
    assert_eq!(
        first,
        Some(Agreement {
            version: 1,
            ..agreement(0)
        })
    );
}

/// A book with places that need more than one piece.
fn book(places: u32, currency: &str) -> Book {
    let address = |number: u32| json!({"id": format!("{number:0>1000}"), "fielded": {"streetName": "Weg", "city": "Ort", "countryCode": "DE"}});
    let mut terms = Book::empty().json();
    terms["currency"] = json!(currency);
    terms["addresses"] = (0..places).map(address).collect();
    Book::from_json(terms).unwrap()
}

async fn opened(at: &Fixture, version: u32) -> Book {
    let stored = at.store.book(&acme(), version).await.unwrap().unwrap();
    let bytes = at.store.places(&stored.places.unwrap()).await.unwrap();
    Book::of(stored.terms, Places::open(bytes).unwrap()).unwrap()
}

#[tokio::test]
async fn every_version_of_a_book_stays_and_equal_places_are_kept_once() {
    let at = known().await;
    assert_eq!(at.store.book_version(&acme()).await.unwrap(), None);
    let (one, two) = (book(1_500, "EUR"), book(1_500, "USD"));
    assert!(one.places().bytes().len() > 1024 * 1024);
    assert_eq!(at.store.put_book(&acme(), &one).await.unwrap(), 1);
    assert_eq!(at.store.put_book(&acme(), &two).await.unwrap(), 2);
    assert_eq!(at.store.put_book(&acme(), &Book::empty()).await.unwrap(), 3);
    assert_eq!(at.store.book_version(&acme()).await.unwrap(), Some(3));
    for (version, book) in [(1, &one), (2, &two), (3, &Book::empty())] {
        assert_eq!(&opened(&at, version).await, book);
    }
    assert_eq!(at.store.book(&acme(), 4).await.unwrap(), None);
    assert_eq!(at.store.book(&CompanyId::new("other"), 1).await.unwrap(), None);
    assert_eq!(at.store.places("unknown").await.unwrap(), Vec::<u8>::new());
}

#[tokio::test]
async fn a_renewed_book_says_the_same_and_places_nobody_has_are_gone() {
    let at = known().await;
    let (before, after) = (book(2, "EUR"), book(3, "EUR"));
    at.store.put_book(&acme(), &before).await.unwrap();
    at.store.put_book(&acme(), &Book::empty()).await.unwrap();
    at.store.renew_book(&acme(), 1, &after).await.unwrap();
    assert_eq!(opened(&at, 1).await, after);
    assert_eq!(opened(&at, 2).await, Book::empty());
    assert!(at.store.places(before.places().digest()).await.unwrap().is_empty());
}
