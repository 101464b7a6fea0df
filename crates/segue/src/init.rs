//! `segue init`: a folder becomes an installation.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use segue_model::party::{Company, Contact};
use segue_store::MasterKey;

use crate::app::{self, App};
use crate::cli::Init;
use crate::command::company;
use crate::config::{Clock, Config, FILE, Limits, Log, Outbound};

/// Makes the installation; says what to do next. `environment` lies over its settings, as it will
/// when it serves, and is not written down.
pub async fn run(folder: &Path, init: &Init, environment: impl Iterator<Item = (String, String)>) -> Result<String> {
    let path = folder.join(FILE);
    if path.exists() {
        bail!("{} is there already: nothing was changed", path.display());
    }
    let written = config(init)?;
    let config = Config::parse(&text(&written)?, environment)?;
    let company = company(init, &config)?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let app = open(folder, config)?;
    write(&path, &written)?;
    if let Some(known) = app.store.companies().await?.first() {
        std::fs::remove_file(&path)?;
        bail!(
            "the database belongs to an installation already, of {}: nothing was changed; `segue serve` needs its segue.toml and master key",
            known.name
        );
    }
    let base_url = company.base_url.clone();
    app.store.put_company(company.clone()).await?;
    app.gate.ensure_key(&company.id).await?;
    app.store.close().await;
    let dir = folder.display();
    Ok(format!(
        "{} is ready in {dir} and will be reached as {base_url}\n\n\
         next:\n  segue --dir {dir} book load FOLDER        (to sell)\n  \
         segue --dir {dir} serve\n  segue --dir {dir} partner export > {}.card.json   (give it to partners)",
        company.name, company.id
    ))
}

/// Opens a new installation. A key that has not sealed anything goes again when that fails.
fn open(folder: &Path, config: Config) -> Result<App> {
    let data = folder.join(&config.data);
    app::create_folder(&data)?;
    let key = app::key_path(&data);
    let is_new = MasterKey::from_environment()?.is_none();
    if is_new {
        MasterKey::create(&key).context("cannot make the master key")?;
    }
    App::open_standard(folder, config).inspect_err(|_| {
        if is_new {
            let _ = std::fs::remove_file(&key);
        }
    })
}

/// Where a database is named there may be its password: then the file is for its owner only.
fn write(path: &Path, config: &Config) -> Result<()> {
    let mode = if config.database.is_some() { 0o600 } else { 0o644 };
    let file = OpenOptions::new().create_new(true).write(true).mode(mode).open(path);
    let text = text(config)?;
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn config(init: &Init) -> Result<Config> {
    let config = Config {
        listen: init.listen,
        public_url: init
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", init.listen)),
        data: "data".into(),
        database: init.database.clone().map(Into::into),
        database_roots: absolute(&init.database_root)?,
        unsafe_database: init.unsafe_database,
        insecure_http: false,
        tls: None,
        outbound: Outbound {
            open: init.open_target.clone(),
            ports: Vec::new(),
            roots: Vec::new(),
        },
        connector: Vec::new(),
        clock: clock(init),
        limits: Limits::default(),
        log: Log::default(),
    };
    // Read back as `serve` will read it: what is wrong is told now.
    Config::parse(&text(&config)?, std::iter::empty())
}

/// The settings are read from another folder than this command.
fn absolute(files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let absolute = |file: &PathBuf| std::path::absolute(file).with_context(|| file.display().to_string());
    files.iter().map(absolute).collect()
}

/// A fast clock starts now, unless it shall agree with that of another installation.
fn clock(init: &Init) -> Clock {
    let now = init.clock_origin.unwrap_or_else(jiff::Timestamp::now);
    Clock {
        speed: init.clock_speed,
        origin: (init.clock_speed > 1.0).then_some(now),
    }
}

fn text(config: &Config) -> Result<String> {
    let body = toml::to_string_pretty(config)?;
    Ok(format!(
        "# Settings of this installation. Every key can be overridden from the environment:\n# SEGUE__LOG__LEVEL=debug sets level in [log].\n\n{body}"
    ))
}

fn company(init: &Init, config: &Config) -> Result<Company> {
    let contact = Contact {
        name: format!("{} desk", init.name),
        email: init.email.clone(),
        phone: init.phone.clone(),
    };
    Ok(company::new(
        &init.id,
        &init.name,
        init.party_id.clone(),
        (&config.public_url, contact),
    )?)
}
