//! `segue partner check`: what stands between us and a partner, one line each. It looks from the
//! inside out: our own set-up, the way to their hosts, tokens, API versions, registrations,
//! deliveries, clocks. It sends requests that only look: nothing is made at the partner.

mod apis;
mod events;
mod own;
mod reach;

use std::collections::BTreeMap;

use jiff::Timestamp;
use segue_model::party::{Agreement, Company, Partner, Role};
use segue_net::outbound::{Answer, Class, OutboundError, Purpose, Request};
use serde::Serialize;
use serde_json::{Value, json};

use super::of;
use crate::app::App;
use crate::command::{CommandError, Who, company};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Verdict {
    Ok,
    Warning,
    Wrong,
    NotTried,
}

/// One line of the answer.
#[derive(Debug, Serialize)]
struct Line {
    partner: String,
    check: &'static str,
    about: String,
    verdict: Verdict,
    seen: String,
    #[serde(rename = "do")]
    advice: String,
}

/// One partner under check.
struct Look<'a> {
    app: &'a App,
    company: &'a Company,
    partner: &'a Partner,
    lines: Vec<Line>,
    /// Whether each host answers, by its origin.
    origins: BTreeMap<String, bool>,
}

/// Checks one partner, or all of a company.
pub(super) async fn run(app: &App, name: Option<&str>, who: &Who) -> Result<Value, CommandError> {
    let (company, partners) = match name {
        Some(name) => {
            let (company, partner) = of(app, name, who).await?;
            (company, vec![partner])
        }
        None => {
            let company = company::of(app, who).await?;
            let partners = app.store.partners(&company.id).await?;
            (company, partners)
        }
    };
    let mut lines = Vec::new();
    for partner in &partners {
        let mut look = Look {
            app,
            company: &company,
            partner,
            lines: Vec::new(),
            origins: BTreeMap::new(),
        };
        look.all().await?;
        lines.append(&mut look.lines);
    }
    let count = |verdict| lines.iter().filter(|line| line.verdict == verdict).count();
    let (wrong, warnings) = (count(Verdict::Wrong), count(Verdict::Warning));
    let whom = match partners.as_slice() {
        [one] => one.id.to_string(),
        many => format!("{} partners", many.len()),
    };
    Ok(json!({
        "done": summary(&whom, wrong, warnings),
        "wrong": wrong,
        "warnings": warnings,
        "checks": lines,
    }))
}

fn summary(whom: &str, wrong: usize, warnings: usize) -> String {
    match (wrong, warnings) {
        (0, 0) => format!("{whom}: nothing is wrong"),
        (0, warnings) => format!("{whom}: nothing is wrong; warnings: {warnings}"),
        (wrong, 0) => format!("{whom}: wrong: {wrong}"),
        (wrong, warnings) => format!("{whom}: wrong: {wrong}; warnings: {warnings}"),
    }
}

impl Look<'_> {
    async fn all(&mut self) -> Result<(), CommandError> {
        let agreements = self.own().await?;
        if self.partner.suspended {
            let seen = "nothing is sent to a suspended partner";
            self.tell("connection", "", (Verdict::NotTried, seen.into(), ""));
            return Ok(());
        }
        for target in self.targets().await? {
            self.reach(&target).await;
        }
        for agreement in &agreements {
            match agreement.role {
                Role::Buyer => self.apis(agreement).await?,
                Role::Seller => self.events(agreement).await?,
            }
        }
        Ok(())
    }

    /// Every address that we call, the base address first.
    async fn targets(&self) -> Result<Vec<String>, CommandError> {
        let partner = self.partner;
        let mut targets = vec![partner.base_url.clone()];
        targets.extend(partner.credentials.iter().map(|ours| ours.token_endpoint.clone()));
        targets.extend(partner.client.iter().filter_map(|client| client.jwks_uri.clone()));
        let subscriptions = self.app.store.subscriptions(&partner.scope()).await?;
        targets.extend(subscriptions.into_iter().map(|subscription| subscription.callback));
        Ok(targets)
    }

    /// One line. What is well needs no advice.
    fn tell(&mut self, check: &'static str, about: &str, told: (Verdict, String, &str)) {
        let (verdict, seen, advice) = told;
        self.lines.push(Line {
            partner: self.partner.id.to_string(),
            check,
            about: about.to_owned(),
            verdict,
            seen,
            advice: advice.to_owned(),
        });
    }

    /// A GET that only looks.
    async fn get(&self, address: &str, token: Option<&str>) -> Result<Answer, OutboundError> {
        let outbound = self.app.calls.outbound();
        let url = outbound.parse_target(address).map_err(|why| OutboundError::Refused {
            target: format!("GET {address}"),
            why,
        })?;
        let request = Request::new(Purpose::Operation, http::Method::GET, url)
            .header(http::header::ACCEPT, "application/json;charset=utf-8");
        let request = match token {
            Some(token) => request.bearer(token),
            None => request,
        };
        outbound.send(request).await
    }

    /// The status of such a GET.
    async fn status(&self, address: &str, token: Option<&str>) -> Result<u16, OutboundError> {
        Ok(self.get(address, token).await?.status)
    }

    fn agreed(&self, agreement: &Agreement) -> String {
        format!("as {}, agreement v{}", agreement.role.as_str(), agreement.version)
    }
}

/// What to do about a call without an answer.
fn advice(fault: &OutboundError) -> &'static str {
    match fault {
        OutboundError::Refused { .. } => {
            "If this target is meant, put its HOST:PORT into outbound.open of segue.toml; else correct the record"
        }
        OutboundError::Failed { class, .. } => match class {
            Class::Dns => "Correct the host name in the record, or ask them for the right one",
            Class::Refused => "Is their server running, on this port, and open to our address? Ask them",
            Class::Tls => "Ask them for a certificate that is in date, for this name and of a known authority",
            Class::Timeout => "Ask them whether a firewall drops our calls, or their server hangs",
            Class::Broken => "What listens there does not speak HTTP as expected: ask them for the right address",
        },
        OutboundError::TooLarge { .. } => "The answer is longer than any of the standard: is this the right address?",
    }
}

/// `in 12 days`, `3 days ago`
fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs();
    let (amount, unit) = match seconds.unsigned_abs() {
        seconds @ 0..=119 => (seconds, "seconds"),
        seconds @ 120..=7_199 => (seconds / 60, "minutes"),
        seconds @ 7_200..=172_799 => (seconds / 3_600, "hours"),
        seconds => (seconds / 86_400, "days"),
    };
    if seconds < 0 {
        format!("{amount} {unit} ago")
    } else {
        format!("in {amount} {unit}")
    }
}
