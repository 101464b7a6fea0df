//! Lists of sites asked of several Sellers, and how far they have come.

use jiff::Timestamp;
use segue_model::id::CompanyId;
use segue_model::tender::{Tender, Visit};

use crate::db::{bind, owned};
use crate::row::At;
use crate::{Store, StoreError};

/// A tender in a list of them.
#[derive(Clone, Debug, PartialEq)]
pub struct TenderRow {
    /// What is asked.
    pub tender: Tender,
    /// When it was begun, wall time.
    pub created_at: Timestamp,
    /// Visits in all, and those that are done.
    pub visits: (u32, u32),
}

impl Store {
    /// Stores a new tender with all its visits; it gets the next number of its company.
    pub async fn put_tender(&self, company: &CompanyId, tender: Tender) -> Result<Tender, StoreError> {
        let (company, wall) = (company.clone(), At(self.0.wall.now()));
        self.engine()
            .write("store a tender", move |db| {
                let mut tender = tender;
                tender.number = db.value(
                    "SELECT coalesce(max(number), 0) + 1 FROM tender WHERE company = ?1",
                    &bind![company.as_str()],
                )?;
                let body = serde_json::to_string(&tender)?;
                db.run(
                    "INSERT INTO tender(company, number, created_at, body) VALUES (?1, ?2, ?3, ?4)",
                    &bind![company.as_str(), tender.number, wall, body],
                )?;
                for visit in tender.visits() {
                    let body = serde_json::to_string(&visit)?;
                    let values = owned![company.as_str(), tender.number, visit.seller.as_str(), visit.site, body];
                    db.run(
                        "INSERT INTO visit(company, tender, partner, site, done, body) VALUES (?1, ?2, ?3, ?4, 0, ?5)",
                        &values,
                    )?;
                }
                Ok(tender)
            })
            .await
    }

    /// Stores how far a visit has come.
    pub async fn put_visit(&self, company: &CompanyId, tender: u32, visit: &Visit) -> Result<(), StoreError> {
        let (company, body) = (company.clone(), serde_json::to_string(visit)?);
        let (partner, site, done) = (visit.seller.to_string(), visit.site, visit.is_done());
        self.engine()
            .write("store a visit", move |db| {
                db.run(
                    "UPDATE visit SET done = ?5, body = ?6
                     WHERE company = ?1 AND tender = ?2 AND partner = ?3 AND site = ?4",
                    &bind![company.as_str(), tender, partner, site, done, body],
                )?;
                Ok(())
            })
            .await
    }

    /// One tender of a company.
    pub async fn tender(&self, company: &CompanyId, number: u32) -> Result<Option<Tender>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read a tender", move |db| {
                Ok(db.one(
                    "SELECT body FROM tender WHERE company = ?1 AND number = ?2",
                    &bind![company.as_str(), number],
                    |row| row.stored(0),
                )?)
            })
            .await
    }

    /// All visits of a tender, by Seller and site.
    pub async fn visits(&self, company: &CompanyId, tender: u32) -> Result<Vec<Visit>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("read visits", move |db| {
                Ok(db.all(
                    "SELECT body FROM visit WHERE company = ?1 AND tender = ?2 ORDER BY partner, site",
                    &bind![company.as_str(), tender],
                    |row| row.stored(0),
                )?)
            })
            .await
    }

    /// All tenders of a company, the newest first.
    pub async fn tenders(&self, company: &CompanyId) -> Result<Vec<TenderRow>, StoreError> {
        let company = company.clone();
        self.engine()
            .read("list tenders", move |db| {
                Ok(db.all(
                    "SELECT t.body, t.created_at, count(*), CAST(sum(v.done) AS BIGINT) FROM tender t
                     JOIN visit v ON v.company = t.company AND v.tender = t.number
                     WHERE t.company = ?1 GROUP BY t.company, t.number ORDER BY t.number DESC",
                    &bind![company.as_str()],
                    |row| {
                        Ok(TenderRow {
                            tender: row.stored::<Tender>(0)?,
                            created_at: row.get::<At>(1)?.0,
                            visits: (row.get(2)?, row.get(3)?),
                        })
                    },
                )?)
            })
            .await
    }
}
