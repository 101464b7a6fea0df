//! The admin socket: commands reach a running server here, since only one process may hold the
//! store. A Unix socket of mode 0600: who may read the installation's files may command it.
//!
//! One command a connection: a line of JSON in, behind it the bytes of a list where the command
//! says that one follows, then lines of JSON out: any number of `{"progress": …}`, at the end one
//! `{"ok": …}` or `{"error": …}`.

use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};

use crate::app::App;
use crate::command::{self, Command, CommandError};

/// The longest command read: a tender of 100 000 sites is about 20 MB, and a collection of products
/// less. The places of a book follow behind it.
const COMMAND_MAX: u64 = 64 * 1024 * 1024;

/// Sent of a list at a time.
const PIECE: usize = 256 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Progress(Value),
    Ok(Value),
    Error(CommandError),
}

/// Where the socket of an installation is.
pub fn path(data: &Path) -> PathBuf {
    data.join("admin.sock")
}

/// Listens on the socket. A socket file left by a dead server is replaced: the caller holds the
/// lock of the store, so no other server lives.
pub fn listen(data: &Path) -> io::Result<UnixListener> {
    let path = path(data);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Serves commands until the task is dropped.
pub async fn serve(listener: UnixListener, app: Arc<App>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let app = Arc::clone(&app);
                tokio::spawn(async move {
                    if let Err(error) = one(stream, &app).await {
                        tracing::debug!(%error, "admin connection ended early");
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "admin socket cannot accept"),
        }
    }
}

async fn one(stream: UnixStream, app: &App) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read);
    (&mut read).take(COMMAND_MAX).read_line(&mut line).await?;
    let (lines, mut ready) = tokio::sync::mpsc::unbounded_channel();
    let answer = async {
        let progress = |value: Value| drop(lines.send(Line::Progress(value)));
        let last = match serde_json::from_str::<Command>(&line) {
            Ok(mut command) => {
                if let Some(list) = command.list() {
                    list.follow(read);
                }
                let answer = command::run(app, command, &progress).await;
                answer.map_or_else(Line::Error, Line::Ok)
            }
            Err(error) => Line::Error(CommandError::new(format!("not a command of this version: {error}"))),
        };
        drop(lines.send(last));
        drop(lines);
    };
    let write_all = async {
        while let Some(line) = ready.recv().await {
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            write.write_all(&text).await?;
        }
        write.shutdown().await
    };
    tokio::join!(answer, write_all).1
}

/// Asks a running server. `None` when no server runs here.
pub async fn ask(
    data: &Path,
    command: &Command,
    progress: command::Progress<'_>,
) -> Option<Result<Value, CommandError>> {
    let stream = UnixStream::connect(path(data)).await.ok()?;
    Some(talk(stream, command, progress).await.unwrap_or_else(|error| {
        Err(CommandError::new(format!("the running server broke off: {error}"))
            .hint("Look at its log; what it had answered before is kept."))
    }))
}

async fn talk(
    stream: UnixStream,
    command: &Command,
    progress: command::Progress<'_>,
) -> io::Result<Result<Value, CommandError>> {
    let (read, write) = stream.into_split();
    let answer = async {
        let mut lines = BufReader::new(read).lines();
        while let Some(line) = lines.next_line().await? {
            match serde_json::from_str(&line)? {
                Line::Progress(value) => progress(value),
                Line::Ok(value) => return Ok(Ok(value)),
                Line::Error(error) => return Ok(Err(error)),
            }
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    };
    // A server that has seen enough answers before it has all.
    let (sent, answer) = tokio::join!(send(write, command), answer);
    answer.map_err(|unheard| sent.err().unwrap_or(unheard))
}

/// Sends a command, and what follows it. The other direction stays open.
async fn send(mut write: OwnedWriteHalf, command: &Command) -> io::Result<()> {
    let mut text = serde_json::to_vec(command)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    if let Some(list) = command.clone().list() {
        let mut list = list.open()?;
        let mut piece = vec![0; PIECE];
        loop {
            // A file of this machine; nothing else is done here meanwhile.
            let count = list.read(&mut piece)?;
            if count == 0 {
                break;
            }
            write.write_all(&piece[..count]).await?;
        }
    }
    write.shutdown().await
}
