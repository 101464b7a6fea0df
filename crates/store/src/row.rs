//! Values on their way into and out of rows.

use std::borrow::Cow;

use jiff::Timestamp;
use segue_model::document::{Document, Side};
use segue_model::id::Scope;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::db::{Bind, Bound, Cell, DbError, Read, Row, text};

/// A time as text of one width (UTC, microseconds), so that text order is time order.
pub(crate) struct At(pub Timestamp);

impl Bind for At {
    fn bind(&self) -> Bound<'_> {
        Bound::Text(Cow::Owned(format!("{:.6}", self.0)))
    }
}

impl Read for At {
    fn read(cell: Cell<'_>) -> Result<Self, String> {
        text(cell)?
            .parse()
            .map(Self)
            .map_err(|error: jiff::Error| error.to_string())
    }
}

/// A JSON value as text.
pub(crate) struct Json(pub Value);

impl Bind for Json {
    fn bind(&self) -> Bound<'_> {
        Bound::Text(Cow::Owned(self.0.to_string()))
    }
}

/// Databases count in signed numbers; no count of ours comes near the end of them.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Back from [`signed`].
pub(crate) fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Bytes of a value in the index that are kept as they are: an index of PostgreSQL takes no more
/// than some 2,700, and no value that is asked for has so many.
const INDEXED_MAX: usize = 512;

/// A value as it stands in the index: a long one by its beginning and its digest.
pub(crate) fn indexed(value: &str) -> Cow<'_, str> {
    if value.len() <= INDEXED_MAX {
        return Cow::Borrowed(value);
    }
    let begin = value.floor_char_boundary(INDEXED_MAX);
    Cow::Owned(format!("{}{:x}", &value[..begin], Sha256::digest(value)))
}

/// `company` and `partner` of a row.
pub(crate) fn scope(row: &Row<'_>) -> Result<Scope, DbError> {
    let (company, partner): (String, String) = (row.get("company")?, row.get("partner")?);
    Ok(Scope::new(company.as_str(), partner.as_str()))
}

/// Columns of a document: use with [`document`].
pub(crate) const DOCUMENT: &str = "SELECT d.id, c.company, c.partner, c.side, d.api, c.resource, d.state, \
     d.revision, d.agreement_version, d.created_at, d.updated_at, d.body \
     FROM document d JOIN collection c ON c.seq = d.collection";

/// A row of [`DOCUMENT`].
pub(crate) fn document(row: &Row<'_>) -> Result<Document, DbError> {
    let side = if row.get::<String>("side")? == Side::Seller.as_str() {
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
        created_at: row.get::<At>("created_at")?.0,
        updated_at: row.get::<At>("updated_at")?.0,
        body: row.stored("body")?,
    })
}
