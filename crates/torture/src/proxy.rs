//! A fault proxy between Buyers and the Seller: one request a connection, each treated in its own
//! way: passed on, delayed, cut off before or after the Seller has it, sent twice, never answered.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::wire;

/// How long a half-open connection stays open: longer than callers wait.
const SILENCE: Duration = Duration::from_secs(8);

/// Listens at `address` and treats what goes to one of `targets`.
pub async fn open(address: &str, targets: Vec<String>, seed: u64) -> Result<()> {
    let socket = TcpListener::bind(address).await?;
    let targets = Arc::new(targets);
    let mut random = StdRng::seed_from_u64(seed);
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let (targets, fate) = (Arc::clone(&targets), random.random_range(0..100_u32));
            let target = random.random_range(0..targets.len());
            tokio::spawn(async move {
                let target = targets.get(target).cloned().unwrap_or_default();
                treat(stream, &target, fate).await
            });
        }
    });
    Ok(())
}

async fn treat(mut stream: TcpStream, target: &str, fate: u32) -> Option<()> {
    let request = wire::read(&mut stream).await?;
    // The connection is good for one request: what comes after the answer is its end.
    let bytes = close_after(&request.bytes());
    match fate {
        // The Seller never hears of it.
        0..10 => return None,
        10..13 => {
            tokio::time::sleep(SILENCE).await;
            return None;
        }
        // The Seller hears half of it.
        13..20 => {
            let mut seller = TcpStream::connect(target).await.ok()?;
            seller.write_all(bytes.get(..bytes.len() / 2)?).await.ok()?;
            return None;
        }
        20..40 => tokio::time::sleep(Duration::from_millis(u64::from(fate) * 4)).await,
        _ => (),
    }
    // The same request once more, on a connection of its own.
    let twin = (40..60)
        .contains(&fate)
        .then(|| tokio::spawn(pass(target.to_owned(), bytes.clone())));
    let answer = pass(target.to_owned(), bytes).await?;
    if let Some(twin) = twin {
        let _ = twin.await;
    }
    match fate {
        // The answer is lost, or half of it.
        60..75 => return None,
        75..85 => stream.write_all(answer.get(..answer.len() / 2)?).await.ok()?,
        _ => stream.write_all(&answer).await.ok()?,
    }
    stream.shutdown().await.ok()
}

async fn pass(target: String, bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut seller = TcpStream::connect(target).await.ok()?;
    seller.write_all(&bytes).await.ok()?;
    let mut answer = Vec::new();
    tokio::time::timeout(SILENCE, seller.read_to_end(&mut answer))
        .await
        .ok()?
        .ok()?;
    (!answer.is_empty()).then_some(answer)
}

fn close_after(request: &[u8]) -> Vec<u8> {
    let Some(at) = request.windows(2).position(|two| two == b"\r\n") else {
        return request.to_vec();
    };
    let (line, rest) = request.split_at(at);
    [line, b"\r\nconnection: close", rest].concat()
}
