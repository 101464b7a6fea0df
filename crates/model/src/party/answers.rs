//! Who answers which step for whom: the book at once, a person, or a legacy system.

use serde::{Deserialize, Serialize};

use super::Agreement;
use super::pilot::begins;
use crate::api::errand;
use crate::failure::Problem;
use crate::time::{Span, Unit};

/// A step of the way from question to product that somebody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Whether it can be delivered.
    Poq,
    /// What it costs.
    Quote,
    /// Whether an order is accepted.
    Order,
    /// Building it: milestones, completion, failure.
    Provisioning,
}

impl Step {
    /// `poq`, `quote`, `order` or `provisioning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Poq => "poq",
            Self::Quote => "quote",
            Self::Order => "order",
            Self::Provisioning => "provisioning",
        }
    }
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnsweredBy {
    /// The book (for provisioning: the simulated network), at once.
    Book,
    /// A person.
    Errand,
    /// A legacy system that is asked over HTTP; a person where it does not answer.
    Connector,
}

/// Where an item is delivered, as far as rules tell places apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spot<'a> {
    /// ISO 3166 alpha-2.
    pub country: Option<&'a str>,
    /// As the address has it.
    pub postcode: Option<&'a str>,
    /// Identifier of the address.
    pub place: Option<&'a str>,
}

/// One line of an agreement. What it does not name it is open to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerRule {
    /// For this step.
    pub step: Step,
    /// For this product offering only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offering: Option<String>,
    /// For places in this country only, ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// For places whose postcode begins so only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// For this address only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Who answers.
    pub by: AnsweredBy,
    /// Which connector, exactly where one answers: a name of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// Whose errand it is, at once or after a connector failed: a desk or a person.
    #[serde(default = "desk")]
    pub owner: String,
    /// How long the owner has.
    #[serde(default = "one_day")]
    pub within: Span,
}

fn desk() -> String {
    "desk".into()
}

fn one_day() -> Span {
    Span::new(1, Unit::BusinessDays)
}

impl AnswerRule {
    fn covers(&self, step: Step, offering: &str, spot: Spot<'_>) -> bool {
        let fits = |named: &Option<String>, is: Option<&str>| named.is_none() || named.as_deref() == is;
        let begins = self
            .postcode
            .as_deref()
            .is_none_or(|named| spot.postcode.is_some_and(|postcode| begins(postcode, named)));
        let same_country = self
            .country
            .as_deref()
            .is_none_or(|named| spot.country.is_some_and(|country| named.eq_ignore_ascii_case(country)));
        self.step == step
            && fits(&self.offering, Some(offering))
            && same_country
            && fits(&self.place, spot.place)
            && begins
    }

    /// How much it names. An address says more than an offering, an offering more than a postcode
    /// (a longer one more than a shorter), and that more than a country.
    fn weight(&self) -> (bool, bool, usize, bool) {
        (
            self.place.is_some(),
            self.offering.is_some(),
            self.postcode.as_ref().map_or(0, String::len),
            self.country.is_some(),
        )
    }

    fn names(&self) -> impl PartialEq + '_ {
        (self.step, &self.offering, &self.country, &self.postcode, &self.place)
    }
}

impl Agreement {
    /// The most specific rule for a step of an item; none means the book.
    pub fn answer_rule(&self, step: Step, offering: &str, spot: Spot<'_>) -> Option<&AnswerRule> {
        let covering = self.answers.iter().filter(|rule| rule.covers(step, offering, spot));
        covering.max_by_key(|rule| rule.weight())
    }

    /// The rule, where somebody else than the book answers.
    pub fn errand_rule(&self, step: Step, offering: &str, spot: Spot<'_>) -> Option<&AnswerRule> {
        self.answer_rule(step, offering, spot)
            .filter(|rule| rule.by != AnsweredBy::Book)
    }

    /// What is wrong with the rules, all at once; `connectors` are those there are.
    pub fn answer_mistakes(&self, connectors: &[&str]) -> Vec<Problem> {
        let mut mistakes = Vec::new();
        for (index, rule) in self.answers.iter().enumerate() {
            let at = format!("/answers/{index}");
            // Two rules that name the same things: nobody could say which one wins.
            if self.answers[..index].iter().any(|other| other.names() == rule.names()) {
                let reason = format!(
                    "A rule for step {} with the same offering and place stands before it; name more in one of the two.",
                    rule.step.as_str()
                );
                mistakes.push(Problem::invalid(at.clone(), reason));
            }
            if errand::is_connector(&rule.owner) {
                let reason = "Connectors are called so; give the desk another name.";
                mistakes.push(Problem::invalid(format!("{at}/owner"), reason));
            }
            let at = format!("{at}/connector");
            match (rule.by, rule.connector.as_deref()) {
                (AnsweredBy::Connector, None) => {
                    mistakes.push(Problem::missing(at, "Name the connector that answers."));
                }
                (AnsweredBy::Connector, Some(name)) if !connectors.contains(&name) => {
                    let known = if connectors.is_empty() {
                        "there is none in segue.toml".to_owned()
                    } else {
                        format!("segue.toml has {}", connectors.join(", "))
                    };
                    mistakes.push(Problem::invalid(at, format!("{name:?} is not known; {known}.")));
                }
                (AnsweredBy::Book | AnsweredBy::Errand, Some(_)) => {
                    let reason = "It goes with \"by\": \"connector\" only.";
                    mistakes.push(Problem::invalid(at, reason));
                }
                (AnsweredBy::Connector, Some(_)) | (AnsweredBy::Book | AnsweredBy::Errand, None) => {}
            }
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::id::Scope;
    use crate::party::Role;

    fn rule(offering: Option<&str>, country: Option<&str>, owner: &str) -> AnswerRule {
        AnswerRule {
            step: Step::Order,
            offering: offering.map(str::to_owned),
            country: country.map(str::to_owned),
            postcode: None,
            place: None,
            by: AnsweredBy::Errand,
            connector: None,
            owner: owner.into(),
            within: one_day(),
        }
    }

    fn agreement(answers: Vec<AnswerRule>) -> Agreement {
        let scope = Scope::new("acme", "beta");
        let mut agreement = Agreement::first(scope, Role::Seller, BTreeMap::new(), jiff::Timestamp::UNIX_EPOCH);
        agreement.answers = answers;
        agreement
    }

    fn spot<'a>(country: &'a str, postcode: &'a str, place: &'a str) -> Spot<'a> {
        Spot {
            country: Some(country),
            postcode: Some(postcode),
            place: Some(place),
        }
    }

    #[test]
    fn the_most_specific_rule_wins_whatever_the_order() {
        let mut near = rule(None, Some("DE"), "near");
        near.postcode = Some("101".into());
        let mut city = rule(None, None, "city");
        city.postcode = Some("1".into());
        let mut house = rule(None, None, "house");
        house.place = Some("DE-1".into());
        let agreement = agreement(vec![
            house,
            rule(Some("uni"), Some("DE"), "both"),
            near,
            rule(None, None, "all"),
            city,
            rule(Some("uni"), None, "offering"),
            rule(None, Some("DE"), "country"),
        ]);
        let owner = |offering: &str, spot| {
            let rule = agreement.errand_rule(Step::Order, offering, spot);
            rule.map(|rule| rule.owner.as_str())
        };
        assert_eq!(owner("uni", spot("DE", "10115", "DE-1")), Some("house"));
        assert_eq!(owner("uni", spot("DE", "10115", "DE-2")), Some("both"));
        assert_eq!(owner("uni", spot("FR", "10115", "FR-1")), Some("offering"));
        assert_eq!(owner("ovc", spot("DE", "10115", "DE-2")), Some("near"));
        assert_eq!(owner("ovc", spot("de", "1 01-15", "DE-2")), Some("near"));
        assert_eq!(owner("ovc", spot("DE", "12345", "DE-2")), Some("city"));
        assert_eq!(owner("ovc", spot("DE", "99999", "DE-2")), Some("country"));
        assert_eq!(owner("ovc", Spot::default()), Some("all"));
        assert_eq!(agreement.errand_rule(Step::Quote, "uni", Spot::default()), None);
    }

    #[track_caller]
    fn check_mistakes(answers: Vec<AnswerRule>, expected: &[(&str, &str)]) {
        let mistakes = agreement(answers).answer_mistakes(&["legacy"]);
        assert_eq!(mistakes.len(), expected.len(), "{mistakes:?}");
        for (mistake, (path, reason)) in mistakes.iter().zip(expected) {
            assert_eq!(mistake.property_path, *path);
            assert!(mistake.reason.contains(reason), "{mistake:?}");
        }
    }

    #[test]
    fn rules_that_cannot_be_followed_are_told_all_at_once() {
        check_mistakes(vec![rule(None, None, "a"), rule(Some("x"), None, "b")], &[]);
        let mut named = rule(Some("x"), None, "c");
        named.connector = Some("legacy".into());
        let mut nameless = rule(Some("y"), None, "d");
        nameless.by = AnsweredBy::Connector;
        let mut unknown = rule(Some("z"), None, "e");
        (unknown.by, unknown.connector) = (AnsweredBy::Connector, Some("other".into()));
        let mut good = rule(Some("w"), None, "f");
        (good.by, good.connector) = (AnsweredBy::Connector, Some("legacy".into()));
        let other = rule(None, None, "b");
        let mut early = rule(Some("v"), None, "g");
        (early.step, early.owner) = (Step::Poq, "connector g".into());
        check_mistakes(
            vec![rule(None, None, "a"), other, named, nameless, unknown, good, early],
            &[
                ("/answers/1", "stands before it"),
                ("/answers/2/connector", "only"),
                ("/answers/3/connector", "Name the connector"),
                ("/answers/4/connector", "segue.toml has legacy"),
                ("/answers/6/owner", "another name"),
            ],
        );
    }
}
