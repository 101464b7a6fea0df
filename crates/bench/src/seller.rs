//! The Seller that is measured: `segue serve` as a process of its own, set up by its commands, with TLS.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use rustls::pki_types::CertificateDer;
use serde_json::Value;

use crate::samples;
use crate::wire::{Target, Wire};

/// Who asks.
const PARTNER: &str = "gamma";
/// Ports to the partner: each has S-VLANs for 4,000 quotes at a time, which last five minutes.
const ENNIS: usize = 40;

/// A certificate of its own and the files it stands in.
pub struct Certificate {
    /// What clients believe.
    pub der: CertificateDer<'static>,
    /// PEM of the certificate.
    pub file: PathBuf,
    /// PEM of the key.
    pub key: PathBuf,
}

impl Certificate {
    /// A new one for this machine.
    pub fn make(folder: &Path) -> Result<Self> {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()])?;
        let (file, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        fs::write(&file, made.cert.pem())?;
        fs::write(&key, made.signing_key.serialize_pem())?;
        Ok(Self {
            der: made.cert.der().clone(),
            file,
            key,
        })
    }
}

/// A port nobody listens on now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A process that dies with its owner.
pub struct Running(Child);

impl Running {
    /// Starts it and reads its first line, which says that it serves.
    pub fn start(command: &mut Command) -> Result<(Self, String)> {
        let shown = format!("{command:?}");
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut running = Self(child.with_context(|| format!("starting {shown}"))?);
        let out = running.0.stdout.take().context("a process without output")?;
        let mut first = String::new();
        BufReader::new(out).read_line(&mut first)?;
        if first.is_empty() {
            bail!("{shown} ended before it served");
        }
        Ok((running, first.trim().to_owned()))
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A Seller that serves.
pub struct Seller {
    target: Target,
    secret: String,
    ennis: Vec<String>,
    process: Running,
}

impl Seller {
    /// Sets one up in `folder` by `program` and starts it; `database` is empty for SQLite.
    pub fn start(program: &Path, folder: &Path, certificate: &Certificate, database: &str) -> Result<Self> {
        let address = free_address()?;
        let site = Site {
            program,
            folder: folder.join("acme"),
            database,
            certificate,
        };
        site.run(&format!(
            "init --id acme --name acme --listen {address} --public-url https://{address}"
        ))?;
        let book = folder.join("book");
        samples::write_book(&book)?;
        site.run(&format!("book load {}", book.display()))?;
        let theirs = "https://gamma.example";
        let file = folder.join("gamma.secret");
        fs::write(&file, "what-acme-says")?;
        site.run(&format!(
            "partner add {PARTNER} --name {PARTNER} --url {theirs} --as seller --issuer {theirs} \
             --token-endpoint {theirs}/token --secret-file {}",
            file.display()
        ))?;
        let made: Value = serde_json::from_str(&site.run(&format!("partner secret {PARTNER} --json"))?)?;
        let secret = made["clientSecret"].as_str().context("no client secret")?.to_owned();
        let mut ennis = Vec::new();
        for number in 0..ENNIS {
            let file = folder.join("enni.json");
            fs::write(&file, samples::enni(number))?;
            let words = format!("inventory import {} --partner {PARTNER} --json", file.display());
            ennis.push(samples::first_id(&site.run(&words)?)?);
        }
        let log = fs::File::create(folder.join("serve.log"))?;
        let (process, _) = Running::start(site.command("serve").stderr(log))?;
        Ok(Self {
            target: Target::new(address, &certificate.der)?,
            secret,
            ennis,
            process,
        })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Ids of the ports that lines go to.
    pub fn ennis(&self) -> &[String] {
        &self.ennis
    }

    /// The Seller, with a token that is new: they live five minutes.
    pub async fn target(&self) -> Result<Target> {
        let mut wire = Wire::connect(&self.target).await?;
        let token = wire.token("/acme/oauth2/token", (PARTNER, &self.secret)).await?;
        Ok(self.target.with_token(token))
    }
}

/// An installation in the making.
struct Site<'a> {
    program: &'a Path,
    folder: PathBuf,
    database: &'a str,
    certificate: &'a Certificate,
}

impl Site<'_> {
    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(self.program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SEGUE_")) {
            command.env_remove(name);
        }
        command.arg("--dir").arg(&self.folder).args(words.split_whitespace());
        command
            .env("SEGUE__TLS__CERTIFICATE", &self.certificate.file)
            .env("SEGUE__TLS__KEY", &self.certificate.key)
            .env("SEGUE__LOG__LEVEL", "warn");
        if !self.database.is_empty() {
            command.env("SEGUE__DATABASE", self.database);
        }
        command
    }

    fn run(&self, words: &str) -> Result<String> {
        let output = self
            .command(words)
            .output()
            .with_context(|| format!("running {words}"))?;
        if !output.status.success() {
            bail!("segue {words}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}
