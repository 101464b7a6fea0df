//! Requests whose answer was lost on the way: listed, and found out about, by commands.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::kit::{Site, free_address};
use crate::sample::{BOOK, ENNI, PLACES, book};

/// The way to a server, on which answers to `POST .../quote` can be lost after they were made.
struct Way {
    address: SocketAddr,
    loses: Arc<AtomicBool>,
}

impl Way {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, loses) = (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)));
        let told = Arc::clone(&loses);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let loses = Arc::clone(&told);
                std::thread::spawn(move || {
                    // A side that hangs up ends it.
                    let _ = carry(client, server, &loses);
                });
            }
        });
        Self { address, loses }
    }
}

fn carry(mut client: TcpStream, server: SocketAddr, loses: &AtomicBool) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    let (mut answers, mut back) = (server.try_clone()?, client.try_clone()?);
    let lost = Arc::new(AtomicBool::new(false));
    let is_lost = Arc::clone(&lost);
    std::thread::spawn(move || -> std::io::Result<()> {
        let mut buffer = [0; 64 * 1024];
        loop {
            let length = answers.read(&mut buffer)?;
            if length == 0 || is_lost.load(Ordering::SeqCst) {
                return back.shutdown(std::net::Shutdown::Both);
            }
            back.write_all(&buffer[..length])?;
        }
    });
    let mut buffer = [0; 64 * 1024];
    loop {
        let length = client.read(&mut buffer)?;
        if length == 0 {
            return server.shutdown(std::net::Shutdown::Write);
        }
        let head = String::from_utf8_lossy(&buffer[..length]);
        // What follows may be the rest of a body.
        if let Some(first) = head.lines().next().filter(|line| line.contains(" HTTP/1.1")) {
            let is_create = first.starts_with("POST ") && first.contains("/quote ");
            lost.store(is_create && loses.load(Ordering::SeqCst), Ordering::SeqCst);
        }
        server.write_all(&buffer[..length])?;
    }
}

#[test]
fn a_request_whose_answer_was_lost_is_listed_and_found_out_about_and_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (free_address(), free_address());
    let way = Way::to(ours);
    let public = format!("--open-target {theirs} --public-url http://{}", way.address);
    let acme = Site::new(folder.path(), "acme", ours, &public);
    let beta = Site::new(folder.path(), "beta", theirs, &format!("--open-target {}", way.address));
    acme.text(&format!("book load {}", book(&acme.folder, BOOK, PLACES)));
    let card = beta.file("beta.card.json", &beta.text("partner export"));
    acme.text(&format!("partner import {card} --as seller"));
    let card = acme.file("acme.card.json", &acme.text("partner export"));
    beta.text(&format!("partner import {card} --as buyer"));
    acme.text(&format!(
        "inventory import {} --partner beta",
        acme.file("enni.json", ENNI)
    ));
    let _acme = acme.serve();
    let _beta = beta.serve();

    assert_eq!(beta.json("buy pending list acme"), json!([]));
    way.loses.store(true, Ordering::SeqCst);
    let told = beta.run("buy quote acme --address HILL-1 --bandwidth 100M");
    assert_ne!(told.code, 0);
    assert!(told.err.contains("segue buy pending resolve acme"), "{}", told.err);
    let listed = beta.json("buy pending list acme");
    let row = &listed.as_array().unwrap()[..];
    assert_eq!(row.len(), 1, "{listed}");
    assert_eq!(row[0]["operation"], "createQuote");
    let key = row[0]["key"].as_str().unwrap();
    assert!(beta.text("buy pending list acme").contains(key));

    // While the way is as bad, it stays open.
    let tried = beta.json("buy pending resolve acme");
    assert!(tried[0]["id"].is_null(), "{tried}");
    let wrong = beta.run("buy pending resolve acme no-such-key");
    assert!(wrong.code != 0 && wrong.err.contains("no-such-key"), "{}", wrong.err);

    way.loses.store(false, Ordering::SeqCst);
    let resolved = beta.json(&format!("buy pending resolve acme {key}"));
    assert_eq!(
        (&resolved[0]["outcome"], &resolved[0]["state"]),
        (&json!("done"), &json!("approved.orderable"))
    );
    let id = resolved[0]["id"].as_str().unwrap();
    assert_eq!(beta.json("buy pending list acme"), json!([]));
    let ours = beta.json(&format!("history {id}"));
    assert_eq!((&ours["side"], &ours["resource"]), (&json!("buyer"), &json!("quote")));
    let steps = acme.json("stats --partner beta")["steps"].clone();
    let quotes: Vec<&Value> = steps
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["step"] == "quote")
        .collect();
    assert_eq!(quotes[0]["asked"], 1, "{steps}");
    let gone = beta.run(&format!("buy pending forget acme {key}"));
    assert!(gone.code != 0 && gone.err.contains("buy pending list"), "{}", gone.err);
}
