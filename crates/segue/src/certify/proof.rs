//! Signed reports on the command line: `--sign`, `certify key`, `certify verify`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use segue_certify::sign::{Signer, verify};
use serde_json::{Value, json};

use crate::cli::TextFile;
use crate::show::say;

/// A key that signs reports.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  segue certify key tester.pem                  makes it (mode 0600), and prints its public half
  segue certify key tester.pem --public         prints the public half of one that is there")]
pub struct KeyWanted {
    /// PEM file (PKCS#8, Ed25519)
    file: PathBuf,
    /// Only print the public half
    #[arg(long)]
    public: bool,
}

/// A report to look at.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  segue certify verify acme.json
  segue certify verify acme.json --key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo

Without --key it is shown that nothing was changed, and not who signed. Exit code 1 when it is not good.")]
pub struct VerifyWanted {
    /// The report, as --report wrote it; '-' reads standard input
    report: TextFile,
    /// Public key of who should have signed it
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// The key that signs.
pub fn signer(file: &TextFile) -> Result<Signer> {
    Signer::read(&file.text).with_context(|| format!("{} cannot sign", file.name))
}

/// Makes a key, or prints the public half of one.
pub fn key(wanted: &KeyWanted, as_json: bool) -> Result<()> {
    let shown = wanted.file.display();
    let pem = if wanted.public {
        std::fs::read_to_string(&wanted.file).with_context(|| format!("cannot read {shown}"))?
    } else {
        let pem = Signer::make()?;
        write_secret(&wanted.file, &pem)?;
        pem
    };
    let public = Signer::read(&pem).with_context(|| shown.to_string())?.public();
    if as_json {
        say!("{}", json!({ "file": wanted.file, "publicKey": public }));
    } else {
        say!("{public}");
    }
    Ok(())
}

/// For its owner only, and never over another file.
fn write_secret(file: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file);
    let mut opened = match opened {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(
                "{} is there already: nothing was changed; --public prints its public half",
                file.display()
            )
        }
        opened => opened.with_context(|| format!("cannot write {}", file.display()))?,
    };
    Ok(opened.write_all(text.as_bytes())?)
}

/// Says whether a report is good; false when it is not.
pub fn verified(wanted: &VerifyWanted, as_json: bool) -> bool {
    let outcome = verify(&wanted.report.text, wanted.key.as_deref());
    let about: Value = serde_json::from_str(&wanted.report.text).unwrap_or_default();
    if as_json {
        let key = outcome.as_ref().ok();
        let error = outcome.as_ref().err().map(ToString::to_string);
        say!(
            "{}",
            json!({ "ok": outcome.is_ok(), "publicKey": key, "error": error, "at": about["at"] })
        );
        return outcome.is_ok();
    }
    match &outcome {
        Ok(key) => {
            let at = about["at"].as_str().unwrap_or("a time that is not said");
            say!("good: nothing was changed since it was signed; it is of {at}");
            say!("signed with the key {key}");
            if wanted.key.is_none() {
                say!("Whose key that is does not stand in the report: name the one you expect with --key.");
            }
        }
        Err(error) => say!("NOT GOOD: {error}"),
    }
    outcome.is_ok()
}
