//! What can be sold: the products shipped with us, and those a company imports while it runs.

use std::collections::BTreeMap;

use segue_model::failure::Problem;
use segue_model::party::{Company, Strictness};
use segue_model::pointer::join;
use segue_model::products::import::{self, Reading};
use segue_model::products::{Definition, ProductType, Products};
use serde_json::{Value, json};

use super::{CommandError, Who, company};
use crate::app::App;
use crate::cli::TextFile;
use crate::product_files::ProductFiles;

/// Configurations judged in one file; a request has fewer items.
const JUDGED_MAX: usize = 1_000;

pub async fn run(app: &App, action: super::Product) -> Result<Value, CommandError> {
    use super::Product;
    match action {
        Product::Import {
            path,
            skip_broken,
            replace,
            who,
        } => import(app, path, (skip_broken, replace), &who).await,
        Product::List { who } => {
            let (_, products) = known(app, &who).await?;
            Ok(products.all().map(|product| row(&products, product)).collect())
        }
        Product::Show { urn, who } => {
            let (company, products) = known(app, &who).await?;
            show(&products, find(&products, &urn, &company)?)
        }
        Product::Check { file, who } => {
            let (_, products) = known(app, &who).await?;
            check(&products, &file)
        }
        Product::Sample { urn, who } => {
            let (company, products) = known(app, &who).await?;
            let product = find(&products, &urn, &company)?;
            products.sample(&product.urn).ok_or_else(|| {
                CommandError::new(format!("no configuration of {} can be made up", product.urn))
                    .hint("Name a file with one as `sample` in its product.toml.")
            })
        }
    }
}

/// A company and its products.
async fn known(app: &App, who: &Who) -> Result<(Company, std::sync::Arc<Products>), CommandError> {
    let company = company::of(app, who).await?;
    let set = app.seller.product_sets().current(&company.id).await?;
    Ok((company, set.products))
}

/// The product with this URN, or the only one whose URN has this in it.
fn find<'a>(products: &'a Products, urn: &str, company: &Company) -> Result<&'a ProductType, CommandError> {
    if let Some(product) = products.product(urn) {
        return Ok(product);
    }
    let like: Vec<&ProductType> = products.all().filter(|product| product.urn.contains(urn)).collect();
    match like.as_slice() {
        [only] => Ok(only),
        [] => Err(CommandError::new(format!("{} has no product {urn:?}", company.name))
            .hint("`segue product list` shows those there are.")),
        several => {
            let urns: Vec<&str> = several.iter().map(|product| product.urn.as_str()).collect();
            Err(
                CommandError::new(format!("{} products have {urn:?} in their URN", several.len()))
                    .hint(format!("Say which: {}.", urns.join(", "))),
            )
        }
    }
}

async fn import(
    app: &App,
    path: ProductFiles,
    (skip_broken, replace): (bool, bool),
    who: &Who,
) -> Result<Value, CommandError> {
    let company = company::of(app, who).await?;
    let ProductFiles { name, files } = path;
    let reading = tokio::task::spawn_blocking(move || import::read(&files)).await;
    let Reading {
        products: found,
        repairs,
        mistakes,
    } = reading.map_err(|error| CommandError::new(error.to_string()))?;
    if !mistakes.is_empty() && (!skip_broken || found.is_empty()) {
        return Err(CommandError {
            message: format!("{name} has {} mistakes; nothing was changed", mistakes.len()),
            hint: (!found.is_empty())
                .then(|| format!("The other {} products can be taken with --skip-broken.", found.len())),
            problems: mistakes
                .iter()
                .map(|note| Problem::invalid(&note.file, &note.what))
                .collect(),
            ..CommandError::default()
        });
    }
    let (version, mut all) = app.seller.product_sets().imported(&company.id).await?;
    let outcome = merge(&app.products, &mut all, found);
    refuse_replaced(app, &company, &outcome, replace).await?;
    let changed = outcome
        .iter()
        .filter(|(_, what)| matches!(**what, Became::New | Became::Replaced))
        .count();
    let mut stored = version;
    if changed > 0 {
        // Compiled whole once more: what is stored can be used.
        let whole = app.products.extended(all.clone());
        whole.map_err(|(urn, reason)| CommandError::new(format!("{urn} cannot be used: {reason}")))?;
        let put = app.store.put_products(&company.id, version, json!(all)).await?;
        stored = put.ok_or_else(|| {
            CommandError::new("somebody else imported products at the same time; nothing was changed")
                .hint("Import again.")
        })?;
        let mut entry = super::operator(&company, "product.import", &format!("products/{stored}"));
        entry.detail = format!("{changed} products from {name}");
        app.store.audit(entry).await?;
    }
    let rows = outcome
        .iter()
        .map(|(urn, what)| json!({ "product": urn, "became": what.text() }));
    Ok(json!({
        "done": format!("{} knows {changed} more or changed products", company.name),
        "version": stored,
        "products": rows.collect::<Vec<_>>(),
        "repairs": repairs,
        "leftOut": mistakes,
    }))
}

/// What an import made of a product.
enum Became {
    New,
    Replaced,
    Unchanged,
    /// One of ours has its URN.
    Ours,
}

impl Became {
    fn text(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
            Self::Ours => "shipped with Segue; that one stays",
        }
    }
}

fn merge(builtin: &Products, all: &mut Vec<Definition>, found: Vec<Definition>) -> BTreeMap<String, Became> {
    let mut outcome = BTreeMap::new();
    for definition in found {
        let urn = definition.product.urn.clone();
        let known = all.iter_mut().find(|known| known.product.urn == urn);
        let became = match known {
            _ if builtin.product(&urn).is_some() => Became::Ours,
            Some(known) if is_same(known, &definition) => Became::Unchanged,
            Some(known) => {
                *known = definition;
                Became::Replaced
            }
            None => {
                all.push(definition);
                Became::New
            }
        };
        outcome.insert(urn, became);
    }
    outcome
}

/// Whether two definitions mean the same, wherever they were read.
fn is_same(one: &Definition, other: &Definition) -> bool {
    let other = Definition {
        source: one.source.clone(),
        ..other.clone()
    };
    *one == other
}

/// A product that is on sale is not changed by accident: partners check against their copy of it.
async fn refuse_replaced(
    app: &App,
    company: &Company,
    outcome: &BTreeMap<String, Became>,
    replace: bool,
) -> Result<(), CommandError> {
    let book = app.seller.books().current(&company.id).await?.book;
    let is_replaced = |urn: &str| matches!(outcome.get(urn), Some(Became::Replaced));
    let sold: Vec<Problem> = book
        .offerings
        .iter()
        .filter(|offering| !replace && is_replaced(&offering.product))
        .map(|offering| Problem::invalid(&offering.product, format!("The offering {} sells it.", offering.id)))
        .collect();
    if sold.is_empty() {
        return Ok(());
    }
    Err(CommandError {
        message: "products that are on sale would change; nothing was changed".into(),
        hint: Some("Give a changed product a new version in its URN, or say --replace.".into()),
        problems: sold,
        ..CommandError::default()
    })
}

fn row(products: &Products, product: &ProductType) -> Value {
    let relations: Vec<&str> = product
        .relations
        .iter()
        .map(segue_model::products::Relation::name)
        .collect();
    json!({
        "urn": product.urn,
        "name": product.name,
        "from": products.definition(&product.urn).map_or("Segue", |definition| definition.source.as_str()),
        "orderable": product.orderable,
        "place": product.place_role,
        "relations": relations.join(", "),
        "rules": products.rules(&product.urn).len(),
    })
}

fn show(products: &Products, product: &ProductType) -> Result<Value, CommandError> {
    let mut answer = row(products, product);
    answer["relations"] = json!(
        product
            .relations
            .iter()
            .map(|relation| json!({
                "type": relation.types.join(" or "),
                "target": relation.target,
                "candidates": relation.candidates,
            }))
            .collect::<Vec<_>>()
    );
    answer["fixed"] = json!(product.fixed.join(", "));
    answer["rate"] = json!(product.rate);
    answer["rules"] = json!(
        products
            .rules(&product.urn)
            .iter()
            .map(|rule| json!({
                "rule": rule.name,
                "severity": rule.severity.as_str(),
                "source": rule.source,
                "about": rule.about,
            }))
            .collect::<Vec<_>>()
    );
    answer["attributes"] = json!(products.attributes(&product.urn));
    Ok(answer)
}

/// Judges every configuration in a file: one alone, or those of a whole request.
fn check(products: &Products, file: &TextFile) -> Result<Value, CommandError> {
    let value: Value = serde_json::from_str(&file.text)
        .map_err(|error| CommandError::new(format!("{} is not JSON: {error}", file.name)))?;
    let mut found = Vec::new();
    if value
        .get("@type")
        .is_some_and(|urn| urn.as_str().is_some_and(|urn| urn.starts_with("urn:")))
    {
        found.push((String::new(), &value));
    } else {
        configurations(&value, "", &mut found);
    }
    if found.is_empty() {
        return Err(CommandError::new(format!("{} has no product configuration", file.name))
            .hint("It is an object with the URN of its product in @type, alone or as a productConfiguration in a request."));
    }
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    for (pointer, configuration) in &found {
        let (wrong, odd) = products.check(configuration, pointer, Strictness::Warn);
        problems.extend(wrong);
        warnings.extend(odd);
    }
    let text =
        |problem: Problem| json!({ "where": problem.property_path, "code": problem.code, "reason": problem.reason });
    let row = |warning: String| {
        let (pointer, what) = warning.split_once(": ").unwrap_or(("", &warning));
        json!({ "where": pointer, "reason": what })
    };
    let count = problems.len();
    let answer = json!({
        "configurations": found.len(),
        "problems": problems.iter().cloned().map(text).collect::<Vec<_>>(),
        "warnings": warnings.into_iter().map(row).collect::<Vec<_>>(),
    });
    if count == 0 {
        let mut answer = answer;
        answer["done"] =
            json!("nothing is wrong; warnings refuse a request where the agreement says unknownAttributes = refuse");
        return Ok(answer);
    }
    let odd = answer["warnings"].as_array().map_or(0, Vec::len);
    Err(CommandError {
        message: format!("{} has {count} problems", file.name),
        hint: (odd > 0).then(|| format!("Beside them there are {odd} warnings, told once the problems are gone.")),
        problems,
        ..CommandError::default()
    })
}

/// Every `productConfiguration` below `value`, with the pointer to it.
fn configurations<'a>(value: &'a Value, pointer: &str, found: &mut Vec<(String, &'a Value)>) {
    if found.len() >= JUDGED_MAX {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "productConfiguration" {
                    found.push((join(pointer, name), member));
                } else {
                    configurations(member, &join(pointer, name), found);
                }
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                configurations(element, &join(pointer, index), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
