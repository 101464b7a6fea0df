//! Calls are counted by version, whether they are let in or not.

use http::StatusCode;
use segue_model::id::Scope;
use segue_model::party::Role;
use segue_net::keys::KeyPair;

use crate::support::{CLIENT, Fixture, claims_of};

const CREATE: (&str, &str) = ("quoteManagement", "createQuote");

/// API, version, calls and refused ones, as they stand in the store.
async fn written(fixture: &Fixture) -> Vec<(String, u32, u64, u64)> {
    let rows = fixture.store.traffic(&Scope::new("acme", CLIENT)).await.unwrap();
    assert!(rows.iter().all(|row| row.role == Role::Seller), "{rows:?}");
    let rows = rows.into_iter();
    rows.map(|row| (row.api, row.version, row.calls, row.refused)).collect()
}

fn quotes(calls: u64) -> (String, u32, u64, u64) {
    ("quoteManagement".into(), 10, calls, calls)
}

#[tokio::test]
async fn a_partner_that_is_not_let_in_is_counted_under_the_version_it_wanted_and_strangers_are_not() {
    let fixture = Fixture::start().await;
    let narrow = fixture.token(&[("scope", "listQuote")]).await;
    let other = fixture.token(&[("scope", "listProduct")]).await;
    for token in [&narrow, &other] {
        let refused = fixture.admit(CREATE, Some(&format!("Bearer {token}"))).await;
        assert!(refused.is_err());
    }
    let wide = fixture.token(&[]).await;
    fixture.agree(Role::Seller, &[("productInventory", 8)]).await;
    assert!(fixture.admit(CREATE, Some(&format!("Bearer {wide}"))).await.is_err());
    let forged = KeyPair::generate().unwrap().sign(&claims_of(&wide), "at+jwt").unwrap();
    for stranger in [None, Some("Bearer nonsense"), Some(&*format!("Bearer {forged}"))] {
        assert!(fixture.admit(CREATE, stranger).await.is_err());
    }
    assert_eq!(written(&fixture).await, [], "a call costs no write");
    fixture.gate.write_counts().await.unwrap();
    assert_eq!(written(&fixture).await, [quotes(3)]);
    fixture.gate.write_counts().await.unwrap();
    assert_eq!(written(&fixture).await, [quotes(3)], "nothing is counted twice");
}

#[tokio::test]
async fn who_gets_no_token_for_a_version_is_counted_as_refused_there() {
    let fixture = Fixture::start().await;
    let (quote, order) = (
        fixture.resource("quoteManagement"),
        fixture.resource("productOrderingManagement"),
    );
    let nowhere = format!("{}/mefApi/sonata/quoteManagement/v999", fixture.company.base_url);
    for resources in [vec![&order, &quote], vec![&nowhere]] {
        let more: Vec<(&str, &str)> = resources.iter().map(|one| ("resource", one.as_str())).collect();
        let denied = fixture.ask(&fixture.assertion(), &more).await;
        assert_eq!(denied.status, StatusCode::BAD_REQUEST.as_u16());
    }
    fixture.gate.write_counts().await.unwrap();
    let order = ("productOrderingManagement".to_owned(), 11, 1, 1);
    assert_eq!(
        written(&fixture).await,
        [order],
        "the version agreed was not asked alone"
    );
}
