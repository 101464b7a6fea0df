//! `segue emulate`: the other side, to test against. The companies that are played are real ones of
//! this program, in a folder that is removed at the end; a scenario decides in the place of people,
//! moves the clock, and makes faults at the edge.
//!
//! Guaranteed: nothing is kept, nothing but loopback is listened on, and what is simulated is said.

mod admin;
mod answers;
mod base;
mod clock;
mod edge;
mod event;
mod from_outside;
mod moved;
mod pass_on;
mod scenario;
mod script;
mod shipped;
mod stage;
mod tap;
mod text;
mod wire;
mod world;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Body;
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use segue_model::time::{self, Clock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::service_fn;

use self::base::{Base, Options};
use self::from_outside::Outside;
use self::scenario::{Role, Scenario};
use self::script::{Script, Taken};
use self::stage::Stage;
use self::world::World;
use crate::cli::TextFile;
use crate::config::Config;
use crate::show::say;
use crate::{figures, serve};

/// Emulate the other side.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  segue emulate --list                              scenarios that are part of the program
  segue emulate seller                              a Seller to buy from; prints address, client and secret
  segue emulate seller --scenario slow-quotes
  segue emulate --show slow-quotes > mine.toml      a scenario to start from
  segue emulate seller --scenario mine.toml --start 2027-01-04T08:00:00Z --speed 0
  segue emulate buyer --scenario buys-a-circuit --seller northgate.toml
  segue emulate chain --scenario three-in-a-row --once")]
pub struct Emulate {
    /// Who is played
    #[arg(value_enum, required_unless_present_any = ["list", "show"])]
    role: Option<Role>,
    /// A scenario of the program (see --list), or a file [default: the first of the role]
    #[arg(long, value_name = "NAME|FILE")]
    scenario: Option<String>,
    /// List the scenarios of the program
    #[arg(long, conflicts_with_all = ["role", "scenario"])]
    list: bool,
    /// Print a scenario of the program
    #[arg(long, value_name = "NAME", conflicts_with_all = ["role", "scenario", "list"])]
    show: Option<String>,
    /// Address and port of the companies, on loopback; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Address and port of the admin API, on loopback
    #[arg(long, default_value = "127.0.0.1:0")]
    admin: SocketAddr,
    /// When business time begins, RFC 3339 [default: as the scenario says, else now]
    #[arg(long, value_name = "TIME")]
    start: Option<Timestamp>,
    /// How many times as fast as the wall business time runs; 0 stands still [default: as the scenario says, else 1]
    #[arg(long, value_name = "NUMBER")]
    speed: Option<f64>,
    /// Where chance comes from [default: as the scenario says, else 0]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// HOST:PORT where a Buyer of yours listens to events (may be repeated)
    #[arg(long, value_name = "HOST:PORT")]
    callback: Vec<String>,
    /// Sell by this book, a folder as `book load` takes it [default: the sample book]
    #[arg(long, value_name = "FOLDER")]
    book: Option<PathBuf>,
    /// A Seller of yours that the Buyer buys from: what has to be known of it, TOML (docs/emulators.md)
    #[arg(long, value_name = "FILE")]
    seller: Option<TextFile>,
    /// End when the steps of the scenario have ended; exit code 1 when one did not come out
    #[arg(long)]
    once: bool,
}

/// A running emulator.
pub struct Emulator {
    /// What stays.
    pub base: Arc<Base>,
    metrics: PrometheusHandle,
    name: String,
    steps: Arc<Mutex<Vec<Taken>>>,
    script: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

/// Runs until Ctrl-C; with `--once` until the steps have ended. False when a step did not come out.
pub async fn run(emulate: Emulate, as_json: bool) -> Result<bool> {
    if emulate.list {
        shipped::list(as_json);
        return Ok(true);
    }
    if let Some(name) = &emulate.show {
        say!("{}", shipped::find(name)?.trim_end());
        return Ok(true);
    }
    let (listener, admin) = (listen(emulate.listen).await?, listen(emulate.admin).await?);
    let addresses = (listener.local_addr()?, admin.local_addr()?);
    let once = emulate.once;
    let emulator = Arc::new(Emulator::of(emulate, addresses)?);
    let outcome = emulator.play((listener, admin), (as_json, once)).await;
    if let Some(world) = emulator.base.stage.set_world(None) {
        world.end().await;
    }
    let _ = std::fs::remove_dir_all(emulator.base.folder());
    outcome
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!("{address} is not loopback: an emulator is for this machine only");
    }
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another program there?"))
}

impl Emulator {
    fn of(emulate: Emulate, (address, admin): (SocketAddr, SocketAddr)) -> Result<Self> {
        let role = emulate.role.context("say who is played: seller, buyer or chain")?;
        let name = emulate
            .scenario
            .clone()
            .unwrap_or_else(|| shipped::first(role).to_owned());
        let mut scenario = Scenario::read(&name, &shipped::text(&name)?)?;
        if scenario.role != role {
            let is = scenario.role.as_str();
            bail!("{name} is a scenario of a {is}: segue emulate {is} --scenario {name}");
        }
        if emulate.speed.is_some_and(|speed| !(0.0..=1_000_000.0).contains(&speed)) {
            bail!("--speed must be 0 (stands still) to 1000000");
        }
        scenario.seed = emulate.seed.unwrap_or(scenario.seed);
        let seller = emulate.seller.as_ref().map(Outside::read).transpose()?;
        if seller.is_some() {
            from_outside::make_room(&mut scenario)?;
        }
        let settings = format!("listen = \"{address}\"\npublic_url = \"http://{address}\"\n");
        let metrics = figures::start(&Config::parse(&settings, std::iter::empty())?)?;
        let base = Base::of(
            Stage::of(scenario),
            (address, admin),
            Options {
                book: emulate.book.map(|folder| read_book(&folder)).transpose()?,
                seller,
                callbacks: emulate.callback,
                start: emulate.start,
                speed: emulate.speed,
            },
        )?;
        Ok(Self {
            base: Arc::new(base),
            metrics,
            name,
            steps: Arc::default(),
            script: tokio::sync::Mutex::default(),
        })
    }

    async fn play(
        self: &Arc<Self>,
        (listener, admin): (TcpListener, TcpListener),
        (as_json, once): (bool, bool),
    ) -> Result<bool> {
        let stopping = serve::stop_signal().context("cannot wait for signals")?;
        tokio::spawn(axum::serve(admin, admin::router(self)).into_future());
        let stage = Arc::clone(&self.base.stage);
        let edge = service_fn(move |request: http::Request<Body>| edge::enter(Arc::clone(&stage), request));
        // A router, since that is what turns bodies of connections into ours.
        let router = Router::new().fallback_service(edge);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(segue_net::serve::serve(listener, None, router, async {
            let _ = stopped.await;
        }));
        self.begin().await?;
        self.tell(as_json);
        let ended = async {
            if once {
                self.script_ended(as_json).await;
            } else {
                stopping.await;
            }
        };
        ended.await;
        let _ = stop.send(());
        serving.abort();
        Ok(self.steps().iter().all(|step| step.ok))
    }

    /// A new world, and its script.
    async fn begin(&self) -> Result<()> {
        let world = World::start(&self.base, &self.metrics).await?;
        self.base.stage.set_world(Some(Arc::clone(&world)));
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let scenario = &self.base.stage.scenario;
        let Some(buyer) = scenario.first_buyer() else {
            return Ok(());
        };
        let seller = self.base.said.seller.as_ref().map(|seller| &seller.id);
        let seller = seller.or(buyer.buys_from.first()).cloned().unwrap_or_default();
        let (steps, all, buyer) = (Arc::clone(&self.steps), scenario.step.clone(), buyer.id.clone());
        let running = tokio::spawn(async move {
            let mut script = Script::of(&world, (&buyer, &seller));
            for (index, step) in all.iter().enumerate() {
                let taken = script.take(index + 1, step).await;
                let ok = taken.ok;
                steps.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
                if !ok {
                    break;
                }
            }
        });
        *self.script.lock().await = Some(running);
        Ok(())
    }

    /// As at the start: the same scenario in a new world.
    pub async fn reset(&self) -> Result<()> {
        if let Some(running) = self.script.lock().await.take() {
            running.abort();
        }
        let old = self.base.stage.set_world(None);
        if let Some(old) = old {
            old.end().await;
        }
        self.base.stage.reset();
        self.begin().await
    }

    /// The world there is; none while a reset is under way.
    pub fn world(&self) -> Result<Arc<World>> {
        self.base.stage.world().context("a reset is under way: ask again")
    }

    /// Steps taken so far.
    pub fn steps(&self) -> Vec<Taken> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn script_ended(&self, as_json: bool) {
        let running = self.script.lock().await.take();
        if let Some(running) = running {
            let _ = running.await;
        }
        for step in self.steps() {
            if as_json {
                say!("{}", json!(step));
                continue;
            }
            say!(
                "{:>2}  {:<8} {}",
                step.n,
                if step.ok { "ok" } else { "DEVIATED" },
                step.what
            );
            if let Some(came) = &step.came {
                say!("              {came}");
            }
        }
    }

    /// All that somebody has to know who wants to use it.
    pub fn told(&self) -> Value {
        let (base, scenario) = (&self.base, &self.base.stage.scenario);
        let clients: Vec<Value> = self.clients().collect();
        let business = base.stage.world().map(|world| time::text(world.clock.now()));
        json!({
            "scenario": self.name,
            "title": scenario.title,
            "role": scenario.role,
            "simulated": "the network, and the decisions and faults of the scenario; all else is the real program",
            "companies": scenario.company.iter().map(|company| json!({
                "id": company.id,
                "url": format!("{}/{}", base.url(), company.id),
                "tokenEndpoint": format!("{}/{}/oauth2/token", base.url(), company.id),
                "sells": company.sells,
                "buysFrom": company.buys_from,
            })).collect::<Vec<_>>(),
            "clients": clients,
            "admin": format!("http://{}", base.admin),
            "clock": { "now": business, "speed": base.speed() },
            "seed": scenario.seed,
        })
    }

    /// Who may call from outside, and with what.
    fn clients(&self) -> impl Iterator<Item = Value> {
        let (base, scenario) = (&self.base, &self.base.stage.scenario);
        let client = |id: &str, at: &str, names: (&str, &str)| {
            json!({
                "at": at,
                "clientId": id,
                "clientSecret": base.client_secret(id),
                "tokenEndpoint": format!("{}/{at}/oauth2/token", base.url()),
                "buyerId": names.0,
                "sellerId": names.1,
            })
        };
        let buyers = scenario.buyer.iter().filter_map(move |buyer| {
            let at = world::seller_of(scenario, buyer)?;
            Some(client(&buyer.id, &at.id, (&buyer.id, &at.id)))
        });
        let buyer = scenario
            .first_buyer()
            .map(|company| company.id.as_str())
            .unwrap_or_default();
        let seller = base
            .said
            .seller
            .iter()
            .map(move |seller| client(&seller.id, buyer, (buyer, &seller.id)));
        buyers.chain(seller)
    }

    fn tell(&self, as_json: bool) {
        use std::io::Write;
        let told = self.told();
        if as_json {
            say!("{told}");
        } else {
            say!("{}", text::of(&told));
        }
        let _ = std::io::stdout().flush();
    }
}

fn read_book(folder: &std::path::Path) -> Result<BTreeMap<String, String>> {
    let read = |name: &str| {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()));
        text.map(|text| (name.to_owned(), text))
    };
    ["book.toml", "places.csv"].into_iter().map(read).collect()
}
