//! A private server of PostgreSQL, made from the installed programs, dead with its owner.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const START_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running server.
pub struct Cluster {
    folder: PathBuf,
    server: Child,
}

impl Cluster {
    /// A new server in `folder`; none where the programs are missing.
    pub fn start(folder: &Path) -> Result<Option<Self>> {
        let Some(programs) = programs() else { return Ok(None) };
        let data = folder.join("data");
        for at in [folder, &data] {
            std::fs::create_dir_all(at)?;
            give(at)?;
        }
        let mut made = as_user(&programs.join("initdb"));
        made.args([
            "--auth=trust",
            "--username=segue",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]);
        let made = made.arg("-D").arg(&data).output().context("running initdb")?;
        if !made.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&made.stderr));
        }
        let mut server = as_user(&programs.join("postgres"));
        for setting in ["listen_addresses=", "max_connections=300", "shared_buffers=256MB"] {
            server.args(["-c", setting]);
        }
        server.arg("-D").arg(&data).arg("-k").arg(folder);
        let log = File::create(folder.join("log"))?;
        let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        let cluster = Self {
            folder: folder.to_owned(),
            server,
        };
        cluster.wait()?;
        Ok(Some(cluster))
    }

    /// A new database of this name; how it is reached.
    pub fn database(&self, name: &str) -> Result<String> {
        self.connect("postgres")?
            .batch_execute(&format!("CREATE DATABASE {name}"))?;
        Ok(self.address(name))
    }

    /// Bytes of a database.
    pub fn bytes(&self, name: &str) -> Result<usize> {
        let row = self
            .connect("postgres")?
            .query_one("SELECT pg_database_size($1::text::name)", &[&name])?;
        Ok(usize::try_from(row.get::<_, i64>(0))?)
    }

    fn address(&self, name: &str) -> String {
        format!("host={} user=segue dbname={name}", self.folder.display())
    }

    fn connect(&self, name: &str) -> Result<postgres::Client, postgres::Error> {
        postgres::Client::connect(&self.address(name), postgres::NoTls)
    }

    fn wait(&self) -> Result<()> {
        let until = Instant::now() + START_MAX;
        while let Err(fault) = self.connect("postgres") {
            if Instant::now() > until {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("the server does not start: {fault}\n{log}");
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT: it ends its children too.
        let pid = self.server.id().to_string();
        let _ = Command::new("sh").args(["-c", &format!("kill -INT {pid}")]).status();
        let _ = self.server.wait();
    }
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

fn give(path: &Path) -> Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
    if let Some((user, group)) = other_user() {
        chown(path, Some(user), Some(group))?;
    }
    Ok(())
}

/// The server refuses to be root: then it is the user of the Debian package.
fn other_user() -> Option<(u32, u32)> {
    let id = |words: &[&str]| -> Option<u32> {
        let said = Command::new("id").args(words).output().ok()?;
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
        command.args([&format!("--reuid={user}"), &format!("--regid={group}")]);
        command.arg("--clear-groups");
    }
    command.arg("--").arg(program).env("LC_ALL", "C.UTF-8").current_dir("/");
    command
}
