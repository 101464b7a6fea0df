//! Books: terms in a row of each version, places in pieces beside it, shared between versions
//! that have the same.

use rusqlite::{Connection, OptionalExtension, params};
use segue_model::book::{Book, Places};
use segue_model::id::CompanyId;
use serde_json::Value;

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
                let version = db
                    .prepare_cached(
                        "INSERT INTO book(company, version, loaded_at, body, places)
                         SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3, ?4 FROM book WHERE company = ?1
                         RETURNING version",
                    )?
                    .query_row(params![company.as_str(), wall, Json(terms), places.digest()], |row| {
                        row.get(0)
                    })?;
                Ok(version)
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
                db.prepare_cached("UPDATE book SET body = ?3, places = ?4 WHERE company = ?1 AND version = ?2")?
                    .execute(params![company.as_str(), version, Json(terms), places.digest()])?;
                db.prepare_cached(
                    "DELETE FROM places_piece
                     WHERE digest NOT IN (SELECT places FROM book WHERE places IS NOT NULL)",
                )?
                .execute(())?;
                Ok(())
            })
            .await
    }

    /// The newest version of a company's book, without the book.
    pub async fn book_version(&self, company: &CompanyId) -> Result<Option<u32>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read the version of a book", move |db| {
                let mut statement = db.prepare_cached("SELECT max(version) FROM book WHERE company = ?1")?;
                Ok(statement.query_row(params![company.as_str()], |row| row.get(0))?)
            })
            .await
    }

    /// One version of a company's book, without its places.
    pub async fn book(&self, company: &CompanyId, version: u32) -> Result<Option<StoredBook>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read a book", move |db| {
                let mut statement =
                    db.prepare_cached("SELECT body, places FROM book WHERE company = ?1 AND version = ?2")?;
                let found = statement.query_row(params![company.as_str(), version], |row| {
                    Ok(StoredBook {
                        terms: row.get::<_, Json>(0)?.0,
                        places: row.get(1)?,
                    })
                });
                Ok(found.optional()?)
            })
            .await
    }

    /// The bytes of places; empty where they are unknown.
    pub async fn places(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let digest = digest.to_owned();
        self.engine()
            .read("read places", move |db| {
                let length: Option<u32> = db
                    .prepare_cached("SELECT sum(length(piece)) FROM places_piece WHERE digest = ?1")?
                    .query_row(params![digest], |row| row.get(0))?;
                let mut bytes = Vec::with_capacity(length.unwrap_or(0) as usize);
                let mut pieces =
                    db.prepare_cached("SELECT piece FROM places_piece WHERE digest = ?1 ORDER BY number")?;
                let mut rows = pieces.query(params![digest])?;
                while let Some(row) = rows.next()? {
                    let piece = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                    bytes.extend_from_slice(piece);
                }
                Ok(bytes)
            })
            .await
    }
}

fn put_places(db: &Connection, places: &Places) -> Result<(), StoreError> {
    let digest = places.digest();
    let known = db
        .prepare_cached("SELECT 1 FROM places_piece WHERE digest = ?1 LIMIT 1")?
        .exists(params![digest])?;
    if known {
        return Ok(());
    }
    let mut insert = db.prepare_cached("INSERT INTO places_piece(digest, number, piece) VALUES (?1, ?2, ?3)")?;
    for (number, piece) in (0_u32..).zip(places.bytes().chunks(PIECE_MAX)) {
        insert.execute(params![digest, number, piece])?;
    }
    Ok(())
}
