//! The Buyer's inbox: each event once.

use segue_store::{Arrival, InboxEvent};
use serde_json::json;

use crate::fixture::*;

fn told(partner: &str, api: &str, event_id: &str) -> InboxEvent {
    InboxEvent {
        scope: with(partner),
        api: api.to_owned(),
        version: 10,
        event_type: "quoteStateChangeEvent".to_owned(),
        event_id: event_id.to_owned(),
        received_at: noon(),
        body: json!({ "eventId": event_id }),
    }
}

#[tokio::test]
async fn an_event_is_fresh_once_per_partner_and_api_even_after_it_is_done() {
    let at = Fixture::new();
    let put = async |partner, api, id| at.store.inbox_put(told(partner, api, id)).await.unwrap();
    assert_eq!(put("beta", "quoteNotification", "1").await, Arrival::Fresh);
    assert_eq!(put("beta", "quoteNotification", "1").await, Arrival::Duplicate);
    assert_eq!(put("gamma", "quoteNotification", "1").await, Arrival::Fresh);
    assert_eq!(put("beta", "orderNotification", "1").await, Arrival::Fresh);

    let pending = at.store.inbox_pending(10).await.unwrap();
    assert_eq!(pending.len(), 3);
    assert_eq!(pending[0].event, told("beta", "quoteNotification", "1"));
    at.store.inbox_done(pending[0].id).await.unwrap();
    assert_eq!(at.store.inbox_pending(10).await.unwrap(), pending[1..]);
    assert_eq!(put("beta", "quoteNotification", "1").await, Arrival::Duplicate);
}
