//! Companies, partners and agreements.

use jiff::Timestamp;
use segue_model::commit::AuditEntry;
use segue_model::id::{CompanyId, Scope};
use segue_model::party::{Agreement, Company, Partner, Role};
use serde::de::DeserializeOwned;

use crate::db::{Bound, Db, bind, owned};
use crate::row::At;
use crate::{Store, StoreError, audit};

impl Store {
    /// Stores a company, or changes it.
    pub async fn put_company(&self, company: Company) -> Result<(), StoreError> {
        self.engine()
            .write("store a company", move |db| {
                let body = serde_json::to_string(&company)?;
                db.run(
                    "INSERT INTO company(id, body) VALUES (?1, ?2)
                     ON CONFLICT(id) DO UPDATE SET body = excluded.body",
                    &bind![company.id.as_str(), body],
                )?;
                Ok(())
            })
            .await
    }

    /// One company.
    pub async fn company(&self, id: &CompanyId) -> Result<Option<Company>, StoreError> {
        self.stored("SELECT body FROM company WHERE id = ?1", owned![id.as_str()])
            .await
    }

    /// All companies, by id.
    pub async fn companies(&self) -> Result<Vec<Company>, StoreError> {
        self.all_stored("SELECT body FROM company ORDER BY id", Vec::new())
            .await
    }

    /// Stores a partner, or changes it, together with the audit row of that. Its company has to
    /// be stored already; its `client_id` must be new to that company.
    pub async fn put_partner(&self, partner: Partner, entry: Option<AuditEntry>) -> Result<(), StoreError> {
        let wall = At(self.0.wall.now());
        self.engine()
            .write("store a partner", move |db| {
                let body = serde_json::to_string(&partner)?;
                let client_id = partner.client.as_ref().map(|client| client.client_id.as_str());
                db.run(
                    "INSERT INTO partner(company, id, client_id, body) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT(company, id) DO UPDATE SET client_id = excluded.client_id, body = excluded.body",
                    &bind![partner.company.as_str(), partner.id.as_str(), client_id, body],
                )?;
                if let Some(entry) = entry {
                    audit::append(db, &entry, &wall)?;
                }
                Ok(())
            })
            .await
    }

    /// One partner.
    pub async fn partner(&self, scope: &Scope) -> Result<Option<Partner>, StoreError> {
        let values = owned![scope.company.as_str(), scope.partner.as_str()];
        self.stored("SELECT body FROM partner WHERE company = ?1 AND id = ?2", values)
            .await
    }

    /// All partners of a company, by id.
    pub async fn partners(&self, company: &CompanyId) -> Result<Vec<Partner>, StoreError> {
        self.all_stored(
            "SELECT body FROM partner WHERE company = ?1 ORDER BY id",
            owned![company.as_str()],
        )
        .await
    }

    /// The partner whose client this is at the token endpoint of `company`.
    pub async fn client(&self, company: &CompanyId, client_id: &str) -> Result<Option<Partner>, StoreError> {
        let values = owned![company.as_str(), client_id];
        self.stored("SELECT body FROM partner WHERE company = ?1 AND client_id = ?2", values)
            .await
    }

    /// Stores a new version of an agreement; which one it became. The version it names itself
    /// is not looked at. Its partner has to be stored already.
    pub async fn put_agreement(&self, agreement: Agreement) -> Result<u32, StoreError> {
        self.engine()
            .write(
                "store an agreement",
                move |db| Ok(add_agreement(db, agreement)?.version),
            )
            .await
    }

    /// The newest version whose time has come.
    pub async fn agreement_in_force(
        &self,
        scope: &Scope,
        role: Role,
        wall_now: Timestamp,
    ) -> Result<Option<Agreement>, StoreError> {
        let values = owned![
            scope.company.as_str(),
            scope.partner.as_str(),
            role.as_str(),
            At(wall_now)
        ];
        self.stored(
            "SELECT body FROM agreement WHERE company = ?1 AND partner = ?2 AND role = ?3
             AND effective_from <= ?4 ORDER BY version DESC LIMIT 1",
            values,
        )
        .await
    }

    /// One version, whether in force or not.
    pub async fn agreement(&self, scope: &Scope, role: Role, version: u32) -> Result<Option<Agreement>, StoreError> {
        let values = owned![scope.company.as_str(), scope.partner.as_str(), role.as_str(), version];
        self.stored(
            "SELECT body FROM agreement WHERE company = ?1 AND partner = ?2 AND role = ?3 AND version = ?4",
            values,
        )
        .await
    }

    /// All versions in both roles, by role and version.
    pub async fn agreements(&self, scope: &Scope) -> Result<Vec<Agreement>, StoreError> {
        let values = owned![scope.company.as_str(), scope.partner.as_str()];
        self.all_stored(
            "SELECT body FROM agreement WHERE company = ?1 AND partner = ?2 ORDER BY role, version",
            values,
        )
        .await
    }

    /// The first row of a statement with one JSON column.
    async fn stored<T>(&self, statement: &'static str, values: Vec<Bound<'static>>) -> Result<Option<T>, StoreError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.engine()
            .look("read a party", move |db| {
                Ok(db.one(statement, &values, |row| row.stored(0))?)
            })
            .await
    }

    /// All rows of a statement with one JSON column.
    async fn all_stored<T>(&self, statement: &'static str, values: Vec<Bound<'static>>) -> Result<Vec<T>, StoreError>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.engine()
            .read("read parties", move |db| {
                Ok(db.all(statement, &values, |row| row.stored(0))?)
            })
            .await
    }
}

/// Stores the next version of an agreement; gives it with its number.
pub(crate) fn add_agreement(db: &Db, mut agreement: Agreement) -> Result<Agreement, StoreError> {
    let (company, partner, role) = (
        agreement.company.to_string(),
        agreement.partner.to_string(),
        agreement.role.as_str(),
    );
    agreement.version = db.value(
        "SELECT coalesce(max(version), 0) + 1 FROM agreement
             WHERE company = ?1 AND partner = ?2 AND role = ?3",
        &bind![company, partner, role],
    )?;
    let body = serde_json::to_string(&agreement)?;
    db.run(
        "INSERT INTO agreement(company, partner, role, version, effective_from, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &bind![
            company,
            partner,
            role,
            agreement.version,
            At(agreement.effective_from),
            body
        ],
    )?;
    Ok(agreement)
}
