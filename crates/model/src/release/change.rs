//! What a partner reads otherwise about a document once it speaks another version of an API. Pure,
//! and nothing is guessed: the translations that answer before and after are made and compared.

use std::collections::BTreeMap;

use serde_json::Value;

use super::losses::{self, Loss};
use super::translate::{self, differences};
use super::{BILLIE, of_agreement, payload, table};
use crate::describe::{Api, Kind, Operation};

/// From one version of an API to another, for a partner of ours that is served it.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The version spoken until now.
    pub from: &'static Api,
    /// The version spoken from then on.
    pub to: &'static Api,
    /// Whether product payloads were told as in Billie.
    payloads_before: bool,
    /// Whether they will be.
    payloads_after: bool,
}

/// Something that is told otherwise, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Pointer into what the partner sent, or where it did not send it, into the newest form.
    pub pointer: String,
    /// The member, as lists of losses name it.
    pub member: String,
    /// What becomes of it.
    pub becomes: &'static str,
}

/// What becomes of a payload of Billie, and of one that becomes such.
const ONE_FOR_ALL: &str = "told under one identifier for all functions, in its newest form";
const ONE_FOR_EACH: &str = "told under an identifier for each function, in the form of Billie";
/// A document that the other version does not have.
const NO_RESOURCE: &str = "not there in the other version: it can be read no more";
/// The lists of losses have every member; a test sees to it.
const OTHERWISE: &str = "told otherwise";

impl Change {
    /// `before` and `after` are all API versions of the agreement.
    pub fn new(
        (from, to): (&'static Api, &'static Api),
        (before, after): (&BTreeMap<String, u32>, &BTreeMap<String, u32>),
    ) -> Self {
        let in_words_of_billie = |api, apis| is_older(api) && of_agreement(apis) == BILLIE;
        Self {
            from,
            to,
            payloads_before: in_words_of_billie(from, before),
            payloads_after: in_words_of_billie(to, after),
        }
    }

    /// What is told otherwise about one document of a resource, by the name it is stored under. `sent`
    /// is the request that made it, where that came in the version spoken until now: until now it is
    /// told again as it was sent.
    pub fn losses(&self, stored: &str, (body, sent): (&Value, Option<&Value>)) -> Vec<Lost> {
        let there = |api: &Api| api.resources.iter().any(|resource| resource.stored == stored);
        if !there(self.from) {
            return Vec::new();
        }
        if !there(self.to) {
            return vec![Lost {
                pointer: String::new(),
                member: stored.to_owned(),
                becomes: NO_RESOURCE,
            }];
        }
        let mut lost = Vec::new();
        if let Some(sent) = sent {
            let pointers = sent_otherwise(self.from, stored, sent);
            lost.extend(pointers.into_iter().map(|pointer| Lost::of(losses::UP, pointer)));
        }
        let known = untold(self.from, stored, body);
        let news = untold(self.to, stored, body).into_iter();
        let news = news.filter(|pointer| !known.contains(pointer));
        lost.extend(news.map(|pointer| Lost::of(losses::DOWN, pointer)));
        lost.extend(self.payloads(body));
        lost
    }

    /// Whether a listener of the other version hears of this event, by its newest name.
    pub fn tells(&self, event_type: &str) -> bool {
        let listens = |name: &str| self.to.notification().is_some_and(|api| api.listener(name).is_some());
        listens(event_type) || listens(table::older_event(event_type))
    }

    /// The newest names of all events of the version spoken until now.
    pub fn events(&self) -> Vec<&'static str> {
        let listeners = self.from.notification().map_or(&[][..], |api| api.listeners);
        listeners
            .iter()
            .map(|listener| table::newer_event(listener.event))
            .collect()
    }

    fn payloads(&self, body: &Value) -> Vec<Lost> {
        if self.payloads_before == self.payloads_after {
            return Vec::new();
        }
        let mut of_billie = body.clone();
        payload::lower(&mut of_billie, self.from.name);
        let becomes = if self.payloads_after { ONE_FOR_EACH } else { ONE_FOR_ALL };
        let changed = differences(body, &of_billie).into_iter();
        let types = changed.filter(|pointer| pointer.ends_with("/@type"));
        let lost = types.map(|pointer| Lost {
            member: "@type".to_owned(),
            pointer,
            becomes,
        });
        lost.collect()
    }
}

impl Lost {
    fn of(list: &[Loss], pointer: String) -> Self {
        let is_name = |piece: &&str| piece.parse::<usize>().is_err();
        let member = pointer.rsplit('/').find(is_name).unwrap_or_default().to_owned();
        let known = list.iter().find(|(name, _)| *name == member);
        Self {
            becomes: known.map_or(OTHERWISE, |(_, becomes)| becomes),
            member,
            pointer,
        }
    }
}

fn is_older(api: &Api) -> bool {
    translate::newest(api).version != api.version
}

/// Pointers into what was sent to what the newest form says otherwise.
fn sent_otherwise(api: &'static Api, stored: &str, sent: &Value) -> Vec<String> {
    let create = operation(api, Kind::Create, stored);
    let both = create.and_then(|old| Some((translate::counterpart(&old)?, old)));
    let raised = both.and_then(|(new, old)| translate::request(&old, &new, sent).ok());
    raised.map_or_else(Vec::new, |raised| raised.losses)
}

/// Pointers into a document to what a version does not tell as it is.
fn untold(api: &'static Api, stored: &str, body: &Value) -> Vec<String> {
    if !is_older(api) {
        return Vec::new();
    }
    let get = operation(api, Kind::Get, stored);
    let both = get.and_then(|old| Some((translate::counterpart(&old)?, old)));
    both.map_or_else(Vec::new, |(new, old)| translate::answer(&old, &new, body).losses)
}

fn operation(api: &'static Api, kind: Kind, stored: &str) -> Option<Operation> {
    let about = |one: &Operation| one.resource.is_some_and(|resource| resource.stored == stored);
    api.operations().into_iter().find(|one| one.kind == kind && about(one))
}
