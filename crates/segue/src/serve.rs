//! `segue serve`: both roles of all our companies on one port, until it is told to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use rand::SeedableRng;
use rand::rngs::StdRng;
use segue_buyer::{Inbox, Repair};
use segue_gate::front;
use segue_net::serve::{Peer, Tls};
use segue_seller::{Deliveries, Jobs};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::app::App;
use crate::{admin, documents, figures};

/// How long background work may take to finish once the last request is answered.
const LOOPS_MAX: Duration = Duration::from_secs(4);

/// How often expired rows are swept out.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// How often counted calls are written: what a `kill -9` may lose of them.
const COUNTS_EVERY: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or Ctrl-C. `ready` is called once, when connections are taken.
pub async fn serve(app: Arc<App>, folder: &Path, ready: impl FnOnce(SocketAddr)) -> Result<()> {
    for company in app.store.companies().await? {
        app.gate.ensure_key(&company.id).await?;
    }
    let tls = match &app.config.tls {
        Some(tls) => Some(Tls::load(&folder.join(&tls.certificate), &folder.join(&tls.key))?),
        None => None,
    };
    let stopping = stop_signal().context("cannot wait for signals")?;
    let listener = TcpListener::bind(app.config.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; is another server running there?",
            app.config.listen
        )
    })?;
    let address = listener.local_addr()?;
    let admin = admin::listen(&app.data).context("cannot open the admin socket")?;
    let metrics = figures::start(&app.config)?;
    let (stop, stopped) = watch::channel(false);
    app.store.campaign();
    let loops = background(&app, &stopped);
    let admin = tokio::spawn(admin::serve(admin, Arc::clone(&app)));
    // Listened for from now on: before that a hangup would end the process.
    let hangup = signal(SignalKind::hangup()).context("cannot wait for signals")?;
    tokio::spawn(reload(hangup, tls.clone()));
    warn_openings(&app);
    // Apart from all else: whoever needs a book before it is open waits.
    let opening = Arc::clone(&app);
    let companies = app.store.companies().await?.into_iter().map(|company| company.id);
    tokio::spawn(async move { opening.seller.books().open(companies).await });
    let shutdown = async move {
        stopping.await;
        tracing::info!("stopping: requests under way are finished first");
        let _ = stop.send(true);
    };
    ready(address);
    let drained = segue_net::serve::serve(listener, tls, router(&app, metrics), shutdown).await;
    if drained.cut > 0 {
        tracing::warn!(connections = drained.cut, "cut: they did not finish in time");
    }
    // What is cut is done again after the next start: a listener that never answers holds up no stop.
    let _ = tokio::time::timeout(LOOPS_MAX, futures_util::future::join_all(loops)).await;
    admin.abort();
    write_counts(&app).await;
    // Folds the write-ahead log into the database: one file is a whole backup afterwards.
    app.store.clone().close().await;
    let _ = std::fs::remove_file(admin::path(&app.data));
    Ok(())
}

/// All that goes on without being asked, until `stopped` turns true.
pub fn background(app: &Arc<App>, stopped: &watch::Receiver<bool>) -> Vec<tokio::task::JoinHandle<()>> {
    vec![
        tokio::spawn(Jobs::new(Arc::clone(&app.seller)).run(stopped.clone())),
        tokio::spawn(Deliveries::new(Arc::clone(&app.seller), Arc::clone(&app.calls)).run(stopped.clone())),
        tokio::spawn(Inbox::new(Arc::clone(&app.buyer)).run(stopped.clone())),
        tokio::spawn(Repair::new(Arc::clone(&app.buyer), StdRng::from_os_rng()).run(stopped.clone())),
        tokio::spawn(sweep(Arc::clone(app), stopped.clone())),
        tokio::spawn(count(Arc::clone(app), stopped.clone())),
    ]
}

async fn sweep(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if app.store.leads()
            && let Err(error) = app.store.sweep(app.wall.now()).await
        {
            tracing::error!(%error, "expired rows cannot be swept out");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

async fn count(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        tokio::select! {
            () = tokio::time::sleep(COUNTS_EVERY) => {}
            _ = stopped.changed() => {}
        }
        write_counts(&app).await;
    }
}

/// Writes the calls counted so far. What fails is told in the log only: whatever was done is done.
pub async fn write_counts(app: &App) {
    if let Err(error) = app.gate.write_counts().await {
        tracing::error!(%error, "counted calls cannot be written; they are kept for the next time");
    }
}

/// What makes this installation less safe than it could be is said at every start.
fn warn_openings(app: &App) {
    let config = &app.config;
    if config.tls.is_none() && !config.listen.ip().is_loopback() {
        tracing::warn!(listen = %config.listen, "plain HTTP beyond loopback: tokens can be read on the way");
    }
    for target in &config.outbound.open {
        tracing::warn!(target, "outbound calls to this target are not guarded (outbound.open)");
    }
    if config.clock.speed > 1.0 {
        tracing::warn!(
            speed = config.clock.speed,
            "the business clock runs fast: for demos and tests only"
        );
    }
}

#[derive(Clone)]
struct Inside {
    app: Arc<App>,
    metrics: PrometheusHandle,
    /// Minute of business time for which the steps were counted last.
    counted: Arc<AtomicI64>,
}

/// All that is answered: our own pages, the authorization server, both roles of all companies.
pub fn router(app: &Arc<App>, metrics: PrometheusHandle) -> Router {
    let own = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(show_metrics))
        .route("/openapi", get(openapi_list))
        .route("/openapi/{api}/{version}", get(openapi_one))
        .with_state(Inside {
            app: Arc::clone(app),
            metrics,
            counted: Arc::new(AtomicI64::new(i64::MIN)),
        });
    own.merge(Arc::clone(&app.gate).router())
        .merge(front::routes(&app.gate, &app.seller))
        .merge(front::routes(&app.gate, &app.buyer))
        .fallback(front::nowhere)
}

/// Ready means: the store answers.
async fn readyz(State(inside): State<Inside>) -> Response {
    match inside.app.store.setting("ready").await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

/// Figures tell much about a business: only this machine may read them.
async fn show_metrics(State(inside): State<Inside>, peer: Option<Extension<Peer>>) -> Response {
    if !peer.is_some_and(|Extension(Peer(peer))| peer.ip().is_loopback()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Ok(stats) = inside.app.store.stats(inside.app.business.now()).await {
        let figures = crate::command::figures(&stats);
        for (name, value) in figures.as_object().into_iter().flatten() {
            metrics::gauge!("segue_store", "figure" => name.clone()).set(value.as_f64().unwrap_or_default());
        }
    }
    // A day is not counted anew for everybody who looks: once a minute is enough.
    let minute = inside.app.business.now().as_second() / 60;
    if inside.counted.swap(minute, Ordering::Relaxed) != minute
        && let Err(error) = crate::command::gauges(&inside.app).await
    {
        inside.counted.store(i64::MIN, Ordering::Relaxed);
        tracing::error!(%error, "the figures of the steps cannot be read");
    }
    metrics::gauge!("segue_write_queue").set(inside.app.store.queue_depth() as f64);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        inside.metrics.render(),
    )
        .into_response()
}

async fn openapi_list() -> Response {
    json(documents::list().to_string())
}

async fn openapi_one(axum::extract::Path((api, version)): axum::extract::Path<(String, String)>) -> Response {
    let version = version.trim_start_matches('v').parse().ok();
    let found = version.and_then(|version| segue_model::api::find_served(&api, version));
    match found {
        Some(api) => json(segue_model::openapi::document(api).to_string()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json;charset=utf-8")], text).into_response()
}

/// SIGHUP: certificate and key are read again, where there are any; connections that are open keep
/// theirs. Nothing else changes, and nothing ends.
async fn reload(mut hangup: Signal, tls: Option<Arc<Tls>>) {
    while hangup.recv().await.is_some() {
        match tls.as_ref().map(|tls| tls.reload()) {
            None => tracing::info!("there is no certificate to read again; settings are read at a restart"),
            Some(Ok(())) => tracing::info!("certificate and key were read again"),
            Some(Err(error)) => tracing::error!(%error, "the old certificate stays in use"),
        }
    }
}

/// SIGTERM or Ctrl-C, listened for from now on: who reads that we serve may stop us at once.
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use segue_model::id::CompanyId;
    use tokio::sync::oneshot;

    use super::*;
    use crate::cli::{Action, Cli};
    use crate::config::Config;
    use crate::init;

    fn init(folder: &Path) -> crate::cli::Init {
        use clap::Parser as _;
        let words = [
            "segue",
            "init",
            "--id",
            "acme",
            "--name",
            "Acme",
            "--listen",
            "127.0.0.1:0",
        ];
        let words = words.iter().map(|word| (*word).to_owned());
        let cli = Cli::parse_from(words.chain(["--dir".into(), folder.display().to_string()]));
        match cli.action {
            Action::Init(init) => init,
            _ => unreachable!("it was asked for"),
        }
    }

    #[tokio::test]
    async fn readiness_does_not_wait_for_a_book() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("acme");
        init::run(&home, &init(&home), std::iter::empty()).await.unwrap();
        let config = Config::read(&home, std::iter::empty()).unwrap();
        let app = Arc::new(App::open_standard(&home, config).unwrap());
        let closed = app.seller.books().hold_closed(&CompanyId::new("acme")).await;
        let (ready, readied) = oneshot::channel();
        let (serving, at) = (Arc::clone(&app), home.clone());
        let server = tokio::spawn(async move { serve(serving, &at, |address| ready.send(address).unwrap()).await });
        let address = readied.await.unwrap();
        let told = reqwest::get(format!("http://{address}/readyz")).await.unwrap();
        assert_eq!(
            (told.status(), told.text().await.unwrap()),
            (StatusCode::OK, "ready\n".into())
        );
        drop(closed);
        server.abort();
    }
}
