//! Books: terms in a row of each version, places in pieces beside it, shared between versions
//! that have the same.

use segue_model::book::{Book, Places};
use segue_model::id::CompanyId;
use serde_json::Value;

use crate::db::{Db, bind};
use crate::row::{At, Json};
use crate::{Store, StoreError};

/// Bytes of one piece: what any database takes in one value without ado.
const PIECE_MAX: usize = 1024 * 1024;

/// A version of a book, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredBook {
    /// What it says; in books of earlier programs with all places.
    pub terms: Value,
    /// Digest of its places.
    pub places: Option<String>,
}

impl Store {
    /// Stores a new version of what a company sells; which one it became.
    pub async fn put_book(&self, company: &CompanyId, book: &Book) -> Result<u32, StoreError> {
        let (company, wall) = (company.clone(), At(self.0.wall.now()));
        let (terms, places) = (book.terms(), book.places().clone());
        self.engine()
            .write("store a book", move |db| {
                put_places(db, &places)?;
                Ok(db.value("INSERT INTO book(company, version, loaded_at, body, places)
                         SELECT CAST(?1 AS TEXT), coalesce(max(version), 0) + 1, CAST(?2 AS TEXT), CAST(?3 AS TEXT), CAST(?4 AS TEXT)
                         FROM book WHERE company = ?1
                         RETURNING version", &bind![company.as_str(), wall, Json(terms), places.digest()])?)
            })
            .await
    }

    /// Keeps a version in the form of today: one of an earlier program had its places in its terms,
    /// or made otherwise. What it says is the same.
    pub async fn renew_book(&self, company: &CompanyId, version: u32, book: &Book) -> Result<(), StoreError> {
        let (company, terms, places) = (company.clone(), book.terms(), book.places().clone());
        self.engine()
            .write("renew a book", move |db| {
                put_places(db, &places)?;
                db.run(
                    "UPDATE book SET body = ?3, places = ?4 WHERE company = ?1 AND version = ?2",
                    &bind![company.as_str(), version, Json(terms), places.digest()],
                )?;
                db.run(
                    "DELETE FROM places_piece
                     WHERE digest NOT IN (SELECT places FROM book WHERE places IS NOT NULL)",
                    &[],
                )?;
                Ok(())
            })
            .await
    }

    /// The newest version of a company's book, without the book.
    pub async fn book_version(&self, company: &CompanyId) -> Result<Option<u32>, StoreError> {
        let company = company.clone();
        self.engine()
            .look("read the version of a book", move |db| {
                Ok(db.value(
                    "SELECT max(version) FROM book WHERE company = ?1",
                    &bind![company.as_str()],
                )?)
            })
            .await
    }

    /// One version of a company's book, without its places.
    pub async fn book(&self, company: &CompanyId, version: u32) -> Result<Option<StoredBook>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read a book", move |db| {
                Ok(db.one(
                    "SELECT body, places FROM book WHERE company = ?1 AND version = ?2",
                    &bind![company.as_str(), version],
                    |row| {
                        Ok(StoredBook {
                            terms: row.stored(0)?,
                            places: row.get(1)?,
                        })
                    },
                )?)
            })
            .await
    }

    /// The bytes of places; empty where they are unknown.
    pub async fn places(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let digest = digest.to_owned();
        self.engine()
            .read("read places", move |db| {
                let length: Option<u32> = db.value(
                    "SELECT CAST(sum(length(piece)) AS BIGINT) FROM places_piece WHERE digest = ?1",
                    &bind![digest],
                )?;
                let mut bytes = Vec::with_capacity(length.unwrap_or(0) as usize);
                let pieces = "SELECT piece FROM places_piece WHERE digest = ?1 ORDER BY number";
                db.each(pieces, &bind![digest], |row| {
                    bytes.append(&mut row.get(0)?);
                    Ok(())
                })?;
                Ok(bytes)
            })
            .await
    }
}

fn put_places(db: &Db, places: &Places) -> Result<(), StoreError> {
    let digest = places.digest();
    let known = db.any("SELECT 1 FROM places_piece WHERE digest = ?1 LIMIT 1", &bind![digest])?;
    if known {
        return Ok(());
    }
    let insert = "INSERT INTO places_piece(digest, number, piece) VALUES (?1, ?2, ?3)";
    for (number, piece) in (0_u32..).zip(places.bytes().chunks(PIECE_MAX)) {
        db.run(insert, &bind![digest, number, piece])?;
    }
    Ok(())
}
