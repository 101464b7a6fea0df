//! Products of our Buyers: what stands in the Seller's inventory.

use segue_model::api;
use segue_model::book::Book;
use segue_model::commit::Commit;
use segue_model::document::Side;
use segue_model::failure::Problem;
use segue_model::id::{PartnerId, new_id};
use segue_model::party::{Agreement, Company, Partner, Role, Strictness};
use segue_model::products::Products;
use segue_model::rules::{Context, Deed};
use segue_store::CommitError;
use serde_json::{Value, json};

use super::act::act;
use super::{CommandError, Who, company, partner};
use crate::app::App;
use crate::cli::TextFile;

/// Rows shown.
const ROWS_MAX: u32 = 1_000;

pub async fn run(app: &App, action: super::Inventory) -> Result<Value, CommandError> {
    match action {
        super::Inventory::Import { file, partner, who } => import(app, &file, &partner, &who).await,
        super::Inventory::Suspend { on } => act(app, ("product", Deed::Suspend), on).await,
        super::Inventory::Resume { on } => act(app, ("product", Deed::Resume), on).await,
        super::Inventory::End { on } => act(app, ("product", Deed::End), on).await,
        super::Inventory::List { partner, who } => {
            let company = company::of(app, &who).await?;
            let partner = partner.map(PartnerId::new);
            let found = app
                .store
                .company_documents(&company.id, Side::Seller, "product", partner.as_ref(), ROWS_MAX)
                .await?;
            let rows = found.iter().map(|product| {
                json!({
                    "id": product.id,
                    "partner": product.scope.partner,
                    "status": product.state,
                    "offering": product.text("/productOffering/id"),
                    "product": product.text("/productConfiguration/@type").map(super::short_urn),
                    "since": product.text("/startDate"),
                })
            });
            Ok(rows.collect())
        }
    }
}

async fn import(app: &App, file: &TextFile, name: &str, who: &Who) -> Result<Value, CommandError> {
    let (company, partner) = partner::of(app, name, who).await?;
    let scope = partner.scope();
    let agreement = app
        .store
        .agreement_in_force(&scope, Role::Seller, app.wall.now())
        .await?
        .ok_or_else(|| {
            CommandError::new(format!("{name} may not buy from {}", company.name))
                .hint("Import their card with `--as seller` first.")
        })?;
    let product: Value = serde_json::from_str(&file.text)
        .map_err(|error| CommandError::new(format!("{} is not JSON: {error}", file.name)))?;
    let current = app.seller.books().current(&company.id).await?;
    let set = app.seller.product_sets().current(&company.id).await?;
    let commit = commit_of(
        app,
        &product,
        (&company, &partner, &agreement),
        (&current.book, &set.products),
    )
    .map_err(|problems| refused(file, problems))?;
    let id = commit.documents.first().map(|document| document.id.clone());
    if let Err(error) = app.store.commit(commit).await {
        return Err(match error {
            // VLAN IDs belong to one product, imported or not.
            CommitError::CapacityExhausted { key } => CommandError::new(format!(
                "{} was not taken: another product has {key} already",
                file.name
            ))
            .hint("The last part of it is the VLAN ID, the one before the interface. Nothing was changed."),
            other => other.into(),
        });
    }
    let mut answer =
        json!({ "done": format!("{} has the product in {}'s inventory", partner.name, company.name), "id": id });
    let warnings = odd(&product, &set.products);
    if !warnings.is_empty() {
        answer["warnings"] = json!(warnings);
    }
    Ok(answer)
}

fn commit_of(
    app: &App,
    product: &Value,
    (company, partner, agreement): (&Company, &Partner, &Agreement),
    (book, products): (&Book, &Products),
) -> Result<Commit, Vec<Problem>> {
    let context = Context {
        company,
        partner,
        agreement,
        book,
        products,
        now: app.business.now(),
        api_version: u32::MAX,
        new_id: &new_id,
    };
    let mut commit = api::inventory::rules::import(product, &context)?;
    let made = commit.documents.first().map_or("", |document| document.id.as_str());
    let entry = super::operator(company, "inventory.import", &format!("product/{made}"));
    commit.audit.push(entry);
    Ok(commit)
}

/// What is odd about the configuration, but no reason to refuse it.
fn odd(product: &Value, products: &Products) -> Vec<String> {
    let configuration = product.get("productConfiguration").unwrap_or(&Value::Null);
    products
        .check(configuration, "/productConfiguration", Strictness::Warn)
        .1
}

fn refused(file: &TextFile, problems: Vec<Problem>) -> CommandError {
    CommandError {
        message: format!(
            "{} was not taken: {} problems; nothing was changed",
            file.name,
            problems.len()
        ),
        hint: Some("samples/enni.json is a product that is taken.".into()),
        problems,
        ..CommandError::default()
    }
}
