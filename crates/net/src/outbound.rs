//! The one client through which this program calls anybody: partner APIs, callbacks, token
//! endpoints, key sets. It guarantees that no connection is made to an address of the guard's
//! table, that no redirect is followed, no proxy used, no cookie kept, and that every call and
//! every body has an end. It does not retry: a retry is a row with a due time.

mod fault;
mod guard;
mod probe;
mod tap;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use reqwest::dns::{Name, Resolve, Resolving};
use serde_json::Value;
use url::Url;

pub use fault::{Class, OptionsError, OutboundError};
use fault::{Unresolved, chain, failed};
pub use guard::Refused;
use guard::{Exceptions, may_connect};
pub use probe::{ProbeFault, Probed, TlsSeen};
pub use tap::{Onward, Tap};

/// A host that does not accept within this time is treated as down.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// Between two pieces of a body; a slower sender holds a connection for nothing.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(5);
/// Shorter than the time servers keep an idle connection, so that we never write into one that
/// is being closed.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// Headers of an answer over HTTP/2 (HTTP/1 has the fixed limit of hyper).
const HEADER_BYTES_MAX: u32 = 16 * 1024;

/// What a call is for: decides how long it may take and how much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An operation of a partner's API.
    Operation,
    /// An event to a partner's listener.
    Notification,
    /// Token endpoint, metadata, key set.
    Credentials,
}

impl Purpose {
    /// The most that is read of an answer.
    fn body_max(self) -> usize {
        match self {
            // A list page of 1000 orders of 8 KB.
            Self::Operation => 8 * 1024 * 1024,
            // Nobody reads what a listener answers; key sets have at most 32 keys.
            Self::Notification | Self::Credentials => 64 * 1024,
        }
    }

    fn time_max(self) -> Duration {
        match self {
            // A Seller that answers at once may ask its own Sellers first.
            Self::Operation => Duration::from_secs(30),
            Self::Notification | Self::Credentials => Duration::from_secs(15),
        }
    }
}

/// A request of ours.
#[derive(Clone)]
pub struct Request {
    purpose: Purpose,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    /// Without headers or body.
    pub fn new(purpose: Purpose, method: Method, url: Url) -> Self {
        Self {
            purpose,
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// With one more header. A value that cannot stand in a header is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// With an access token, marked so that it is not printed.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.authorization(&format!("Bearer {token}"))
    }

    /// With any `Authorization` value.
    #[must_use]
    pub(crate) fn authorization(mut self, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(header::AUTHORIZATION, value);
        }
        self
    }

    /// With a JSON body, under the media type of the standard.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self.header(header::CONTENT_TYPE, "application/json;charset=utf-8")
    }

    /// With any body, right or wrong for its media type: what a test sends.
    #[must_use]
    pub fn body(mut self, media: &str, body: &str) -> Self {
        self.body = Bytes::from(body.to_owned());
        self.header(header::CONTENT_TYPE, media)
    }

    /// With a form body.
    #[must_use]
    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        self.body = Bytes::from(body);
        self.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Its method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What it carries, as it was given.
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// `POST https://host/path`: for errors and logs, without the query.
    pub fn target(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        format!("{} {url}", self.method)
    }
}

/// What came back; any status, also 3xx: no redirect is followed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

/// Looks names up. Tests give their own.
pub trait Lookup: Send + Sync {
    /// All addresses of `host`.
    fn lookup(&self, host: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The resolver of the operating system.
struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// What the configuration says about calls to others.
#[derive(Clone, Default)]
pub struct OutboundOptions {
    /// `HOST:PORT` targets that may be loopback, private or plain HTTP.
    pub open: Vec<String>,
    /// Ports allowed beside 443.
    pub ports: Vec<u16>,
    /// PEM files with root certificates, used beside those of the system.
    pub roots: Vec<PathBuf>,
    /// Looks names up; the system does where it is absent.
    pub lookup: Option<Arc<dyn Lookup>>,
    /// Stands between this program and those it calls: emulators have one, installations none.
    pub tap: Option<Arc<dyn Tap>>,
}

/// The guarded client. Keep one for the program: it holds the connections.
pub struct Outbound {
    exceptions: Exceptions,
    lookup: Arc<dyn Lookup>,
    /// For everybody: its resolver refuses what is not public.
    public: reqwest::Client,
    /// For targets that the configuration opens.
    open: reqwest::Client,
    tap: Option<Arc<dyn Tap>>,
}

impl Outbound {
    /// A client under these options.
    pub fn new(options: OutboundOptions) -> Result<Self, OptionsError> {
        let roots = read_roots(&options.roots)?;
        let lookup = options.lookup.unwrap_or_else(|| Arc::new(SystemLookup));
        let guarded = |open| GuardedResolver {
            lookup: Arc::clone(&lookup),
            open,
        };
        Ok(Self {
            exceptions: Exceptions::read(&options.open, &options.ports).map_err(OptionsError::Open)?,
            public: client(&roots, guarded(false))?,
            open: client(&roots, guarded(true))?,
            tap: options.tap,
            lookup,
        })
    }

    /// Parses an address that a partner or an operator wrote, and checks it as
    /// [`Outbound::check_target`] does. The value it gives is the one to keep and to call.
    pub fn parse_target(&self, text: &str) -> Result<Url, Refused> {
        let url = guard::parse(text)?;
        self.check_target(&url)?;
        Ok(url)
    }

    /// Whether `url` may be called, as far as that can be said without resolving its name.
    pub fn check_target(&self, url: &Url) -> Result<(), Refused> {
        self.exceptions.check(url)
    }

    /// Sends one request and reads its whole answer.
    pub async fn send(&self, request: Request) -> Result<Answer, OutboundError> {
        match &self.tap {
            Some(tap) => tap.call(request, Onward(self)).await,
            None => self.straight(request).await,
        }
    }

    /// Sends as if there was no tap: the guard stands all the same.
    pub async fn straight(&self, request: Request) -> Result<Answer, OutboundError> {
        let target = request.target();
        if let Err(why) = self.check_target(&request.url) {
            return Err(OutboundError::Refused { target, why });
        }
        let client = if self.exceptions.opens(&request.url) {
            &self.open
        } else {
            &self.public
        };
        let purpose = request.purpose;
        let sending = client
            .request(request.method, request.url)
            .headers(request.headers)
            .body(request.body)
            .timeout(purpose.time_max())
            .send();
        let response = sending.await.map_err(|fault| failed(&target, &fault))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = read_body(response, &target, purpose.body_max()).await?;
        Ok(Answer { status, headers, body })
    }
}

/// Counts while reading, after decompression: a body is never in memory before it is measured.
async fn read_body(mut response: reqwest::Response, target: &str, limit: usize) -> Result<Bytes, OutboundError> {
    let mut body = BytesMut::new();
    loop {
        let Ok(piece) = tokio::time::timeout(BODY_PAUSE_MAX, response.chunk()).await else {
            return Err(OutboundError::Failed {
                target: target.to_owned(),
                class: Class::Timeout,
                detail: "the body stopped coming".into(),
            });
        };
        let Some(piece) = piece.map_err(|fault| failed(target, &fault))? else {
            return Ok(body.freeze());
        };
        if body.len() + piece.len() > limit {
            return Err(OutboundError::TooLarge {
                target: target.to_owned(),
                limit,
            });
        }
        body.extend_from_slice(&piece);
    }
}

fn read_roots(paths: &[PathBuf]) -> Result<Vec<reqwest::Certificate>, OptionsError> {
    let mut roots = Vec::new();
    for path in paths {
        let fault = |reason: String| OptionsError::Roots {
            path: path.clone(),
            reason,
        };
        let pem = std::fs::read(path).map_err(|reason| fault(reason.to_string()))?;
        let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|reason| fault(reason.to_string()))?;
        if found.is_empty() {
            return Err(fault("it holds no certificate".into()));
        }
        roots.extend(found);
    }
    Ok(roots)
}

fn client(roots: &[reqwest::Certificate], resolver: GuardedResolver) -> Result<reqwest::Client, OptionsError> {
    // reqwest takes the provider of the process; a second call changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let resolver = Arc::new(resolver);
    let builder = || {
        reqwest::Client::builder()
            .tls_backend_rustls()
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_MAX)
            .pool_idle_timeout(IDLE_MAX)
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            .user_agent(concat!("segue/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::clone(&resolver))
    };
    builder()
        .tls_certs_merge(roots.iter().cloned())
        .build()
        // A machine without a trust store still speaks with the roots it was given.
        .or_else(|_| builder().tls_certs_only(roots.iter().cloned()).build())
        .map_err(|fault| OptionsError::Client(chain(&fault)))
}

/// Resolves a name once, checks every address of it, and hands on only what was checked: the
/// connection goes to one of these very addresses, so a second, different answer has no effect.
struct GuardedResolver {
    lookup: Arc<dyn Lookup>,
    open: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.lookup.lookup(name.as_str().to_owned());
        let open = self.open;
        Box::pin(async move {
            let addresses = found.await.map_err(Unresolved)?;
            if addresses.is_empty() {
                return Err(Unresolved(std::io::ErrorKind::NotFound.into()).into());
            }
            // One forbidden address condemns the name: its owner controls which one we would take.
            if !addresses.iter().all(|ip| may_connect(*ip, open)) {
                return Err(Refused::ResolvedAddress.into());
            }
            let sockets = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(sockets) as reqwest::dns::Addrs)
        })
    }
}
