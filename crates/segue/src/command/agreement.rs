//! What was settled with partners, in a form that people and programs read.

use segue_model::failure::Problem;
use segue_model::id::Scope;
use segue_model::party::{Agreement, Role, settle};
use serde_json::{Value, json};

use super::{CommandError, company, partner};
use crate::app::App;
use crate::cli::TextFile;

pub async fn run(app: &App, action: super::Agreement) -> Result<Value, CommandError> {
    match action {
        super::Agreement::List { who } => {
            let company = company::of(app, &who).await?;
            let mut rows = Vec::new();
            for partner in app.store.partners(&company.id).await? {
                let scope = partner.scope();
                for agreement in in_force(app, &scope).await? {
                    rows.push(row(&agreement));
                }
            }
            Ok(Value::Array(rows))
        }
        super::Agreement::Export { partner, who } => {
            let (company, partner) = partner::of(app, &partner, &who).await?;
            let scope = Scope {
                company: company.id,
                partner: partner.id,
            };
            Ok(json!(in_force(app, &scope).await?))
        }
        super::Agreement::Import { file } => import(app, &file).await,
    }
}

async fn in_force(app: &App, scope: &Scope) -> Result<Vec<Agreement>, CommandError> {
    let mut found = Vec::new();
    for role in [Role::Seller, Role::Buyer] {
        found.extend(app.store.agreement_in_force(scope, role, app.wall.now()).await?);
    }
    Ok(found)
}

fn row(agreement: &Agreement) -> Value {
    json!({
        "partner": agreement.partner,
        "weAre": agreement.role,
        "version": agreement.version,
        "effectiveFrom": segue_model::time::text(agreement.effective_from),
        "apis": agreement.apis.len(),
        "offerings": if agreement.offerings.is_empty() { "all".to_owned() } else { agreement.offerings.join(", ") },
        "quoteRequired": agreement.quote_required,
    })
}

/// One agreement or a list of them, each a new version.
async fn import(app: &App, file: &TextFile) -> Result<Value, CommandError> {
    let bad = |error: serde_json::Error| {
        CommandError::new(format!("{} is no agreement: {error}", file.name))
            .hint("`segue agreement export PARTNER` prints the form.")
    };
    let mut value: Value = serde_json::from_str(&file.text).map_err(bad)?;
    let mut changes: Vec<String> = Vec::new();
    let one = std::slice::from_mut(&mut value);
    let written = match one {
        [Value::Array(list)] => list.as_mut_slice(),
        one => one,
    };
    for agreement in written {
        let (told, unsettled) = settle(agreement);
        self::told(unsettled)?;
        changes.push(told.join("; "));
    }
    let agreements: Vec<Agreement> = match value {
        Value::Array(_) => serde_json::from_value(value).map_err(bad)?,
        one => vec![serde_json::from_value(one).map_err(bad)?],
    };
    for agreement in &agreements {
        check(app, agreement).await?;
    }
    let mut rows = Vec::new();
    for (agreement, changes) in agreements.into_iter().zip(changes) {
        let version = app.store.put_agreement(agreement.clone()).await?;
        let object = format!("agreement/{}/{}/{version}", agreement.partner, agreement.role.as_str());
        let company = company::of(
            app,
            &super::Who {
                company: Some(agreement.company.to_string()),
            },
        )
        .await?;
        app.store
            .audit(super::operator(&company, "agreement.import", &object))
            .await?;
        let mut row = row(&Agreement { version, ..agreement });
        if !changes.is_empty() {
            row["writtenOtherwise"] = json!(changes);
        }
        rows.push(row);
    }
    Ok(Value::Array(rows))
}

/// All mistakes of one agreement.
pub fn told(problems: Vec<Problem>) -> Result<(), CommandError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(CommandError {
        message: "the agreement does not hold together; nothing was changed".into(),
        hint: None,
        problems,
        ..CommandError::default()
    })
}

async fn check(app: &App, agreement: &Agreement) -> Result<(), CommandError> {
    if app.store.partner(&agreement.scope()).await?.is_none() {
        return Err(CommandError::new(format!(
            "{} has no partner {:?}: nothing was changed",
            agreement.company,
            agreement.partner.as_str()
        ))
        .hint("Import their card first: `segue partner import`."));
    }
    let book = app.seller.books().current(&agreement.company).await?;
    let book = Some(&*book.book).filter(|_| book.version > 0 && agreement.role == Role::Seller);
    let mut mistakes = agreement.pilot_mistakes();
    mistakes.extend(agreement.price_mistakes(book));
    let connectors: Vec<&str> = app.config.connector.iter().map(|one| one.name.as_str()).collect();
    mistakes.extend(agreement.answer_mistakes(&connectors));
    mistakes.extend(agreement.ending_mistakes());
    told(mistakes)?;
    let mut apis = agreement.apis.iter();
    let unknown = apis.find(|(name, version)| segue_model::api::find_served(name, **version).is_none());
    if let Some((name, version)) = unknown {
        return Err(
            CommandError::new(format!("{name} v{version} is not spoken here: nothing was changed"))
                .hint("`segue openapi --list` shows what is."),
        );
    }
    Ok(())
}
