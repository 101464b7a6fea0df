//! How often which API version was used: sums that only grow. Whoever counts does so in memory and
//! adds what came together since; several programs may add to the same sums.

use jiff::Timestamp;
use segue_model::id::Scope;
use segue_model::party::Role;

use crate::db::{DbError, Row, bind};
use crate::row::{self, At, signed, unsigned};
use crate::{Store, StoreError};

/// Use of one API version between us and a partner: what came together since the last time, or the
/// sum of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Between whom.
    pub scope: Scope,
    /// What we were. With who serves the API it tells who called.
    pub role: Role,
    /// Name of the API.
    pub api: String,
    /// Its major version.
    pub version: u32,
    /// All calls.
    pub calls: u64,
    /// Those of them that were not let in.
    pub refused: u64,
    /// Wall time of the first.
    pub first_at: Timestamp,
    /// Wall time of the last.
    pub last_at: Timestamp,
}

impl Store {
    /// Adds to the sums.
    pub async fn add_traffic(&self, counted: Vec<Traffic>) -> Result<(), StoreError> {
        self.engine()
            .write("count calls", move |db| {
                for one in &counted {
                    db.run(
                        "INSERT INTO traffic(company, partner, role, api, version, calls, refused, first_at, last_at)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                         ON CONFLICT(company, partner, role, api, version) DO UPDATE SET
                         calls = traffic.calls + excluded.calls, refused = traffic.refused + excluded.refused,
                         first_at = CASE WHEN excluded.first_at < traffic.first_at
                             THEN excluded.first_at ELSE traffic.first_at END,
                         last_at = CASE WHEN excluded.last_at > traffic.last_at
                             THEN excluded.last_at ELSE traffic.last_at END",
                        &bind![
                            one.scope.company.as_str(),
                            one.scope.partner.as_str(),
                            one.role.as_str(),
                            one.api,
                            one.version,
                            signed(one.calls),
                            signed(one.refused),
                            At(one.first_at),
                            At(one.last_at)
                        ],
                    )?;
                }
                Ok(())
            })
            .await
    }

    /// The sums between us and a partner, by role, API and version.
    pub async fn traffic(&self, scope: &Scope) -> Result<Vec<Traffic>, StoreError> {
        let scope = scope.clone();
        self.engine()
            .read("read how often was called", move |db| {
                Ok(db.all(
                    "SELECT company, partner, role, api, version, calls, refused, first_at, last_at FROM traffic
                     WHERE company = ?1 AND partner = ?2 ORDER BY role, api, version",
                    &bind![scope.company.as_str(), scope.partner.as_str()],
                    traffic,
                )?)
            })
            .await
    }
}

fn traffic(row: &Row<'_>) -> Result<Traffic, DbError> {
    let role = if row.get::<String>("role")? == Role::Seller.as_str() {
        Role::Seller
    } else {
        Role::Buyer
    };
    Ok(Traffic {
        scope: row::scope(row)?,
        role,
        api: row.get("api")?,
        version: row.get("version")?,
        calls: unsigned(row.get("calls")?),
        refused: unsigned(row.get("refused")?),
        first_at: row.get::<At>("first_at")?.0,
        last_at: row.get::<At>("last_at")?.0,
    })
}
