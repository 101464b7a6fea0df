//! The same tests on PostgreSQL: this binary runs itself again, on a cluster of its own that it makes
//! from the installed programs and that ends with it.

use std::fs::File;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Names the server, where these tests run on one.
pub const SERVER: &str = "SEGUE_TEST_SERVER";

/// What is about files of SQLite.
const OF_FILES: [&str; 2] = ["folder::", "the_same_tests_pass_on_postgresql"];
const START_MAX: Duration = Duration::from_secs(60);

#[test]
fn the_same_tests_pass_on_postgresql() {
    let Some(programs) = programs() else {
        println!("skipped: no programs of PostgreSQL under /usr/lib/postgresql (Debian: apt-get install postgresql)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(&programs, folder.path());
    let mut tests = Command::new(std::env::current_exe().unwrap());
    for name in OF_FILES {
        tests.args(["--skip", name]);
    }
    let ended = tests
        .env(SERVER, &cluster.address)
        .env("SEGUE_KILLS", "40")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    let passed = said.lines().find(|line| line.starts_with("test result: ok."));
    println!("on PostgreSQL: {}", passed.unwrap());
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

/// A running server.
struct Cluster {
    server: Child,
    address: String,
}

impl Cluster {
    fn start(programs: &Path, folder: &Path) -> Self {
        let data = folder.join("data");
        for at in [folder, &data] {
            std::fs::create_dir_all(at).unwrap();
            std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o700)).unwrap();
            if let Some((user, group)) = other_user() {
                chown(at, Some(user), Some(group)).unwrap();
            }
        }
        let made = as_user(&programs.join("initdb"))
            .args([
                "--auth=trust",
                "--username=segue",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let log = File::create(folder.join("log")).unwrap();
        let server = as_user(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "max_connections=300",
                "-c",
                "unix_socket_permissions=0700",
            ])
            .arg("-k")
            .arg(folder)
            .stderr(log)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let address = format!("host={} user=segue", folder.display());
        let cluster = Self { server, address };
        let until = Instant::now() + START_MAX;
        while !reaches(&format!("{} dbname=postgres", cluster.address)) {
            assert!(
                Instant::now() < until,
                "{}",
                std::fs::read_to_string(folder.join("log")).unwrap()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        cluster
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
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

fn reaches(address: &str) -> bool {
    let address = address.to_owned();
    // The client blocks, and ends blocking, which a thread of the tests' runtime may not.
    let connect = move || postgres::Client::connect(&address, postgres::NoTls).is_ok();
    std::thread::spawn(connect).join().unwrap()
}

/// The address of the database that belongs to a folder, made where it is missing.
pub fn database(server: &str, folder: &Path) -> String {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let name: String = folder
        .display()
        .to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let name = name.to_ascii_lowercase();
    let address = format!("{server} dbname={name}");
    let _held = ONE_AT_A_TIME.lock().unwrap();
    if !reaches(&address) {
        batch(&format!("{server} dbname=postgres"), &format!("CREATE DATABASE {name}"));
    }
    address
}

/// Runs statements.
pub fn batch(address: &str, statements: &str) {
    let (address, statements) = (address.to_owned(), statements.to_owned());
    let run = move || {
        let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
        client.batch_execute(&statements).unwrap();
    };
    std::thread::spawn(run).join().unwrap();
}
