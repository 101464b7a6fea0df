//! Who answers which step for whom: the book at once, a person, or a legacy system.

use serde::{Deserialize, Serialize};

use super::Agreement;
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
    /// Who answers.
    pub by: AnsweredBy,
    /// Whose errand it is: a desk or a person.
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
    fn covers(&self, step: Step, offering: &str, country: Option<&str>) -> bool {
        let offering_fits = self.offering.as_deref().is_none_or(|named| named == offering);
        let country_fits = self.country.as_deref().is_none_or(|named| country == Some(named));
        self.step == step && offering_fits && country_fits
    }

    /// How much it names: an offering says more than a country.
    fn weight(&self) -> u8 {
        u8::from(self.country.is_some()) + 2 * u8::from(self.offering.is_some())
    }
}

impl Agreement {
    /// The most specific rule for a step of an item; none means the book.
    pub fn answer_rule(&self, step: Step, offering: &str, country: Option<&str>) -> Option<&AnswerRule> {
        let covering = self.answers.iter().filter(|rule| rule.covers(step, offering, country));
        covering.max_by_key(|rule| rule.weight())
    }

    /// The rule, where a person answers.
    pub fn errand_rule(&self, step: Step, offering: &str, country: Option<&str>) -> Option<&AnswerRule> {
        self.answer_rule(step, offering, country)
            .filter(|rule| rule.by == AnsweredBy::Errand)
    }

    /// Pairs of rules that name the same things: nobody could say which one wins. One sentence
    /// each.
    pub fn ties(&self) -> Vec<String> {
        let mut ties = Vec::new();
        for (index, rule) in self.answers.iter().enumerate() {
            let same = |other: &&AnswerRule| {
                (other.step, &other.offering, &other.country) == (rule.step, &rule.offering, &rule.country)
            };
            if self.answers[..index].iter().any(|other| same(&other)) {
                ties.push(format!(
                    "answers/{index}: a rule for step {} with the same offering and country stands before it",
                    rule.step.as_str()
                ));
            }
        }
        ties
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
            by: AnsweredBy::Errand,
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

    #[test]
    fn the_most_specific_rule_wins_whatever_the_order() {
        let rules = vec![
            rule(Some("uni"), Some("DE"), "both"),
            rule(None, None, "all"),
            rule(Some("uni"), None, "offering"),
            rule(None, Some("DE"), "country"),
        ];
        let agreement = agreement(rules);
        let owner = |offering: &str, country| {
            let rule = agreement.errand_rule(Step::Order, offering, country);
            rule.map(|rule| rule.owner.as_str())
        };
        assert_eq!(owner("uni", Some("DE")), Some("both"));
        assert_eq!(owner("uni", Some("FR")), Some("offering"));
        assert_eq!(owner("ovc", Some("DE")), Some("country"));
        assert_eq!(owner("ovc", None), Some("all"));
        assert_eq!(agreement.errand_rule(Step::Quote, "uni", None), None);
    }

    #[test]
    fn two_rules_that_name_the_same_are_a_tie() {
        assert_eq!(
            agreement(vec![rule(None, None, "a"), rule(Some("x"), None, "b")])
                .ties()
                .len(),
            0
        );
        assert_eq!(
            agreement(vec![rule(None, None, "a"), rule(None, None, "b")])
                .ties()
                .len(),
            1
        );
    }
}
