//! What the checks of product payloads cost, beside what reading the same text as JSON costs.
//! Run by `bench/products.sh`, against a release build.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use segue_model::book::Book;
use segue_model::book::profile::{Action, Asked, Function};
use segue_model::party::Strictness;
use segue_model::products::{ACCESS_ELINE_OVC, Neighbour, OPERATOR_UNI, Products};
use serde_json::{Value, json};

/// What the checks of a line and its port may cost together, on one core.
const TARGET: Duration = Duration::from_micros(60);

/// Times measured; each is the mean of [`ROUNDS`], few enough to pass between two interruptions.
/// What else the machine does can only add, so the least of them is what the work takes.
const SAMPLES: usize = 1001;
const ROUNDS: u32 = 20;

/// A quote for something new.
const ASKED: Asked = Asked {
    function: Function::Quote,
    action: Action::Add,
};

/// The sample book, whose two offerings have profiles.
fn sample_book() -> Book {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/book");
    let files = ["book.toml", "places.csv"].map(|name| {
        (
            name.to_owned(),
            std::fs::read_to_string(format!("{folder}/{name}")).unwrap(),
        )
    });
    Book::read(&files.into()).unwrap()
}

/// What is measured, by name.
type Work<'a> = (&'a str, Box<dyn FnMut() + 'a>);

/// Mean time of one call, once.
fn once(work: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        work();
    }
    start.elapsed() / ROUNDS
}

/// The least and the middle time of each kind of work, measured by turns, so that what else the
/// machine does meets all of them.
fn measure(kinds: &mut [Work<'_>]) -> Vec<(Duration, Duration)> {
    let mut times = vec![Vec::with_capacity(SAMPLES); kinds.len()];
    for _ in 0..SAMPLES {
        for ((_, work), times) in kinds.iter_mut().zip(&mut times) {
            times.push(once(work));
        }
    }
    let sorted = times.into_iter().map(|mut times| {
        times.sort();
        (times[0], times[SAMPLES / 2])
    });
    sorted.collect()
}

#[test]
#[ignore = "measures: bench/products.sh"]
fn a_line_and_its_port_are_checked_beside_reading_their_text() {
    let products = Products::builtin();
    let request: Vec<Value> = [ACCESS_ELINE_OVC, OPERATOR_UNI]
        .iter()
        .map(|urn| products.sample(urn).unwrap())
        .collect();
    let texts: Vec<String> = request.iter().map(Value::to_string).collect();
    let mut odd = request.clone();
    odd[0]["color"] = json!("red");
    odd[0]["uniEp"]["colour"] = json!("red");
    odd[1]["listOfPhysicalLinks"][0]["length"] = json!(5);
    let mut wrong = request.clone();
    wrong[0]["maximumFrameSize"] = json!(1500);
    wrong[0]["enniEp"]["colorMap"]["mapType"] = json!("DEY");
    wrong[1]["l2cpAddressSet"] = json!("CTC");

    let book = sample_book();
    let check = |request: &[Value]| {
        for (index, (id, configuration)) in ["access-eline", "operator-uni"].iter().zip(request).enumerate() {
            let pointer = format!("/quoteItem/{index}/product/productConfiguration");
            // As `api::items` does it: schema and rules see what the profile filled in.
            let profile = &book.offering(id).unwrap().profile;
            let filled = profile.filled(configuration, ASKED);
            let whole = filled.as_ref().unwrap_or(configuration);
            black_box(products.check(whole, &pointer, Strictness::Warn));
            black_box(profile.problems(configuration, &pointer, ASKED));
        }
        // The line against its port, both as they were sent: the sample leaves nothing out.
        let port = Neighbour {
            relation: "CONNECTS_TO_UNI",
            configuration: Cow::Borrowed(&request[1]),
            pointer: Some("/quoteItem/1/product/productConfiguration".into()),
            others: Vec::new(),
        };
        let line = "/quoteItem/0/product/productConfiguration";
        black_box(products.check_beside(&request[0], line, &[port]));
    };
    check(&request);
    let read = || {
        for text in &texts {
            black_box(serde_json::from_str::<Value>(text).unwrap());
        }
    };
    let mut kinds: Vec<Work<'_>> = vec![
        ("reading the text", Box::new(read)),
        ("checking", Box::new(|| check(&request))),
        ("checking, three attributes unknown", Box::new(|| check(&odd))),
        ("checking, three values wrong", Box::new(|| check(&wrong))),
    ];
    let times = measure(&mut kinds);
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("an Access E-Line OVC and its Operator UNI, {bytes} bytes together, one core");
    println!("{:36} {:>9} {:>9} {:>9}", "", "least us", "middle us", "of reading");
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    for ((name, _), (least, middle)) in kinds.iter().zip(&times) {
        let ratio = us(*least) / us(times[0].0);
        println!("{name:36} {:9.1} {:9.1} {ratio:9.2}", us(*least), us(*middle));
    }
    assert!(times[1].0 < TARGET, "checking took more than {TARGET:?}");
}
