//! One site at one Seller: address, then a qualification of each rate, then a quote for each term.

use std::sync::Arc;
use std::time::Duration;

use segue_model::tender::{Offer, Progress, Request, Site, Visit, ready_to_quote};
use serde_json::{Value, json};

use super::WAIT;
use super::desk::Desk;
use crate::{Ask, BuyerError, Cause, Refused, Wish};

/// Addresses that are named where none is the best match.
const ALTERNATES_MAX: usize = 3;

/// How a visit ended for now.
pub(super) enum Outcome {
    /// Nothing is left to be asked.
    Done,
    /// The Seller works on it.
    Waiting,
    /// The Seller asks us to wait.
    Busy(Duration),
    /// No answer came.
    Silent(String),
    /// Our own store failed.
    Fatal(BuyerError),
}

/// Why a step did not get its answer.
pub(super) enum Snag {
    /// The Seller asks us to wait.
    Busy(Duration),
    /// No answer came; what became of the request is not known.
    Silent(String),
    /// A clear no.
    No(String),
    /// Our own store failed.
    Fatal(BuyerError),
}

impl From<BuyerError> for Snag {
    fn from(error: BuyerError) -> Self {
        match error {
            BuyerError::Refused(refused) => match refused.status {
                429 | 503 => Self::Busy(refused.retry_after.unwrap_or(WAIT)),
                // 409: our own first try is still being answered.
                401 | 408 | 409 | 500.. => Self::Silent(refused.to_string()),
                _ => Self::No(words(&refused)),
            },
            BuyerError::Call { .. } | BuyerError::Unknown { .. } | BuyerError::Unreadable { .. } => {
                Self::Silent(error.to_string())
            }
            BuyerError::Invalid { ref problems, .. } => {
                let first = problems
                    .first()
                    .map(|problem| format!(": {} {}", problem.property_path, problem.reason));
                Self::No(format!("{error}{}", first.unwrap_or_default()))
            }
            BuyerError::NotAgreed { .. } | BuyerError::Incomplete(_) | BuyerError::Rehearsed(_) => {
                Self::No(error.to_string())
            }
            BuyerError::Gate(_) | BuyerError::Store(_) | BuyerError::Commit(_) => Self::Fatal(error),
        }
    }
}

/// A refusal in the Seller's own words.
fn words(refused: &Refused) -> String {
    let problem = refused.problems.first().map(|problem| problem.reason.clone());
    let text = problem.unwrap_or_else(|| refused.reason.clone());
    if text.is_empty() { refused.to_string() } else { text }
}

/// Which request of a visit: its rate, and its quote if it is one.
#[derive(Clone, Copy)]
struct At {
    rate: usize,
    quote: Option<usize>,
}

impl At {
    fn resource(self) -> &'static str {
        if self.quote.is_some() {
            "quote"
        } else {
            "productOfferingQualification"
        }
    }

    fn api(self) -> &'static str {
        if self.quote.is_some() {
            "quoteManagement"
        } else {
            "productOfferingQualification"
        }
    }

    /// operationIds of its list and create.
    fn operations(self) -> (&'static str, &'static str) {
        if self.quote.is_some() {
            ("listQuote", "createQuote")
        } else {
            ("listProductOfferingQualification", "createProductOfferingQualification")
        }
    }

    fn request(self, visit: &mut Visit) -> &mut Request {
        let rate = &mut visit.rates[self.rate];
        match self.quote {
            Some(quote) => &mut rate.quotes[quote].request,
            None => &mut rate.qualification,
        }
    }
}

impl Desk {
    /// Goes on with one visit as far as it goes; without `fetch` only what events have brought is
    /// looked at where the Seller works on something.
    pub(super) async fn visit(self: Arc<Self>, mut visit: Visit, fetch: bool) -> (Visit, Outcome) {
        let gone = self.go_on(&mut visit, fetch).await;
        let store = &self.shop.buyer.parts.store;
        let kept = store
            .put_visit(&self.scope.company, self.shop.tender.number, &visit)
            .await;
        let outcome = match (kept, gone) {
            (Err(error), _) => Outcome::Fatal(error.into()),
            (Ok(()), Err(Snag::Fatal(error))) => Outcome::Fatal(error),
            (Ok(()), Err(Snag::Busy(wait))) => Outcome::Busy(wait),
            (Ok(()), Err(Snag::Silent(why))) => Outcome::Silent(why),
            (Ok(()), Ok(()) | Err(Snag::No(_))) if visit.is_done() => Outcome::Done,
            (Ok(()), Ok(()) | Err(Snag::No(_))) => Outcome::Waiting,
        };
        (visit, outcome)
    }

    async fn go_on(&self, visit: &mut Visit, fetch: bool) -> Result<(), Snag> {
        if visit.address_id.is_none()
            && let Err(snag) = self.locate(visit).await
        {
            return match snag {
                Snag::No(why) => {
                    visit.why_not = Some(why);
                    Ok(())
                }
                other => Err(other),
            };
        }
        for rate in 0..visit.rates.len() {
            self.advance(visit, At { rate, quote: None }, fetch).await?;
            if !ready_to_quote(&visit.rates[rate].qualification) {
                continue;
            }
            for quote in 0..visit.rates[rate].quotes.len() {
                let at = At {
                    rate,
                    quote: Some(quote),
                };
                self.advance(visit, at, fetch).await?;
            }
        }
        Ok(())
    }

    /// Finds out how the Seller calls the address. The answer is not kept there, so that it may be
    /// asked for again.
    async fn locate(&self, visit: &mut Visit) -> Result<(), Snag> {
        let site = self
            .shop
            .tender
            .site(visit)
            .ok_or_else(|| Snag::No("the list has no such site".into()))?;
        if !site.country.is_empty()
            && let Some(why) = self.agreement.closed_wish(&site.country, &site.postcode)
        {
            return Err(Snag::No(why));
        }
        visit.address_id = Some(match &site.address_id {
            Some(id) => id.clone(),
            None => self.validated(site).await?,
        });
        Ok(())
    }

    async fn validated(&self, site: &Site) -> Result<String, Snag> {
        let body = json!({ "instantSyncValidation": true, "submittedGeographicAddress": site.query });
        let ask = Ask {
            operation: "createGeographicAddressValidation",
            api: "geographicAddressManagement",
            id: None,
            query: &[],
            body: Some(&body),
        };
        let found = self.shop.buyer.ask(&self.scope, ask).await?.body;
        let best = found.pointer("/bestMatchGeographicAddress/id").and_then(Value::as_str);
        best.map(str::to_owned).ok_or_else(|| Snag::No(no_match(&found)))
    }

    /// Brings one request a step further.
    async fn advance(&self, visit: &mut Visit, at: At, fetch: bool) -> Result<(), Snag> {
        let made = match at.request(visit).progress {
            Progress::Done => return Ok(()),
            Progress::Waiting => self.look(visit, at, fetch).await?,
            // It may have arrived: the Seller is asked for it first.
            Progress::Sent => match self.find(visit, at).await? {
                Some(made) => Ok(made),
                None => self.send(visit, at).await,
            },
            Progress::Open => {
                let Some(s_vlan) = self.s_vlan(visit, at) else {
                    at.request(visit).refused("all S-VLANs at this ENNI are in use");
                    return Ok(());
                };
                let request = at.request(visit);
                request.s_vlan = Some(s_vlan);
                request.progress = Progress::Sent;
                let (company, number) = (&self.scope.company, self.shop.tender.number);
                let kept = self.shop.buyer.parts.store.put_visit(company, number, visit).await;
                kept.map_err(|error| Snag::Fatal(error.into()))?;
                self.send(visit, at).await
            }
        };
        match made {
            Ok(made) => self.take(visit, at, &made),
            Err(Snag::No(why)) => {
                let s_vlan = at.request(visit).s_vlan.take();
                self.give_back(s_vlan);
                at.request(visit).refused(why);
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// A quote has the S-VLAN of the qualification, since it is for what was qualified; a quote for
    /// another term one of its own, since firm quotes hold what they name.
    fn s_vlan(&self, visit: &Visit, at: At) -> Option<i64> {
        let qualified = visit.rates[at.rate].qualification.s_vlan;
        match at.quote {
            Some(0) if qualified.is_some() => qualified,
            _ => self.take_s_vlan(),
        }
    }

    fn take(&self, visit: &mut Visit, at: At, made: &Value) {
        let request = at.request(visit);
        if at.quote.is_none() {
            request.qualified(made);
            if request.progress == Progress::Done && !ready_to_quote(request) {
                let s_vlan = request.s_vlan.take();
                self.give_back(s_vlan);
            }
            return;
        }
        request.quoted(made);
        if request.progress == Progress::Done {
            let (rate, quote) = (&mut visit.rates[at.rate], at.quote.unwrap_or_default());
            let quote = &mut rate.quotes[quote];
            quote.offer = Some(Offer::read(made, quote.term));
        }
    }

    /// What has become of it at the Seller.
    async fn look(&self, visit: &mut Visit, at: At, fetch: bool) -> Result<Result<Value, Snag>, Snag> {
        let id = at.request(visit).id.clone().unwrap_or_default();
        let buyer = &self.shop.buyer;
        if !fetch && let Some(known) = buyer.mirrored(&self.scope, at.resource(), &id).await? {
            return Ok(Ok(Value::Object(known.body)));
        }
        match buyer.refresh(&self.scope, at.resource(), &id).await.map_err(Snag::from) {
            Ok(answered) => Ok(Ok(answered.body)),
            Err(Snag::No(why)) => Ok(Err(Snag::No(why))),
            Err(other) => Err(other),
        }
    }

    /// Under which key a request is sent; it is its `externalId` too.
    fn key(&self, visit: &Visit, at: At) -> String {
        let (rate, tender) = (&visit.rates[at.rate], &self.shop.tender);
        let term = at.quote.map(|quote| format!("-{}", rate.quotes[quote].term));
        format!(
            "{}-{}-{}{}",
            tender.key,
            visit.site,
            rate.bandwidth,
            term.unwrap_or_default()
        )
    }

    /// What the Seller has of it, if anything.
    async fn find(&self, visit: &Visit, at: At) -> Result<Option<Value>, Snag> {
        let query = [("externalId", self.key(visit, at))];
        let ask = Ask {
            operation: at.operations().0,
            api: at.api(),
            id: None,
            query: &query,
            body: None,
        };
        let listed = self.shop.buyer.ask(&self.scope, ask).await?.body;
        let Some(id) = listed.pointer("/0/id").and_then(Value::as_str) else {
            return Ok(None);
        };
        Ok(Some(
            self.shop.buyer.refresh(&self.scope, at.resource(), id).await?.body,
        ))
    }

    async fn send(&self, visit: &Visit, at: At) -> Result<Value, Snag> {
        let rate = &visit.rates[at.rate];
        let quote = at.quote.map(|index| &rate.quotes[index]);
        let request = quote.map_or(&rate.qualification, |quote| &quote.request);
        let key = self.key(visit, at);
        let wish = Wish {
            address_id: visit.address_id.clone().unwrap_or_default(),
            enni_id: self.enni.clone(),
            s_vlan: request.s_vlan.unwrap_or_default(),
            bandwidth_mbps: rate.bandwidth,
            term_months: quote.map_or(0, |quote| quote.term),
            external_id: Some(key.clone()),
            later: self.shop.tender.later.clone(),
        };
        let composer = self.composer();
        let body = if quote.is_some() {
            // Only what is the same in all points was qualified.
            let same = request.s_vlan == rate.qualification.s_vlan;
            composer.quote(&wish, rate.qualification.id.as_deref().filter(|_| same))?
        } else {
            composer.poq(&wish)?
        };
        let ask = Ask {
            operation: at.operations().1,
            api: at.api(),
            id: None,
            query: &[],
            body: Some(&body),
        };
        let buyer = &self.shop.buyer;
        let made = buyer.ask_under(&self.scope, ask, &key).await?;
        let cause = Cause::Answer(at.operations().1);
        buyer.take_in((&self.scope, cause), at.resource(), &made).await?;
        Ok(made.body)
    }
}

/// Why an address has no best match, with the likeliest others.
fn no_match(found: &Value) -> String {
    let others = found["alternateGeographicAddress"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let named = others.iter().take(ALTERNATES_MAX).map(|address| {
        let fields = address
            .pointer("/fieldedAddressRepresentation/0")
            .unwrap_or(&Value::Null);
        let words: Vec<&str> = ["streetName", "streetNr", "postcode", "city"]
            .iter()
            .filter_map(|name| fields[*name].as_str())
            .collect();
        format!("{} ({})", words.join(" "), address["id"].as_str().unwrap_or_default())
    });
    let named: Vec<String> = named.collect();
    match (named.is_empty(), others.len() > ALTERNATES_MAX) {
        (true, _) => "the Seller knows no such address".into(),
        (false, more) => format!(
            "no best match; likely: {}{}",
            named.join("; "),
            if more { "; and others" } else { "" }
        ),
    }
}
