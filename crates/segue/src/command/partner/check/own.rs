//! What our own records lack: nobody at the partner can mend that.

use segue_model::party::{Agreement, AuthMethod, Client, Credentials, Role};

use super::{Look, Verdict, distance};
use crate::command::CommandError;

impl Look<'_> {
    /// Looks at our side; gives the agreements in force.
    pub(super) async fn own(&mut self) -> Result<Vec<Agreement>, CommandError> {
        if self.partner.suspended {
            let seen = "it is suspended: all its requests are refused";
            let advice = format!("`segue partner resume {}` when that shall end", self.partner.id);
            self.tell("partner", "", (Verdict::Wrong, seen.into(), &advice));
        }
        let agreements = self.agreements().await?;
        let role = |role| agreements.iter().any(|agreement| agreement.role == role);
        let (sells, buys) = (role(Role::Seller), role(Role::Buyer));
        self.credentials(sells, buys).await?;
        self.client(sells, buys);
        Ok(agreements)
    }

    async fn agreements(&mut self) -> Result<Vec<Agreement>, CommandError> {
        let scope = self.partner.scope();
        let now = self.app.wall.now();
        let mut in_force = Vec::new();
        for role in [Role::Seller, Role::Buyer] {
            in_force.extend(self.app.store.agreement_in_force(&scope, role, now).await?);
        }
        for agreement in &in_force {
            self.agreement(agreement);
        }
        let all = self.app.store.agreements(&scope).await?;
        let later = all.iter().filter(|one| one.effective_from > now);
        for agreement in later {
            let seen = format!("it begins {}", distance(agreement.effective_from, now));
            let first = in_force.iter().all(|known| known.role != agreement.role);
            let verdict = if first { Verdict::Wrong } else { Verdict::Ok };
            let about = self.agreed(agreement);
            let advice = if first {
                "Wait for that day, or import it with an earlier effectiveFrom"
            } else {
                ""
            };
            self.tell("agreement", &about, (verdict, seen, advice));
        }
        if all.is_empty() {
            let advice = "`segue partner import CARD --as seller` (they buy) or `--as buyer` (we buy)";
            self.tell("agreement", "", (Verdict::Wrong, "there is none".into(), advice));
        }
        Ok(in_force)
    }

    fn agreement(&mut self, agreement: &Agreement) {
        let about = self.agreed(agreement);
        let now = self.app.business.now();
        let requests = agreement.pilot.requests;
        let advice = "`segue agreement export` prints it; change it, and `segue agreement import` puts it into force";
        let told = if agreement.apis.is_empty() {
            (Verdict::Wrong, "it names no API".into(), advice)
        } else if let Some(until) = requests.until.filter(|until| *until <= now) {
            (
                Verdict::Wrong,
                format!("its pilot ended {}", distance(until, now)),
                advice,
            )
        } else if let Some(from) = requests.from.filter(|from| *from > now) {
            (
                Verdict::Wrong,
                format!("its pilot begins {}", distance(from, now)),
                advice,
            )
        } else {
            (Verdict::Ok, format!("in force; APIs: {}", agreement.apis.len()), "")
        };
        self.tell("agreement", &about, told);
    }

    /// With what we call them.
    async fn credentials(&mut self, sells: bool, buys: bool) -> Result<(), CommandError> {
        let listeners = sells && !self.app.store.subscriptions(&self.partner.scope()).await?.is_empty();
        let Some(credentials) = &self.partner.credentials else {
            let advice = "Import their card: it says where tokens are asked for";
            let told = match (buys, listeners) {
                (true, _) => (Verdict::Wrong, "none: we cannot call them".into(), advice),
                (false, true) => (
                    Verdict::Wrong,
                    "none: their listeners hear nothing of us".into(),
                    advice,
                ),
                (false, false) => (
                    Verdict::Warning,
                    "none: once they subscribe, no event can go out".into(),
                    advice,
                ),
            };
            self.tell("credentials", "ours at them", told);
            return Ok(());
        };
        let seen = format!("{} ({})", credentials.client_id, credentials.method.as_str());
        let told = if self.has_proof(credentials).await? {
            (Verdict::Ok, seen, "")
        } else {
            (
                Verdict::Wrong,
                format!("{seen}: its secret is not here"),
                "`segue partner secret NAME --ours FILE` takes it in",
            )
        };
        self.tell("credentials", "ours at them", told);
        Ok(())
    }

    async fn has_proof(&self, credentials: &Credentials) -> Result<bool, CommandError> {
        let company = &self.company.id;
        match (credentials.method, &credentials.secret) {
            (AuthMethod::PrivateKeyJwt, _) => Ok(self.app.gate.key(company).await.is_ok()),
            (AuthMethod::ClientSecretBasic, None) => Ok(false),
            (AuthMethod::ClientSecretBasic, Some(name)) => Ok(self.app.store.secret(company, name).await?.is_some()),
        }
    }

    /// With what they call us.
    fn client(&mut self, sells: bool, buys: bool) {
        let now = self.app.wall.now();
        let live = |client: &Client| match client.method {
            AuthMethod::PrivateKeyJwt => client.jwks.is_some() || client.jwks_uri.is_some(),
            AuthMethod::ClientSecretBasic => {
                let mut ends = client.secrets.iter().map(|secret| secret.until);
                ends.any(|until| until.is_none_or(|until| now < until))
            }
        };
        let lacking = if sells { Verdict::Wrong } else { Verdict::Warning };
        let advice = format!(
            "Import their card with their keys, or make them a secret: `segue partner secret {}`",
            self.partner.id
        );
        match &self.partner.client {
            Some(client) if live(client) => {
                let seen = format!("{} ({})", client.client_id, client.method.as_str());
                self.tell("credentials", "theirs at us", (Verdict::Ok, seen, ""));
            }
            Some(_) | None if sells || buys => {
                let seen = if sells {
                    "no key or secret of theirs: they get no token"
                } else {
                    "no key or secret of theirs: their events are refused"
                };
                self.tell("credentials", "theirs at us", (lacking, seen.into(), &advice));
            }
            Some(_) | None => {}
        }
    }
}
