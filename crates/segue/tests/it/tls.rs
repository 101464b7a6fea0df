//! Served over TLS: the certificate of the file, and no plain HTTP on that port.

use crate::kit::{Server, Site, free_address, until};
use crate::web;

/// Asks for all to be read again that can be; waits until the log has `told`.
#[track_caller]
fn hang_up(server: &Server, told: &str) {
    server.signal("-HUP");
    until(told, || server.log().contains(told).then_some(()));
}

#[test]
fn https_is_served_with_the_certificate_and_plain_http_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let mut site = Site::new(
        folder.path(),
        "acme",
        address,
        &format!("--public-url https://{address}"),
    );
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    site.file("cert.pem", &made.cert.pem());
    site.file("key.pem", &made.signing_key.serialize_pem());
    site.settings = vec![
        ("SEGUE__TLS__CERTIFICATE", "cert.pem".into()),
        ("SEGUE__TLS__KEY", "key.pem".into()),
    ];
    let server = site.serve();
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = web::client(Some(root));
    let answer = web::send(client.get(format!("https://{address}/healthz"))).unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (200, "ok\n"));
    let metadata = web::send(client.get(format!("https://{address}/.well-known/oauth-authorization-server/acme")));
    assert_eq!(metadata.unwrap().json()["issuer"], format!("https://{address}/acme"));
    assert!(web::send(client.get(format!("http://{address}/healthz"))).is_err());
    // Another root does not accept it.
    assert!(web::send(web::client(None).get(format!("https://{address}/healthz"))).is_err());

    let newer = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    site.file("cert.pem", &newer.cert.pem());
    hang_up(&server, "the old certificate stays in use");
    site.file("key.pem", &newer.signing_key.serialize_pem());
    hang_up(&server, "certificate and key were read again");
    let root = reqwest::Certificate::from_pem(newer.cert.pem().as_bytes()).unwrap();
    let answer = web::send(web::client(Some(root)).get(format!("https://{address}/healthz")));
    assert_eq!(answer.unwrap().status, 200);
}

#[test]
fn a_hangup_without_a_certificate_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    let server = site.serve();
    hang_up(&server, "there is no certificate to read again");
    assert_eq!(web::get(&format!("http://{}/healthz", site.address)).status, 200);
}
