//! What we sell: read from a folder, checked whole, kept in versions.

use std::collections::BTreeSet;
use std::sync::Arc;

use segue_model::book::{Book, BookProblem, Offering, profile};
use segue_model::failure::Problem;
use segue_model::openapi::bound;
use segue_model::party::{Company, Role};
use segue_model::products::{Products, import};
use segue_seller::CurrentBook;
use serde_json::{Value, json};

use super::{CommandError, Who, clean, company};
use crate::app::App;
use crate::cli::TextFolder;
use crate::documents;
use crate::product_files::ProductFiles;

pub async fn run(app: &App, action: super::Book) -> Result<Value, CommandError> {
    match action {
        super::Book::Check { folder, who, .. } => {
            let company = match company::of(app, &who).await {
                Err(_) if who.company.is_none() => return check(&folder, (&app.products, "those shipped with Segue")),
                found => found?,
            };
            let set = app.seller.product_sets().current(&company.id).await?;
            check(&folder, (&set.products, &format!("those of {}", company.name)))
        }
        super::Book::Load { folder, who } => {
            let company = company::of(app, &who).await?;
            let set = app.seller.product_sets().current(&company.id).await?;
            // A million places take seconds, which requests need not wait for.
            let products = Arc::clone(&set.products);
            let reading = tokio::task::spawn_blocking(move || read(&folder, &products)).await;
            let (book, changes) = reading.map_err(|error| CommandError::new(error.to_string()))??;
            check_agreed(app, &company, &book).await?;
            let version = app.seller.books().load(&company.id, book.clone()).await?;
            app.store
                .audit(super::operator(&company, "book.load", &format!("book/{version}")))
                .await?;
            Ok(with(
                changes,
                summary(&book, &format!("{} sells from it now", company.name), version),
            ))
        }
        super::Book::Show { who } => {
            let (name, current) = in_force(app, &who).await?;
            Ok(summary(&current.book, &format!("what {name} sells"), current.version))
        }
        super::Book::Openapi {
            api,
            api_version,
            offering,
            who,
        } => {
            let (_, current) = in_force(app, &who).await?;
            let company = company::of(app, &who).await?;
            let set = app.seller.product_sets().current(&company.id).await?;
            let api = documents::find(&api, api_version).map_err(|error| CommandError::new(error.to_string()))?;
            let offerings: Vec<&Offering> = offering
                .iter()
                .map(|id| offered(&current.book, id))
                .collect::<Result<_, _>>()?;
            bound::document(api, &offerings, &set.products).map_err(CommandError::new)
        }
    }
}

/// The name of a company and its book.
async fn in_force(app: &App, who: &Who) -> Result<(String, CurrentBook), CommandError> {
    let company = company::of(app, who).await?;
    let current = app.seller.books().current(&company.id).await?;
    if current.version == 0 {
        return Err(CommandError::new(format!("{} has no book yet", company.name))
            .hint("Load one: `segue book load samples/book`."));
    }
    Ok((company.name, current))
}

fn offered<'b>(book: &'b Book, id: &str) -> Result<&'b Offering, CommandError> {
    book.offering(id)
        .ok_or_else(|| CommandError::new(format!("nothing is sold as {id:?}")).hint("`segue book show` lists what is."))
}

/// `segue book check`: with `products`, known as it says.
pub fn check(folder: &TextFolder, (products, which): (&Products, &str)) -> Result<Value, CommandError> {
    let (book, changes) = read(folder, products)?;
    let mut answer = summary(&book, "nothing is wrong with it; nothing was changed", 0);
    answer["products"] = json!(format!("{which} are known"));
    clean::tell(folder, &mut answer);
    Ok(with(changes, answer))
}

/// `segue book check --products`: beside what is shipped, what could be imported.
pub fn check_with(folder: &TextFolder, files: ProductFiles) -> Result<Value, CommandError> {
    let reading = import::read(&files.files);
    if !reading.mistakes.is_empty() {
        let mistakes = reading.mistakes.iter();
        return Err(CommandError {
            message: format!("{} has {} mistakes", files.name, reading.mistakes.len()),
            hint: None,
            problems: mistakes.map(|note| Problem::invalid(&note.file, &note.what)).collect(),
            ..CommandError::default()
        });
    }
    let all = Products::builtin().extended(reading.products);
    let all = all.map_err(|(urn, reason)| CommandError::new(format!("{urn} cannot be used: {reason}")))?;
    check(
        folder,
        (&all, &format!("those shipped with Segue and in {}", files.name)),
    )
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
    let (mut book, changes) = Book::read_and_tell(&folder.files).map_err(|found| refused(&found, folder))?;
    check_products(&book, products, folder)?;
    for offering in &mut book.offerings {
        let product = products.product(&offering.product);
        offering.rate = product.and_then(|product| product.rate.clone());
    }
    let found = profile::check(&book, products);
    if found.is_empty() {
        Ok((book, changes))
    } else {
        Err(refused(&found, folder))
    }
}

fn refused(found: &[BookProblem], folder: &TextFolder) -> CommandError {
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
        ..CommandError::default()
    }
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
        hint: Some(
            "`segue product list` shows those known; `segue product import` brings more, `book check --products` looks at \
             them before."
                .into(),
        ),
        problems: unknown,
        ..CommandError::default()
    })
}

/// In another currency than agreed nothing could be quoted.
async fn check_agreed(app: &App, company: &Company, book: &Book) -> Result<(), CommandError> {
    let mut problems = Vec::new();
    for partner in app.store.partners(&company.id).await? {
        let now = app.wall.now();
        let agreement = app
            .store
            .agreement_in_force(&partner.scope(), Role::Seller, now)
            .await?;
        let agreed = agreement.and_then(|agreement| agreement.currency);
        if let Some(agreed) = agreed.filter(|agreed| *agreed != book.currency) {
            let reason = format!(
                "the agreement with {} is in {agreed}, this book in {}",
                partner.id, book.currency
            );
            problems.push(Problem::invalid("currency", reason));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(CommandError {
        message: "the book is in another currency than agreed; nothing was changed".into(),
        hint: Some(
            "To change both: import the agreement without `currency`, load the book, then name it again.".into(),
        ),
        problems,
        ..CommandError::default()
    })
}

fn summary(book: &Book, note: &str, version: u32) -> Value {
    let addresses = book.addresses();
    let countries: BTreeSet<String> = addresses
        .filter_map(|address| Some(address.fielded.get("countryCode")?.as_str()?.to_owned()))
        .collect();
    let countries: Vec<String> = countries.into_iter().collect();
    let mut answer = json!({
        "done": note,
        "currency": book.currency,
        "places": book.address_count(),
        "sites": book.site_count(),
        "countries": countries.join(", "),
        "offerings": book.offerings.iter().map(offering).collect::<Vec<_>>(),
    });
    let attributes: Vec<Value> = book.offerings.iter().flat_map(attributes).collect();
    if !attributes.is_empty() {
        answer["attributes"] = json!(attributes);
    }
    if version > 0 {
        answer["version"] = json!(version);
    }
    answer
}

/// The profile of an offering, one row for each attribute.
fn attributes(offering: &Offering) -> Vec<Value> {
    let mut rows = offering.profile.table();
    for row in &mut rows {
        if let Some(row) = row.as_object_mut() {
            row.shift_insert(0, "offering".into(), json!(offering.id));
        }
    }
    rows
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
