//! The ENNI a circuit is handed over at when nobody names one: our only one at the Seller.

use segue_model::document::Side;
use segue_model::id::Scope;
use segue_model::products::ENNI;
use serde_json::Value;

use crate::app::App;
use crate::command::CommandError;

/// Mirrored products looked at.
const MIRRORED_MAX: u32 = 1_000;

/// The one ENNI we have in the Seller's inventory.
pub async fn only(app: &App, scope: &Scope) -> Result<String, CommandError> {
    let ennis = if app.buyer.is_rehearsal() {
        known(app, scope).await?
    } else {
        app.buyer.ennis(scope).await?
    };
    match &ennis[..] {
        [one] => Ok(one.clone()),
        [] => Err(CommandError::new(format!(
            "we have no ENNI at {}: the circuit needs one to be handed over at",
            scope.partner
        ))
        .hint("The Seller enters it: `segue inventory import samples/enni.json --partner US`.")),
        _ => Err(
            CommandError::new(format!("we have {} ENNIs at {}", ennis.len(), scope.partner))
                .hint(format!("Say which with --enni: {}.", ennis.join(", "))),
        ),
    }
}

/// Those in our mirror: all that a rehearsal looks at.
async fn known(app: &App, scope: &Scope) -> Result<Vec<String>, CommandError> {
    let partner = Some(&scope.partner);
    let products = app
        .store
        .company_documents(&scope.company, Side::Buyer, "product", partner, MIRRORED_MAX);
    let products = products.await?.into_iter();
    let ennis = products.filter(|product| product.state == "active" && is_enni(&Value::Object(product.body.clone())));
    let ennis: Vec<String> = ennis.map(|product| product.id).collect();
    if ennis.is_empty() {
        return Err(
            CommandError::new(format!("no ENNI of ours at {} is known yet", scope.partner)).hint(
                "A rehearsal asks nobody: name it with --enni, or fetch it with `segue buy inventory SELLER --id ID`.",
            ),
        );
    }
    Ok(ennis)
}

fn is_enni(product: &Value) -> bool {
    product.pointer("/productConfiguration/@type").and_then(Value::as_str) == Some(ENNI)
}
