//! From one version of an API to another: what becomes of the agreement.

use jiff::Timestamp;

use super::{Agreement, Ending};
use crate::api;
use crate::describe::Api;

impl Agreement {
    /// The same with `to` as the version of this API from `now` on. The version before it is served
    /// until `keep_until`, or where that says nothing until the end that was settled for it, if any.
    #[must_use]
    pub fn moved(&self, (name, to): (&str, u32), keep_until: Option<Timestamp>, now: Timestamp) -> Self {
        let mut moved = self.renewed(now);
        let before = moved.apis.insert(name.to_owned(), to);
        // What stays has no end.
        moved.ending.retain(|ending| ending.api != name || ending.version != to);
        let Some(before) = before.filter(|before| *before != to) else {
            return moved;
        };
        if let Some(until) = keep_until {
            moved
                .ending
                .retain(|ending| ending.api != name || ending.version != before);
            moved.ending.push(Ending {
                api: name.to_owned(),
                version: before,
                until,
                since: Some(now),
            });
        }
        // Agreements may name the API of its events too.
        let notification = |version| api::find_served(name, version).and_then(Api::notification);
        if let (Some(old), Some(new)) = (notification(before), notification(to))
            && moved.apis.remove(old.name).is_some()
        {
            moved.apis.insert(new.name.to_owned(), new.version);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Scope;
    use crate::party::Role;

    const QUOTE: &str = "quoteManagement";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn on_eight() -> Agreement {
        let apis = [(QUOTE.to_owned(), 8), ("quoteNotification".to_owned(), 8)].into();
        Agreement::first(
            Scope::new("acme", "beta"),
            Role::Seller,
            apis,
            at("2026-11-01T00:00:00Z"),
        )
    }

    fn ends(version: u32, until: &str) -> Ending {
        Ending {
            api: QUOTE.into(),
            version,
            until: at(until),
            since: None,
        }
    }

    #[track_caller]
    fn check_open(agreement: &Agreement, expected: (bool, bool), now: &str) {
        let open = |version| agreement.opens(QUOTE, version, at(now));
        assert_eq!((open(8), open(10)), expected, "{now}");
    }

    #[test]
    fn the_version_before_closes_at_once_or_on_the_day_that_is_settled_or_said() {
        let now = at("2026-12-01T00:00:00Z");
        let at_once = on_eight().moved((QUOTE, 10), None, now);
        check_open(&at_once, (false, true), "2026-12-01T00:00:00Z");
        assert_eq!(at_once.apis["quoteNotification"], 10);
        assert_eq!((at_once.effective_from, at_once.ending.len()), (now, 0));

        let kept = on_eight().moved((QUOTE, 10), Some(at("2027-01-01T00:00:00Z")), now);
        check_open(&kept, (true, true), "2026-12-31T23:59:59Z");
        check_open(&kept, (false, true), "2027-01-01T00:00:00Z");
        assert_eq!(kept.ending[0].since, Some(now));

        let mut settled = on_eight();
        settled.ending = vec![ends(8, "2026-12-10T00:00:00Z"), ends(10, "2026-12-05T00:00:00Z")];
        let settled = settled.moved((QUOTE, 10), None, now);
        check_open(&settled, (true, true), "2026-12-09T00:00:00Z");
        check_open(&settled, (false, true), "2026-12-10T00:00:00Z");
        assert_eq!(settled.ending.len(), 1, "what stays has no end");
        let longer = settled.moved((QUOTE, 10), Some(at("2027-01-01T00:00:00Z")), now);
        assert_eq!(longer.ending, settled.ending, "it is there already");
    }
}
