//! `segue partner migrate`: a partner goes from one version of an API to another. First it is looked
//! at, and nothing is changed: what is open, who listens, what is told otherwise from then on. With
//! `--apply` agreement, subscriptions and audit row are stored in one piece.

mod documents;

use jiff::Timestamp;
use segue_model::commit::Subscription;
use segue_model::describe::{Api, Lifeline};
use segue_model::party::{self, Agreement, Company, Partner};
use segue_model::release::change::Change;
use segue_model::{api, release, time};
use segue_store::{CommitError, VersionChange};
use serde_json::{Value, json};

use super::{apis_text, model_role, of};
use crate::app::App;
use crate::command::{CommandError, Migrate, agreement, operator};

/// A change of version, as far as it is decided.
struct Plan<'a> {
    app: &'a App,
    company: Company,
    partner: Partner,
    /// In force now.
    before: Agreement,
    /// As it will be.
    after: Agreement,
    change: Change,
    subscriptions: Vec<Subscription>,
}

/// What becomes of the version spoken until now.
enum Old {
    /// It is not served from then on.
    Closed,
    /// It is served until then.
    Until(Timestamp),
}

pub(super) async fn run(app: &App, asked: Migrate) -> Result<Value, CommandError> {
    let plan = plan(app, &asked).await?;
    let mut answer = plan.told().await?;
    if !asked.apply {
        answer["done"] = json!(format!("{}: nothing was changed; --apply does it", plan.title()));
        return Ok(answer);
    }
    let changed = app.store.change_version(plan.stored()).await.map_err(refused)?;
    answer["applied"] = json!(true);
    answer["agreementVersion"] = json!(changed.agreement);
    answer["done"] = json!(format!("{}: done, by agreement v{}", plan.title(), changed.agreement));
    if plan.before.role == party::Role::Buyer {
        answer["registration"] = json!(plan.register().await);
    }
    Ok(answer)
}

fn refused(error: CommitError) -> CommandError {
    match error {
        CommitError::Conflict => CommandError::new("the agreement was changed meanwhile: nothing was changed")
            .hint("Look at it again without --apply, then repeat it."),
        CommitError::CapacityExhausted { .. } | CommitError::Duplicate(_) | CommitError::Store(_) => error.into(),
    }
}

async fn plan<'a>(app: &'a App, asked: &Migrate) -> Result<Plan<'a>, CommandError> {
    let (company, partner) = of(app, &asked.name, &asked.who).await?;
    let before = agreed(app, &partner, asked).await?;
    let from = before.apis.get(&asked.api).copied().unwrap_or_default();
    let spoken = |version| api::find_served(&asked.api, version);
    let to = spoken(asked.to).ok_or_else(|| not_spoken(&asked.api, asked.to))?;
    let from = spoken(from).ok_or_else(|| not_spoken(&asked.api, from))?;
    let subscriptions = listeners(app, &before, from).await?;
    let is_there = from.version == to.version;
    if is_there && subscriptions.iter().all(|one| one.version == to.version) {
        let text = format!("{} speaks {} v{} already", partner.id, to.name, to.version);
        return Err(CommandError::new(text).hint(format!("`segue partner show {}` tells what is agreed.", partner.id)));
    }
    let keep = asked.keep_old_until.as_deref().and_then(|text| text.parse().ok());
    if keep.is_some() && (is_there || before.role == party::Role::Buyer) {
        let text = if is_there {
            "no version is left to keep"
        } else {
            "what they serve us ends by their word"
        };
        return Err(CommandError::new(format!("--keep-old-until: {text}")));
    }
    let after = before.moved((to.name, to.version), keep, app.wall.now());
    agreement::told(after.ending_mistakes())?;
    settled(app, (&before, to)).await?;
    let change = Change::new((from, to), (&before.apis, &after.apis));
    Ok(Plan {
        app,
        company,
        partner,
        before,
        after,
        change,
        subscriptions,
    })
}

/// The one agreement in force that is meant.
async fn agreed(app: &App, partner: &Partner, asked: &Migrate) -> Result<Agreement, CommandError> {
    let mut found_in = Vec::new();
    let mut others = Vec::new();
    for role in [party::Role::Seller, party::Role::Buyer] {
        if asked.role.is_some_and(|wanted| model_role(wanted) != role) {
            continue;
        }
        let found = app
            .store
            .agreement_in_force(&partner.scope(), role, app.wall.now())
            .await?;
        let Some(found) = found else { continue };
        let is_management = api::served().any(|one| one.name == asked.api && one.served_by == Lifeline::Seller);
        if is_management && found.apis.contains_key(&asked.api) {
            found_in.push(found);
        } else {
            others.push(format!(
                "as {}: {}",
                role.as_str(),
                apis_text(&found.apis, Lifeline::Seller)
            ));
        }
    }
    match (found_in.pop(), found_in.pop()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(
            CommandError::new(format!("{} has {} in both roles", partner.id, asked.api))
                .hint("Say which with --as seller (they buy from us) or --as buyer (we buy from them)."),
        ),
        (None, _) => {
            let hint = if others.is_empty() {
                "No agreement is in force.".to_owned()
            } else {
                format!("Agreed is, {}.", others.join("; "))
            };
            Err(CommandError::new(format!("{} is not agreed with {}", asked.api, partner.id)).hint(hint))
        }
    }
}

fn not_spoken(name: &str, version: u32) -> CommandError {
    let spoken = api::served().filter(|api| api.name == name);
    let spoken: Vec<String> = spoken.map(|api| format!("v{}", api.version)).collect();
    CommandError::new(format!("{name} v{version} is not spoken here")).hint(format!("Spoken is {}.", spoken.join(", ")))
}

/// Who listens to the events of this API, where they go out from us.
async fn listeners(app: &App, agreement: &Agreement, api: &Api) -> Result<Vec<Subscription>, CommandError> {
    if agreement.role == party::Role::Buyer {
        return Ok(Vec::new());
    }
    let mut all = app.store.subscriptions(&agreement.scope()).await?;
    all.retain(|one| one.api == api.name);
    Ok(all)
}

/// What is under way must be settled first: it would come to nothing, or be done twice.
async fn settled(app: &App, (before, to): (&Agreement, &Api)) -> Result<(), CommandError> {
    let all = app.store.agreements(&before.scope()).await?;
    let later = all
        .iter()
        .find(|one| one.role == before.role && one.version > before.version);
    if let Some(later) = later {
        let day = time::text(later.effective_from);
        let text = format!(
            "version {} of the agreement comes into force at {day} and knows nothing of this",
            later.version
        );
        return Err(CommandError::new(text).hint("Write the API version into it: `segue agreement import`."));
    }
    if before.role == party::Role::Buyer {
        let open = app.store.open_requests(&before.scope()).await?;
        if open.iter().any(|one| one.api == to.name) {
            let text = format!(
                "there are requests of ours to {} of which nobody knows what came of them",
                to.name
            );
            return Err(CommandError::new(text).hint(format!(
                "`segue buy pending resolve {}` first: repeated in another version they could be done twice.",
                before.partner
            )));
        }
    }
    Ok(())
}

impl Plan<'_> {
    fn title(&self) -> String {
        let Change { from, to, .. } = self.change;
        let (partner, name) = (&self.partner.id, to.name);
        if from.version == to.version {
            return format!("{partner}: subscriptions at {name} to v{}", to.version);
        }
        format!("{partner}: {name} from v{} to v{}", from.version, to.version)
    }

    fn old(&self) -> Old {
        let from = self.change.from;
        let end = self.after.end_of(from.name, from.version).map(|ending| ending.until);
        match end.filter(|until| self.app.wall.now() < *until) {
            Some(until) => Old::Until(until),
            None => Old::Closed,
        }
    }

    /// Whether subscriptions go along: not while the old version is served, unless that was settled
    /// before and this is about them.
    fn moves_subscriptions(&self) -> bool {
        let same = self.change.from.version == self.change.to.version;
        self.before.role == party::Role::Seller && (same || matches!(self.old(), Old::Closed))
    }

    fn stored(&self) -> VersionChange {
        let Change { from, to, .. } = self.change;
        let (role, moves) = (self.before.role, self.moves_subscriptions());
        let object = format!(
            "agreement/{}/{}/{}",
            self.partner.id,
            role.as_str(),
            self.before.version + 1
        );
        let mut audit = operator(&self.company, "partner.migrate", &object);
        audit.detail = format!("{} v{} to v{}", to.name, from.version, to.version);
        VersionChange {
            agreement: self.after.clone(),
            based_on: self.before.version,
            subscriptions: moves.then(|| (to.name.to_owned(), to.version)),
            audit,
        }
    }

    async fn told(&self) -> Result<Value, CommandError> {
        let Change { from, to, .. } = self.change;
        let same = from.version == to.version;
        let (open, losses) = if same {
            (Vec::new(), Vec::new())
        } else {
            documents::look(self.app, &self.before, &self.change).await?
        };
        let old = match self.old() {
            _ if same => Value::Null,
            Old::Closed => json!(format!("v{} is refused from then on", from.version)),
            Old::Until(until) => json!(format!("v{} is served until {}", from.version, time::text(until))),
        };
        Ok(json!({
            "done": null,
            "applied": false,
            "partner": self.partner.id,
            "weAre": self.before.role,
            "api": to.name,
            "from": from.version,
            "to": to.version,
            "oldVersion": old,
            "notes": self.notes().into_iter().map(|note| json!({ "note": note })).collect::<Vec<_>>(),
            "open": open,
            "subscriptions": self.hearing(),
            "losses": losses,
        }))
    }

    /// A row for each subscription.
    fn hearing(&self) -> Vec<Value> {
        let moves = self.moves_subscriptions();
        let to = self.change.to.version;
        let row = |one: &Subscription| {
            let then = if moves { to } else { one.version };
            let events = match one.event_types.as_slice() {
                [] => self.change.events(),
                some => some.iter().map(String::as_str).collect(),
            };
            let silent = events
                .into_iter()
                .filter(|event| then == to && one.version != to && !self.change.tells(event));
            json!({
                "id": one.id,
                "callback": one.callback,
                "now": format!("v{}", one.version),
                "then": format!("v{then}"),
                "hearsNoMore": silent.collect::<Vec<_>>().join(", "),
            })
        };
        self.subscriptions.iter().map(row).collect()
    }

    /// What the operator has to know and no table tells.
    fn notes(&self) -> Vec<String> {
        let Change { from, to, .. } = self.change;
        let mut notes = Vec::new();
        let same = from.version == to.version;
        match self.before.role {
            party::Role::Seller if same => {}
            party::Role::Seller => {
                notes.push(format!("their tokens are for v{}: they fetch new ones", from.version));
                notes.push("an Idempotency-Key of the old version is not known in the new one".to_owned());
                let released = |apis| release::of_agreement(apis) == release::BILLIE;
                if released(&self.before.apis) && !released(&self.after.apis) {
                    notes.push("products are told in the form of Billie in no API any more".to_owned());
                }
                if !self.subscriptions.is_empty() && !self.moves_subscriptions() {
                    let text = "subscriptions stay as they are; migrate again when their listener speaks";
                    notes.push(format!("{text} v{}", to.version));
                }
            }
            party::Role::Buyer => notes.push(format!(
                "whether they serve v{} is told by `segue partner check {}` afterwards",
                to.version, self.partner.id
            )),
        }
        notes
    }

    /// Registers our listener in the new version. The change stands whether that works or not.
    async fn register(&self) -> String {
        let to = self.change.to;
        if to.hub.is_none() {
            return "this API has no events".to_owned();
        }
        match self.app.buyer.subscribe(&self.before.scope(), to.name).await {
            Ok((id, _)) => format!("we hear its events in v{}: {id}", to.version),
            Err(error) => format!("not yet in v{}, the next `segue buy` tries again: {error}", to.version),
        }
    }
}
