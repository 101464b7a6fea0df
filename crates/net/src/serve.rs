//! The accept loop: TLS, limits, and an end that loses no request.
//!
//! It guarantees that a connection which says nothing, says it slowly, or says too much costs a
//! bounded time and memory, and that after `shutdown` no new connection is taken while requests
//! under way are finished within [`DRAIN_MAX`]. What a request means is not its business.

mod tls;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::{Service, ServiceExt};

pub use tls::{Tls, TlsError};

/// More connections wait in the queue of the kernel.
const CONNECTIONS_MAX: usize = 4_096;
/// A handshake is a few round trips.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// From one request to the end of the next one's headers.
const HEADERS_MAX: Duration = Duration::from_secs(20);
/// A request with its body and its answer; the longest work of ours has shorter deadlines.
const REQUEST_MAX: Duration = Duration::from_secs(60);
/// Access tokens have at most 8 KiB; all else is small.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Names and values of one request.
const HEADERS_COUNT_MAX: usize = 100;
/// Requests of one HTTP/2 connection at a time.
const STREAMS_MAX: u32 = 128;
/// How long requests under way may take to finish after the end was called.
pub const DRAIN_MAX: Duration = Duration::from_secs(20);
/// After a failed accept (no descriptors left), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The address a request came from: an extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// What became of the connections at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because they did not finish within [`DRAIN_MAX`].
    pub cut: usize,
}

/// Serves `listener` until `shutdown` resolves, then drains. Plain HTTP/1.1 without `tls`;
/// HTTP/1.1 or HTTP/2, as the caller prefers, with it.
pub async fn serve<S, B>(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    service: S,
    shutdown: impl Future<Output = ()>,
) -> Drained
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: http_body_util::BodyExt<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &free) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else {
            continue;
        };
        let connection = Connection {
            peer: Peer(peer),
            service: service.clone(),
            watcher: graceful.watcher(),
        };
        let tls = tls.clone();
        connections.spawn(async move {
            connection.run(stream, tls.as_deref()).await;
            drop(permit);
        });
    }
    drop(listener);
    let finished = tokio::time::timeout(DRAIN_MAX, graceful.shutdown()).await.is_ok();
    while connections.try_join_next().is_some() {}
    let cut = if finished { 0 } else { connections.len() };
    connections.shutdown().await;
    Drained { cut }
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, free: &Arc<Semaphore>) -> Option<Accepted> {
    let permit = Arc::clone(free).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are written whole; waiting for more to send only delays them.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, permit))
        }
        Err(fault) => {
            tracing::warn!(%fault, "accepting a connection failed");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

struct Connection<S> {
    peer: Peer,
    service: S,
    watcher: Watcher,
}

impl<S, B> Connection<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: http_body_util::BodyExt<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    async fn run(self, stream: TcpStream, tls: Option<&Tls>) {
        let Some(tls) = tls else {
            return self.speak(stream, Version::Http1).await;
        };
        match tokio::time::timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                let version = match stream.get_ref().1.alpn_protocol() {
                    Some(b"h2") => Version::Http2,
                    _ => Version::Http1,
                };
                self.speak(stream, version).await;
            }
            Ok(Err(fault)) => tracing::info!(peer = %self.peer.0, %fault, "TLS handshake failed"),
            Err(_) => tracing::info!(peer = %self.peer.0, "TLS handshake took too long"),
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, version: Version) {
        let Self { peer, service, watcher } = self;
        let answer = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            // A request that takes too long ends its connection: there is no honest answer to a
            // request whose work was dropped half way.
            let answering = tokio::time::timeout(REQUEST_MAX, service.clone().oneshot(request));
            async move {
                answering
                    .await
                    .map(|answer| answer.unwrap_or_else(|never| match never {}))
            }
        });
        let builder = version.builder();
        let connection = builder.serve_connection(TokioIo::new(stream), answer);
        if let Err(fault) = watcher.watch(connection.into_owned()).await {
            tracing::debug!(peer = %peer.0, %fault, "connection ended with an error");
        }
    }
}

/// What a connection speaks is settled before its first byte is read, so that no one can hold a
/// connection by never finishing the first words of HTTP/2.
#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

impl Version {
    fn builder(self) -> auto::Builder<TokioExecutor> {
        let builder = auto::Builder::new(TokioExecutor::new());
        let mut builder = match self {
            Self::Http1 => builder.http1_only(),
            Self::Http2 => builder.http2_only(),
        };
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS_MAX)
            .max_headers(HEADERS_COUNT_MAX)
            .max_buf_size(HEADER_BYTES_MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
            .max_concurrent_streams(STREAMS_MAX)
            .keep_alive_interval(HEADERS_MAX)
            .keep_alive_timeout(HANDSHAKE_MAX);
        builder
    }
}
