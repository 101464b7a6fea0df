//! `segue init`: a folder becomes an installation.

use std::path::Path;

use anyhow::{Context, Result, bail};
use segue_model::party::{Company, Contact};
use segue_store::MasterKey;

use crate::app::{self, App};
use crate::cli::Init;
use crate::command::company;
use crate::config::{Clock, Config, FILE, Limits, Log, Outbound};

/// Makes the installation; says what to do next.
pub async fn run(folder: &Path, init: &Init) -> Result<String> {
    let path = folder.join(FILE);
    if path.exists() {
        bail!("{} is there already: nothing was changed", path.display());
    }
    let config = config(init)?;
    let company = company(init, &config)?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let data = folder.join(&config.data);
    app::create_folder(&data)?;
    if MasterKey::from_environment()?.is_none() {
        MasterKey::create(&app::key_path(&data)).context("cannot make the master key")?;
    }
    std::fs::write(&path, text(&config)?).with_context(|| format!("cannot write {}", path.display()))?;
    let app = App::open_standard(folder, config)?;
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

fn config(init: &Init) -> Result<Config> {
    let config = Config {
        listen: init.listen,
        public_url: init
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", init.listen)),
        data: "data".into(),
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
