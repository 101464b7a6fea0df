//! The command line. Files are read here, where the person is; what runs gets their text.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::command::{Command, Who};

/// Open LSO Sonata platform: be a Buyer, a Seller or both.
#[derive(Parser)]
#[command(name = "segue", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  segue demo                                    one circuit from address to inventory, on this machine
  segue init --dir acme --id acme --name 'Acme Access Networks' --listen 127.0.0.1:8080
  segue serve --dir acme
  segue --dir acme book load samples/book
  segue --dir beta buy quote acme --address ID --bandwidth 100M --term 36
  segue --dir beta buy quote --from sites.csv --sellers all --terms 12,36 --bandwidths 100M,1G")]
pub struct Cli {
    /// Folder of the installation (holds segue.toml)
    #[arg(long, global = true, env = "SEGUE_DIR", default_value = ".", value_name = "FOLDER")]
    pub dir: PathBuf,

    /// Print JSON for machines instead of tables
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// Steps of buying that are about many circuits: what is said, the option that tells, what it is.
const MANY: [(&str, &str, &str); 3] = [
    ("quote", "--from", "ask"),
    ("quote", "--resume", "resume"),
    ("order", "--offer", "order"),
];

/// `buy quote --from` is `tender ask --from`: one thing, called as people look for it.
pub fn spelled(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    let buys = words
        .windows(2)
        .position(|pair| pair[0] == "buy" && MANY.iter().any(|(step, ..)| pair[1] == *step));
    let Some(at) = buys else { return words };
    let has = |option: &str| {
        let with_value = format!("{option}=");
        words
            .iter()
            .any(|word| word == option || word.to_str().is_some_and(|word| word.starts_with(&with_value)))
    };
    let meant = MANY
        .iter()
        .find(|(step, option, _)| words[at + 1] == *step && has(option));
    if let Some((_, option, meant)) = meant {
        let meant = ["tender", meant].map(OsString::from);
        // The number of a tender is no option there.
        if *option == "--resume" {
            let number = |word: &OsString| word.to_str()?.strip_prefix("--resume=").map(OsString::from);
            words.retain(|word| word != "--resume");
            words = words.into_iter().map(|word| number(&word).unwrap_or(word)).collect();
        }
        words.splice(at..at + 2, meant);
    }
    words
}

/// Everything the program can be told.
#[derive(Subcommand)]
pub enum Action {
    /// Make an installation: configuration, store, keys and one company
    Init(Init),
    /// Serve partners until it is told to stop (SIGTERM or Ctrl-C)
    Serve {
        /// Break the Seller's state machine on purpose (tests of the demo only)
        #[arg(long, hide = true)]
        sabotage: bool,
    },
    /// Take one circuit from address validation to active product, between two companies on this machine
    Demo(Demo),
    /// Print or compare the OpenAPI documents of the APIs spoken here
    #[command(args_conflicts_with_subcommands = true)]
    Openapi(Openapi),
    /// Test whether a Seller or a Buyer keeps to the standard, requirement by requirement
    #[command(subcommand)]
    Certify(crate::certify::Certify),
    /// The database: size, check, backup, restore, copy to a server
    #[command(subcommand)]
    Db(crate::database::Db),
    /// Play the other side, to test against: a Seller, a Buyer or a chain of companies
    Emulate(Box<crate::emulate::Emulate>),
    /// Print the completion script of a shell
    #[command(after_help = "Example:\n  segue completions bash > /etc/bash_completion.d/segue")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Commands on the store; they reach a running server by themselves
    #[command(flatten)]
    Store(Box<Command>),
}

/// Make an installation.
#[derive(clap::Args)]
#[command(after_help = "Example:
  segue init --dir acme --id acme --name 'Acme Access Networks' --listen 127.0.0.1:8080
  segue init --dir acme --id acme --name Acme --database postgres://segue@db.example/acme
  SEGUE__DATABASE=postgres://segue:PASSWORD@db.example/acme segue init --dir acme --id acme --name Acme")]
pub struct Init {
    /// Short name of the company: lower case letters, digits and '-'; part of its base address
    #[arg(long)]
    pub id: String,
    /// Full name of the company
    #[arg(long)]
    pub name: String,
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: std::net::SocketAddr,
    /// Scheme, host and port under which partners reach it [default: http://LISTEN]
    #[arg(long)]
    pub public_url: Option<String>,
    /// Identifier partners know the company by (buyerId, sellerId); several times where it stands for several, the main one first [default: the short name]
    #[arg(long)]
    pub party_id: Vec<String>,
    /// E-mail address of the desk partners reach
    #[arg(long, default_value = "desk@example.com")]
    pub email: String,
    /// Telephone number of that desk
    #[arg(long, default_value = "+1 555 0100")]
    pub phone: String,
    /// Keep everything in this database of PostgreSQL, postgres://USER@HOST:PORT/NAME, instead of a file; with a password better by SEGUE__DATABASE, which serve needs then too
    #[arg(long, value_name = "ADDRESS")]
    pub database: Option<String>,
    /// PEM file with the only certificates that may vouch for the database server
    #[arg(long, value_name = "FILE")]
    pub database_root: Vec<PathBuf>,
    /// Take a database server that may lose what it has acknowledged (labs only)
    #[arg(long)]
    pub unsafe_database: bool,
    /// HOST:PORT targets that may be loopback or private (labs and demos only)
    #[arg(long, value_name = "HOST:PORT")]
    pub open_target: Vec<String>,
    /// How many times as fast as the wall the business clock runs (demos only)
    #[arg(long, default_value_t = 1.0)]
    pub clock_speed: f64,
    /// When the fast clock agreed with the wall, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    pub clock_origin: Option<jiff::Timestamp>,
}

/// Run the main job.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  segue demo            the journey as a timeline
  segue demo --keep     leave both companies running and print curl lines that work
  segue demo --json     one object: {\"ok\":true,\"steps\":[...]}")]
pub struct Demo {
    /// Leave both companies running at the end
    #[arg(long)]
    pub keep: bool,
    /// Let Buyers on three releases of the standard buy from one Seller at once, instead
    #[arg(long, conflicts_with = "keep")]
    pub releases: bool,
    /// Folder for the two installations [default: a new one under the system's temporary folder]
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Break the Seller on purpose, to see that the demo notices (tests only)
    #[arg(long, hide = true)]
    pub sabotage: bool,
}

/// Print or compare OpenAPI documents.
#[derive(clap::Args)]
#[command(disable_version_flag = true)]
#[command(after_help = "Examples:
  segue openapi --list
  segue openapi --api quoteManagement --version 10 > quote.json
  segue openapi --offering access-eline --offering operator-uni > quote.json
  segue openapi diff quote-management.yaml")]
pub struct Openapi {
    /// List every API and version described here
    #[arg(long)]
    pub list: bool,
    /// Name of the API (see --list) [default with --offering: quoteManagement]
    #[arg(long, required_unless_present_any = ["list", "offering"])]
    pub api: Option<String>,
    /// Bind the product of this offering in, as its profile has it (repeat for several products)
    #[arg(long, value_name = "ID", conflicts_with = "list")]
    pub offering: Vec<String>,
    #[command(flatten)]
    pub who: Who,
    /// Major version [default: the newest]
    #[arg(long = "version", value_name = "N", value_parser = major)]
    pub api_version: Option<u32>,
    /// What to do instead of printing.
    #[command(subcommand)]
    pub diff: Option<OpenapiDiff>,
}

/// `10`, `v10` and `10.0.0` all mean version 10.
fn major(text: &str) -> Result<u32, String> {
    let bare = text.trim_start_matches('v');
    let first = bare.split('.').next().unwrap_or_default();
    first
        .parse()
        .map_err(|_| "a version is a number, for example 10".to_owned())
}

/// Compare.
#[derive(Subcommand)]
pub enum OpenapiDiff {
    /// Compare a Sonata OpenAPI file with ours, operation by operation
    Diff {
        /// YAML or JSON file
        file: TextFile,
    },
}

/// A file named on the command line, read at once.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TextFile {
    /// As it was named.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl std::str::FromStr for TextFile {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let (name, read) = match name {
            "-" => ("standard input", std::io::read_to_string(std::io::stdin())),
            name => (name, std::fs::read_to_string(name)),
        };
        let text = read.map_err(|error| format!("cannot read it: {error}"))?;
        Ok(Self {
            name: name.to_owned(),
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_spelled(said: &str, expected: &str) {
        let words = spelled(said.split(' ').map(OsString::from));
        let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn buying_at_many_sellers_is_called_as_people_look_for_it() {
        check_spelled(
            "segue --json buy quote --from s.csv --terms 12",
            "segue --json tender ask --from s.csv --terms 12",
        );
        check_spelled(
            "segue buy quote --resume 3 --timeout 5",
            "segue tender resume 3 --timeout 5",
        );
        check_spelled("segue buy quote --resume=3", "segue tender resume 3");
        check_spelled(
            "segue buy order --offer=1-1-a-100-12",
            "segue tender order --offer=1-1-a-100-12",
        );
        for other in [
            "segue buy quote acme --address A --bandwidth 100M",
            "segue buy order acme --quote Q",
            "segue status",
        ] {
            check_spelled(other, other);
        }
    }
}
