//! What we sell: read from a folder, checked whole, kept in versions.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use segue_model::book::{Book, BookProblem, Offering, PLACES_FILE, PlacesText, profile};
use segue_model::failure::Problem;
use segue_model::openapi::bound;
use segue_model::party::{Company, Role};
use segue_model::products::{Products, import};
use segue_seller::CurrentBook;
use serde_json::{Value, json};

use super::{CommandError, Progress, Who, company};
use crate::app::App;
use crate::book_folder::BookFolder;
use crate::documents;
use crate::product_files::ProductFiles;

/// Products that are known where nothing was imported.
const SHIPPED: &str = "those shipped with Segue";

/// A book, and what in it is kept in another form than it was written.
type Read = (Book, Vec<BookProblem>);

pub async fn run(app: &App, action: super::Book, progress: Progress<'_>) -> Result<Value, CommandError> {
    match action {
        super::Book::Check { folder, who, .. } => {
            let (products, which) = match company::of(app, &who).await {
                Err(_) if who.company.is_none() => (Arc::clone(&app.products), SHIPPED.to_owned()),
                found => {
                    let company = found?;
                    let set = app.seller.product_sets().current(&company.id).await?;
                    (set.products, format!("those of {}", company.name))
                }
            };
            let read = read_apart((folder, products), progress).await?;
            Ok(checked(read, &which))
        }
        super::Book::Load { folder, who } => {
            let company = company::of(app, &who).await?;
            let products = app.seller.product_sets().current(&company.id).await?.products;
            let (book, changes) = read_apart((folder, products), progress).await?;
            check_agreed(app, &company, &book).await?;
            progress(json!({ "bars": [{ "what": format!("storing {} places", book.address_count()) }] }));
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
/// The book in force of one company.
pub(super) async fn current(app: &App, who: &Who) -> Result<std::sync::Arc<Book>, CommandError> {
    in_force(app, who).await.map(|(_, current)| current.book)
}

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

/// `segue book check` without an installation.
pub fn check(folder: &BookFolder) -> Result<Value, CommandError> {
    let read = read((folder, &Products::builtin()), |_| ())?;
    Ok(checked(read, SHIPPED))
}

/// What there is to say about a book that could be loaded.
fn checked((book, changes): Read, which: &str) -> Value {
    let mut answer = summary(&book, "nothing is wrong with it; nothing was changed", 0);
    answer["products"] = json!(format!("{which} are known"));
    with(changes, answer)
}

/// `segue book check --products`: beside what is shipped, what could be imported.
pub fn check_with(folder: &BookFolder, files: ProductFiles) -> Result<Value, CommandError> {
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
    let read = read((folder, &all), |_| ())?;
    Ok(checked(read, &format!("{SHIPPED} and in {}", files.name)))
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

/// Reads a book on a thread of its own: a million places take seconds, which requests need not
/// wait for. What it is told on the way is told on.
async fn read_apart(
    (folder, products): (BookFolder, Arc<Products>),
    progress: Progress<'_>,
) -> Result<Read, CommandError> {
    let (said, mut words) = tokio::sync::mpsc::unbounded_channel();
    let reading = tokio::task::spawn_blocking(move || read((&folder, &products), move |word| drop(said.send(word))));
    while let Some(word) = words.recv().await {
        progress(word);
    }
    reading.await.map_err(|error| CommandError::new(error.to_string()))?
}

fn read((folder, products): (&BookFolder, &Products), tell: impl Fn(Value)) -> Result<Read, CommandError> {
    let (mut book, changes) = read_files(folder, tell)?;
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

fn read_files(folder: &BookFolder, tell: impl Fn(Value)) -> Result<Read, CommandError> {
    let Some(list) = &folder.places else {
        return Book::read_streamed(&folder.files, None).map_err(|found| refused(&found, folder));
    };
    let mut text = list
        .open()
        .map_err(|error| CommandError::new(format!("cannot read {PLACES_FILE} in {}: {error}", folder.name)))?;
    let left = text.left_to_read();
    let so_far = |count: u32| {
        let read = list.bytes - left.load(Ordering::Relaxed);
        let what = format!("reading {PLACES_FILE}: {count} places");
        tell(json!({ "bars": [{ "what": what, "done": read, "of": list.bytes }] }));
    };
    let places = PlacesText {
        text: &mut text,
        so_far: &so_far,
    };
    Book::read_streamed(&folder.files, Some(places)).map_err(|found| refused(&found, folder))
}

fn refused(found: &[BookProblem], folder: &BookFolder) -> CommandError {
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
fn check_products(book: &Book, products: &Products, folder: &BookFolder) -> Result<(), CommandError> {
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
    let mut answer = json!({
        "done": note,
        "currency": book.currency,
        "places": book.address_count(),
        "sites": book.site_count(),
        "countries": book.countries_served().join(", "),
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
