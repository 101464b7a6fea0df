//! SIGTERM: nothing that was begun is broken off.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::kit::{PATIENCE, Site, free_address, until};
use crate::web::Gamma;
use crate::{sample, web};

/// A seller with its book and `gamma` as partner.
pub fn seller(folder: &std::path::Path) -> (Site, Gamma) {
    let listener = Gamma::address();
    let site = Site::new(folder, "acme", free_address(), &format!("--open-target {listener}"));
    let book = sample::book(&site.folder, sample::BOOK, sample::PLACES);
    site.text(&format!("book load {book}"));
    let gamma = Gamma::meet(&site, listener, "what-acme-says-to-gamma");
    (site, gamma)
}

#[test]
fn sigterm_lets_a_request_under_way_finish_and_takes_no_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (site, gamma) = seller(folder.path());
    let mut server = site.serve();
    let token = gamma.token(&site).unwrap();
    let body = sample::deferred_quote("slow", "desk@gamma.example").to_string();
    let mut stream = TcpStream::connect(site.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "POST /acme/mefApi/sonata/quoteManagement/v10/quote HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        site.address,
        body.len()
    )
    .unwrap();
    // The server asks for the body: it has begun with this request.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");

    let since = Instant::now();
    server.terminate();
    until("the port is closed", || {
        TcpStream::connect(site.address).is_err().then_some(())
    });
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(server.ended().code(), Some(0));
    assert!(since.elapsed() < Duration::from_secs(10));
    assert!(!site.socket().exists());
    assert_eq!(site.json("status")["store"]["documents"], 1);
}

#[test]
fn a_server_may_be_stopped_as_soon_as_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    let mut server = site.serve();
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn an_idle_server_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    let mut server = site.serve();
    assert_eq!(web::get(&format!("http://{}/healthz", site.address)).status, 200);
    assert!(site.socket().exists());
    let since = Instant::now();
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    assert!(!site.socket().exists());
}

#[test]
fn a_listener_that_never_answers_holds_up_no_stop_and_hears_the_event_again() {
    let folder = tempfile::tempdir().unwrap();
    let (site, gamma) = seller(folder.path());
    let mut server = site.serve();
    let token = gamma.token(&site).unwrap();
    gamma.register(&site, &token);
    gamma.fall_silent();
    let body = sample::deferred_quote("silent", "desk@gamma.example");
    let url = format!("{}/quote", site.api("quoteManagement", 10));
    assert_eq!(web::post(&token, &url, "silent", &body).unwrap().status, 201);
    until("an event is on its way", || (!gamma.heard().is_empty()).then_some(()));

    let since = Instant::now();
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    assert!(since.elapsed() < Duration::from_secs(10));

    gamma.speak();
    let _again = site.serve();
    let heard = until("it is heard again", || {
        Some(gamma.heard()).filter(|heard| heard.len() > 1)
    });
    assert_eq!(heard[0]["eventId"], heard[1]["eventId"]);
}
