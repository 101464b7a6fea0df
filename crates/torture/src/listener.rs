//! A Buyer's token endpoint and listener. It writes down every event it receives before it answers,
//! and treats a share of the calls badly.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::run::{Clock, Log, Sync};
use crate::wire::{self, Message};

/// How a call is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treatment {
    Taken,
    Refused,
    Reset,
    Silent,
    Slow,
    Busy,
    Moved,
    Lost,
}

/// How long a silent connection stays open.
const SILENCE: Duration = Duration::from_secs(40);

const TOKEN: &str = r#"{"access_token":"a-token","token_type":"Bearer","expires_in":300}"#;

/// One Buyer's listener.
pub struct Listener {
    tenant: &'static str,
    log: Log,
    clock: Clock,
    is_hostile: Arc<AtomicBool>,
}

impl Listener {
    /// Listens at `address` from now on; `hostile` says whether it treats calls badly.
    pub async fn open(
        tenant: &'static str,
        address: &str,
        (log, clock, seed): (Log, Clock, u64),
        hostile: &Arc<AtomicBool>,
    ) -> Result<()> {
        let socket = TcpListener::bind(address).await;
        let socket = socket.with_context(|| format!("listening on {address}"))?;
        let listener = Arc::new(Self {
            tenant,
            log,
            clock,
            is_hostile: Arc::clone(hostile),
        });
        let mut random = StdRng::seed_from_u64(seed);
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (listener, seed) = (Arc::clone(&listener), random.random());
                tokio::spawn(async move { listener.serve(stream, StdRng::seed_from_u64(seed)).await });
            }
        });
        Ok(())
    }

    async fn serve(&self, mut stream: TcpStream, mut random: StdRng) {
        while let Some(message) = wire::read(&mut stream).await {
            let answer = if message.path() == "/token" {
                answer(200, &[("content-type", "application/json")], TOKEN)
            } else {
                let treatment = self.treatment(&mut random);
                if self.note(&message, treatment).is_err() {
                    return;
                }
                match respond(treatment).await {
                    Some(answer) => answer,
                    None => return,
                }
            };
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn treatment(&self, random: &mut StdRng) -> Treatment {
        let chance = random.random_range(0..1_000);
        if !self.is_hostile.load(Ordering::Relaxed) {
            return Treatment::Taken;
        }
        match chance {
            0..60 => Treatment::Refused,
            60..120 => Treatment::Reset,
            120..124 => Treatment::Silent,
            124..150 => Treatment::Slow,
            150..190 => Treatment::Busy,
            190..220 => Treatment::Moved,
            220..260 => Treatment::Lost,
            _ => Treatment::Taken,
        }
    }

    fn note(&self, message: &Message, treatment: Treatment) -> Result<()> {
        let event: Value = serde_json::from_slice(&message.body).unwrap_or(Value::Null);
        let line = json!({
            "t": self.clock.now(), "hub": self.tenant, "event": event["eventId"], "type": event["eventType"],
            "id": event["event"]["id"], "state": event["event"]["state"], "what": event["event"],
            "treatment": format!("{treatment:?}"),
        });
        self.log.add(&line, Sync::Later)
    }
}

/// What is answered; none where the connection is closed without a word.
async fn respond(treatment: Treatment) -> Option<String> {
    Some(match treatment {
        Treatment::Taken => answer(204, &[], ""),
        Treatment::Refused => answer(500, &[], ""),
        Treatment::Reset | Treatment::Lost => return None,
        Treatment::Silent => {
            tokio::time::sleep(SILENCE).await;
            return None;
        }
        Treatment::Slow => {
            tokio::time::sleep(Duration::from_millis(700)).await;
            answer(204, &[], "")
        }
        Treatment::Busy => answer(429, &[("retry-after", "1")], ""),
        Treatment::Moved => answer(301, &[("location", "http://127.0.0.1:9/elsewhere")], ""),
    })
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let more: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = if status == 204 {
        String::new()
    } else {
        format!("content-length: {}\r\n", body.len())
    };
    format!("HTTP/1.1 {status} Told\r\n{more}{length}\r\n{body}")
}
