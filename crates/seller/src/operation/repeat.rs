//! A request that comes again with its `Idempotency-Key` gets its first answer, byte for byte.

use axum::response::Response;
use http::StatusCode;
use jiff::SignedDuration;
use segue_gate::body::Sent;
use segue_gate::front::Call;
use segue_model::commit::IdempotentAnswer;
use segue_model::failure::{Failure, Problem, ProblemCode};

use super::json;
use crate::idempotency::{self, Flight};
use crate::{Seller, SellerError};

/// How long answers are kept for repeats: orders live for months, the rest for days.
const KEEP_ORDERS: SignedDuration = SignedDuration::from_hours(24 * 90);
const KEEP_OTHERS: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A key with the digest of the request it came with.
pub struct Keyed {
    key: String,
    digest: String,
    _flight: Flight,
}

/// What a key says about a request.
pub enum Look {
    /// It was answered before: this was the answer.
    Known(Response),
    /// It is new, or has no key.
    New(Option<Keyed>),
}

/// Looks whether the request was answered before. 409 while its twin is being answered, 422 when
/// the key was used for another request.
pub async fn look(seller: &Seller, call: &Call, sent: &Sent) -> Result<Look, Failure> {
    let Some(key) = idempotency::key(&call.headers)? else {
        return Ok(Look::New(None));
    };
    let scope = call.caller.agreement.scope();
    let api = call.operation.api;
    let partner = scope.partner.as_str();
    #[cfg(feature = "planted")]
    let partner = if segue_store::planted::is("key-without-tenant") {
        "any"
    } else {
        partner
    };
    // Company and partner are part of the key: two partners never meet in one.
    let key = format!(
        "{}|{}|{}|{}|{}|{key}",
        scope.company,
        partner,
        api.name,
        super::older::version(call),
        call.operation.id
    );
    let id = call.id.as_deref().unwrap_or_default();
    let path_and_query = format!("{}|{id}?{}", call.operation.path, call.query_text);
    let digest = idempotency::digest(&path_and_query, &sent.json);
    let flight = seller.in_flight.take(&key)?;
    let keyed = Keyed {
        key,
        digest,
        _flight: flight,
    };
    match known(seller, &keyed.key).await? {
        Some(answer) => keyed.repeat(&answer).map(Look::Known),
        None => Ok(Look::New(Some(keyed))),
    }
}

async fn known(seller: &Seller, key: &str) -> Result<Option<IdempotentAnswer>, Failure> {
    let found = seller.parts.store.idempotent_answer(key, seller.parts.wall.now()).await;
    Ok(found.map_err(SellerError::from)?)
}

impl Keyed {
    /// The row that goes into the commit of the effect.
    pub fn row(&self, seller: &Seller, call: &Call, (status, body): (u16, &str)) -> IdempotentAnswer {
        let orders = call.operation.api.name == "productOrderingManagement";
        let keep = if orders { KEEP_ORDERS } else { KEEP_OTHERS };
        IdempotentAnswer {
            key: self.key.clone(),
            digest: self.digest.clone(),
            status,
            body: body.to_owned(),
            expires_at: seller
                .parts
                .wall
                .now()
                .saturating_add(keep)
                .unwrap_or(jiff::Timestamp::MAX),
        }
    }

    /// Another process of this installation was faster with the same key: its answer.
    pub async fn twin(&self, seller: &Seller) -> Result<Response, Failure> {
        let answer = known(seller, &self.key).await?.ok_or(Failure::Internal)?;
        self.repeat(&answer)
    }

    fn repeat(&self, known: &IdempotentAnswer) -> Result<Response, Failure> {
        if known.digest != self.digest {
            let reason = "This Idempotency-Key was used with another request; use a new key for a new request.";
            return Err(Failure::Unprocessable(vec![Problem::new(
                ProblemCode::OtherIssue,
                "",
                reason,
            )]));
        }
        let status = StatusCode::from_u16(known.status).map_err(|_| Failure::Internal)?;
        Ok(json(status, known.body.clone()))
    }
}
