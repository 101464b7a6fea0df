//! Installations and server processes of the tests. Every installation has a folder and a port of
//! its own; every server dies with its test.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::cluster;

/// What takes longer than this has failed; only broken programs wait so long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Below the ports that systems give to outgoing connections, so that none of those is in the way.
const PORTS: std::ops::Range<u16> = 18_000..32_000;

/// A port nobody listens on; no other test of this process gets it.
pub fn free_address() -> SocketAddr {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    loop {
        let start = std::process::id().wrapping_mul(61);
        let offset = u32::from(GIVEN.fetch_add(1, Ordering::Relaxed)) + start;
        let port = PORTS.start + u16::try_from(offset % u32::from(PORTS.end - PORTS.start)).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// What a command said and how it ended.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The program, in an environment that has no settings for it.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SEGUE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end. No word of these tests holds a blank.
pub fn segue(words: &str) -> Said {
    said(program().args(words.split_whitespace()))
}

/// Runs a command to its end.
#[track_caller]
pub fn said(command: &mut Command) -> Said {
    said_within(PATIENCE, command)
}

/// Runs a command to its end, and kills one that has none.
#[track_caller]
pub fn said_within(patience: Duration, command: &mut Command) -> Said {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id().to_string();
    let (ended, end) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let output = child.wait_with_output().unwrap();
        let _ = ended.send(());
        output
    });
    let in_time = end.recv_timeout(patience).is_ok();
    if !in_time {
        signal("-KILL", &pid);
    }
    let output = reader.join().unwrap();
    assert!(in_time, "{command:?} does not end");
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// One installation with one company.
pub struct Site {
    pub id: String,
    pub folder: PathBuf,
    pub address: SocketAddr,
    /// Overrides of `segue.toml`.
    pub settings: Vec<(&'static str, String)>,
}

impl Site {
    /// Initializes one in `parent`. `more` are further words for `init`.
    #[track_caller]
    pub fn new(parent: &Path, id: &str, address: SocketAddr, more: &str) -> Self {
        let site = Self::unmade(parent, id, address);
        let made = site.run(&format!("init --id {id} --name {id} --listen {address} {more}"));
        assert_eq!(made.code, 0, "{}", made.err);
        site
    }

    /// Nothing but its folder and, where these tests run on a server, its database.
    pub fn unmade(parent: &Path, id: &str, address: SocketAddr) -> Self {
        let folder = parent.join(id);
        let server = std::env::var(crate::database::SERVER).ok();
        let database = server.map(|server| ("SEGUE__DATABASE", cluster::database(&server, &folder)));
        Self {
            id: id.to_owned(),
            folder,
            address,
            settings: database.into_iter().collect(),
        }
    }

    /// Base address of the company.
    pub fn url(&self) -> String {
        format!("http://{}/{}", self.address, self.id)
    }

    /// Base address of one of its APIs.
    pub fn api(&self, api: &str, version: u32) -> String {
        format!("{}/mefApi/sonata/{api}/v{version}", self.url())
    }

    pub fn command(&self, words: &str) -> Command {
        let mut command = program();
        command.arg("--dir").arg(&self.folder).args(words.split_whitespace());
        for (name, value) in &self.settings {
            command.env(name, value);
        }
        command
    }

    /// Runs a command here.
    pub fn run(&self, words: &str) -> Said {
        said(&mut self.command(words))
    }

    /// Runs a command that succeeds; what it prints for machines.
    #[track_caller]
    pub fn json(&self, words: &str) -> Value {
        let told = self.run(&format!("{words} --json"));
        assert_eq!(told.code, 0, "{words}: {}", told.err);
        serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{words}: {error}: {}", told.out))
    }

    /// Runs a command that succeeds; what it prints for people.
    #[track_caller]
    pub fn text(&self, words: &str) -> String {
        let told = self.run(words);
        assert_eq!(told.code, 0, "{words}: {}", told.err);
        told.out
    }

    /// Writes a file into the folder; its path for the command line.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Starts the server and waits until it serves.
    #[track_caller]
    pub fn serve(&self) -> Server {
        Server::start(self).unwrap_or_else(|log| panic!("{} does not serve:\n{log}", self.id))
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("data/admin.sock")
    }
}

/// A running `segue serve`; killed when dropped.
pub struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Its log when it ends before it serves.
    fn start(site: &Site) -> Result<Self, String> {
        let log = site.folder.join("serve.log");
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let mut child = site
            .command("serve")
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap();
        let mut first = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut first).unwrap();
        let server = Self { child, log };
        if first.contains(&format!("serves on {}", site.address)) {
            Ok(server)
        } else {
            Err(format!("{first}{}", server.log()))
        }
    }

    /// All it logged, also before a restart.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// kill -9
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Any signal.
    pub fn signal(&self, name: &str) {
        assert!(signal(name, &self.child.id().to_string()));
    }

    /// Waits until the process has ended by itself.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        until("the server ends", || self.child.try_wait().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks until there is something; fails when patience ends.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: still not after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Seller `acme` and Buyer `beta`, each knowing the other.
pub struct Pair {
    pub acme: Site,
    pub beta: Site,
    _folder: TempDir,
}

impl Pair {
    /// Initialized and onboarded without any server. `more` are further words for both `init`.
    #[track_caller]
    pub fn new(book: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (free_address(), free_address());
        let acme = Site::new(folder.path(), "acme", ours, &format!("--open-target {theirs} {more}"));
        let beta = Site::new(folder.path(), "beta", theirs, &format!("--open-target {ours} {more}"));
        let path = crate::sample::book(&acme.folder, book, crate::sample::PLACES);
        acme.text(&format!("book load {path}"));
        let card = beta.file("beta.card.json", &beta.text("partner export"));
        acme.text(&format!("partner import {card} --as seller"));
        let card = acme.file("acme.card.json", &acme.text("partner export"));
        beta.text(&format!("partner import {card} --as buyer"));
        let enni = acme.file("enni.json", crate::sample::ENNI);
        acme.text(&format!("inventory import {enni} --partner beta"));
        Self {
            acme,
            beta,
            _folder: folder,
        }
    }

    /// The id in the answer of a step of buying.
    #[track_caller]
    pub fn buy(&self, words: &str) -> String {
        let answer = self.beta.json(&format!("buy {words}"));
        answer["id"].as_str().unwrap().to_owned()
    }
}

/// Sends a signal by the shell's own `kill`: a small machine has no program of that name.
pub fn signal(name: &str, pids: &str) -> bool {
    let status = Command::new("sh").args(["-c", &format!("kill {name} {pids}")]).status();
    status.is_ok_and(|status| status.success())
}

/// A number from the environment of the tests.
pub fn number(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// xorshift: the same moments for the same seed.
pub struct Random(u64);

impl Random {
    pub fn of(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
