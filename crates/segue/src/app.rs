//! The wiring: one installation with its store, clocks, roles and way out. Commands work on it
//! with or without a server around it.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use segue_buyer::Buyer;
use segue_gate::Gate;
use segue_gate::calls::Calls;
use segue_model::api;
use segue_model::products::Products;
use segue_model::rules::Rules;
use segue_model::schema::SchemaSet;
use segue_model::time::{Clock, FastClock, SystemClock};
use segue_net::outbound::{Outbound, OutboundOptions, Tap};
use segue_seller::{Connector, Seller};
use segue_store::{DATABASE_FILE, MASTER_KEY_FILE, MASTER_KEY_VARIABLE, MasterKey, Options, Server, Store, StoreError};

use crate::config::Config;

/// One installation. A clone works on the same one.
#[derive(Clone)]
pub struct App {
    /// Its settings.
    pub config: Config,
    /// Folder of the store.
    pub data: PathBuf,
    /// Durable state.
    pub store: Store,
    /// Where that is, for people.
    pub database: String,
    /// Keys, tokens, admission.
    pub gate: Arc<Gate>,
    /// The way out.
    pub calls: Arc<Calls>,
    /// The server.
    pub seller: Arc<Seller>,
    /// The client.
    pub buyer: Arc<Buyer>,
    /// Product schemas.
    pub products: Arc<Products>,
    /// Business time.
    pub business: Arc<dyn Clock>,
    /// Wall time.
    pub wall: Arc<dyn Clock>,
}

/// The rules of a resource. A parameter, so that the demo's test can break one.
pub type RulesOf = fn(&str) -> Option<&'static dyn Rules>;

/// What stands in the place of what an installation has: tests and emulators say so.
pub struct Instead {
    /// The rules of the standard.
    pub rules: RulesOf,
    /// The business clock of the settings.
    pub business: Option<Arc<dyn Clock>>,
    /// Nothing between us and those we call.
    pub tap: Option<Arc<dyn Tap>>,
}

impl From<RulesOf> for Instead {
    fn from(rules: RulesOf) -> Self {
        Self {
            rules,
            business: None,
            tap: None,
        }
    }
}

impl App {
    /// Opens the installation in `folder`. Fails when another process holds it.
    pub fn open(folder: &Path, config: Config, instead: impl Into<Instead>) -> Result<Self> {
        let Instead { rules, business, tap } = instead.into();
        let data = folder.join(&config.data);
        let wall: Arc<dyn Clock> = Arc::new(SystemClock);
        let server = config.server(folder)?;
        let database = match &server {
            Some(server) => server.to_string(),
            None => data.join(DATABASE_FILE).display().to_string(),
        };
        let store = open_store(&data, server, &wall)?;
        let business: Arc<dyn Clock> = match (business, config.clock.origin) {
            (Some(given), _) => given,
            (None, Some(origin)) if config.clock.speed > 1.0 => Arc::new(FastClock::since(origin, config.clock.speed)),
            _ => Arc::clone(&wall),
        };
        let outbound = Arc::new(outbound(folder, &config, tap)?);
        let gate = Gate::new(store.clone(), Arc::clone(&outbound), Arc::clone(&wall));
        let calls = Arc::new(Calls::new(Arc::clone(&gate), Arc::clone(&outbound), Arc::clone(&wall)));
        let schemas = Arc::new(SchemaSet::of_all()?);
        let products = Arc::new(Products::builtin());
        let seller = Seller::new(segue_seller::Parts {
            store: store.clone(),
            business: Arc::clone(&business),
            wall: Arc::clone(&wall),
            schemas: Arc::clone(&schemas),
            products: Arc::clone(&products),
            connectors: connectors(folder, &config, &outbound)?,
            list_max: config.limits.list_max,
            outbound,
            rules,
        });
        let buyer = Buyer::new(segue_buyer::Parts {
            store: store.clone(),
            business: Arc::clone(&business),
            wall: Arc::clone(&wall),
            schemas,
            products: Arc::clone(seller.product_sets()),
            calls: Arc::clone(&calls),
        });
        Ok(Self {
            config,
            data,
            store,
            database,
            gate,
            calls,
            seller,
            buyer,
            products,
            business,
            wall,
        })
    }

    /// Opens with the rules of the standard.
    pub fn open_standard(folder: &Path, config: Config) -> Result<Self> {
        Self::open(folder, config, api::rules as RulesOf)
    }
}

/// Makes the folder of a new store: 0700.
pub fn create_folder(data: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| format!("cannot make the folder {}", data.display()))?;
    fs::set_permissions(data, fs::Permissions::from_mode(0o700))?;
    Ok(())
}

/// Path of the master key.
pub fn key_path(data: &Path) -> PathBuf {
    data.join(MASTER_KEY_FILE)
}

fn open_store(data: &Path, server: Option<Server>, wall: &Arc<dyn Clock>) -> Result<Store> {
    if !data.is_dir() {
        bail!("there is no store at {}: run `segue init` first", data.display());
    }
    let key = match MasterKey::from_environment()
        .with_context(|| format!("in the environment variable {MASTER_KEY_VARIABLE}"))?
    {
        Some(key) => key,
        None => MasterKey::read(&key_path(data)).with_context(|| {
            format!("restore the file or set {MASTER_KEY_VARIABLE}; without the key, secrets cannot be opened")
        })?,
    };
    let options = Options::new(segue_model::api::index_rows)
        .with_wall_clock(Arc::clone(wall))
        .with_master_key(key);
    let (options, place) = match server {
        Some(server) => {
            let place = format!("database {server}");
            (options.with_server(server), place)
        }
        None => (options, format!("store in {}", data.display())),
    };
    Store::open(data, options).map_err(|error| {
        let hint = match (&error, error.advice()) {
            (_, Some(advice)) => format!("; {advice}"),
            (StoreError::InUse { .. }, None) => {
                "; commands reach a server that serves: wait until it says so, or stop the other command".to_owned()
            }
            (_, None) => String::new(),
        };
        anyhow::anyhow!("cannot open the {place}: {error}{hint}")
    })
}

fn outbound(folder: &Path, config: &Config, tap: Option<Arc<dyn Tap>>) -> Result<Outbound> {
    let roots = config.outbound.roots.iter().map(|root| folder.join(root)).collect();
    Ok(Outbound::new(OutboundOptions {
        open: config.outbound.open.clone(),
        ports: config.outbound.ports.clone(),
        roots,
        tap,
        ..OutboundOptions::default()
    })?)
}

/// Connectors with their secrets; an address that may not be called is told at the start.
fn connectors(folder: &Path, config: &Config, outbound: &Outbound) -> Result<Vec<Connector>> {
    let read = |connector: &crate::config::Connector| {
        let name = &connector.name;
        let url = outbound.parse_target(&connector.url).with_context(|| {
            format!(
                "connector {name}: {} may not be called; a target inside your network goes into outbound.open",
                connector.url
            )
        })?;
        let secret = match &connector.secret_file {
            Some(file) => {
                let path = folder.join(file);
                let about = || format!("connector {name}: secret_file {}", path.display());
                if fs::metadata(&path).with_context(about)?.permissions().mode() & 0o077 != 0 {
                    bail!("{} is open to others: chmod 600 it", about());
                }
                Some(fs::read_to_string(&path).with_context(about)?.trim().to_owned())
            }
            None => None,
        };
        Ok(Connector {
            name: name.clone(),
            url,
            secret,
            deadline: Duration::from_secs(connector.deadline_seconds),
        })
    };
    config.connector.iter().map(read).collect()
}
