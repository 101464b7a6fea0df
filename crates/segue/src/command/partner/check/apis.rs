//! What we buy through: a token for each API, the version agreed, and our registration for events.

use segue_buyer::Registration;
use segue_gate::calls::CallError;
use segue_model::api;
use segue_model::describe::{Api, Kind, Lifeline, Operation};
use segue_model::party::Agreement;
use segue_net::outbound::OutboundError;
use segue_net::token_source::TokenError;

use super::reach::why;
use super::{Look, Verdict, advice};
use crate::command::CommandError;

/// No release will have it.
const NO_VERSION: u32 = 999;

/// Nobody has an element of this name.
const NO_ELEMENT: &str = "segue-partner-check";

/// Where one API version is looked at.
struct Place {
    path: String,
    /// Whether it lists, so that success is 200; else 404 is the right answer to a token.
    lists: bool,
}

impl Look<'_> {
    /// Looks at every API of an agreement under which we buy.
    pub(super) async fn apis(&mut self, agreement: &Agreement) -> Result<(), CommandError> {
        let mut no_tokens = self.partner.credentials.is_none();
        for (name, version) in &agreement.apis {
            let about = format!("{name} v{version}");
            let api = api::find_served(name, *version);
            if api.is_some_and(|api| api.served_by == Lifeline::Buyer) {
                // Their events come to us: nothing of theirs is called.
                continue;
            }
            let Some(api) = api else {
                let seen = "our Buyer does not speak this version".to_owned();
                let advice = "`segue openapi --list` shows what is spoken; change the agreement";
                self.tell("version", &about, (Verdict::Wrong, seen, advice));
                continue;
            };
            if !self.is_reached(&self.partner.base_url) {
                let seen = "their host does not answer".to_owned();
                self.tell("version", &about, (Verdict::NotTried, seen, ""));
                continue;
            }
            let token = match no_tokens {
                false => self.token((api, &about), None).await,
                true => None,
            };
            // What is not about this API will not be otherwise for the next.
            no_tokens |= token.is_none() && self.lines.last().is_some_and(|line| line.about.is_empty());
            self.version((api, &about), token.as_deref()).await;
            if api.hub.is_some() {
                self.registration((api, &about), token.is_some()).await?;
            }
        }
        Ok(())
    }

    /// Asks for a new token. `base` is another address than that of the partner's record. A line
    /// without `about` stands for all APIs.
    pub(super) async fn token(&mut self, (api, about): (&'static Api, &str), base: Option<&str>) -> Option<String> {
        let fault = match self.app.calls.fresh_token(&self.partner.scope(), api, base).await {
            Ok(granted) => {
                let scope = granted
                    .scope
                    .as_deref()
                    .map(|scope| scope.split(' ').collect::<Vec<_>>());
                let operations = api.operations().into_iter().map(|operation| operation.id);
                let lacking: Vec<&str> = operations
                    .filter(|id| scope.as_ref().is_some_and(|scope| !scope.contains(id)))
                    .collect();
                let told = if lacking.is_empty() {
                    (Verdict::Ok, "granted".to_owned(), "")
                } else {
                    let seen = format!("granted without {}", lacking.join(", "));
                    (
                        Verdict::Warning,
                        seen,
                        "Ask them to open these operations to our client",
                    )
                };
                self.tell("token", about, told);
                return Some(granted.token);
            }
            Err(fault) => fault,
        };
        let (about, seen, advice) = match &fault {
            CallError::Token(TokenError::Denied { error, status, .. }) => {
                let of_all = matches!(error.as_str(), "invalid_client" | "unauthorized_client");
                let about = if of_all { "" } else { about };
                (about, format!("refused: {status} {error}"), denied(error))
            }
            CallError::Token(TokenError::Call(fault)) => {
                let seen = format!("the token endpoint gives no answer: {}", why(fault));
                ("", seen, advice(fault))
            }
            CallError::Address { .. } | CallError::Outbound(_) => {
                ("", fault.to_string(), "Correct the address in the record")
            }
            CallError::Token(_) | CallError::NoCredentials | CallError::Suspended => (
                "",
                fault.to_string(),
                "Correct our credentials at them: import their card again",
            ),
            CallError::UnknownPartner(_) | CallError::Gate(_) | CallError::Store(_) => {
                ("", fault.to_string(), "This is on our side: look at the log")
            }
        };
        self.tell("token", about, (Verdict::Wrong, seen, advice));
        None
    }

    async fn version(&mut self, (api, about): (&'static Api, &str), token: Option<&str>) {
        let Some(place) = place(api) else { return };
        let address = |version| address(&self.partner.base_url, (api.name, version), &place.path);
        let bare = self.status(&address(api.version), None).await;
        let control = self.status(&address(NO_VERSION), None).await;
        let (bare, control) = match (bare, control) {
            (Ok(bare), Ok(control)) => (bare, control),
            (Err(fault), _) | (_, Err(fault)) => {
                return self.tell("version", about, (Verdict::Wrong, why(&fault), advice(&fault)));
            }
        };
        if bare == 404 {
            let seen = format!("404: it is not there; {}", self.neighbours(api, &place, control).await);
            let advice = "Ask them which versions they serve us, and change the agreement or the base address";
            return self.tell("version", about, (Verdict::Wrong, seen, advice));
        }
        let proof = bare != control;
        let told = match token {
            Some(token) => self.asked((api, &place), token, proof).await,
            None if proof => {
                let seen = format!("it is there ({bare} without a token; v{NO_VERSION} is not: {control})");
                (Verdict::Ok, seen, "")
            }
            None => {
                let seen = format!("{bare} without a token, whatever is asked for: that proves nothing");
                (Verdict::NotTried, seen, "")
            }
        };
        self.tell("version", about, told);
    }

    /// With a token: a list of one element, or an element that nobody has.
    async fn asked(
        &self,
        (api, place): (&'static Api, &Place),
        token: &str,
        proof: bool,
    ) -> (Verdict, String, &'static str) {
        let query = self.parties(if place.lists { "limit=1" } else { "" });
        let address = |version| {
            format!(
                "{}{query}",
                address(&self.partner.base_url, (api.name, version), &place.path)
            )
        };
        let status = match self.status(&address(api.version), Some(token)).await {
            Ok(status) => status,
            Err(fault) => return (Verdict::Wrong, why(&fault), advice(&fault)),
        };
        let seen = format!("{status} with a token of theirs");
        match status {
            200..=299 => (Verdict::Ok, format!("it answers ({status})"), ""),
            404 if !place.lists && proof => (Verdict::Ok, "it answers (404 to what is not there)".into(), ""),
            404 if !place.lists => match self.status(&address(NO_VERSION), Some(token)).await {
                Ok(404) => {
                    let seen = format!("404, and so for v{NO_VERSION}: it cannot be told whether it is there");
                    (Verdict::Warning, seen, "The first request will show it")
                }
                Ok(_) => (Verdict::Ok, "it answers (404 to what is not there)".into(), ""),
                Err(fault) => (Verdict::Wrong, why(&fault), advice(&fault)),
            },
            404 => (Verdict::Wrong, seen, "Ask them which versions they serve us"),
            401 => (
                Verdict::Wrong,
                seen,
                "They give us tokens and do not accept them: has their agreement with us this version? Ask them",
            ),
            403 => (
                Verdict::Wrong,
                seen,
                "Ask them to open this operation, and our party ids, to our client",
            ),
            429 | 503 => (Verdict::Warning, seen, "They are busy: try again later"),
            501 => (Verdict::Warning, seen, "They have not made this operation: ask them"),
            300..=399 => (
                Verdict::Wrong,
                seen,
                "No redirect is followed: correct the base address",
            ),
            500..=599 => (
                Verdict::Wrong,
                seen,
                "Their server fails: tell them, with this time of day",
            ),
            _ => (
                Verdict::Warning,
                seen,
                "It is there, and does not answer as the standard has it: ask them",
            ),
        }
    }

    /// Other versions that answer otherwise than a version that nobody has.
    async fn neighbours(&self, api: &Api, place: &Place, control: u16) -> String {
        let mut versions: Vec<u32> = api::described()
            .filter(|other| other.name == api.name && other.version != api.version)
            .map(|other| other.version)
            .chain([api.version + 1, api.version.saturating_sub(1)])
            .collect();
        versions.sort_unstable();
        versions.dedup();
        let mut found = Vec::new();
        for version in versions {
            let address = address(&self.partner.base_url, (api.name, version), &place.path);
            if let Ok(status) = self.status(&address, None).await
                && status != 404
                && status != control
            {
                found.push(format!("v{version}"));
            }
        }
        if found.is_empty() {
            "no other version was found either".into()
        } else {
            format!("there is {}", found.join(", "))
        }
    }

    /// `?limit=1&buyerId=beta`: parties are named where one side stands for several.
    fn parties(&self, query: &str) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, ids) in [
            ("buyerId", &self.company.party_ids),
            ("sellerId", &self.partner.party_ids),
        ] {
            if let [first, _, ..] = ids.as_slice() {
                pairs.append_pair(name, first);
            }
        }
        let named = pairs.finish();
        match (query, named.as_str()) {
            ("", "") => String::new(),
            ("", one) | (one, "") => format!("?{one}"),
            (one, other) => format!("?{one}&{other}"),
        }
    }

    async fn registration(&mut self, (api, about): (&'static Api, &str), asked: bool) -> Result<(), CommandError> {
        let scope = self.partner.scope();
        if !asked {
            return Ok(());
        }
        let again = "The next `segue buy` with this API registers us again; orders until then are not told";
        let told = match self.app.buyer.registration_of(&scope, api.name).await {
            Ok(Registration::None) => {
                let seen = "we have not registered for its events yet".to_owned();
                (Verdict::NotTried, seen, "The first `segue buy` with this API does it")
            }
            Ok(Registration::Here(id)) => (Verdict::Ok, format!("they know our registration {id}"), ""),
            Ok(Registration::Gone(id)) => (Verdict::Wrong, format!("they do not know our registration {id}"), again),
            Ok(Registration::Elsewhere { id, callback }) => (
                Verdict::Wrong,
                format!("our registration {id} leads to {callback}, not to us"),
                again,
            ),
            Err(error) => (
                Verdict::Wrong,
                error.to_string(),
                "Ask them why GET /hub/ID is not answered",
            ),
        };
        self.tell("hub", about, told);
        Ok(())
    }
}

/// What to do about a token that is refused, by the codes of RFC 6749 and RFC 8707.
fn denied(error: &str) -> &'static str {
    match error {
        "invalid_client" => "They do not know us by this: give them our card or keys again, or get a new secret",
        "unauthorized_client" => "They know us and do not let us in this way: ask for client_credentials",
        "invalid_scope" => "They know us; ask them to open the operations of this version to us",
        "invalid_target" => "They know us; their agreement with us has not this version: ask them",
        _ => "Ask them what their token endpoint has against our request",
    }
}

/// A GET that every version has: a list, or one element.
fn place(api: &'static Api) -> Option<Place> {
    let operations = api.operations();
    let gets = |kind: Kind| operations.iter().find(|one| one.kind == kind && one.method == "GET");
    // A list without pages may want to know more before it lists: sites before Kylie.
    let is_paged = |one: &&Operation| one.resource.and_then(|about| about.list).is_some_and(|list| list.paged);
    let list = gets(Kind::List).filter(is_paged).map(|list| Place {
        path: list.path.clone(),
        lists: true,
    });
    list.or_else(|| {
        gets(Kind::Get).map(|get| Place {
            path: get.path.replace("{id}", NO_ELEMENT),
            lists: false,
        })
    })
}

fn address(base: &str, (name, version): (&str, u32), path: &str) -> String {
    format!("{}/mefApi/sonata/{name}/v{version}{path}", base.trim_end_matches('/'))
}

/// Whether a path is there, as far as a request without a token tells.
pub(super) fn is_there(bare: &Result<u16, OutboundError>, control: &Result<u16, OutboundError>) -> Option<bool> {
    match (bare, control) {
        (Ok(404), _) => Some(false),
        (Ok(bare), Ok(control)) if bare != control => Some(true),
        (Ok(_) | Err(_), _) => None,
    }
}
