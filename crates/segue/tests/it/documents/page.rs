//! One page: what it shows, and a bash that does it.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::kit::{free_address, signal};

/// A page that takes longer hangs.
const PAGE_MAX: Duration = Duration::from_secs(120);

/// Ten working days pass in eight seconds.
const CLOCK: (&str, &str) = ("--clock-speed 20000", "--clock-speed 150000");

/// Folders that pages name, as they are below the folder of a run.
const FOLDERS: [&str; 3] = ["/tmp", "/var/lib/segue", "/backup"];

/// Languages of fences that hold no commands.
const OTHER: [&str; 6] = ["text", "json", "toml", "csv", "nginx", "yaml"];

/// Read by bash before the page: notes the first command that fails, and ends there.
const PRELUDE: &str = r#"
unset BASH_ENV
set -E -o pipefail
trap 'code=$?; [ -s "$FAILED" ] || echo "line $LINENO: exit code $code: $BASH_COMMAND" > "$FAILED"; exit 1' ERR
systemctl() { # one service, as dist/segue.service has it
  case "$*" in
    "enable --now segue" | "start segue") command segue serve >> service.log 2>&1 & SERVICE=$! ;;
    "stop segue") kill "$SERVICE"; wait "$SERVICE" ;;
    "restart segue") systemctl stop segue; systemctl start segue ;;
    "reload segue") kill -HUP "$SERVICE" ;;
    *) return 1 ;;
  esac
}
ends() { [ "$1" = "$2" ] || { echo "line $3: exit code $1 instead of $2" > "$FAILED"; exit 1; }; }
"#;

/// How a page ran.
pub enum Ran {
    /// What was not run, with the reason.
    Well(Vec<String>),
    /// For want of this program.
    Skipped(&'static str),
    /// Where, and what was said.
    Failed(String),
}

/// Folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn has(program: &str) -> bool {
    let look = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status();
    look.is_ok_and(|status| status.success())
}

/// Runs all that can be run.
pub fn run(name: &str, text: &str) -> Ran {
    if let Some(missing) = ["bash", "curl", "jq"].into_iter().find(|program| !has(program)) {
        return Ran::Skipped(missing);
    }
    match script(text) {
        Ok((script, left_out)) => {
            let folder = Folder::new();
            match folder.run(&script) {
                None => Ran::Well(left_out.into_iter().map(|told| format!("{name}, {told}")).collect()),
                Some(told) => Ran::Failed(format!("{name}, {told}")),
            }
        }
        Err(told) => Ran::Failed(format!("{name}, {told}")),
    }
}

/// What stands between two rows of backticks.
struct Fence<'p> {
    /// Behind the first row.
    info: &'p str,
    /// Line of the first row, from 1.
    line: usize,
    lines: Vec<&'p str>,
}

fn fences(text: &str) -> Vec<Fence<'_>> {
    let mut fences = Vec::new();
    let mut open: Option<Fence> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(info), None) => {
                open = Some(Fence {
                    info: info.trim(),
                    line: index + 1,
                    lines: Vec::new(),
                });
            }
            (Some(_), Some(done)) => fences.push(done),
            (None, Some(mut fence)) => {
                fence.lines.push(line);
                open = Some(fence);
            }
            (None, None) => {}
        }
    }
    fences
}

/// The commands, each in the line it has in the page, and what is left out.
fn script(text: &str) -> Result<(String, Vec<String>), String> {
    let mut lines = vec![String::new(); text.lines().count()];
    let mut left_out = Vec::new();
    for fence in fences(text) {
        let words: Vec<&str> = fence.info.split_whitespace().collect();
        let reason = match words[..] {
            ["sh"] => None,
            ["sh", reason @ ("as-root" | "builds" | "by-hand")] => Some(reason.to_owned()),
            ["sh", "with", program] => (!has(program)).then(|| format!("no {program}")),
            ["sh", ..] => return Err(format!("line {}: {:?} is no mark", fence.line, fence.info)),
            _ => continue,
        };
        match reason {
            Some(reason) => left_out.push(format!("line {}, {} line(s): {reason}", fence.line, fence.lines.len())),
            None => {
                for (offset, line) in fence.lines.iter().enumerate() {
                    let number = fence.line + 1 + offset;
                    lines[number - 1] = ending(line, number);
                }
            }
        }
    }
    Ok((lines.join("\n"), left_out))
}

/// `COMMAND   # exit code 3` fails unless it ends so.
fn ending(line: &str, number: usize) -> String {
    match line.rsplit_once("# exit code ") {
        Some((command, code)) => {
            format!(
                "{} && code=0 || code=$?; ends $code {} {number}",
                command.trim_end(),
                code.trim()
            )
        }
        None => line.to_owned(),
    }
}

/// Where a page runs: a checkout with the built program, and the folders it names.
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for below in FOLDERS.iter().map(|name| &name[1..]).chain(["checkout/target/release"]) {
            std::fs::create_dir_all(path.join(below)).unwrap();
        }
        let copied = Command::new("cp")
            .arg("-r")
            .arg(root().join("samples"))
            .arg(path.join("checkout"))
            .status();
        assert!(copied.unwrap().success(), "the samples cannot be copied");
        let built = path.join("checkout/target/release/segue");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_segue"), built).unwrap();
        Self { folder }
    }

    /// Free ports, a faster clock, and folders of this run.
    fn placed(&self, script: &str) -> String {
        let mut script = script.replace(CLOCK.0, CLOCK.1);
        for name in FOLDERS {
            let here = format!("{}{name}", self.folder.path().display());
            script = script.replace(&format!(" {name}"), &format!(" {here}"));
            script = script.replace(&format!("={name}"), &format!("={here}"));
            script = script.replace(&format!("'{name}"), &format!("'{here}"));
        }
        for port in 8080..8100 {
            let shown = format!("127.0.0.1:{port}");
            if script.contains(&shown) {
                script = script.replace(&shown, &free_address().to_string());
            }
        }
        script
    }

    /// None where all went well; else the line and what was said.
    fn run(&self, script: &str) -> Option<String> {
        let path = self.folder.path();
        let file = |name: &str| path.join(name);
        std::fs::write(file("page.sh"), self.placed(script)).unwrap();
        std::fs::write(file("prelude.sh"), PRELUDE).unwrap();
        let said = File::create(file("said")).unwrap();
        let mut command = program_path(Command::new("bash"));
        command
            .arg(file("page.sh"))
            .current_dir(file("checkout"))
            .env("BASH_ENV", file("prelude.sh"))
            .env("FAILED", file("failed"))
            .env("HOME", path)
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said);
        let ended = Group::start(command).ended();
        let failed = std::fs::read_to_string(file("failed")).unwrap_or_default();
        let well = failed.is_empty() && ended.is_some_and(|status| status.success());
        let all = std::fs::read_to_string(file("said")).unwrap_or_default();
        let last: Vec<&str> = all.lines().rev().take(15).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        (!well).then(|| format!("{failed}{}\n{}", how(ended), last.join("\n")))
    }
}

fn how(ended: Option<ExitStatus>) -> String {
    ended.map_or_else(|| format!("not over after {PAGE_MAX:?}"), |status| status.to_string())
}

/// With the built program in the path, and no settings for it.
fn program_path(mut command: Command) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SEGUE_")) {
        command.env_remove(name);
    }
    let folder = Path::new(env!("CARGO_BIN_EXE_segue"))
        .parent()
        .unwrap()
        .display()
        .to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{folder}:{path}"));
    command
}

/// A process and all that it started: killed when dropped.
struct Group {
    child: Child,
}

impl Group {
    fn start(mut command: Command) -> Self {
        Self {
            child: command.process_group(0).spawn().unwrap(),
        }
    }

    /// None where it takes too long.
    fn ended(mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + PAGE_MAX;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Nobody is left where the page stopped all it started.
        signal("-KILL", &format!("-{} 2> /dev/null", self.child.id()));
        let _ = self.child.wait();
    }
}

/// Lines that look like commands in fences of other languages, and fences without one.
pub fn hidden(text: &str) -> Vec<String> {
    let mut hidden = Vec::new();
    for fence in fences(text) {
        let language = fence.info.split_whitespace().next().unwrap_or_default();
        if language != "sh" && !OTHER.contains(&language) {
            hidden.push(format!("line {}: a fence of {language:?}", fence.line));
        }
        let is_command = |line: &&&str| ["segue ", "curl ", "$ "].iter().any(|start| line.starts_with(start));
        if language != "sh" {
            hidden.extend(fence.lines.iter().filter(is_command).map(|line| (*line).to_owned()));
        }
    }
    let indented = text.lines().filter(|line| line.starts_with("    segue "));
    hidden.extend(indented.map(str::to_owned));
    hidden
}

/// Words of the commands between single backticks; those that stand for several are left out.
pub fn named(text: &str) -> Vec<Vec<String>> {
    let prose: Vec<&str> = text.lines().filter(|line| !line.starts_with("```")).collect();
    let prose = prose.join(" ");
    let spans = prose.split('`').filter_map(|span| span.strip_prefix("segue "));
    let one = spans.filter(|span| {
        !["...", "|", "$(", "\n", "&&"]
            .iter()
            .any(|several| span.contains(several))
    });
    one.map(words).collect()
}

/// Splits at blanks outside of quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in command.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Targets of links to files and headings of the project.
pub fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://"))
        .map(str::to_owned)
        .collect()
}

/// Headings as links name them.
pub fn headings(text: &str) -> Vec<String> {
    let plain = |heading: &str| {
        let kept = heading.trim().to_lowercase().replace(' ', "-");
        kept.chars()
            .filter(|letter| letter.is_alphanumeric() || *letter == '-')
            .collect()
    };
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| plain(line.trim_start_matches('#'))).collect()
}
