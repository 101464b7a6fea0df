//! The folder of the database: closed to other users, and used by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::StoreError;

/// The database, inside the folder.
pub const DATABASE_FILE: &str = "segue.sqlite";
/// The lock, inside the folder.
pub const LOCK_FILE: &str = "segue.lock";
/// Where a master key lies that does not come from the environment.
pub const MASTER_KEY_FILE: &str = "master.key";

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Makes the folder where it is missing, and locks it.
pub(crate) fn prepare(folder: &Path) -> Result<File, StoreError> {
    make_folder(folder)?;
    refuse_open(folder, FOLDER_MODE)?;
    lock(&folder.join(LOCK_FILE))
}

/// Opens `path` for writing, created so that only its owner reads it; looser ones are refused.
pub(crate) fn private_file(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
        .map_err(fault("create", path))?;
    refuse_open(path, FILE_MODE)?;
    Ok(file)
}

/// Makes a file that only its owner reads; one that exists is an error.
pub(crate) fn new_private_file(path: &Path) -> Result<File, StoreError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let made = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(FILE_MODE)
        .open(path);
    made.map_err(fault("create", path))
}

/// Reads a file that must be closed to others.
pub(crate) fn read_private(path: &Path) -> Result<String, StoreError> {
    refuse_open(path, FILE_MODE)?;
    fs::read_to_string(path).map_err(fault("read", path))
}

pub(crate) fn fault(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { doing, path, source }
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.as_os_str().is_empty() || folder.exists() {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder);
    made.map_err(fault("create", folder))
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let file = private_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(fault("lock", path)(source)),
    }
}

fn refuse_open(path: &Path, wanted: u32) -> Result<(), StoreError> {
    let mode = fs::metadata(path).map_err(fault("read", path))?.permissions().mode() & 0o777;
    if mode & !wanted == 0 {
        Ok(())
    } else {
        Err(StoreError::TooOpen {
            path: path.to_owned(),
            mode,
            wanted,
        })
    }
}
