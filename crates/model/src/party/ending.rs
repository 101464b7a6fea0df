//! API versions with an end date: served beside the version agreed, so that a partner can move from
//! one to the other without a gap, and told so in every answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Agreement, Role};
use crate::api;
use crate::describe::Lifeline;
use crate::failure::Problem;

/// An API version that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ending {
    /// Name of the API.
    pub api: String,
    /// Its major version.
    pub version: u32,
    /// Wall time from which it is served no more.
    pub until: Timestamp,
    /// Wall time from which it counts as deprecated; absent takes that of the agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

impl Agreement {
    /// The same, in force from `now` on; what counts as deprecated does so since it did before.
    #[must_use]
    pub fn renewed(&self, now: Timestamp) -> Self {
        let mut renewed = self.clone();
        for ending in &mut renewed.ending {
            ending.since.get_or_insert(self.effective_from);
        }
        renewed.effective_from = now;
        renewed
    }

    /// Whether it opens this API version at `now`.
    pub fn opens(&self, name: &str, version: u32, now: Timestamp) -> bool {
        match self.end_of(name, version) {
            Some(ending) => now < ending.until,
            None => self.apis.get(name) == Some(&version),
        }
    }

    /// When this API version ends, where that is settled.
    pub fn end_of(&self, name: &str, version: u32) -> Option<&Ending> {
        let mut endings = self.ending.iter();
        endings.find(|ending| ending.api == name && ending.version == version)
    }

    /// What is wrong with the versions that end.
    pub fn ending_mistakes(&self) -> Vec<Problem> {
        let mut mistakes = Vec::new();
        for (index, ending) in self.ending.iter().enumerate() {
            let Ending { api: name, version, .. } = ending;
            let mut wrong = |member: &str, reason: String| {
                mistakes.push(Problem::invalid(format!("/ending/{index}{member}"), reason));
            };
            if self.role == Role::Buyer {
                wrong("", "Only what we serve as Seller ends by our word.".into());
            }
            let served = api::find_served(name, *version).filter(|api| api.served_by == Lifeline::Seller);
            if served.is_none() {
                wrong("/version", format!("{name} v{version} is not served here."));
            }
            let same = |other: &Ending| other.api == *name && other.version == *version;
            if self.ending[..index].iter().any(same) {
                wrong("", format!("{name} v{version} ends twice."));
            }
            let since = ending.since.unwrap_or(self.effective_from);
            if ending.until < since {
                // RFC 8594 and RFC 9745: nothing ends before it is deprecated.
                wrong("/until", "It ends before it counts as deprecated.".into());
            }
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Scope;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn agreement(role: Role, ending: &[(&str, u32, &str)]) -> Agreement {
        let apis = [("quoteManagement".to_owned(), 10)].into();
        let mut agreement = Agreement::first(Scope::new("acme", "beta"), role, apis, at("2026-11-01T00:00:00Z"));
        let endings = ending.iter().map(|(api, version, until)| Ending {
            api: (*api).to_owned(),
            version: *version,
            until: at(until),
            since: None,
        });
        agreement.ending = endings.collect();
        agreement
    }

    #[test]
    fn both_versions_are_open_until_the_older_one_ends() {
        let both = agreement(Role::Seller, &[("quoteManagement", 8, "2027-01-01T00:00:00Z")]);
        let (before, after) = (at("2026-12-31T23:59:59Z"), at("2027-01-01T00:00:00Z"));
        assert!(both.opens("quoteManagement", 8, before) && both.opens("quoteManagement", 10, before));
        assert!(!both.opens("quoteManagement", 8, after) && both.opens("quoteManagement", 10, after));
        assert!(!both.opens("quoteManagement", 7, before) && !both.opens("productInventory", 8, before));
        let only = agreement(Role::Seller, &[("quoteManagement", 10, "2027-01-01T00:00:00Z")]);
        assert!(only.opens("quoteManagement", 10, before) && !only.opens("quoteManagement", 10, after));
    }

    #[test]
    fn every_mistake_about_an_end_is_told_at_its_place() {
        let wrong = agreement(
            Role::Seller,
            &[
                ("quoteManagement", 9, "2027-01-01T00:00:00Z"),
                ("quoteManagement", 8, "2026-10-01T00:00:00Z"),
                ("quoteManagement", 8, "2027-01-01T00:00:00Z"),
            ],
        );
        let places: Vec<String> = wrong
            .ending_mistakes()
            .into_iter()
            .map(|one| one.property_path)
            .collect();
        assert_eq!(places, ["/ending/0/version", "/ending/1/until", "/ending/2"]);
        let ours = agreement(Role::Buyer, &[("quoteManagement", 8, "2027-01-01T00:00:00Z")]);
        assert_eq!(ours.ending_mistakes().len(), 1);
    }
}
