//! The books of each company, open in memory. They are opened apart from all requests: one that
//! needs a book which is not open yet waits a little, and is told to come again; it is never
//! told that a place is unknown. A new version takes over when it is open.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use segue_model::book::{Book, Places};
use segue_model::id::CompanyId;
use segue_store::{Store, StoredBook};
use sha2::{Digest, Sha256};

use crate::SellerError;

/// How long a request waits for a book: one with a million places opens in less than a second.
const OPEN_WAIT: Duration = Duration::from_secs(5);
/// Versions of the past that stay open, for those who look at several decisions.
const OLDER_MAX: usize = 2;

/// One version of a book.
#[derive(Clone)]
pub struct CurrentBook {
    /// 1, 2, 3...; 0 while nothing was loaded.
    pub version: u32,
    /// What it says.
    pub book: Arc<Book>,
}

/// The open books.
pub struct Books(Arc<Inner>);

struct Inner {
    store: Store,
    open: Mutex<HashMap<CompanyId, CurrentBook>>,
    older: Mutex<VecDeque<(CompanyId, CurrentBook)>>,
    /// One book of a company is opened at a time.
    opening: Mutex<HashMap<CompanyId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Books {
    /// Reads books from `store`.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner {
            store,
            open: Mutex::default(),
            older: Mutex::default(),
            opening: Mutex::default(),
        }))
    }

    /// The book in force now. A company without a book has an empty one: it sells nothing. While
    /// a new version is being opened for long, the one before is in force.
    pub async fn current(&self, company: &CompanyId) -> Result<CurrentBook, SellerError> {
        let version = self.0.store.book_version(company).await?.unwrap_or(0);
        if let Some(known) = self.0.known(company).filter(|known| known.version == version) {
            return Ok(known);
        }
        // A task of its own: it goes on when the request has left.
        let (inner, whose) = (Arc::clone(&self.0), company.clone());
        let opening = tokio::spawn(async move { inner.newest(&whose).await });
        match tokio::time::timeout(OPEN_WAIT, opening).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => Err(unreadable(company, error.to_string())),
            Err(_) => self.0.known(company).ok_or_else(|| SellerError::BookOpening {
                company: company.clone(),
            }),
        }
    }

    /// Opens the books of these companies, so that the first request need not wait. What cannot
    /// be opened is logged, and told again to whoever needs it.
    pub async fn open(&self, companies: impl IntoIterator<Item = CompanyId>) {
        for company in companies {
            if let Err(error) = self.0.newest(&company).await {
                tracing::error!(%error, %company, "a book cannot be opened");
            }
        }
    }

    /// Keeps the book of a company from being opened or loaded as long as the guard lives: for
    /// tests of what happens meanwhile.
    #[doc(hidden)]
    pub async fn hold_closed(&self, company: &CompanyId) -> tokio::sync::OwnedMutexGuard<()> {
        self.0.opening(company).lock_owned().await
    }

    /// Stores a new version; it is in force when this has ended.
    pub async fn load(&self, company: &CompanyId, book: Book) -> Result<u32, SellerError> {
        let opening = self.0.opening(company);
        let _alone = opening.lock().await;
        let version = self.0.store.put_book(company, &book).await?;
        let book = Arc::new(book);
        self.0.take_over(company, CurrentBook { version, book });
        Ok(version)
    }

    /// An older version, for replaying a decision; version 0 is that of a company without a book.
    pub async fn version(&self, company: &CompanyId, version: u32) -> Result<Option<Arc<Book>>, SellerError> {
        if version == 0 {
            return Ok(Some(Arc::new(Book::empty())));
        }
        if let Some(known) = self.0.older(company, version) {
            return Ok(Some(known));
        }
        let Some(stored) = self.0.store.book(company, version).await? else {
            return Ok(None);
        };
        let book = self.0.parse((company, version), stored).await?;
        if let Ok(mut older) = self.0.older.lock() {
            let book = Arc::clone(&book);
            older.push_front((company.clone(), CurrentBook { version, book }));
            older.truncate(OLDER_MAX);
        }
        Ok(Some(book))
    }
}

impl Inner {
    fn known(&self, company: &CompanyId) -> Option<CurrentBook> {
        self.open.lock().ok()?.get(company).cloned()
    }

    fn older(&self, company: &CompanyId, version: u32) -> Option<Arc<Book>> {
        if let Some(current) = self.known(company).filter(|known| known.version == version) {
            return Some(current.book);
        }
        let older = self.older.lock().ok()?;
        let mut found = older
            .iter()
            .filter(|(whose, known)| whose == company && known.version == version);
        found.next().map(|(_, known)| Arc::clone(&known.book))
    }

    fn opening(&self, company: &CompanyId) -> Arc<tokio::sync::Mutex<()>> {
        let mut opening = self.opening.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Arc::clone(opening.entry(company.clone()).or_default())
    }

    fn take_over(&self, company: &CompanyId, current: CurrentBook) {
        if let Ok(mut open) = self.open.lock() {
            open.insert(company.clone(), current);
        }
    }

    /// Opens the newest version, unless somebody else has done it meanwhile.
    async fn newest(&self, company: &CompanyId) -> Result<CurrentBook, SellerError> {
        let opening = self.opening(company);
        let _alone = opening.lock().await;
        let version = self.store.book_version(company).await?.unwrap_or(0);
        if let Some(known) = self.known(company).filter(|known| known.version == version) {
            return Ok(known);
        }
        let book = match self.store.book(company, version).await? {
            Some(stored) => self.parse((company, version), stored).await?,
            None => Arc::new(Book::empty()),
        };
        let current = CurrentBook { version, book };
        self.take_over(company, current.clone());
        Ok(current)
    }

    /// Opens a stored book, on a thread of its own. One in the form of an earlier program is kept
    /// in the form of today from now on.
    async fn parse(&self, (company, version): (&CompanyId, u32), stored: StoredBook) -> Result<Arc<Book>, SellerError> {
        let shared = stored.places.as_deref().and_then(|digest| self.shared(digest));
        let bytes = match (&stored.places, &shared) {
            (Some(digest), None) => self.store.places(digest).await?,
            (Some(_), Some(_)) | (None, _) => Vec::new(),
        };
        let StoredBook { terms, places } = stored;
        let wanted = places.clone();
        let open = move || match (wanted, shared) {
            (Some(_), Some(places)) => Book::of(terms, places),
            // Damaged ones are not kept in the form of today.
            (Some(digest), None) if format!("{:x}", Sha256::digest(&bytes)) != digest => {
                Err("its places are not those that were stored".to_owned())
            }
            (Some(_), None) => Book::of(terms, Places::open(bytes)?),
            (None, _) => Book::from_json(terms),
        };
        let opened = tokio::task::spawn_blocking(open).await;
        let book = opened
            .unwrap_or_else(|error| Err(error.to_string()))
            .map_err(|reason| unreadable(company, reason))?;
        if places.as_deref() != Some(book.places().digest()) {
            tracing::info!(%company, version, "a book of an earlier program is kept in the form of today");
            self.store.renew_book(company, version, &book).await?;
        }
        Ok(Arc::new(book))
    }

    /// Places that are open already, whoever has them.
    fn shared(&self, digest: &str) -> Option<Places> {
        let same = |book: &Book| (book.places().digest() == digest).then(|| book.places().clone());
        let current = self.open.lock().ok()?.values().find_map(|current| same(&current.book));
        current.or_else(|| self.older.lock().ok()?.iter().find_map(|(_, older)| same(&older.book)))
    }
}

fn unreadable(company: &CompanyId, reason: String) -> SellerError {
    SellerError::Book {
        company: company.clone(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn acme() -> CompanyId {
        CompanyId::new("acme")
    }

    fn book(currency: &str) -> Book {
        let mut all = Book::empty().json();
        all["currency"] = json!(currency);
        all["addresses"] = json!([{ "id": "A1", "fielded": { "streetName": "Weg", "city": "Ort" } }]);
        Book::from_json(all).unwrap()
    }

    fn store(folder: &tempfile::TempDir) -> Store {
        Store::open(&folder.path().join("state"), segue_store::Options::new(|_| Vec::new())).unwrap()
    }

    #[tokio::test]
    async fn a_loaded_book_is_in_force_at_once_and_those_before_can_be_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let books = Books::new(store.clone());
        assert_eq!(books.current(&acme()).await.unwrap().version, 0);
        assert_eq!(books.load(&acme(), book("EUR")).await.unwrap(), 1);
        assert_eq!(books.load(&acme(), book("USD")).await.unwrap(), 2);
        assert_eq!(*books.current(&acme()).await.unwrap().book, book("USD"));
        assert_eq!(*books.version(&acme(), 1).await.unwrap().unwrap(), book("EUR"));
        assert_eq!(books.version(&acme(), 3).await.unwrap(), None);
        // Also where nothing is open yet.
        let books = Books::new(store.clone());
        books.open([acme()]).await;
        let current = books.current(&acme()).await.unwrap();
        assert_eq!((current.version, &*current.book), (2, &book("USD")));
        assert!(
            books
                .current(&CompanyId::new("other"))
                .await
                .unwrap()
                .book
                .address("A1")
                .is_none()
        );
    }

    #[tokio::test]
    async fn a_book_of_an_earlier_program_opens_and_is_kept_in_the_form_of_today() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let books = Books::new(store.clone());
        books.load(&acme(), Book::empty()).await.unwrap();
        let stored = StoredBook {
            terms: book("EUR").json(),
            places: None,
        };
        let opened = books.0.parse((&acme(), 1), stored).await.unwrap();
        assert_eq!(*opened, book("EUR"));
        let kept = store.book(&acme(), 1).await.unwrap().unwrap();
        assert_eq!(kept.places.as_deref(), Some(book("EUR").places().digest()));
        assert_eq!(kept.terms, book("EUR").terms());
    }

    #[tokio::test]
    async fn a_book_that_cannot_be_read_is_a_fault_and_no_empty_book() {
        let folder = tempfile::tempdir().unwrap();
        let books = Books::new(store(&folder));
        let stored = StoredBook {
            terms: book("EUR").terms(),
            places: Some("unknown".into()),
        };
        let told = books.0.parse((&acme(), 1), stored).await.unwrap_err();
        assert!(matches!(told, SellerError::Book { .. }), "{told}");
    }
}
