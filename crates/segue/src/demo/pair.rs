//! The two companies of the demo: installations, processes, and three ways to reach them: the
//! admin socket of each, and the Seller's API as any HTTP client reaches it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http::Method;
use segue_net::outbound::{Answer, Outbound, OutboundOptions, Purpose, Request};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command as Process};

use crate::book_folder::BookFolder;
use crate::cli::{Demo, Init, TextFile};
use crate::command::{Book, Buy, Command, Inventory, Partner, Role, Who};
use crate::{admin, init};

/// Business days pass in seconds: the ten working days of a port take about nine.
const CLOCK_SPEED: f64 = 150_000.0;

/// The five minutes of the sample book would be over in two milliseconds.
const VALIDITY: (&str, &str) = ("quote-validity = \"5 minutes\"", "quote-validity = \"10 calendarDays\"");

/// A server that takes longer to start than this is broken.
const START_MAX: Duration = Duration::from_secs(10);

/// The sample book and ENNI are part of the program, so that the demo runs anywhere.
const BOOK: [(&str, &str); 2] = [
    ("book.toml", include_str!("../../../../samples/book/book.toml")),
    ("places.csv", PLACES),
];
pub const PLACES: &str = include_str!("../../../../samples/book/places.csv");
pub const ENNI: &str = include_str!("../../../../samples/enni.json");

/// One company with its process.
pub(super) struct Side {
    folder: PathBuf,
    pub(super) address: SocketAddr,
    process: Child,
}

/// Seller `acme` and Buyer `beta`.
pub struct Pair {
    acme: Side,
    beta: Side,
    client: Outbound,
}

impl Pair {
    /// Makes both installations, starts both servers, and lets them onboard each other.
    pub async fn start(folder: &Path, demo: &Demo) -> Result<Self> {
        let (acme_address, beta_address) = (free_address()?, free_address()?);
        // Where a tester may listen: `segue certify profile --init` finds it in the settings.
        let tester = free_address()?;
        // One origin: both business clocks tell the same time.
        let origin = jiff::Timestamp::now();
        let acme = side(
            folder,
            ("acme", "Acme Access Networks"),
            (acme_address, vec![beta_address, tester]),
            origin,
            demo.sabotage,
        )
        .await?;
        let beta = side(
            folder,
            ("beta", "Beta Business Telecom"),
            (beta_address, vec![acme_address]),
            origin,
            false,
        )
        .await?;
        let open = vec![acme_address.to_string(), beta_address.to_string()];
        let client = Outbound::new(OutboundOptions {
            open,
            ..OutboundOptions::default()
        })?;
        let pair = Self { acme, beta, client };
        pair.onboard().await?;
        Ok(pair)
    }

    /// Cards go both ways; nothing is typed.
    async fn onboard(&self) -> Result<()> {
        self.acme(load_book()).await?;
        let export = || Command::Partner(Partner::Export { who: Who::default() });
        let (acme_card, beta_card) = (self.acme(export()).await?, self.beta(export()).await?);
        self.acme(import(&beta_card, Role::Seller)).await?;
        self.beta(import(&acme_card, Role::Buyer)).await?;
        self.acme(enter_enni("beta")).await?;
        Ok(())
    }

    /// A command to the Seller's operator socket.
    pub async fn acme(&self, command: Command) -> Result<Value> {
        ask(&self.acme, &command, &|_| {}).await
    }

    /// A command to the Buyer's operator socket.
    pub async fn beta(&self, command: Command) -> Result<Value> {
        ask(&self.beta, &command, &|_| {}).await
    }

    /// A step of buying, with its progress.
    pub async fn buy(&self, buy: Buy, progress: &(dyn Fn(Value) + Send + Sync)) -> Result<Value> {
        ask(&self.beta, &Command::Buy(Box::new(buy)), progress).await
    }

    /// GET at the Seller, as the Buyer, past all code of the Buyer.
    pub async fn get(&self, api: &str, path: &str) -> Result<Value> {
        self.get_at("acme", api, path).await
    }

    /// GET at any Seller in the process of Acme.
    pub async fn get_at(&self, seller: &str, api: &str, path: &str) -> Result<Value> {
        let answer = self.call(Method::GET, (seller, api, path), None).await?;
        if !answer.is_success() {
            bail!("GET {path} was answered with {}", answer.status);
        }
        Ok(answer.json()?)
    }

    /// POST at the Seller, as the Buyer, past all checks of the Buyer.
    pub async fn post(&self, api: &str, path: &str, body: &Value) -> Result<Answer> {
        self.call(Method::POST, ("acme", api, path), Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        (seller, api, path): (&str, &str, &str),
        body: Option<&Value>,
    ) -> Result<Answer> {
        let token = Command::Token {
            partner: seller.into(),
            api: api.into(),
            who: Who::default(),
        };
        let token = self.beta(token).await?;
        let url = format!("{}{path}", self.api_base(seller, api)?);
        let mut request =
            Request::new(Purpose::Operation, method, url.parse()?).bearer(token.as_str().unwrap_or_default());
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(self.client.send(request).await?)
    }

    fn api_base(&self, seller: &str, api: &str) -> Result<String> {
        let newest = segue_model::api::all()
            .iter()
            .filter(|known| known.name == api)
            .max_by_key(|known| known.version);
        let known = newest.with_context(|| format!("no API is called {api}"))?;
        Ok(format!("http://{}/{seller}{}", self.acme.address, known.base_path()))
    }

    /// Lets both go on after the demo; returns what a person can do with them.
    pub fn leave_running(self) -> String {
        let program = std::env::current_exe().map_or_else(|_| "segue".into(), |path| path.display().to_string());
        let (acme, beta) = (self.acme.folder.display(), self.beta.folder.display());
        let pids: Vec<String> = [&self.acme, &self.beta]
            .iter()
            .filter_map(|side| side.process.id())
            .map(|pid| pid.to_string())
            .collect();
        let curl = |api: &str, path: &str| {
            let base = self.api_base("acme", api).unwrap_or_default();
            format!(
                "curl -s -H \"Authorization: Bearer $({program} --dir {beta} token acme --api {api})\" '{base}{path}'"
            )
        };
        let lines = [
            "Both companies go on running. Ask the Seller as the Buyer does:".to_owned(),
            format!("  {}", curl("productOrderingManagement", "/productOrder?limit=5")),
            format!("  {}", curl("productInventory", "/product?status=active")),
            format!("  {}", curl("quoteManagement", "/quote?state=expired")),
            "or as their people do:".to_owned(),
            format!("  {program} --dir {acme} status"),
            format!("  {program} --dir {beta} buy inventory acme"),
            "Test the Seller against the standard:".to_owned(),
            format!("  {program} --dir {acme} certify profile --init --company acme > acme.toml"),
            format!("  {program} certify seller --profile acme.toml --html acme.html"),
            format!("stop them with: kill {}", pids.join(" ")),
        ]
        .join("\n");
        // Dropped, a process would be killed; these shall outlive us.
        std::mem::forget([self.acme.process, self.beta.process]);
        lines
    }
}

/// The sample book: file name to text.
pub fn samples() -> BTreeMap<String, String> {
    BOOK.iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

/// The sample book, whose prices are good for longer.
pub(super) fn load_book() -> Command {
    let files = BOOK
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.replace(VALIDITY.0, VALIDITY.1)))
        .collect();
    let folder = BookFolder::of_texts("samples/book", files);
    Command::Book(Book::Load {
        folder,
        who: Who::default(),
    })
}

/// The interconnection with a Buyer.
pub(super) fn enter_enni(partner: &str) -> Command {
    let file = TextFile {
        name: "samples/enni.json".into(),
        text: ENNI.into(),
    };
    Command::Inventory(Inventory::Import {
        file,
        partner: partner.into(),
        who: Who::default(),
    })
}

pub(super) fn import(card: &Value, role: Role) -> Command {
    let file = TextFile {
        name: "card".into(),
        text: card.to_string(),
    };
    Command::Partner(Partner::Import {
        file,
        role,
        name: None,
        who: Who::default(),
    })
}

pub(super) async fn ask(side: &Side, command: &Command, progress: &(dyn Fn(Value) + Send + Sync)) -> Result<Value> {
    let answer = admin::ask(&side.folder.join("data"), command, progress).await;
    let answer = answer.with_context(|| format!("the server in {} does not run any more", side.folder.display()))?;
    Ok(answer?)
}

/// A free port of loopback, taken by asking the system for one.
pub(super) fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

pub(super) async fn side(
    folder: &Path,
    (id, name): (&str, &str),
    (listen, open): (SocketAddr, Vec<SocketAddr>),
    clock_origin: jiff::Timestamp,
    sabotage: bool,
) -> Result<Side> {
    let folder = folder.join(id);
    let settings = Init {
        id: id.into(),
        name: name.into(),
        listen,
        public_url: None,
        party_id: Vec::new(),
        email: format!("desk@{id}.example"),
        phone: "+49 30 5550100".into(),
        database: None,
        database_root: Vec::new(),
        unsafe_database: false,
        open_target: open.iter().map(SocketAddr::to_string).collect(),
        clock_speed: CLOCK_SPEED,
        clock_origin: Some(clock_origin),
    };
    // What lies over settings is meant for an installation, and not for two.
    init::run(&folder, &settings, std::iter::empty()).await?;
    let process = spawn(&folder, sabotage).await?;
    Ok(Side {
        folder,
        address: listen,
        process,
    })
}

/// Starts `segue serve` and waits until it says that it serves.
async fn spawn(folder: &Path, sabotage: bool) -> Result<Child> {
    let log = folder.join("serve.log");
    let mut process = Process::new(std::env::current_exe()?);
    process
        .arg("--dir")
        .arg(folder)
        .arg("serve")
        .env_remove("SEGUE__DATABASE");
    if sabotage {
        process.arg("--sabotage");
    }
    let mut child = process
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log)?)
        .kill_on_drop(true)
        .spawn()
        .context("cannot start a server process")?;
    let stdout = child.stdout.take().context("no output of the server process")?;
    let mut lines = BufReader::new(stdout).lines();
    match tokio::time::timeout(START_MAX, lines.next_line()).await {
        Ok(Ok(Some(_))) => Ok(child),
        _ => bail!(
            "the server in {} did not start; its log is {}",
            folder.display(),
            log.display()
        ),
    }
}
