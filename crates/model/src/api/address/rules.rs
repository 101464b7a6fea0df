//! Rules of address validation: answered from the book, at once or later.

use std::sync::Arc;

use serde_json::{Value, json};

use super::deferred;
use crate::api::items::answer::told;
use crate::api::items::list;
use crate::api::items::places::is_open;
use crate::book::Address;
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::{Problem, ProblemCode};
use crate::pointer;
use crate::rules::{Context, Found, Outcome, Ref, Rules};

/// Kinds of representation a query may hold.
const REPRESENTATIONS: [&str; 4] = [
    "fieldedAddressRepresentation",
    "formattedAddressRepresentation",
    "geographicPointRepresentation",
    "labelRepresentation",
];

/// Where the query stands in the request.
const QUERY: &str = "/submittedGeographicAddress";

/// Resource name.
pub(super) const RESOURCE: &str = "geographicAddressValidation";

/// The best match and the others.
pub(super) type Matches = (Option<Arc<Address>>, Vec<Arc<Address>>);

/// Rules of `geographicAddressValidation`. An immediate answer has no identifier and cannot be
/// fetched again (Mplify 121.1), so only deferred ones are stored.
pub struct AddressRules;

impl Rules for AddressRules {
    fn name(&self) -> &'static str {
        RESOURCE
    }

    fn needs(&self, _input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        Vec::new()
    }

    fn on_create(&self, input: &Checked, _found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let mut body = input.body().clone();
        let Some(query) = input.at(QUERY).and_then(Value::as_object) else {
            return Err(vec![Problem::missing(QUERY, "Needed is the address to validate.")]);
        };
        let problems = check_fields(query);
        if !problems.is_empty() {
            return Err(problems);
        }
        // Before anything is acknowledged: afterwards there is no way to tell what is wrong.
        let matches = find(query, ctx).map_err(|problem| vec![problem])?;
        if input.at("/instantSyncValidation") == Some(&Value::Bool(false)) {
            return deferred::acknowledge(body, ctx);
        }
        wire(&mut body, matches, ctx);
        deferred::shift(&mut body, "ready", ctx).map_err(told)?;
        Ok(Outcome {
            commit: Commit::default(),
            status: 200,
            body,
        })
    }

    fn on_job(&self, document: &Document, _job: &Job, _found: &Found, ctx: &Context<'_>) -> Commit {
        deferred::step(document, ctx)
    }
}

/// Writes the matches into an answer.
pub(super) fn wire(body: &mut Object, (best, alternates): Matches, ctx: &Context<'_>) {
    if let Some(best) = best {
        body.insert("bestMatchGeographicAddress".into(), Value::Object(shown(&best, ctx)));
    }
    let alternates = alternates
        .into_iter()
        .map(|address| Value::Object(shown(&address, ctx)));
    body.insert("alternateGeographicAddress".into(), alternates.collect());
}

/// `GET /geographicAddress/{id}`: one address with all its representations.
pub fn get(ctx: &Context<'_>, id: &str) -> Option<Object> {
    let address = ctx.book.address(id).filter(|address| is_open(ctx, address))?;
    Some(shown(&address, ctx))
}

/// Mplify 121.1 R4, R6, R9: what the schema cannot say about fields.
fn check_fields(query: &Object) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in REPRESENTATIONS {
        let at = pointer::join(QUERY, name);
        let representations = list(query, name).iter().enumerate();
        for (index, fields) in representations.filter_map(|(index, value)| Some((index, value.as_object()?))) {
            let path = |field: &str| pointer::join(&pointer::join(&at, index), field);
            let given = |field: &str| fields.get(field).and_then(Value::as_str);
            if given("language").is_some_and(|code| !is_two_letters(code)) {
                let reason = "Two letters of ISO 639 are expected.";
                problems.push(Problem::new(ProblemCode::InvalidFormat, path("language"), reason));
            }
            if given("countryCode").is_some_and(|code| rust_iso3166::from_alpha2(&code.to_uppercase()).is_none()) {
                let reason = "A code of two letters of ISO 3166 is expected.";
                problems.push(Problem::new(ProblemCode::InvalidFormat, path("countryCode"), reason));
            }
            if given("streetNrLastSuffix").is_some() && given("streetNrLast").is_none() {
                let reason = "streetNrLastSuffix needs streetNrLast.";
                problems.push(Problem::missing(path("streetNrLast"), reason));
            }
        }
    }
    problems
}

fn is_two_letters(code: &str) -> bool {
    code.len() == 2 && code.chars().all(|c| c.is_ascii_alphabetic())
}

/// The best match and the others; the Seller's own choice are their number and order.
pub(super) fn find(query: &Object, ctx: &Context<'_>) -> Result<Matches, Problem> {
    if REPRESENTATIONS.iter().all(|name| list(query, name).is_empty()) {
        // The schema counts properties, and takes an empty list for one.
        return Err(Problem::missing(QUERY, "At least one representation is needed."));
    }
    let found = ctx.book.find_address(query);
    if found.too_many {
        let reason = "Too many addresses match; be more precise.";
        return Err(Problem::new(ProblemCode::TooManyRecords, QUERY, reason));
    }
    let closed = |address: &Arc<Address>| !is_open(ctx, address);
    let best_is_closed = found.best.as_ref().is_some_and(closed);
    let only_closed = found.best.is_none() && !found.alternates.is_empty() && found.alternates.iter().all(closed);
    if found.outside_area || best_is_closed || only_closed {
        let reason = "This address is outside the area of validation.";
        return Err(Problem::new(ProblemCode::OtherIssue, QUERY, reason));
    }
    let best = found.best;
    let alternates = found.alternates.into_iter().filter(|address| is_open(ctx, address));
    // Mplify 121.1: the best match is never repeated among the alternates.
    let alternates = alternates.filter(|address| best.as_ref().is_none_or(|best| best.id != address.id));
    let alternates = alternates.collect();
    Ok((best, alternates))
}

fn shown(address: &Address, ctx: &Context<'_>) -> Object {
    let mut body = address.json(ctx.book);
    let href = format!(
        "{}/mefApi/sonata/geographicAddressManagement/v8/geographicAddress/{}",
        ctx.company.base_url, address.id
    );
    body.insert("href".into(), json!(href));
    body
}
