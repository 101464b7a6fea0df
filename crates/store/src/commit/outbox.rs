//! The part of a commit that tells others: subscriptions, events and their deliveries.

use segue_model::commit::{Event, Subscription, SubscriptionChange};

use super::Applying;
use crate::CommitError;
use crate::db::bind;
use crate::row::{At, Json};

impl Applying<'_> {
    /// Makes or ends a subscription.
    pub(super) fn subscription(&self, change: &SubscriptionChange) -> Result<(), CommitError> {
        match change {
            SubscriptionChange::Add(subscription) => self.subscribe(subscription),
            // Its deliveries go with it: Mplify 123.1 R108 forbids to tell the unsubscribed.
            SubscriptionChange::Remove { scope, id } => {
                let gone = self.run(
                    "DELETE FROM subscription WHERE company = ?1 AND partner = ?2 AND id = ?3",
                    &bind![scope.company.as_str(), scope.partner.as_str(), id],
                )? == 0;
                if gone { Err(CommitError::Conflict) } else { Ok(()) }
            }
        }
    }

    fn subscribe(&self, new: &Subscription) -> Result<(), CommitError> {
        self.run(
            "INSERT INTO subscription(company, partner, id, api, notification, version, callback, query, \
             event_types, party_query) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            &bind![
                new.scope.company.as_str(),
                new.scope.partner.as_str(),
                new.id,
                new.api,
                new.notification,
                new.version,
                new.callback,
                new.query,
                Json(new.event_types.as_slice().into()),
                new.party_query
            ],
        )?;
        Ok(())
    }

    /// Stores an event with one delivery for each subscription that asked for it.
    pub(super) fn event(&self, event: &Event) -> Result<(), CommitError> {
        let (company, partner) = (event.scope.company.as_str(), event.scope.partner.as_str());
        let seq: i64 = self.db.value(
            "INSERT INTO event(id, company, partner, api, event_type, lane, at, stored_at, payload, trace) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING seq",
            &bind![
                event.id,
                company,
                partner,
                event.api,
                event.event_type,
                event.lane,
                At(event.at),
                self.wall,
                Json(event.payload.clone()),
                self.trace
            ],
        )?;
        self.run(
            "INSERT INTO delivery(subscription, event, lane, head, state, attempt, next_attempt)
             SELECT s.seq, CAST(?1 AS BIGINT), CAST(?2 AS TEXT), CASE WHEN EXISTS (SELECT 1 FROM delivery d
                 WHERE d.subscription = s.seq AND d.lane = ?2 AND d.finished_at IS NULL) THEN 0 ELSE 1 END,
                 'waiting', 0, CAST(?3 AS TEXT)
             FROM subscription s
             WHERE s.company = ?4 AND s.partner = ?5 AND s.notification = ?6
               AND (s.event_types = '[]' OR s.event_types LIKE '%\"' || CAST(?7 AS TEXT) || '\"%')",
            &bind![
                seq,
                event.lane,
                self.wall,
                company,
                partner,
                event.api,
                event.event_type
            ],
        )?;
        #[cfg(feature = "planted")]
        if crate::planted::is("no-lanes") {
            self.run("UPDATE delivery SET head = 1 WHERE event = ?1", &bind![seq])?;
        }
        Ok(())
    }
}
