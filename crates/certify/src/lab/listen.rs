//! The listener of the tester: takes every event with 204 and keeps it, and gives out tokens to a
//! Seller that asks for one before it calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::profile::ListenAt;

/// One event as it came.
#[derive(Clone, Debug)]
pub struct Event {
    /// The path it came to, without query.
    pub path: String,
    /// Media type.
    pub media: String,
    /// Its body; null where that is no JSON.
    pub body: Value,
}

impl Event {
    /// `eventType` of the body.
    pub fn kind(&self) -> &str {
        self.body["eventType"].as_str().unwrap_or_default()
    }

    /// Id of the resource it is about.
    pub fn id(&self) -> &str {
        self.body["event"]["id"].as_str().unwrap_or_default()
    }
}

#[derive(Default)]
struct Heard {
    events: Mutex<Vec<Event>>,
    news: Notify,
}

/// A running listener; it ends with the run.
pub struct Listener {
    heard: Arc<Heard>,
    task: JoinHandle<()>,
    /// What a hub is given.
    pub callback: String,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener {
    /// Begins to listen.
    pub async fn start(at: &ListenAt) -> std::io::Result<Self> {
        let heard = Arc::new(Heard::default());
        let socket = tokio::net::TcpListener::bind(at.listen).await?;
        let router = Router::new().fallback(take).with_state(Arc::clone(&heard));
        let task = tokio::spawn(async move {
            // It only ends when it is aborted.
            let _ = axum::serve(socket, router).await;
        });
        Ok(Self {
            heard,
            task,
            callback: at.callback.trim_end_matches('/').to_owned(),
        })
    }

    /// Stops, and gives the address free.
    pub async fn stop(mut self) {
        self.task.abort();
        // Aborted is what it was told to be.
        let _ = (&mut self.task).await;
    }

    /// All events so far.
    pub fn events(&self) -> Vec<Event> {
        self.heard.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `look` finds what it wants among the events; none when time is over.
    pub async fn until<T>(&self, patience: Duration, look: impl Fn(&[Event]) -> Option<T>) -> Option<T> {
        let waiting = async {
            loop {
                let news = self.heard.news.notified();
                if let Some(found) = look(&self.events()) {
                    return found;
                }
                news.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.ok()
    }
}

async fn take(State(heard): State<Arc<Heard>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if !uri.path().contains("/listener/") {
        let token = json!({ "access_token": "a-token-of-the-tester", "token_type": "Bearer", "expires_in": 3600 });
        return (
            StatusCode::OK,
            [(header::CONTENT_TYPE, "application/json")],
            token.to_string(),
        )
            .into_response();
    }
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let event = Event {
        path: uri.path().to_owned(),
        media: media.unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    heard.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    heard.news.notify_waiters();
    StatusCode::NO_CONTENT.into_response()
}
