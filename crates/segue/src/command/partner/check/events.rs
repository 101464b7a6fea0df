//! What we sell to: their listeners, and the events on their way there.

use segue_model::api;
use segue_model::commit::Subscription;
use segue_model::describe::{Api, Kind};
use segue_model::party::Agreement;

use super::apis::is_there;
use super::{Look, Verdict, distance};
use crate::command::CommandError;

impl Look<'_> {
    /// Looks at the listeners of a partner that buys from us.
    pub(super) async fn events(&mut self, agreement: &Agreement) -> Result<(), CommandError> {
        let about = self.agreed(agreement);
        let subscriptions = self.app.store.subscriptions(&self.partner.scope()).await?;
        if subscriptions.is_empty() {
            let seen = "they have not subscribed to any events".to_owned();
            self.tell("hub", &about, (Verdict::NotTried, seen, ""));
        }
        let mut seen: Vec<(&'static Api, String)> = Vec::new();
        for subscription in &subscriptions {
            let notification = api::find_served(&subscription.notification, subscription.version);
            let Some(notification) = notification else { continue };
            self.agreed_version(agreement, subscription);
            let known = (notification, subscription.callback.clone());
            if !seen
                .iter()
                .any(|(api, callback)| std::ptr::eq(*api, known.0) && *callback == known.1)
            {
                self.listener((notification, &subscription.callback)).await;
                seen.push(known);
            }
        }
        self.deliveries().await
    }

    /// A subscription of a version that is agreed no more goes on; its partner may not know.
    fn agreed_version(&mut self, agreement: &Agreement, subscription: &Subscription) {
        let agreed = agreement.apis.get(&subscription.api);
        let now = self.app.wall.now();
        if !agreement.opens(&subscription.api, subscription.version, now) {
            let about = format!("{} v{}", subscription.api, subscription.version);
            let seen = match agreed {
                Some(version) => format!(
                    "subscription {} hears v{}, agreed is v{version}",
                    subscription.id, subscription.version
                ),
                None => format!("subscription {} is at an API that is agreed no more", subscription.id),
            };
            self.tell(
                "hub",
                &about,
                (Verdict::Warning, seen, "Ask them to end it and to register again"),
            );
        }
    }

    /// A GET of a path that takes POST only: nothing is told, and 405 or 401 shows that it is there.
    async fn listener(&mut self, (notification, callback): (&'static Api, &str)) {
        let about = format!("{} v{}", notification.name, notification.version);
        if !self.is_reached(callback) {
            let seen = format!("{callback} does not answer");
            return self.tell("listener", &about, (Verdict::NotTried, seen, ""));
        }
        if self.partner.credentials.is_some() {
            self.token((notification, &about), Some(callback)).await;
        }
        let operations = notification.operations();
        let Some(operation) = operations.iter().find(|one| one.kind == Kind::Listener) else {
            return;
        };
        let base = callback.trim_end_matches('/');
        let path = &operation.path;
        let bare = self
            .status(&format!("{base}{}{path}", notification.base_path()), None)
            .await;
        let nowhere = format!("{base}/mefApi/sonata/{}/v999{path}", notification.name);
        let control = self.status(&nowhere, None).await;
        let told = match is_there(&bare, &control) {
            Some(true) => (Verdict::Ok, format!("it is there, at {callback}"), ""),
            Some(false) => (
                Verdict::Warning,
                format!("404 at {callback}: not there, or for POST only"),
                "Where events are not delivered either: ask them for the right callback",
            ),
            None => {
                let seen = format!("{callback} answers alike to every path: deliveries will show it");
                (Verdict::NotTried, seen, "")
            }
        };
        self.tell("listener", &about, told);
    }

    async fn deliveries(&mut self) -> Result<(), CommandError> {
        let found = self.app.store.delivery_summary(&self.partner.scope()).await?;
        let last = match found.last_done {
            Some(at) => format!("last taken {}", distance(at, self.app.wall.now())),
            None => "none taken yet".to_owned(),
        };
        let counts = format!("{last}; waiting: {}, parked: {}", found.waiting, found.parked);
        let seen = match &found.last_error {
            Some(error) if found.parked + found.failing > 0 => format!("{counts}; {error}"),
            Some(_) | None => counts,
        };
        let advice = format!(
            "Mend what stands in their way, then `segue notification replay --partner {}`",
            self.partner.id
        );
        let told = if found.parked > 0 {
            (Verdict::Wrong, seen, advice.as_str())
        } else if found.failing > 0 {
            (Verdict::Warning, seen, advice.as_str())
        } else {
            (Verdict::Ok, seen, "")
        };
        self.tell("deliveries", "", told);
        Ok(())
    }
}
