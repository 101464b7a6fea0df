//! What we sell: read from a folder, checked whole, kept in versions.

use segue_model::book::{Book, BookProblem, Offering};
use segue_model::failure::Problem;
use segue_model::products::Products;
use serde_json::{Value, json};

use super::{CommandError, company};
use crate::app::App;
use crate::cli::TextFolder;

pub async fn run(app: &App, action: super::Book) -> Result<Value, CommandError> {
    match action {
        super::Book::Check { folder } => check(&folder, &app.products),
        super::Book::Load { folder, who } => {
            let company = company::of(app, &who).await?;
            let set = app.seller.product_sets().current(&company.id).await?;
            let (book, changes) = read(&folder, &set.products)?;
            let version = app.store.put_book(&company.id, book.json()).await?;
            app.store
                .audit(super::operator(&company, "book.load", &format!("book/{version}")))
                .await?;
            Ok(with(
                changes,
                summary(&book, &format!("{} sells from it now", company.name), version),
            ))
        }
        super::Book::Show { who } => {
            let company = company::of(app, &who).await?;
            let current = app.seller.books().current(&company.id).await?;
            if current.version == 0 {
                return Err(CommandError::new(format!("{} has no book yet", company.name))
                    .hint("Load one: `segue book load samples/book`."));
            }
            Ok(summary(
                &current.book,
                &format!("what {} sells", company.name),
                current.version,
            ))
        }
    }
}

/// `segue book check`: needs no installation.
pub fn check(folder: &TextFolder, products: &Products) -> Result<Value, CommandError> {
    let (book, changes) = read(folder, products)?;
    Ok(with(
        changes,
        summary(&book, "nothing is wrong with it; nothing was changed", 0),
    ))
}

/// Beside the summary, what is kept in another form than it was written.
fn with(changes: Vec<BookProblem>, mut summary: Value) -> Value {
    if !changes.is_empty() {
        let told =
            |change: BookProblem| json!({ "at": format!("{}:{}", change.file, change.line), "what": change.what });
        summary["writtenOtherwise"] = changes.into_iter().map(told).collect();
    }
    summary
}

fn read(folder: &TextFolder, products: &Products) -> Result<(Book, Vec<BookProblem>), CommandError> {
    let (mut book, changes) = Book::read_and_tell(&folder.files).map_err(|found| {
        let problems = found
            .iter()
            .map(|problem| Problem::invalid(format!("{}:{}", problem.file, problem.line), problem.what.clone()));
        CommandError {
            message: format!(
                "the book in {} has {} problems; nothing was changed",
                folder.name,
                found.len()
            ),
            hint: None,
            problems: problems.collect(),
        }
    })?;
    check_products(&book, products, folder)?;
    for offering in &mut book.offerings {
        let product = products.product(&offering.product);
        offering.rate = product.and_then(|product| product.rate.clone());
    }
    Ok((book, changes))
}

/// An offering without a product schema could never be sold.
fn check_products(book: &Book, products: &Products, folder: &TextFolder) -> Result<(), CommandError> {
    let unknown: Vec<Problem> = book
        .offerings
        .iter()
        .filter(|offering| products.product(&offering.product).is_none())
        .map(|offering| {
            Problem::invalid(
                format!("offering {}", offering.id),
                format!("there is no product schema {}", offering.product),
            )
        })
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(CommandError {
        message: format!(
            "the book in {} names unknown products; nothing was changed",
            folder.name
        ),
        hint: None,
        problems: unknown,
    })
}

fn summary(book: &Book, note: &str, version: u32) -> Value {
    let mut countries: Vec<&str> = book
        .addresses
        .iter()
        .filter_map(|address| address.fielded.get("countryCode")?.as_str())
        .collect();
    countries.sort_unstable();
    countries.dedup();
    let mut answer = json!({
        "done": note,
        "currency": book.currency,
        "places": book.addresses.len(),
        "sites": book.sites.len(),
        "countries": countries.join(", "),
        "offerings": book.offerings.iter().map(offering).collect::<Vec<_>>(),
    });
    if version > 0 {
        answer["version"] = json!(version);
    }
    answer
}

fn offering(offering: &Offering) -> Value {
    let terms: Vec<&str> = offering.terms.iter().map(|term| term.name.as_str()).collect();
    json!({
        "id": offering.id,
        "name": offering.name,
        "interval": super::span_text(offering.interval),
        "terms": terms.join(", "),
        "product": offering.product,
    })
}
