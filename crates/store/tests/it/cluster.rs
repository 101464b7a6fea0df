//! Servers of PostgreSQL for tests, made from the installed programs: each with a folder of its own,
//! reached by a socket in it, dead with its test. The tests of the program use this file too.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running server.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    settings: Vec<String>,
    server: Child,
}

impl Cluster {
    /// A new server in `folder` with these settings beside the default ones. None where the programs
    /// are missing, and then it says so.
    pub fn start(folder: &Path, settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            println!(
                "skipped: no programs of PostgreSQL under /usr/lib/postgresql (Debian: apt-get install postgresql)"
            );
            return None;
        };
        let data = folder.join("data");
        for at in [folder, &data] {
            std::fs::create_dir_all(at).unwrap();
            give(at, 0o700);
        }
        let made = as_user(&programs.join("initdb"))
            .args([
                "--auth=trust",
                "--username=segue",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ])
            .arg("-D")
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let server = run(&programs, folder, &settings);
        let mut cluster = Self {
            programs,
            folder: folder.to_owned(),
            settings,
            server,
        };
        cluster.wait();
        Some(cluster)
    }

    /// Where its files are.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// How its databases are reached, but for their name.
    pub fn address(&self) -> String {
        let port = self.settings.iter().find(|setting| setting.starts_with("port="));
        let port = port.map_or("port=5432", String::as_str);
        format!("host={} {port} user=segue", self.folder.display())
    }

    /// kill -9 of all its processes, as when the machine dies.
    pub fn kill(&mut self) {
        let children = self.children();
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        signal("KILL", &children);
    }

    /// Starts it again.
    pub fn restart(&mut self) {
        self.server = run(&self.programs, &self.folder, &self.settings);
        self.wait();
    }

    fn children(&self) -> String {
        let pid = self.server.id();
        std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default()
    }

    fn wait(&mut self) {
        let until = Instant::now() + START_MAX;
        while !says(&format!("{} dbname=postgres", self.address()), "SELECT 1").0 {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap();
            assert!(Instant::now() < until, "{}", log());
            // The last processes of a killed server may still be there: then the new one gives up.
            if self.server.try_wait().unwrap().is_some() {
                self.server = run(&self.programs, &self.folder, &self.settings);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let children = self.children();
        let _ = self.server.kill();
        let _ = self.server.wait();
        signal("KILL", &children);
    }
}

fn run(programs: &Path, folder: &Path, settings: &[String]) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let own = [
        "listen_addresses=",
        "max_connections=300",
        "unix_socket_permissions=0700",
    ];
    let mut server = as_user(&programs.join("postgres"));
    for setting in own.into_iter().chain(settings.iter().map(String::as_str)) {
        server.args(["-c", setting]);
    }
    server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    server
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// The newest installed programs of the server.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest = versions
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())))
        .max()?;
    Some(newest.1.join("bin")).filter(|programs| programs.join("initdb").exists())
}

/// Gives a file or folder to the user of the server.
pub fn give(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    if let Some((user, group)) = other_user() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// The server refuses to be root: then it is the user of the Debian package.
fn other_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let said = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(said.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"])? != 0 {
        return None;
    }
    Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?))
}

/// A program that ends when this one does.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if let Some((user, group)) = other_user() {
        command
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={group}"))
            .arg("--clear-groups");
    }
    command.arg("--").arg(program).env("LC_ALL", "C.UTF-8").current_dir("/");
    command
}

fn signal(name: &str, pids: &str) {
    if !pids.trim().is_empty() {
        let _ = Command::new("sh")
            .args(["-c", &format!("kill -{name} {pids} 2> /dev/null")])
            .status();
    }
}

/// Whether the database at `address` takes these statements, and what it answers.
pub fn says(address: &str, statements: &str) -> (bool, String) {
    let psql = programs().unwrap().join("psql");
    let said = Command::new(psql)
        .args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statements,
            address,
        ])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(if said.status.success() {
        &said.stdout
    } else {
        &said.stderr
    })
    .into_owned();
    (said.status.success(), text.trim().to_owned())
}

/// Runs statements that go well.
#[track_caller]
pub fn batch(address: &str, statements: &str) {
    let (well, text) = says(address, statements);
    assert!(well, "{text}");
}

/// The address of the database that belongs to a folder, made where it is missing.
pub fn database(server: &str, folder: &Path) -> String {
    let of_path = folder.display().to_string();
    let name: String = of_path.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    let address = format!("{server} dbname={name}");
    // Two threads may make it at once: one of them is refused.
    if !says(&address, "SELECT 1").0
        && !says(&format!("{server} dbname=postgres"), &format!("CREATE DATABASE {name}")).0
    {
        batch(&address, "SELECT 1");
    }
    address
}
