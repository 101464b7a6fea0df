//! `partner check` and certificates: in date, known, for this name, or which of these not.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;

use crate::kit::{Site, free_address};

/// The line about TLS of a partner whose certificate is `of` these names and ends `days` from now.
#[track_caller]
fn check_tls(name: &str, (days, known): (i64, bool), (verdict, seen, advice): (&str, &str, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let day = |days: i64| {
        let date = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)).strftime("%Y %m %d");
        let date = date.to_string();
        let mut parts = date.split(' ').map(|part| part.parse::<i32>().unwrap());
        let mut next = || parts.next().unwrap();
        let (year, month, day) = (next(), next(), next());
        rcgen::date_time_ymd(year, u8::try_from(month).unwrap(), u8::try_from(day).unwrap())
    };
    (params.not_before, params.not_after) = (day(-400), day(days));
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &root).unwrap();

    let public = format!("--public-url https://{address}");
    let mut acme = Site::new(folder.path(), "acme", address, &public);
    acme.file("cert.pem", &certificate.pem());
    acme.file("key.pem", &key.serialize_pem());
    acme.settings = vec![
        ("SEGUE__TLS__CERTIFICATE", "cert.pem".into()),
        ("SEGUE__TLS__KEY", "key.pem".into()),
    ];
    let beta = Site::new(
        folder.path(),
        "beta",
        free_address(),
        &format!("--open-target {address}"),
    );
    beta.file("root.pem", &root.as_ref().pem());
    if known {
        let toml = std::fs::read_to_string(beta.folder.join("segue.toml")).unwrap();
        beta.file("segue.toml", &toml.replace("roots = []", "roots = [\"root.pem\"]"));
    }
    let card = acme.file("acme.card.json", &acme.text("partner export"));
    beta.text(&format!("partner import {card} --as buyer"));
    let _server = acme.serve();
    let told = beta.run("partner check acme --json");
    let answer: Value = serde_json::from_str(&told.out).unwrap();
    let mut lines = answer["checks"].as_array().unwrap().iter();
    let line = lines
        .find(|line| line["check"] == "tls")
        .unwrap_or_else(|| panic!("{answer:#}"));
    assert_eq!(line["verdict"], verdict, "{line}");
    assert!(line["seen"].as_str().unwrap().contains(seen), "{line}");
    assert!(line["seen"].as_str().unwrap().contains("TLSv1.3"), "{line}");
    assert!(line["do"].as_str().unwrap().contains(advice), "{line}");
    if verdict == "wrong" {
        assert_eq!(
            (told.code, &answer["wrong"]),
            (1, &Value::from(1)),
            "one line for one fault: {answer:#}"
        );
    }
}

#[test]
fn a_certificate_in_order_is_told_with_its_end_and_its_names() {
    check_tls("127.0.0.1", (90, true), ("ok", "for 127.0.0.1", ""));
}

#[test]
fn a_certificate_that_ends_soon_is_a_warning() {
    check_tls("127.0.0.1", (10, true), ("warning", "until", "when they renew it"));
}

#[test]
fn certificates_out_of_date_of_nobody_known_and_for_another_name_are_told_apart() {
    check_tls("127.0.0.1", (-3, true), ("wrong", "days ago", "renew"));
    check_tls(
        "127.0.0.1",
        (90, false),
        ("wrong", "no authority known here", "outbound.roots"),
    );
    check_tls(
        "lso.acme.example",
        (90, true),
        ("wrong", "not for 127.0.0.1", "Correct the host"),
    );
}
