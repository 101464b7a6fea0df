//! Client secrets, in both directions: the one a partner calls us with, and ours at a partner.

use segue_model::party::{AuthMethod, Client};
use serde_json::{Value, json};

use super::{entry, of};
use crate::app::App;
use crate::cli::TextFile;
use crate::command::{CommandError, Who, done};

/// The longest secret that goes into a header with the client id before it.
const SECRET_MAX: usize = 1_024;

/// Under which name our secret at a partner is sealed.
pub(super) fn name_of(partner: &str) -> String {
    format!("partner/{partner}")
}

/// Our secret at a partner, as it gave it to us; the next token is asked for with it.
pub(super) async fn ours(app: &App, (name, file): (&str, &TextFile), who: &Who) -> Result<Value, CommandError> {
    let (ours, mut partner) = of(app, name, who).await?;
    let given = file.text.trim();
    if given.is_empty() || given.len() > SECRET_MAX || given.chars().any(char::is_control) {
        return Err(CommandError::new(format!(
            "{} holds no secret: expected is one line of at most {SECRET_MAX} bytes",
            file.name
        )));
    }
    let Some(credentials) = &mut partner.credentials else {
        return Err(
            CommandError::new(format!("we call {name} with nothing yet")).hint(
                "Import its card, or add it with --issuer and --token-endpoint: only then it is known where a secret belongs.",
            ),
        );
    };
    let sealed_as = name_of(name);
    credentials.method = AuthMethod::ClientSecretBasic;
    credentials.secret = Some(sealed_as.clone());
    app.store.put_secret(&ours.id, &sealed_as, given.to_owned()).await?;
    let entry = entry(&ours, "partner.our-secret", &partner, "changed");
    app.store.put_partner(partner.clone(), Some(entry)).await?;
    Ok(done(format!(
        "{} asks {} for tokens with the new secret from now on; the one before is forgotten",
        ours.name, partner.name
    )))
}

/// A new secret for a partner without keys; the one before works on for a week.
pub(super) async fn theirs(app: &App, name: &str, who: &Who) -> Result<Value, CommandError> {
    let (ours, mut partner) = of(app, name, who).await?;
    let client = partner.client.get_or_insert_with(|| Client {
        client_id: name.to_owned(),
        method: AuthMethod::ClientSecretBasic,
        jwks: None,
        jwks_uri: None,
        secrets: Vec::new(),
    });
    client.method = AuthMethod::ClientSecretBasic;
    let secret = segue_gate::secret::rotate(client, app.wall.now())
        .ok_or_else(|| CommandError::new("this machine gives no randomness"))?;
    let client_id = client.client_id.clone();
    app.store
        .put_partner(partner.clone(), Some(entry(&ours, "partner.secret", &partner, "new")))
        .await?;
    Ok(json!({
        "done": "keep this secret now: it is not shown again",
        "clientId": client_id,
        "clientSecret": secret,
        "tokenEndpoint": ours.token_endpoint(),
    }))
}
