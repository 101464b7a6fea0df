//! Served over TLS: the certificate of the file, and no plain HTTP on that port.

use crate::kit::{Site, free_address};
use crate::web;

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
    let _server = site.serve();
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = web::client(Some(root));
    let answer = web::send(client.get(format!("https://{address}/healthz"))).unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (200, "ok\n"));
    let metadata = web::send(client.get(format!("https://{address}/.well-known/oauth-authorization-server/acme")));
    assert_eq!(metadata.unwrap().json()["issuer"], format!("https://{address}/acme"));
    assert!(web::send(client.get(format!("http://{address}/healthz"))).is_err());
    // Another root does not accept it.
    assert!(web::send(web::client(None).get(format!("https://{address}/healthz"))).is_err());
}
