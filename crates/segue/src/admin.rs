//! The admin socket: commands reach a running server here, since only one process may hold the
//! store. A Unix socket of mode 0600: who may read the installation's files may command it.
//!
//! One command a connection: a line of JSON in, then lines of JSON out: any number of
//! `{"progress": …}`, at the end one `{"ok": …}` or `{"error": …}`.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::app::App;
use crate::command::{self, Command, CommandError};

/// The longest command read: a book of a million places is about 200 MB of text.
const COMMAND_MAX: u64 = 512 * 1024 * 1024;

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
    BufReader::new(read.take(COMMAND_MAX)).read_line(&mut line).await?;
    let (lines, mut ready) = tokio::sync::mpsc::unbounded_channel();
    let answer = async {
        let progress = |value: Value| drop(lines.send(Line::Progress(value)));
        let command = serde_json::from_str::<Command>(&line);
        // The text of a large book is not kept twice.
        drop(line);
        let last = match command {
            Ok(command) => command::run(app, command, &progress)
                .await
                .map_or_else(Line::Error, Line::Ok),
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
    let (read, mut write) = stream.into_split();
    let mut text = serde_json::to_vec(command)?;
    text.push(b'\n');
    write.write_all(&text).await?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            Line::Progress(value) => progress(value),
            Line::Ok(value) => return Ok(Ok(value)),
            Line::Error(error) => return Ok(Err(error)),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
