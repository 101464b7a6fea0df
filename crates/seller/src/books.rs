//! The current book of each company, parsed once per version.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use segue_model::book::Book;
use segue_model::id::CompanyId;
use segue_store::Store;

use crate::SellerError;

/// One version of a book.
#[derive(Clone)]
pub struct CurrentBook {
    /// 1, 2, 3...; 0 while nothing was loaded.
    pub version: u32,
    /// What it says.
    pub book: Arc<Book>,
}

/// Remembers the parsed book of each company. A newer version in the store replaces it.
pub struct Books {
    store: Store,
    parsed: Mutex<HashMap<CompanyId, CurrentBook>>,
}

impl Books {
    /// Reads books from `store`.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            parsed: Mutex::default(),
        }
    }

    /// The book in force now. A company without a book has an empty one: it sells nothing.
    pub async fn current(&self, company: &CompanyId) -> Result<CurrentBook, SellerError> {
        let version = self.store.book_version(company).await?.unwrap_or(0);
        if let Some(known) = self.known(company, version) {
            return Ok(known);
        }
        let book = match self.store.book(company, version).await? {
            Some(stored) => parse(company, stored)?,
            None => Book::empty(),
        };
        let current = CurrentBook {
            version,
            book: Arc::new(book),
        };
        if let Ok(mut parsed) = self.parsed.lock() {
            parsed.insert(company.clone(), current.clone());
        }
        Ok(current)
    }

    /// An older version, for replaying a decision; version 0 is that of a company without a book.
    pub async fn version(&self, company: &CompanyId, version: u32) -> Result<Option<Book>, SellerError> {
        if version == 0 {
            return Ok(Some(Book::empty()));
        }
        match self.store.book(company, version).await? {
            Some(stored) => parse(company, stored).map(Some),
            None => Ok(None),
        }
    }

    fn known(&self, company: &CompanyId, version: u32) -> Option<CurrentBook> {
        let parsed = self.parsed.lock().ok()?;
        parsed
            .get(company)
            .filter(|current| current.version == version)
            .cloned()
    }
}

fn parse(company: &CompanyId, stored: serde_json::Value) -> Result<Book, SellerError> {
    Book::from_json(stored).map_err(|reason| SellerError::Book {
        company: company.clone(),
        reason,
    })
}
