//! Values on their way into and out of rows.

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use segue_model::document::{Document, Object, Side};
use segue_model::id::Scope;
use serde_json::Value;

/// A time as text of one width (UTC, microseconds), so that text order is time order.
pub(crate) struct At(pub Timestamp);

impl ToSql for At {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(format!("{:.6}", self.0).into())
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

/// A JSON value as text.
pub(crate) struct Json(pub Value);

impl ToSql for Json {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl FromSql for Json {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// Any stored structure that is kept as JSON text.
pub(crate) struct Stored<T>(pub T);

impl<T: serde::de::DeserializeOwned> FromSql for Stored<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// SQLite counts in signed numbers; no count of ours comes near the end of them.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Back from [`signed`].
pub(crate) fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// `company` and `partner` of a row.
pub(crate) fn scope(row: &Row<'_>) -> rusqlite::Result<Scope> {
    Ok(Scope::new(
        row.get_ref("company")?.as_str()?,
        row.get_ref("partner")?.as_str()?,
    ))
}

/// Columns of a document: use with [`document`].
pub(crate) const DOCUMENT: &str = "SELECT d.id, c.company, c.partner, c.side, d.api, c.resource, d.state, \
     d.revision, d.agreement_version, d.created_at, d.updated_at, d.body \
     FROM document d JOIN collection c ON c.seq = d.collection";

/// A row of [`DOCUMENT`].
pub(crate) fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    let side = if row.get_ref("side")?.as_str()? == Side::Seller.as_str() {
        Side::Seller
    } else {
        Side::Buyer
    };
    Ok(Document {
        id: row.get("id")?,
        scope: scope(row)?,
        side,
        api: row.get("api")?,
        resource: row.get("resource")?,
        state: row.get("state")?,
        revision: unsigned(row.get("revision")?),
        agreement_version: row.get("agreement_version")?,
        created_at: row.get::<_, At>("created_at")?.0,
        updated_at: row.get::<_, At>("updated_at")?.0,
        body: row.get::<_, Stored<Object>>("body")?.0,
    })
}
