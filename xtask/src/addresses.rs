//! Addresses that look real, spoiled ones, and how well they are found: `cargo run -p xtask --
//! addresses`. All is made from a seed, so that everybody measures the same.

mod asked;
mod damage;
mod generate;
mod label;
mod land;
mod measure;
mod nowhere;
mod place;
mod random;
mod spoil;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use segue_model::book::{BOOK_FILE, Book, PLACES_FILE};

use label::Right;
use land::Land;
use measure::Figures;
use place::{COLUMNS, Place};
use random::Random;
use spoil::Spoiled;

/// What is sold there: what the sample book sells.
const SAMPLE: &str = include_str!("../../samples/book/book.toml");

/// What to make, and what to measure.
#[derive(Args)]
pub struct Addresses {
    /// How many addresses
    #[arg(long, default_value_t = 20_000)]
    count: usize,
    /// Another seed, other addresses
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the book (book.toml, places.csv) into this folder
    #[arg(long)]
    out: Option<PathBuf>,
    /// How many spoiled addresses of each kind of damage
    #[arg(long, default_value_t = 40)]
    each: usize,
    /// Write the spoiled addresses with their right answers into this file
    #[arg(long)]
    spoil: Option<PathBuf>,
    /// Ask the book for all spoiled addresses and print the figures
    #[arg(long)]
    measure: bool,
    /// Print also each question that was not answered right
    #[arg(long)]
    failures: bool,
}

impl Addresses {
    pub fn run(&self) -> Result<()> {
        let lands = Land::all();
        let places = generate::places(&lands, self.count, self.seed);
        println!(
            "{} addresses of {} countries, seed {}",
            places.len(),
            lands.len(),
            self.seed
        );
        if let Some(folder) = &self.out {
            std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
            for (name, text) in files(&lands, &places)? {
                let path = folder.join(name);
                std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
            }
        }
        if self.spoil.is_none() && !self.measure {
            return Ok(());
        }
        let spoiled = spoil::spoiled(&lands, &places, (self.each, self.seed));
        if let Some(path) = &self.spoil {
            write(path, &spoiled)?;
        }
        if self.measure {
            let files = files(&lands, &places)?;
            drop(places);
            let since = Instant::now();
            let book = read(&files)?;
            println!("read and indexed in {:.1} s", since.elapsed().as_secs_f64());
            let figures = Figures::of(&book, &spoiled);
            print!("{}", figures.table());
            for failure in figures.failures.iter().filter(|_| self.failures) {
                println!("{failure}");
            }
        }
        Ok(())
    }
}

fn read(files: &BTreeMap<String, String>) -> Result<Book> {
    Book::read(files).map_err(|problems| {
        let first: Vec<String> = problems.iter().take(5).map(ToString::to_string).collect();
        anyhow!("the book is refused: {} problems: {}", problems.len(), first.join("; "))
    })
}

/// The files of a book.
fn files(lands: &[Land], places: &[Place]) -> Result<BTreeMap<String, String>> {
    let codes: Vec<String> = lands.iter().map(|land| format!("{:?}", land.code)).collect();
    let line = |line: &str| match line.starts_with("countries = ") {
        true => format!("countries = [{}]\n", codes.join(", ")),
        false => format!("{line}\n"),
    };
    let book: String = SAMPLE.lines().map(line).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for place in places {
        writer.write_record(row(place, &lands[place.land]))?;
    }
    let text = String::from_utf8(writer.into_inner()?).context("the places are no text")?;
    Ok([(BOOK_FILE.to_owned(), book), (PLACES_FILE.to_owned(), text)].into())
}

fn row(place: &Place, land: &Land) -> [String; COLUMNS.len()] {
    let street = &place.street;
    let (name, kind) = if land.type_column {
        (street.core(), street.kind.clone())
    } else {
        (street.name(), String::new())
    };
    // Delivery and ports follow from the place, so that they stay when the lists of names grow.
    let mut random = Random::of(
        place
            .id
            .bytes()
            .map(u64::from)
            .fold(7, |sum, byte| sum.wrapping_mul(131) + byte),
    );
    let (zone, delivery, ports) = match random.below(10) {
        0 => ("", "offNet", 0),
        1 | 2 => ("regional", "onNetWithBuild", 1 + random.below(4)),
        3..=5 => ("regional", "onNetWithoutBuild", 1 + random.below(24)),
        _ => ("metro", "onNetWithoutBuild", 1 + random.below(48)),
    };
    let authority = if place.label.is_empty() { "" } else { place::AUTHORITY };
    [
        place.id.clone(),
        place.number.clone(),
        place.suffix.clone(),
        place.last.clone(),
        street.direction.clone(),
        name,
        kind,
        place.town.name.clone(),
        place.postcode.clone(),
        place.town.state.clone(),
        land.code.clone(),
        place.building.clone(),
        place.sub_unit.as_ref().map(|unit| unit.join(" ")).unwrap_or_default(),
        land.language.clone(),
        format!("{:.6}", place.at[0]),
        format!("{:.6}", place.at[1]),
        place.label.clone(),
        authority.to_owned(),
        zone.to_owned(),
        delivery.to_owned(),
        ports.to_string(),
    ]
}

/// `kind,answer,query`: the answer is an id, `none`, or `several` and the id that was spoiled.
fn write(path: &Path, spoiled: &[Spoiled]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path).with_context(|| format!("writing {}", path.display()))?;
    writer.write_record(["damage", "answer", "query"])?;
    for one in spoiled {
        let right = match &one.right {
            Right::One(id) => id.clone(),
            Right::Several(id) => format!("several {id}"),
            Right::None => "none".to_owned(),
        };
        writer.write_record([one.kind, &right, &one.query.to_string()])?;
    }
    println!("{} spoiled addresses in {}", spoiled.len(), path.display());
    writer.flush().context("writing spoiled addresses")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(seed: u64) -> (Vec<Land>, Vec<Place>) {
        let lands = Land::all();
        let places = generate::places(&lands, 2_000, seed);
        (lands, places)
    }

    #[test]
    fn the_same_seed_makes_the_same_addresses_and_the_same_damage() {
        let text = |seed| {
            let (lands, places) = small(seed);
            let spoiled = spoil::spoiled(&lands, &places, (1, seed));
            let queries: Vec<String> = spoiled.iter().map(|one| one.query.to_string()).collect();
            (files(&lands, &places).unwrap(), queries)
        };
        assert_eq!(text(3), text(3));
        assert_ne!(text(3), text(4));
    }

    #[test]
    fn a_generated_book_is_read_without_a_mistake_in_ten_countries() {
        let (lands, places) = small(5);
        let book = read(&files(&lands, &places).unwrap()).unwrap();
        assert_eq!(places.len(), 2_000);
        assert_eq!(book.countries.len(), 10);
        let mut kinds: Vec<&str> = spoil::spoiled(&lands, &places, (1, 5))
            .iter()
            .map(|one| one.kind)
            .collect();
        kinds.dedup();
        assert!(kinds.len() > 50, "some damages fit nowhere: {kinds:?}");
    }

    #[test]
    fn spoiled_addresses_are_found_and_none_is_taken_for_another() {
        let (lands, places) = small(1);
        let spoiled = spoil::spoiled(&lands, &places, (6, 1));
        let book = read(&files(&lands, &places).unwrap()).unwrap();
        let figures = Figures::of(&book, &spoiled);
        let told = || format!("{}{}", figures.table(), figures.failures.join("\n"));
        assert!(figures.total.all >= 300, "{}", told());
        assert!(figures.found_percent() >= FOUND_PERCENT, "{}", told());
        assert!(figures.wrong_percent() <= WRONG_PERCENT, "{}", told());
    }

    /// So many in a hundred are found.
    const FOUND_PERCENT: f64 = 95.0;

    /// So many in a hundred may be confident and wrong.
    const WRONG_PERCENT: f64 = 0.5;
}
