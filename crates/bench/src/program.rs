//! The program that is measured: given, or built from this checkout.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The folder of the workspace that this was built from.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// `given`, or the program that stands beside this one once it is built.
pub fn find(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(given) = given {
        return given
            .canonicalize()
            .with_context(|| format!("no program {}", given.display()));
    }
    let beside = std::env::current_exe()?.with_file_name("segue");
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build
        .args(["build", "--quiet", "--package", "segue"])
        .current_dir(WORKSPACE);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    if !build
        .status()
        .context("running cargo; or name a program with --program")?
        .success()
    {
        bail!("segue was not built; build it, and name it with --program PATH");
    }
    Ok(beside)
}
