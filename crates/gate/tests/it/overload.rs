//! More than can be answered: who is turned away, and who is not.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{Request, StatusCode};
use segue_gate::front::{self, Answers, Call};
use segue_model::describe::Lifeline;
use segue_model::failure::Failure;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tower::util::ServiceExt;

use crate::support::Fixture;

/// A Seller whose work ends when the test says so.
struct Slow(Arc<Semaphore>);

impl Answers for Slow {
    const LIFELINE: Lifeline = Lifeline::Seller;
    const BODY_MAX: usize = 1024;

    async fn answer(&self, _: Call) -> Result<Response, Failure> {
        let done = self.0.acquire().await.map_err(|_| Failure::Internal)?;
        drop(done);
        Ok(StatusCode::OK.into_response())
    }
}

/// The statuses of `count` requests at once; `seen` is called with each as it comes.
async fn flood(
    router: &Router,
    (token, path): (&str, &str),
    count: usize,
    mut seen: impl FnMut(StatusCode),
) -> Vec<StatusCode> {
    let request = |_| {
        let request = Request::get(format!("/acme/mefApi/sonata/{path}"))
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty());
        router.clone().oneshot(request.unwrap())
    };
    let mut answers: FuturesUnordered<_> = (0..count).map(request).collect();
    let mut statuses = Vec::new();
    while let Some(answer) = answers.next().await {
        let answer = answer.unwrap();
        let (status, when) = (answer.status(), answer.headers().get(RETRY_AFTER));
        assert_eq!(when.is_some(), status == StatusCode::SERVICE_UNAVAILABLE);
        seen(status);
        statuses.push(status);
    }
    statuses
}

fn count(statuses: &[StatusCode], status: StatusCode) -> usize {
    statuses.iter().filter(|one| **one == status).count()
}

const LIST: &str = "quoteManagement/v10/quote";
const ONE: &str = "quoteManagement/v10/quote/1";

/// What a partner with half of the room has of 2,000 requests while no work ends.
const SHARE: usize = 256;

/// A gate where nothing ends before the permit is given back, and a token of Beta that is known.
async fn busy(fixture: &Fixture) -> (Router, String, OwnedSemaphorePermit) {
    let work = Arc::new(Semaphore::new(1));
    let router = front::routes(&fixture.gate, &Arc::new(Slow(Arc::clone(&work))));
    let beta = fixture.token(&[]).await;
    assert_eq!(flood(&router, (&beta, LIST), 1, |_| ()).await, [StatusCode::OK]);
    (router, beta, work.acquire_owned().await.unwrap())
}

#[tokio::test]
async fn a_flood_of_one_partner_is_turned_away_at_once_and_costs_another_nothing() {
    let fixture = Fixture::start().await;
    let gamma = fixture.token_of_another("gamma").await;
    let (router, beta, held) = busy(&fixture).await;
    let (full, mut away) = (Notify::new(), 0);
    let flooding = flood(&router, (&beta, LIST), 2_000, |_| {
        away += 1;
        if away == 2_000 - SHARE {
            full.notify_one();
        }
    });
    let calm = async {
        full.notified().await;
        let end = async { drop(held) };
        tokio::join!(flood(&router, (&gamma, ONE), 20, |_| ()), end).0
    };
    let (of_beta, of_gamma) = tokio::join!(flooding, calm);
    assert_eq!(count(&of_gamma, StatusCode::OK), 20);
    assert_eq!(count(&of_beta, StatusCode::OK), SHARE);
    assert_eq!(
        count(&of_beta[..2_000 - SHARE], StatusCode::SERVICE_UNAVAILABLE),
        2_000 - SHARE
    );
}

#[tokio::test]
async fn of_those_that_are_turned_away_not_even_the_token_is_checked() {
    let fixture = Fixture::start().await;
    let (router, beta, held) = busy(&fixture).await;
    let (full, mut away) = (Notify::new(), 0);
    let flooding = flood(&router, (&beta, LIST), 2_000, |_| {
        away += 1;
        if away == 2_000 - SHARE {
            full.notify_one();
        }
    });
    let stranger = async {
        full.notified().await;
        let told = flood(&router, ("nonsense", LIST), 100, |_| ()).await;
        drop(held);
        told
    };
    let (_, told) = tokio::join!(flooding, stranger);
    assert_eq!(count(&told, StatusCode::SERVICE_UNAVAILABLE), 100);
    let told = flood(&router, ("nonsense", LIST), 1, |_| ()).await;
    assert_eq!(told, [StatusCode::UNAUTHORIZED], "later it is");
}
