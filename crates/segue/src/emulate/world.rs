//! The companies of an emulator: one real installation in a folder of its own, with its own clock,
//! books, partners and agreements. A reset makes a new one.
//!
//! Guaranteed: client ids and secrets are those of the emulator, the same in every world.

mod book;
mod meet;

pub use meet::{known_by, seller_of, told};

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use segue_model::api;
use segue_net::outbound::Tap;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::base::Base;
use super::clock::Steered;
use super::pass_on::Passed;
use super::scenario::{Company, Scenario};
use super::tap::Out;
use crate::app::{App, Instead, RulesOf};
use crate::cli::Init;
use crate::command::{self, Command, CommandError};
use crate::config::{Config, Connector};
use crate::{init, serve};

/// As rules of agreements name the scenario.
const CONNECTOR: &str = "scenario";

/// File of the token by which the scenario knows the Seller.
const SECRET_FILE: &str = "scenario.secret";

/// How long the program waits for a decision of the scenario. One that is passed on asks another company first.
const DEADLINE_S: u64 = 30;

/// One world.
pub struct World {
    /// The installation.
    pub app: Arc<App>,
    /// Business time.
    pub clock: Arc<Steered>,
    /// What answers requests.
    pub router: Router,
    /// What companies in a chain asked the next one.
    pub passed: Passed,
    asked: AtomicUsize,
    folder: PathBuf,
    stop: watch::Sender<bool>,
    loops: std::sync::Mutex<Vec<JoinHandle<()>>>,
}

impl World {
    /// Makes the companies and starts their background work.
    pub async fn start(base: &Arc<Base>, metrics: &PrometheusHandle) -> Result<Arc<Self>> {
        let folder = base.new_folder()?;
        let scenario = &base.stage.scenario;
        let first = scenario.company.first().context("a scenario has a company")?;
        init::run(&folder, &settings(base, first), std::iter::empty()).await?;
        let clock = Arc::new(Steered::start(base.start(), base.speed()));
        let app = Arc::new(open(base, &folder, &clock)?);
        let (stop, stopped) = watch::channel(false);
        for company in app.store.companies().await? {
            app.gate.ensure_key(&company.id).await?;
        }
        let loops = serve::background(&app, &stopped);
        let world = Arc::new(Self {
            router: serve::router(&app, metrics.clone()),
            app,
            clock,
            passed: Passed::default(),
            asked: AtomicUsize::new(0),
            folder,
            stop,
            loops: std::sync::Mutex::new(loops),
        });
        meet::all(base, &world).await?;
        Ok(world)
    }

    /// Does what an operator would do by a command.
    pub async fn run(&self, command: Command) -> Result<Value, CommandError> {
        command::run(&self.app, command, &|_| {}).await
    }

    /// Ends its work and removes its folder.
    pub async fn end(&self) {
        let _ = self.stop.send(true);
        let loops = self
            .loops
            .lock()
            .map(|mut loops| std::mem::take(&mut *loops))
            .unwrap_or_default();
        for one in loops {
            let _ = tokio::time::timeout(segue_net::serve::DRAIN_MAX, one).await;
        }
        self.app.store.clone().close().await;
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// A question of the Seller is being answered, until what this gives is dropped.
    pub fn ask(&self) -> Asked<'_> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Asked(&self.asked)
    }

    /// Whether a question is being answered.
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst) > 0
    }

    /// Lets the loops look at what is due: a clock that was moved wakes nobody.
    pub async fn wake(&self) {
        if let Err(error) = self.app.store.put_setting("emulator.woken", "").await {
            tracing::error!(%error, "the loops cannot be woken");
        }
    }
}

/// A question under way.
pub struct Asked<'a>(&'a AtomicUsize);

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn settings(base: &Base, first: &Company) -> Init {
    Init {
        id: first.id.clone(),
        name: name(first),
        listen: base.address,
        public_url: Some(base.url()),
        database: None,
        database_root: Vec::new(),
        unsafe_database: false,
        party_id: Vec::new(),
        email: format!("desk@{}.example", first.id),
        phone: "+49 30 5550100".into(),
        open_target: base.open_targets(),
        clock_speed: 1.0,
        clock_origin: None,
    }
}

/// Full name of a company.
pub fn name(company: &Company) -> String {
    company.name.clone().unwrap_or_else(|| company.id.clone())
}

fn open(base: &Arc<Base>, folder: &std::path::Path, clock: &Arc<Steered>) -> Result<App> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut config = Config::read(folder, std::iter::empty())?;
    let secret = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(folder.join(SECRET_FILE));
    std::io::Write::write_all(&mut secret?, base.secret.as_bytes())?;
    config.connector.push(Connector {
        name: CONNECTOR.into(),
        url: base.answers(),
        secret_file: Some(SECRET_FILE.into()),
        deadline_seconds: DEADLINE_S,
    });
    let tap: Arc<dyn Tap> = Arc::new(Out::of(Arc::downgrade(&base.stage), base.answers()));
    let instead = Instead {
        business: Some(Arc::clone(clock) as _),
        tap: Some(tap),
        ..Instead::from(api::rules as RulesOf)
    };
    App::open(folder, config, instead)
}

/// Puts the rules there are now into the agreements: what they cover the scenario decides.
pub async fn agree(scenario: &Scenario, world: &World, rules: &[super::scenario::Rule]) -> Result<()> {
    meet::agree_all(scenario, world, rules).await
}
