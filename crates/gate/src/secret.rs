//! Secrets that we give to partners: shown once, kept as a digest, two alive while one is replaced.

use jiff::{SignedDuration, Timestamp};
use segue_model::party::{Client, SecretDigest};
use segue_net::{new_secret, same_secret, sha256_hex};

/// How long the old secret works beside the new one.
const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Gives `client` a new secret and returns it, the only time it can be seen. The one before works
/// for another seven days; older ones stop at once. `None` when the machine has no randomness.
pub fn rotate(client: &mut Client, now: Timestamp) -> Option<String> {
    let secret = new_secret()?;
    let end = crate::keys::later(now, OVERLAP);
    let before = client.secrets.iter().rfind(|known| is_live(known, now)).cloned();
    let replaced = before.map(|known| SecretDigest {
        until: Some(known.until.map_or(end, |until| until.min(end))),
        sha256: known.sha256,
    });
    let current = SecretDigest {
        sha256: sha256_hex(secret.as_bytes()),
        until: None,
    };
    client.secrets = replaced.into_iter().chain([current]).collect();
    Some(secret)
}

/// Whether `secret` is one of the live ones. Every digest is compared, in constant time.
pub fn is_right(client: &Client, secret: &str, now: Timestamp) -> bool {
    let digest = sha256_hex(secret.as_bytes());
    client.secrets.iter().fold(false, |right, known| {
        let same = same_secret(known.sha256.to_ascii_lowercase().as_bytes(), digest.as_bytes());
        right | (same & is_live(known, now))
    })
}

fn is_live(known: &SecretDigest, now: Timestamp) -> bool {
    known.until.is_none_or(|until| until > now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::party::AuthMethod;

    #[test]
    fn two_secrets_live_while_one_is_replaced_and_never_three() {
        let now: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let mut client = Client {
            client_id: "beta".into(),
            method: AuthMethod::ClientSecretBasic,
            jwks: None,
            jwks_uri: None,
            secrets: Vec::new(),
        };
        let first = rotate(&mut client, now).unwrap();
        assert!(is_right(&client, &first, now));
        assert!(!is_right(&client, "guess", now));
        let second = rotate(&mut client, now).unwrap();
        assert!(is_right(&client, &first, now) && is_right(&client, &second, now));
        let week = now.checked_add(OVERLAP).unwrap();
        assert!(!is_right(&client, &first, week) && is_right(&client, &second, week));
        let third = rotate(&mut client, now).unwrap();
        assert!(!is_right(&client, &first, now));
        assert!(is_right(&client, &second, now) && is_right(&client, &third, now));
        assert_eq!(client.secrets.len(), 2);
    }
}
