//! A server and a clock for tests.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use segue_net::outbound::{Outbound, OutboundOptions};
use segue_net::serve::{Drained, Tls, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running server; it ends when told to.
pub struct Server {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Drained>,
}

impl Server {
    pub async fn start(router: Router, tls: Option<Arc<Tls>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, tls, router, async {
            let _ = stopped.await;
        }));
        Self { address, stop, task }
    }

    pub fn stop(self) -> JoinHandle<Drained> {
        let _ = self.stop.send(());
        self.task
    }

    pub fn url(&self, path: &str) -> url::Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }
}

/// A client that may call `address`.
pub fn open_to(address: SocketAddr) -> Outbound {
    Outbound::new(OutboundOptions {
        open: vec![address.to_string()],
        ..OutboundOptions::default()
    })
    .unwrap()
}
