//! Tenders: numbered within a company, seen by nobody else, visits kept as far as they have come.

use segue_model::id::{CompanyId, PartnerId};
use segue_model::tender::{Asked, Tender, read_sites};

use crate::fixture::{Fixture, acme};

fn tender() -> Tender {
    let asked = |id: &str| Asked {
        seller: PartnerId::new(id),
        enni: None,
    };
    Tender {
        number: 0,
        key: "k".into(),
        sites: read_sites("name,address id\nA,1\nB,2\n").sites,
        sellers: vec![asked("gamma"), asked("beta")],
        terms: vec![12],
        bandwidths: vec![100],
        later: None,
    }
}

#[tokio::test]
async fn a_tender_has_a_number_of_its_company_and_keeps_how_far_each_visit_has_come() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let first = store.put_tender(&acme(), tender()).await.unwrap();
    let second = store.put_tender(&acme(), tender()).await.unwrap();
    assert_eq!((first.number, second.number), (1, 2));
    assert_eq!(store.tender(&acme(), 2).await.unwrap(), Some(second));
    let mut visits = store.visits(&acme(), 1).await.unwrap();
    let order: Vec<_> = visits.iter().map(|visit| (visit.seller.as_str(), visit.site)).collect();
    assert_eq!(order, [("beta", 1), ("beta", 2), ("gamma", 1), ("gamma", 2)]);
    visits[2].why_not = Some("closed".into());
    store.put_visit(&acme(), 1, &visits[2]).await.unwrap();
    assert_eq!(store.visits(&acme(), 1).await.unwrap(), visits);
    let listed = store.tenders(&acme()).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|row| (row.tender.number, row.visits)).collect();
    assert_eq!(listed, [(2, (4, 0)), (1, (4, 1))]);

    let other = CompanyId::new("other");
    assert_eq!(store.tender(&other, 1).await.unwrap(), None);
    assert_eq!(store.visits(&other, 1).await.unwrap(), []);
    assert_eq!(store.put_tender(&other, tender()).await.unwrap().number, 1);
}
