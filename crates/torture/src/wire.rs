//! HTTP/1.1 as far as listeners and the proxy need it: whole messages read from a connection.

use tokio::io::{AsyncRead, AsyncReadExt};

/// A message with its head as it came.
pub struct Message {
    /// Everything up to the empty line, which belongs to it.
    pub head: Vec<u8>,
    /// As long as `content-length` says.
    pub body: Vec<u8>,
}

const MESSAGE_MAX: usize = 8 << 20;

impl Message {
    /// The path of a request.
    pub fn path(&self) -> String {
        let line = String::from_utf8_lossy(&self.head);
        line.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// Head and body.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_slice(), &self.body].concat()
    }
}

/// The next message of a connection; none at its end or when it is no message.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Message> {
    let mut seen = Vec::new();
    let mut chunk = [0_u8; 16 << 10];
    let end = loop {
        if let Some(at) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        let got = stream.read(&mut chunk).await.ok()?;
        if got == 0 || seen.len() > MESSAGE_MAX {
            return None;
        }
        seen.extend_from_slice(chunk.get(..got)?);
    };
    let mut body = seen.split_off(end);
    let wanted = length(&seen);
    while body.len() < wanted {
        let got = stream.read(&mut chunk).await.ok()?;
        if got == 0 || body.len() > MESSAGE_MAX {
            return None;
        }
        body.extend_from_slice(chunk.get(..got)?);
    }
    Some(Message { head: seen, body })
}

fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
