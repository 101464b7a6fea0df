//! From a request or a job to one decision: load what the rules need, ask them, and give them
//! everything they may look at.

use jiff::Timestamp;
use segue_gate::admit::Caller;
use segue_gate::product_sets::ProductSet;
use segue_model::describe::Resource;
use segue_model::document::Side;
use segue_model::id::Scope;
use segue_model::party::{Agreement, Company, Partner};
use segue_model::rules::{Context, Found, RELATED_MAX, Ref};
use segue_store::{Condition, ListQuery};

use crate::{CurrentBook, Seller, SellerError};

/// What stands around a decision, owned.
pub struct Around {
    company: Company,
    partner: Partner,
    agreement: Agreement,
    book: CurrentBook,
    products: ProductSet,
    now: Timestamp,
    api_version: u32,
}

impl Around {
    /// The version of the book that a decision is made from.
    pub fn book_version(&self) -> u32 {
        self.book.version
    }

    /// The version of the company's products that a decision is made from.
    pub fn products_version(&self) -> u32 {
        self.products.version
    }

    /// Business time of the decision.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The pair it is decided for.
    pub fn scope(&self) -> Scope {
        self.agreement.scope()
    }

    /// As the rules see it.
    pub fn context<'a>(&'a self, new_id: &'a dyn Fn() -> String) -> Context<'a> {
        Context {
            company: &self.company,
            partner: &self.partner,
            agreement: &self.agreement,
            book: &self.book.book,
            products: &self.products.products,
            now: self.now,
            api_version: self.api_version,
            new_id,
        }
    }
}

impl Seller {
    /// Whether operations on `resource` are alive: reads of the book, and whatever has rules.
    pub(crate) fn offers(&self, resource: &Resource) -> bool {
        matches!(resource.name, "geographicAddress" | "geographicSite") || (self.parts.rules)(resource.name).is_some()
    }

    /// The surroundings of a request.
    pub(crate) async fn around(&self, caller: &Caller, api_version: u32) -> Result<Around, SellerError> {
        let (company, partner, agreement) = (caller.company.clone(), caller.partner.clone(), caller.agreement.clone());
        self.assemble((company, partner, agreement), api_version).await
    }

    /// The surroundings of background work; none when a party or its agreement is gone.
    pub(crate) async fn around_later(&self, scope: &Scope, version: u32) -> Result<Option<Around>, SellerError> {
        let store = &self.parts.store;
        let company = store.company(&scope.company).await?;
        let partner = store.partner(scope).await?;
        let agreement = store
            .agreement(scope, segue_model::party::Role::Seller, version)
            .await?;
        let (Some(company), Some(partner), Some(agreement)) = (company, partner, agreement) else {
            return Ok(None);
        };
        // Stored documents are always in the newest version of their family.
        self.assemble((company, partner, agreement), u32::MAX).await.map(Some)
    }

    /// The surroundings of a decision of the past: agreement, book and products in their versions
    /// of then; none when a party is gone.
    pub(crate) async fn around_then(
        &self,
        scope: &Scope,
        (agreement_version, book_version, products_version): (u32, u32, u32),
        now: Timestamp,
    ) -> Result<Option<Around>, SellerError> {
        let Some(around) = self.around_later(scope, agreement_version).await? else {
            return Ok(None);
        };
        let book = match self.books.version(&scope.company, book_version).await? {
            Some(book) => CurrentBook {
                version: book_version,
                book,
            },
            None => around.book.clone(),
        };
        let products = match self.product_sets.version(&scope.company, products_version).await? {
            Some(products) => ProductSet {
                version: products_version,
                products,
            },
            None => around.products.clone(),
        };
        Ok(Some(Around {
            book,
            products,
            now,
            ..around
        }))
    }

    async fn assemble(
        &self,
        (company, partner, agreement): (Company, Partner, Agreement),
        api_version: u32,
    ) -> Result<Around, SellerError> {
        let book = self.books.current(&company.id).await?;
        let products = self.product_sets.current(&company.id).await?;
        Ok(Around {
            company,
            partner,
            agreement,
            book,
            products,
            now: self.now(),
            api_version,
        })
    }

    /// Loads `refs` of `scope`.
    pub(crate) async fn find(&self, scope: &Scope, refs: Vec<Ref>) -> Result<Found, SellerError> {
        let store = &self.parts.store;
        let mut found = Found::default();
        let mut keys = Vec::new();
        for wanted in refs {
            match wanted {
                Ref::Document { resource, id } => {
                    if let Some(document) = store.document(scope, Side::Seller, resource, &id).await? {
                        found.documents.insert((resource.to_owned(), id), document);
                    }
                }
                Ref::Capacity(key) => keys.push(key),
                Ref::Jobs(document_id) => {
                    let jobs = store.pending_jobs_of(scope, &document_id).await?;
                    found.jobs.insert(document_id, jobs);
                }
                Ref::Related {
                    resource,
                    filter,
                    value,
                } => {
                    let conditions = vec![Condition::Equal(filter, value.clone())];
                    let query = ListQuery {
                        conditions,
                        offset: 0,
                        limit: RELATED_MAX as u32,
                    };
                    let page = store.documents(scope, Side::Seller, resource, &query).await?;
                    found
                        .related
                        .insert((resource.to_owned(), filter.to_owned(), value), page.documents);
                }
            }
        }
        if !keys.is_empty() {
            found.held = store.held(&scope.company, &keys, self.now()).await?;
        }
        Ok(found)
    }
}
