//! The figures that a server exports, the table that explains them (docs/operating.md) and the board
//! that shows them (docs/grafana.json): each figure is in all three.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::documents::page::root;
use crate::kit::{Pair, Server, free_address, until};
use crate::sample::BOOK;
use crate::web;

type Names = BTreeSet<String>;

/// Two servers that have done some work: a quote, an order, a question to a legacy system that is
/// not there, events.
fn busy() -> (Pair, [Server; 2]) {
    let legacy = free_address();
    let now = jiff::Timestamp::now();
    let more = format!("--open-target {legacy} --clock-speed 100000 --clock-origin {now}");
    let pair = Pair::new(BOOK, &more);
    let path = pair.acme.folder.join("segue.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let connector = format!("[[connector]]\nname = \"legacy\"\nurl = \"http://{legacy}/\"\n");
    std::fs::write(&path, format!("{text}\n{connector}")).unwrap();
    let mut agreement = pair.acme.json("agreement export beta")[0].clone();
    agreement["answers"] = json!([{ "step": "provisioning", "by": "connector", "connector": "legacy" }]);
    let file = pair.acme.file("agreement.json", &agreement.to_string());
    pair.acme.text(&format!("agreement import {file}"));
    let servers = [pair.acme.serve(), pair.beta.serve()];
    let quote = pair.buy("quote acme --address HILL-1 --bandwidth 100M");
    pair.buy(&format!("order acme --quote {quote}"));
    (pair, servers)
}

/// What both servers say.
fn scraped(pair: &Pair) -> String {
    let of = |site: &crate::kit::Site| web::get(&format!("http://{}/metrics", site.address)).text;
    format!("{}{}", of(&pair.acme), of(&pair.beta))
}

/// Second words of the lines that begin so.
fn after(text: &str, start: &str) -> Names {
    let rest = text.lines().filter_map(|line| line.strip_prefix(start));
    rest.filter_map(|rest| rest.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// Names between backticks in the first cells of the rows under a head.
fn tabled(text: &str, head: &str) -> Names {
    let rows = text.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

/// Label names of each figure, and all values of `figure`.
fn labels(text: &str) -> (BTreeMap<String, Names>, Names) {
    let (mut labels, mut figures) = (BTreeMap::<String, Names>::new(), Names::new());
    for line in text.lines().filter(|line| line.starts_with("segue_")) {
        let (name, rest) = line.split_once(['{', ' ']).unwrap();
        let inside = rest.split_once('}').map_or("", |(inside, _)| inside);
        let pairs = inside.split(',').filter_map(|pair| pair.split_once('='));
        for (label, value) in pairs {
            labels.entry(name.to_owned()).or_default().insert(label.to_owned());
            if label == "figure" {
                figures.insert(value.trim_matches('"').to_owned());
            }
        }
    }
    (labels, figures)
}

/// The queries of the board.
fn queries(board: &Value) -> Vec<String> {
    let panels = board["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect()
}

/// Figures of a query, each with its selectors.
fn asked(query: &str) -> Vec<(String, Vec<(String, String)>)> {
    let selector = |text: &str| {
        let name: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
        let value = text.split('"').nth(1).unwrap_or_default();
        (name, value.to_owned())
    };
    let parts = query.split("segue_").skip(1).map(|rest| {
        let (name, rest) = rest.split_once('{').unwrap_or((rest, ""));
        let inside = rest.split_once('}').map_or("", |(inside, _)| inside);
        (format!("segue_{name}"), inside.split(',').map(selector).collect())
    });
    parts.collect()
}

#[test]
fn each_figure_is_exported_explained_and_shown_on_the_board() {
    let (pair, _servers) = busy();
    let wanted = [
        "segue_connector_seconds",
        "segue_events_delivered_total{",
        "segue_events_received_total{",
    ];
    let text = until("all has been counted that is counted late", || {
        let text = scraped(&pair);
        wanted.iter().all(|name| text.contains(name)).then_some(text)
    });
    let (labels, figures) = labels(&text);
    let exported = after(&text, "# TYPE ");
    assert_eq!(after(&text, "# HELP "), exported, "each says what it means");
    let page = std::fs::read_to_string(root().join("docs/operating.md")).unwrap();
    assert_eq!(tabled(&page, "| name | kind |"), exported, "the table has each");
    assert_eq!(
        tabled(&page, "| `figure` of `segue_store` |"),
        figures,
        "and each count and age"
    );

    let board = std::fs::read_to_string(root().join("docs/grafana.json")).unwrap();
    let board: Value = serde_json::from_str(&board).unwrap();
    let (mut shown, mut shown_figures) = (Names::new(), Names::new());
    for (name, selectors) in queries(&board).iter().flat_map(|query| asked(query)) {
        for (label, value) in selectors.iter().filter(|(label, _)| label != "instance") {
            assert!(
                labels.get(&name).is_some_and(|has| has.contains(label)),
                "{name} has no {label}"
            );
            if label == "figure" {
                shown_figures.extend(value.split('|').map(str::to_owned));
            }
        }
        shown.insert(name.trim_end_matches("_count").to_owned());
    }
    assert_eq!(shown, exported, "the board shows each");
    assert_eq!(shown_figures, figures);
}

#[test]
fn the_board_takes_its_data_from_the_source_chosen_and_can_be_imported() {
    let board = std::fs::read_to_string(root().join("docs/grafana.json")).unwrap();
    let board: Value = serde_json::from_str(&board).unwrap();
    assert!(
        board["schemaVersion"].as_u64().is_some_and(|version| version >= 36),
        "Grafana 10"
    );
    assert!(board.get("id").is_none(), "Grafana gives it");
    let variable = &board["templating"]["list"][0];
    assert_eq!(
        (&variable["name"], &variable["type"]),
        (&json!("datasource"), &json!("datasource"))
    );
    let source = json!({ "type": "prometheus", "uid": "${datasource}" });
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in board["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "twice: {}", panel["title"]);
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        for (x, y) in (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y))) {
            assert!(x < 24 && taken.insert((x, y)), "{} lies over another", panel["title"]);
        }
        for target in panel["targets"].as_array().into_iter().flatten() {
            assert_eq!(target["datasource"], source, "{}", panel["title"]);
        }
    }
}
