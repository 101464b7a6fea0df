//! The folder of a book on its way to whoever reads it: the terms as text, the list of places as
//! it comes, since a million places are never there as text.
//!
//! Who acts: the command line finds the files; where a server runs, the admin socket carries the
//! list behind the command; the book is read from the one or the other. Guaranteed: a list that
//! was cut off is an error, never a shorter list. Not guaranteed: that it can be read twice.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use segue_model::book::PLACES_FILE;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::runtime::Handle;

/// Read at a time: the answer to each question for more crosses from a thread to the runtime.
const PIECE: usize = 256 * 1024;

/// A folder named on the command line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BookFolder {
    /// As it was named.
    pub name: String,
    /// File name to text, without the list of places.
    pub files: BTreeMap<String, String>,
    /// The list of places, if there is one.
    pub places: Option<List>,
}

impl BookFolder {
    /// One that is no folder: file name to text.
    pub fn of_texts(name: &str, mut files: BTreeMap<String, String>) -> Self {
        let places = files.remove(PLACES_FILE).map(|text| List {
            bytes: text.len() as u64,
            from: Source::Text(text.into_bytes().into()),
        });
        Self {
            name: name.to_owned(),
            files,
            places,
        }
    }

    fn read(name: &str) -> io::Result<Self> {
        let mut folder = Self::of_texts(name, BTreeMap::new());
        for entry in std::fs::read_dir(name)? {
            let path = entry?.path();
            let is_wanted = path
                .extension()
                .is_some_and(|extension| extension == "toml" || extension == "csv");
            let Some(file) = path.file_name().and_then(|file| file.to_str()).filter(|_| is_wanted) else {
                continue;
            };
            if file == PLACES_FILE {
                folder.places = Some(List::of_file(&path)?);
            } else {
                folder.files.insert(file.to_owned(), std::fs::read_to_string(&path)?);
            }
        }
        Ok(folder)
    }
}

impl FromStr for BookFolder {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let folder = Self::read(name).map_err(|error| format!("cannot read it: {error}"))?;
        if folder.files.is_empty() && folder.places.is_none() {
            return Err("there is no .toml or .csv file in it".into());
        }
        Ok(folder)
    }
}

/// A long text that is read as it comes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct List {
    /// How long it is.
    pub bytes: u64,
    /// Only this process has it; to another one it is sent.
    #[serde(skip)]
    from: Source,
}

#[derive(Clone, Default)]
enum Source {
    /// It was read, or was never here.
    #[default]
    Nowhere,
    File(PathBuf),
    Text(Arc<[u8]>),
    Stream(Arc<Mutex<Option<Box<dyn Read + Send>>>>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nowhere => "Nowhere",
            Self::File(_) => "File",
            Self::Text(_) => "Text",
            Self::Stream(_) => "Stream",
        })
    }
}

impl List {
    fn of_file(path: &Path) -> io::Result<Self> {
        Ok(Self {
            bytes: std::fs::metadata(path)?.len(),
            from: Source::File(path.to_owned()),
        })
    }

    /// From now on it is what comes out of `stream`, which is read by a thread of its own.
    pub fn follow(&mut self, stream: impl AsyncRead + Unpin + Send + 'static) {
        let bridge = Bridge {
            stream,
            runtime: Handle::current(),
        };
        let stream = Box::new(BufReader::with_capacity(PIECE, bridge));
        self.from = Source::Stream(Arc::new(Mutex::new(Some(stream))));
    }

    /// All of it, exactly. What comes through a socket comes once.
    pub fn open(&self) -> io::Result<Whole> {
        let gone = || io::Error::other("the list of places was read already");
        let from: Box<dyn Read + Send> = match &self.from {
            Source::Nowhere => return Err(gone()),
            Source::File(path) => Box::new(File::open(path)?),
            Source::Text(text) => Box::new(Cursor::new(Arc::clone(text))),
            Source::Stream(stream) => stream
                .lock()
                .ok()
                .and_then(|mut stream| stream.take())
                .ok_or_else(gone)?,
        };
        let left = Arc::new(AtomicU64::new(self.bytes));
        Ok(Whole { from, left })
    }
}

/// What a thread reads out of the runtime.
struct Bridge<S> {
    stream: S,
    runtime: Handle,
}

impl<S: AsyncRead + Unpin> Read for Bridge<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.runtime.block_on(self.stream.read(buffer))
    }
}

/// Exactly as many bytes as were promised.
pub struct Whole {
    from: Box<dyn Read + Send>,
    left: Arc<AtomicU64>,
}

impl Whole {
    /// How many bytes are still to come, also while somebody else reads them.
    pub fn left_to_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.left)
    }
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.from.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if count == 0 && wanted > 0 {
            let what = format!("the list was cut off, {left} bytes before its end");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        self.left.store(left - count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(bytes: u64, text: &str) -> List {
        List {
            bytes,
            from: Source::Text(text.as_bytes().into()),
        }
    }

    #[test]
    fn a_list_that_is_cut_off_is_an_error_and_what_comes_behind_it_is_not_read() {
        let read = |bytes| io::read_to_string(list(bytes, "id,city\n").open().unwrap());
        assert_eq!(read(8).unwrap(), "id,city\n");
        assert_eq!(read(3).unwrap(), "id,");
        let cut = read(10).unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
        assert!(cut.to_string().contains("2 bytes before its end"), "{cut}");
    }

    #[tokio::test]
    async fn what_comes_through_a_stream_is_read_once() {
        let mut list = list(7, "");
        list.follow(&b"id,cityand more"[..]);
        let read = {
            let list = list.clone();
            tokio::task::spawn_blocking(move || io::read_to_string(list.open()?))
        };
        assert_eq!(read.await.unwrap().unwrap(), "id,city");
        assert!(list.open().is_err());
    }
}
