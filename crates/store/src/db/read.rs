//! Values on their way out of rows.

use std::fmt::Display;

use serde::de::DeserializeOwned;

use super::Bound;

/// What stands in a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl Cell<'_> {
    fn is_not(self, wanted: &str) -> String {
        let found = match self {
            Self::Null => "nothing",
            Self::Integer(_) => "a number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        };
        format!("holds {found}, not {wanted}")
    }
}

/// Name or number of a column.
pub(crate) trait Column: Copy + Display + rusqlite::RowIndex + postgres::row::RowIndex {}

impl Column for usize {}
impl Column for &str {}

/// What can be read from a column; the error says what is wrong.
pub(crate) trait Read: Sized {
    fn read(cell: Cell<'_>) -> Result<Self, String>;
}

impl Read for String {
    fn read(cell: Cell<'_>) -> Result<Self, String> {
        text(cell).map(str::to_owned)
    }
}

impl Read for Vec<u8> {
    fn read(cell: Cell<'_>) -> Result<Self, String> {
        match cell {
            Cell::Bytes(bytes) => Ok(bytes.to_vec()),
            Cell::Null | Cell::Integer(_) | Cell::Text(_) => Err(cell.is_not("bytes")),
        }
    }
}

impl Read for Bound<'static> {
    fn read(cell: Cell<'_>) -> Result<Self, String> {
        Ok(match cell {
            Cell::Null => Bound::Null,
            Cell::Integer(number) => Bound::Integer(number),
            Cell::Text(text) => Bound::Text(text.to_owned().into()),
            Cell::Bytes(bytes) => Bound::Bytes(bytes.to_owned().into()),
        })
    }
}

macro_rules! read_integers {
    ($($integer:ty)*) => {$(
        impl Read for $integer {
            fn read(cell: Cell<'_>) -> Result<Self, String> {
                match cell {
                    Cell::Integer(number) => number.try_into().map_err(|_| format!("{number} is out of range")),
                    Cell::Null | Cell::Text(_) | Cell::Bytes(_) => Err(cell.is_not("a number")),
                }
            }
        }
    )*};
}
read_integers!(u16 u32 i64);

impl Read for bool {
    fn read(cell: Cell<'_>) -> Result<Self, String> {
        i64::read(cell).map(|number| number != 0)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(cell: Cell<'_>) -> Result<Self, String> {
        match cell {
            Cell::Null => Ok(None),
            Cell::Integer(_) | Cell::Text(_) | Cell::Bytes(_) => T::read(cell).map(Some),
        }
    }
}

/// A structure that is kept as JSON text.
pub(crate) struct Stored<T>(pub T);

impl<T: DeserializeOwned> Read for Stored<T> {
    fn read(cell: Cell<'_>) -> Result<Self, String> {
        let text = text(cell)?;
        serde_json::from_str(text).map(Self).map_err(|error| error.to_string())
    }
}

/// The text of a column.
pub(crate) fn text(cell: Cell<'_>) -> Result<&str, String> {
    match cell {
        Cell::Text(text) => Ok(text),
        Cell::Null | Cell::Integer(_) | Cell::Bytes(_) => Err(cell.is_not("text")),
    }
}
