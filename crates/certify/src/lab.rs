//! The laboratory of the cases: it speaks with the Seller, keeps every exchange, listens to events,
//! and remembers what was made, so that many cases can look at one answer.
//!
//! It judges nothing but structure: what an answer has to be is said by the cases.

pub mod exchange;
pub mod expect;
pub mod listen;
pub mod mask;
pub mod official;
pub mod payload;
pub(crate) mod structure;
pub mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use segue_model::describe::{Kind, Operation};
use segue_net::outbound::{Outbound, OutboundOptions, Purpose, Request};

use crate::case::{Finding, Function, Stop};
use crate::profile::{Offering, Place, Profile};
use exchange::Exchange;
use expect::Answer;
use listen::{Event, Listener};
use structure::Structure;
use tokens::{Token, Tokens};

/// Between two looks at a resource whose state has to change.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// What a request names that nobody has.
pub const NOBODY: &str = "certify-no-such-id";

/// A laboratory that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The HTTP client.
    #[error("setting up the HTTP client: {0}")]
    Client(#[from] segue_net::outbound::OptionsError),
    /// The official files.
    #[error("structure by official files: {0}")]
    Official(#[from] official::OfficialError),
    /// The listener.
    #[error("listening on {0} (listener.listen of the profile): {1}")]
    Listen(std::net::SocketAddr, std::io::Error),
}

/// See the module.
pub struct Lab {
    /// The Seller.
    pub profile: Profile,
    /// Every exchange so far.
    pub log: Vec<Arc<Exchange>>,
    /// What the running case found odd, without being wrong.
    pub warnings: Vec<Finding>,
    client: Outbound,
    tokens: Tokens,
    listener: Option<Listener>,
    structure: Structure,
    made: BTreeMap<String, Result<Answer, Stop>>,
    registrations: Vec<(Function, String)>,
    named: usize,
}

/// A request before it is sent.
pub struct Ask<'a> {
    function: Function,
    method: &'static str,
    path: String,
    body: Option<Body<'a>>,
    token: Token,
}

enum Body<'a> {
    Json(&'a Value),
    Text(&'a str),
}

impl<'a> Ask<'a> {
    /// Without a body. `path` follows the base of the API, with its query.
    pub fn new(function: Function, method: &'static str, path: impl Into<String>) -> Self {
        Self {
            function,
            method,
            path: path.into(),
            body: None,
            token: Token::Ours,
        }
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &'a Value) -> Self {
        self.body = Some(Body::Json(body));
        self
    }

    /// With a body that may be no JSON at all.
    #[must_use]
    pub fn text(mut self, body: &'a str) -> Self {
        self.body = Some(Body::Text(body));
        self
    }

    /// With another token.
    #[must_use]
    pub fn token(mut self, token: Token) -> Self {
        self.token = token;
        self
    }
}

impl Lab {
    /// A laboratory for one run.
    pub async fn open(profile: Profile) -> Result<Self, LabError> {
        // Who writes a profile names the Seller: its address may be a private one.
        let other = profile.other_buyer.as_ref().map(|other| other.token_endpoint.as_str());
        let named = [
            Some(profile.url.as_str()),
            Some(&profile.credentials.token_endpoint),
            other,
        ];
        let open = named.into_iter().flatten().filter_map(target).collect();
        let client = Outbound::new(OutboundOptions {
            open,
            roots: profile.roots.clone(),
            ..OutboundOptions::default()
        })?;
        let listener = match &profile.listener {
            Some(at) => Some(
                Listener::start(at)
                    .await
                    .map_err(|error| LabError::Listen(at.listen, error))?,
            ),
            None => None,
        };
        Ok(Self {
            structure: Structure::of(&profile.versions),
            profile,
            log: Vec::new(),
            warnings: Vec::new(),
            client,
            tokens: Tokens::default(),
            listener,
            made: BTreeMap::new(),
            registrations: Vec::new(),
            named: 0,
        })
    }

    /// Judges the structure of answers by the official files of a folder, not by our descriptions.
    pub fn by_files(&mut self, folder: &std::path::Path) -> Result<(), LabError> {
        Ok(self.structure.by_files(folder)?)
    }

    /// Ends: what was registered ends with it, and nobody listens any more.
    pub async fn close(&mut self) {
        for (function, id) in std::mem::take(&mut self.registrations) {
            // The verdicts are there: what becomes of this does not change them.
            let _ = self.delete(function, format!("/hub/{id}")).await;
        }
        if let Some(listener) = self.listener.take() {
            listener.stop().await;
        }
    }

    /// GET.
    pub async fn get(&mut self, function: Function, path: impl Into<String>) -> Result<Answer, Stop> {
        self.ask(Ask::new(function, "GET", path)).await
    }

    /// POST.
    pub async fn post(&mut self, function: Function, path: impl Into<String>, body: &Value) -> Result<Answer, Stop> {
        self.ask(Ask::new(function, "POST", path).json(body)).await
    }

    /// PATCH.
    pub async fn patch(&mut self, function: Function, path: impl Into<String>, body: &Value) -> Result<Answer, Stop> {
        self.ask(Ask::new(function, "PATCH", path).json(body)).await
    }

    /// DELETE.
    pub async fn delete(&mut self, function: Function, path: impl Into<String>) -> Result<Answer, Stop> {
        self.ask(Ask::new(function, "DELETE", path)).await
    }

    /// Sends, keeps, and looks at the structure of the answer.
    pub async fn ask(&mut self, ask: Ask<'_>) -> Result<Answer, Stop> {
        let Some(base) = self.structure.base(ask.function) else {
            return Err(Stop::Blocked(format!(
                "the profile has no version of the API of {}",
                ask.function.as_str()
            )));
        };
        let url = format!("{}{base}{}", self.profile.url.trim_end_matches('/'), ask.path);
        let parsed: url::Url = url.parse().map_err(|_| Stop::Blocked(format!("{url} is no address")))?;
        let bearer = self.bearer(&ask.token).await.map_err(Stop::Blocked)?;
        let method = http::Method::from_bytes(ask.method.as_bytes()).unwrap_or_default();
        let mut request = Request::new(Purpose::Operation, method, parsed);
        if let Some(token) = &bearer {
            request = request.bearer(token);
        }
        request = match ask.body {
            Some(Body::Json(body)) => request.json(body),
            Some(Body::Text(body)) => request.body(segue_model::openapi::MEDIA_TYPE, body),
            None => request,
        };
        let since = Instant::now();
        let came = self.client.send(request).await;
        let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(self.keep(&ask, (url, came, ms)))
    }

    fn keep(
        &mut self,
        ask: &Ask<'_>,
        (url, came, ms): (
            String,
            Result<segue_net::outbound::Answer, segue_net::outbound::OutboundError>,
            u64,
        ),
    ) -> Answer {
        let path = ask.path.split('?').next().unwrap_or_default();
        let operation = self.structure.operation(ask.function, ask.method, path);
        let sent = match ask.body {
            Some(Body::Json(body)) => Some(body.clone()),
            Some(Body::Text(text)) => Some(Value::String(text.to_owned())),
            None => None,
        };
        let (status, headers, text) = match came {
            Ok(answer) => {
                let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
                    (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
                };
                let headers = answer.headers.iter().map(pair).collect();
                (
                    answer.status,
                    headers,
                    String::from_utf8_lossy(&answer.body).into_owned(),
                )
            }
            Err(error) => (0, Vec::new(), error.to_string()),
        };
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let found = operation
            .as_ref()
            .filter(|_| status > 0)
            .map(|operation| self.structure.check(ask.function, operation, (status, &text, &body)));
        let found = found.unwrap_or_default();
        let exchange = Arc::new(Exchange {
            number: self.log.len() + 1,
            function: ask.function,
            operation,
            method: ask.method,
            url,
            sent,
            status,
            headers,
            body,
            text,
            faults: found.faults,
            unexpected: found.unexpected,
            ms,
        });
        self.log.push(Arc::clone(&exchange));
        self.note_registration(&exchange);
        Answer(exchange)
    }

    /// Which registrations there are: none shall outlive the run.
    fn note_registration(&mut self, exchange: &Exchange) {
        let id = exchange.body["id"].as_str();
        match (exchange.kind(), id) {
            (Some(Kind::HubCreate), Some(id)) if exchange.is_success() => {
                self.registrations.push((exchange.function, id.to_owned()));
            }
            (Some(Kind::HubDelete), _) if exchange.is_success() => {
                self.registrations
                    .retain(|(_, id)| !exchange.url.ends_with(&format!("/hub/{id}")));
            }
            _ => {}
        }
    }

    async fn bearer(&mut self, token: &Token) -> Result<Option<String>, String> {
        let (who, scope) = match token {
            Token::Missing => return Ok(None),
            Token::Text(text) => return Ok(Some(text.clone())),
            Token::Other => match &self.profile.other_buyer {
                Some(other) => (other.clone(), ""),
                None => return Err("the profile has no [other-buyer]".to_owned()),
            },
            Token::Scoped(scope) => (self.profile.credentials.clone(), scope.as_str()),
            Token::Ours | Token::Altered | Token::Unsigned => (self.profile.credentials.clone(), ""),
        };
        let good = self.tokens.get(&self.client, &who, scope).await?;
        Ok(Some(match token {
            Token::Altered => tokens::altered(&good),
            Token::Unsigned => tokens::unsigned(&good),
            Token::Ours | Token::Missing | Token::Text(_) | Token::Scoped(_) | Token::Other => good,
        }))
    }

    /// A token of ours, to look at.
    pub async fn our_token(&mut self) -> Result<String, Stop> {
        let token = self.bearer(&Token::Ours).await.map_err(Stop::Blocked)?;
        Ok(token.unwrap_or_default())
    }

    /// Asks the token endpoint with these fields; status and body.
    pub async fn token_request(&mut self, pairs: &[(&str, &str)], secret: Option<&str>) -> Result<(u16, Value), Stop> {
        let mut who = self.profile.credentials.clone();
        if let Some(secret) = secret {
            secret.clone_into(&mut who.client_secret);
        }
        let answer = tokens::ask(&self.client, &who, pairs).await;
        let answer = answer.map_err(|error| Stop::Blocked(error.to_string()))?;
        Ok((answer.status, answer.json().unwrap_or_default()))
    }

    /// Forgets tokens, before a function begins: a run may last longer than they do.
    pub fn renew_tokens(&mut self) {
        self.tokens.forget();
    }

    /// What was made under this name, made now if it was not yet. Who makes it and fails, fails;
    /// whoever needs it afterwards is blocked.
    pub async fn made(
        &mut self,
        name: &str,
        make: impl AsyncFnOnce(&mut Self) -> Result<Answer, Stop>,
    ) -> Result<Answer, Stop> {
        if let Some(made) = self.made.get(name) {
            return made.clone();
        }
        let made = make(self).await;
        self.made
            .insert(name.to_owned(), made.clone().map_err(|stop| stop.afterwards(name)));
        made
    }

    /// Forgets what was made under this name.
    pub fn forget(&mut self, name: &str) {
        self.made.remove(name);
    }

    /// Notes something odd.
    pub fn warn(&mut self, answer: &Answer, expected: impl Into<String>, came: impl Into<String>) {
        let finding = Finding {
            expected: expected.into(),
            came: came.into(),
            exchange: Some(answer.number),
        };
        self.warnings.push(finding);
    }

    /// A name that no request of this run had before.
    pub fn name(&mut self) -> String {
        self.named += 1;
        format!("certify-{}-{}", Timestamp::now().as_microsecond(), self.named)
    }

    /// The Seller's time, so many days from now, as the standard writes it.
    pub fn in_days(&self, days: i64) -> String {
        let now = self.profile.now(Timestamp::now());
        let then = now
            .saturating_add(jiff::SignedDuration::from_hours(24 * days))
            .unwrap_or(now);
        format!("{then:.3}")
    }

    /// The offering that requests name.
    pub fn offering(&self) -> Result<Offering, Stop> {
        let first = self.profile.offering.first().cloned();
        first.ok_or_else(|| Stop::Blocked("the profile has no [[offering]]".to_owned()))
    }

    /// An example place that need not be in the profile.
    pub fn place(&self, name: &str, place: Option<&Place>) -> Result<Place, Stop> {
        place
            .cloned()
            .ok_or_else(|| Stop::Blocked(format!("the profile has no places.{name}")))
    }

    /// An example address by fields that need not be in the profile.
    pub fn fields(&self, name: &str, fields: Option<&Value>) -> Result<Value, Stop> {
        fields
            .cloned()
            .ok_or_else(|| Stop::Blocked(format!("the profile has no places.{name}")))
    }

    /// The listener; without one, cases about events cannot be done.
    pub fn listener(&self) -> Result<&Listener, Stop> {
        let listener = self.listener.as_ref();
        listener.ok_or_else(|| Stop::Blocked("the profile has no [listener]".to_owned()))
    }

    /// Waits for an event.
    pub async fn event(&self, what: &str, wanted: impl Fn(&Event) -> bool) -> Result<Event, Stop> {
        let find = |events: &[Event]| events.iter().find(|event| wanted(event)).cloned();
        let found = self.listener()?.until(self.profile.deadlines.event(), find).await;
        found.ok_or_else(|| {
            Stop::Failed(Finding {
                expected: format!("{what} within {} s", self.profile.deadlines.event),
                came: "no such event".to_owned(),
                exchange: None,
            })
        })
    }

    /// Listens for a while; the events that came in all.
    pub async fn listen_on(&self) -> Result<Vec<Event>, Stop> {
        let listener = self.listener()?;
        let pause = Duration::from_secs(self.profile.deadlines.silence);
        let _: Option<()> = listener.until(pause, |_| None).await;
        Ok(listener.events())
    }

    /// What an event has against its description.
    pub fn faults_of_event(&self, function: Function, event: &Event) -> Vec<String> {
        let found = self.structure.check_event(function, event.kind(), &event.body);
        [found.faults, found.unexpected].concat()
    }

    /// The event types of a function, and the path events go to after the callback.
    pub fn events_of(&self, function: Function) -> (Vec<&'static str>, String) {
        (
            self.structure.events(function),
            self.structure.event_base(function).unwrap_or_default(),
        )
    }

    /// Looks at a resource until it is as wanted; the last look when time is over.
    pub async fn until(
        &mut self,
        function: Function,
        path: &str,
        wanted: impl Fn(&Answer) -> bool,
    ) -> Result<Answer, Stop> {
        let end = Instant::now() + self.profile.deadlines.state();
        loop {
            let answer = self.get(function, path).await?;
            if wanted(&answer) || !answer.is_success() || Instant::now() > end {
                return Ok(answer);
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// An operation of a function, by its operationId.
    pub fn operation(&self, function: Function, id: &str) -> Option<Arc<Operation>> {
        self.structure.by_id(function, id)
    }
}

/// `HOST:PORT` of an address.
pub(crate) fn target(url: &str) -> Option<String> {
    let url: url::Url = url.parse().ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}
