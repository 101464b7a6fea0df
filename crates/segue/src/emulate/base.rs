//! What stays the same over all worlds of an emulator: addresses, secrets, what was said when it
//! began.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::from_outside::Outside;
use super::stage::Stage;

/// What stays the same over all worlds.
pub struct Base {
    /// Rules, faults, exchanges.
    pub stage: Arc<Stage>,
    /// Where the companies are reached.
    pub address: SocketAddr,
    /// Where the admin API is.
    pub admin: SocketAddr,
    /// By which the scenario knows the Seller, and inboxes their senders.
    pub secret: String,
    /// What was said when it began.
    pub said: Options,
    folder: PathBuf,
    /// Held as long as the folder is in use.
    _lock: File,
    worlds: AtomicU32,
    clients: Mutex<HashMap<String, String>>,
}

/// What was said when it began.
pub struct Options {
    /// Another book than the sample.
    pub book: Option<BTreeMap<String, String>>,
    /// The Seller from outside.
    pub seller: Option<Outside>,
    /// `HOST:PORT` of listeners outside.
    pub callbacks: Vec<String>,
    /// When business time begins.
    pub start: Option<Timestamp>,
    /// How fast it runs.
    pub speed: Option<f64>,
}

impl Base {
    /// With a folder of its own and secrets that nobody knows.
    pub fn of(stage: Arc<Stage>, (address, admin): (SocketAddr, SocketAddr), said: Options) -> Result<Self> {
        let named = said.seller.as_ref();
        let secret = named.and_then(|seller| Some((seller.id.clone(), seller.listener_secret.clone()?)));
        let (folder, lock) = own_folder(&std::env::temp_dir())?;
        Ok(Self {
            stage,
            address,
            admin,
            secret: segue_net::new_secret().context("this machine gives no randomness")?,
            clients: Mutex::new(secret.into_iter().collect()),
            said,
            folder,
            _lock: lock,
            worlds: AtomicU32::new(0),
        })
    }

    /// Where the worlds are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Scheme, host and port of the companies.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the Seller asks the scenario.
    pub fn answers(&self) -> String {
        format!("http://{}/answer", self.admin)
    }

    /// Where events to a Buyer from outside go that names no listener of its own.
    pub fn inbox(&self, buyer: &str) -> String {
        format!("http://{}/inbox/{buyer}", self.admin)
    }

    /// When business time begins in a new world.
    pub fn start(&self) -> Timestamp {
        let said = self.said.start.or(self.stage.scenario.clock.start);
        said.unwrap_or_else(Timestamp::now)
    }

    /// How fast it runs.
    pub fn speed(&self) -> f64 {
        self.said.speed.or(self.stage.scenario.clock.speed).unwrap_or(1.0)
    }

    /// All that is on loopback and may be called.
    pub fn open_targets(&self) -> Vec<String> {
        let ours = [self.address.to_string(), self.admin.to_string()];
        let theirs = self.said.seller.iter().flat_map(Outside::targets);
        ours.into_iter()
            .chain(self.said.callbacks.clone())
            .chain(theirs)
            .collect()
    }

    /// Hosts that a hub of a Buyer from outside may name.
    pub fn callback_hosts(&self) -> Vec<String> {
        self.said.callbacks.clone()
    }

    /// The secret of a client: the same in every world.
    pub fn client_secret(&self, client: &str) -> String {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || segue_net::new_secret().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        clients.entry(client.to_owned()).or_insert_with(made).clone()
    }

    /// A folder for a new world.
    pub fn new_folder(&self) -> Result<PathBuf> {
        let number = self.worlds.fetch_add(1, Ordering::SeqCst);
        let folder = self.folder.join(number.to_string());
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(folder)
    }
}

/// How folders of emulators are called, and the file in each that its emulator has locked.
const FOLDERS: &str = "segue-emulate-";
const LOCK: &str = "lock";

/// A new folder in `parent`, locked; those of emulators that were killed are removed.
fn own_folder(parent: &Path) -> Result<(PathBuf, File)> {
    remove_abandoned(parent);
    let id = uuid::Uuid::now_v7();
    let (making, folder) = (
        parent.join(format!(".{FOLDERS}{id}")),
        parent.join(format!("{FOLDERS}{id}")),
    );
    let made = || {
        std::fs::create_dir_all(&making)?;
        let lock = File::create(making.join(LOCK))?;
        lock.lock()?;
        // It gets its name when it is locked: nobody shall take it for abandoned.
        std::fs::rename(&making, &folder)?;
        Ok(lock)
    };
    let lock: std::io::Result<File> = made();
    let lock = lock.with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok((folder, lock))
}

/// What cannot be removed stays: it is somebody else's, or the next one removes it.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(FOLDERS));
        let abandoned = |lock: File| lock.try_lock().is_ok();
        if is_ours && File::open(entry.path().join(LOCK)).is_ok_and(abandoned) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_use_stays_and_one_of_a_killed_emulator_is_removed_by_the_next() {
        let parent = tempfile::tempdir().unwrap();
        let (killed, lock) = own_folder(parent.path()).unwrap();
        let (alive, _lock) = own_folder(parent.path()).unwrap();
        let foreign = parent.path().join("segue-emulate-notes");
        std::fs::create_dir(&foreign).unwrap();
        assert!(killed.exists() && alive.exists());
        drop(lock);
        own_folder(parent.path()).unwrap();
        assert!(!killed.exists() && alive.exists() && foreign.exists());
    }
}
