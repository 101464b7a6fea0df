//! The way to their hosts: name, port, certificate, an answer over HTTP, and the clock in it.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use segue_net::outbound::{Answer, Class, OutboundError, ProbeFault, Probed, TlsSeen};
use url::Url;

use super::{Look, Verdict, advice, distance};

/// A certificate that ends sooner is told: renewals of people take weeks.
const CERTIFICATE_SPARE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Beyond this, tokens with a short life are close to being refused.
const CLOCK_ODD: SignedDuration = SignedDuration::from_secs(5);

/// Beyond this, `iat`, `nbf` and `exp` of tokens are refused by common rules.
const CLOCK_WRONG: SignedDuration = SignedDuration::from_secs(60);

impl Look<'_> {
    /// Looks at the host of an address, once.
    pub(super) async fn reach(&mut self, address: &str) {
        let origin = origin_of(address);
        if self.origins.contains_key(&origin) {
            return;
        }
        let outbound = self.app.calls.outbound();
        let url = match outbound.parse_target(address) {
            Ok(url) => url,
            Err(why) => {
                let target = format!("GET {origin}");
                let fault = OutboundError::Refused { target, why };
                let seen = format!("not called: {}", self::why(&fault));
                self.tell("connection", &origin, (Verdict::Wrong, seen, advice(&fault)));
                self.origins.insert(origin, false);
                return;
            }
        };
        let probed = outbound.probe(&url).await;
        self.tell_probed(&origin, &url, &probed);
        let answers = match &probed.fault {
            None => self.answers((&origin, address, &url), &probed).await,
            Some(_) => false,
        };
        self.origins.insert(origin, answers);
    }

    /// Whether the host of an address was seen to answer.
    pub(super) fn is_reached(&self, address: &str) -> bool {
        self.origins.get(&origin_of(address)) == Some(&true)
    }

    fn tell_probed(&mut self, origin: &str, url: &Url, probed: &Probed) {
        if !probed.addresses.is_empty() && url.domain().is_some() {
            let addresses: Vec<String> = probed.addresses.iter().map(ToString::to_string).collect();
            self.tell("name", origin, (Verdict::Ok, addresses.join(", "), ""));
        }
        if let Some(address) = probed.connected {
            self.tell("connection", origin, (Verdict::Ok, address.to_string(), ""));
        }
        let Some(fault) = &probed.fault else { return };
        let target = format!("GET {origin}");
        let failed = |class| OutboundError::Failed {
            target: target.clone(),
            class,
            detail: String::new(),
        };
        let (check, same) = match fault {
            ProbeFault::Refused(why) => (
                "connection",
                OutboundError::Refused {
                    target: target.clone(),
                    why: why.clone(),
                },
            ),
            ProbeFault::Name(_) => ("name", failed(Class::Dns)),
            ProbeFault::Connect(_) => ("connection", failed(Class::Refused)),
            ProbeFault::Tls(_) => ("tls", failed(Class::Tls)),
        };
        self.tell(check, origin, (Verdict::Wrong, fault.to_string(), advice(&same)));
    }

    /// A request by the client that does all calls: it also says whether the certificate is trusted.
    async fn answers(&mut self, (origin, address, url): (&str, &str, &Url), probed: &Probed) -> bool {
        let before = self.app.wall.now();
        let answer = self.get(address, None).await;
        let after = self.app.wall.now();
        let untrusted = matches!(&answer, Err(OutboundError::Failed { class: Class::Tls, .. }));
        match &probed.tls {
            Some(seen) => self.tell_tls(origin, url, (seen, untrusted)),
            None => {
                let seen = "plain HTTP: tokens can be read on the way";
                let advice = "For labs only: ask them for an https address";
                self.tell("tls", origin, (Verdict::Warning, seen.into(), advice));
            }
        }
        match answer {
            Ok(answer) => {
                self.tell(
                    "http",
                    origin,
                    (Verdict::Ok, format!("answers ({})", answer.status), ""),
                );
                self.tell_clock(origin, &answer, (before, after));
                true
            }
            Err(_) if untrusted => false,
            Err(fault) => {
                self.tell("http", origin, (Verdict::Wrong, why(&fault), advice(&fault)));
                false
            }
        }
    }

    fn tell_tls(&mut self, origin: &str, url: &Url, (seen, untrusted): (&TlsSeen, bool)) {
        let now = self.app.wall.now();
        let until = seen.until.map_or("an unknown day".to_owned(), segue_model::time::text);
        let text = format!("{}, until {until}, for {}", seen.version, seen.names.join(", "));
        let ended = seen.until.filter(|until| *until <= now);
        let host = url.host_str().unwrap_or_default();
        let named = seen.names.iter().any(|name| is_for(name, host));
        let (verdict, seen, advice) = match (untrusted, ended, named) {
            (true, Some(end), _) => (
                Verdict::Wrong,
                format!("the certificate ended {}: {text}", distance(end, now)),
                "They have to renew it: tell them",
            ),
            (true, None, false) => (
                Verdict::Wrong,
                format!("the certificate is not for {host}: {text}"),
                "Correct the host in the record, or ask them for a certificate with this name",
            ),
            (true, None, true) => (
                Verdict::Wrong,
                format!("the certificate is of no authority known here: {text}"),
                "Ask them for one of a public authority, or put the certificate of theirs into outbound.roots",
            ),
            (false, _, _)
                if seen
                    .until
                    .is_some_and(|until| until.duration_since(now) < CERTIFICATE_SPARE) =>
            {
                (
                    Verdict::Warning,
                    text,
                    "It ends within 30 days: ask them when they renew it",
                )
            }
            (false, _, _) => (Verdict::Ok, text, ""),
        };
        self.tell("tls", origin, (verdict, seen, advice));
    }

    /// `before` and `after` are our clock around the call; their header is in whole seconds.
    fn tell_clock(&mut self, origin: &str, answer: &Answer, (before, after): (Timestamp, Timestamp)) {
        let header = answer
            .headers
            .get(http::header::DATE)
            .and_then(|date| date.to_str().ok());
        let theirs = header
            .and_then(|date| rfc2822::parse(date).ok())
            .map(|date| date.timestamp());
        let Some(theirs) = theirs else {
            let seen = "their answer has no Date".to_owned();
            return self.tell("clock", origin, (Verdict::NotTried, seen, ""));
        };
        let ahead = theirs.duration_since(after);
        let behind = before.duration_since(theirs) - SignedDuration::from_secs(1);
        let (off, way) = if ahead > behind {
            (ahead, "ahead of ours")
        } else {
            (behind, "behind ours")
        };
        let seen = format!("theirs is {} s {way}", off.as_secs());
        let advice = "Tokens are refused when clocks differ: compare ours with NTP (`timedatectl`), then tell them";
        let told = if off > CLOCK_WRONG {
            (Verdict::Wrong, seen, advice)
        } else if off > CLOCK_ODD {
            (Verdict::Warning, seen, advice)
        } else {
            (Verdict::Ok, "theirs is as ours".into(), "")
        };
        self.tell("clock", origin, told);
    }
}

/// `https://host:port`
fn origin_of(address: &str) -> String {
    Url::parse(address).map_or_else(|_| address.to_owned(), |url| url.origin().ascii_serialization())
}

/// Why there was no answer, without the address: that stands beside it.
pub(super) fn why(fault: &OutboundError) -> String {
    match fault {
        OutboundError::Refused { why, .. } => why.to_string(),
        OutboundError::Failed { class, detail, .. } => format!("{} ({})", detail, class.as_str()),
        OutboundError::TooLarge { limit, .. } => format!("more than {limit} bytes"),
    }
}

/// RFC 6125: `*` stands for one whole label, the first.
fn is_for(name: &str, host: &str) -> bool {
    let wild = name.strip_prefix("*.").is_some_and(|rest| {
        host.split_once('.')
            .is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(rest))
    });
    wild || name.eq_ignore_ascii_case(host.trim_matches(['[', ']']))
}

#[cfg(test)]
mod tests {
    use super::is_for;

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(is_for("*.gamma.example", "lso.gamma.example"));
        assert!(is_for("lso.gamma.example", "LSO.gamma.example"));
        assert!(is_for("::1", "[::1]"));
        assert!(!is_for("*.gamma.example", "a.b.gamma.example"));
        assert!(!is_for("*.gamma.example", "gamma.example"));
        assert!(!is_for("gamma.example", "lso.gamma.example"));
    }
}
