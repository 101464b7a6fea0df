//! The samples of `samples/products`: right by our schemas, rules and the official schemas, and
//! together they show every attribute there is.

use std::collections::BTreeSet;
use std::path::Path;

use segue_model::failure::Problem;
use segue_model::party::Strictness;
use segue_model::products::{ACCESS_ELINE_OVC, ENNI, OPERATOR_UNI, Products, SHAPES};
use segue_model::shape::{Kind, Shapes, Type};
use serde_json::Value;

use crate::official::both::Both;

/// A property of a shape, whereever the shape is used.
type Attribute = (String, String);

/// What no sample can show: our rules refuse it in an OVC (MEF 26.2 has no such metric).
const NOT_SHOWN: [&str; 2] = ["oneWayCompositePmMetric", "OneWayCompositePmMetric"];

/// The samples, by file name, with the two that `Products` keeps.
fn samples() -> Vec<(String, Value)> {
    let products = Products::builtin();
    let kept = [ACCESS_ELINE_OVC, OPERATOR_UNI].map(|urn| (urn.to_owned(), products.sample(urn).unwrap()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/products");
    let mut samples: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), value)
        })
        .chain(kept)
        .collect();
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

fn urn(sample: &Value) -> &str {
    sample["@type"].as_str().unwrap()
}

fn shape(urn: &str) -> &'static str {
    match urn {
        ACCESS_ELINE_OVC => "AccessElineOvc",
        OPERATOR_UNI => "OperatorUni",
        ENNI => "Enni",
        other => panic!("{other} is no product of ours"),
    }
}

#[test]
fn samples_are_right_also_where_unknown_attributes_are_refused() {
    let products = Products::builtin();
    let samples = samples();
    assert!(samples.len() > 6, "the samples are not where they were");
    for (name, sample) in &samples {
        let (problems, _) = products.check(sample, "", Strictness::Refuse);
        assert_eq!(problems, Vec::<Problem>::new(), "{name}");
    }
}

#[test]
fn samples_are_right_by_the_official_schemas() {
    let samples = samples();
    for mut both in Both::all(SHAPES) {
        let mine = samples.iter().filter(|(_, sample)| shape(urn(sample)) == both.name);
        for (name, sample) in mine.collect::<Vec<_>>() {
            assert_eq!(both.judge(sample).official, [], "{name}");
        }
    }
}

#[test]
fn every_attribute_is_in_a_sample() {
    let shapes = Shapes::parse(SHAPES).unwrap();
    let samples = samples();
    for product in ["AccessElineOvc", "OperatorUni", "Enni"] {
        let mut there = BTreeSet::new();
        for (_, sample) in samples.iter().filter(|(_, sample)| shape(urn(sample)) == product) {
            add_shown(&shapes, product, sample, &mut there);
        }
        let mut all = BTreeSet::new();
        add_all(&shapes, product, &mut all);
        let missing: Vec<&Attribute> = all.difference(&there).collect();
        assert!(missing.is_empty(), "{product}: no sample shows {missing:?}");
        println!("{product}: {} attributes, all shown", all.len());
    }
}

/// The attributes of `shape` and of all it leads to.
fn add_all(shapes: &Shapes, shape: &str, all: &mut BTreeSet<Attribute>) {
    match &shapes.get(shape).unwrap().kind {
        Kind::Object(_) => {
            for property in shapes.properties(shape) {
                if NOT_SHOWN.contains(&shape) || NOT_SHOWN.contains(&property.name.as_str()) {
                    continue;
                }
                if all.insert((shape.to_owned(), property.name.clone()))
                    && let Some(below) = reference(&property.kind)
                {
                    add_all(shapes, below, all);
                }
            }
        }
        Kind::Choice(choice) => choice
            .options
            .iter()
            .for_each(|option| add_all(shapes, &option.shape, all)),
        Kind::Alias(kind) => {
            if let Some(below) = reference(kind) {
                add_all(shapes, below, all);
            }
        }
        Kind::Enum(_) => {}
    }
}

/// The attributes that `value`, which is a `shape`, shows.
fn add_shown(shapes: &Shapes, shape: &str, value: &Value, shown: &mut BTreeSet<Attribute>) {
    match &shapes.get(shape).unwrap().kind {
        Kind::Object(_) => {
            for property in shapes.properties(shape) {
                let Some(member) = value.get(&property.name) else {
                    continue;
                };
                shown.insert((shape.to_owned(), property.name.clone()));
                if let Some(below) = reference(&property.kind) {
                    let elements = member.as_array().map_or(std::slice::from_ref(member), Vec::as_slice);
                    elements
                        .iter()
                        .for_each(|element| add_shown(shapes, below, element, shown));
                }
            }
        }
        Kind::Choice(choice) => {
            let chosen = choice
                .options
                .iter()
                .find(|option| value[&choice.tag] == option.value.as_str());
            add_shown(shapes, &chosen.unwrap().shape, value, shown);
        }
        Kind::Alias(_) | Kind::Enum(_) => {}
    }
}

/// The shape a type leads to, by itself or as a list.
fn reference(kind: &Type) -> Option<&str> {
    match kind {
        Type::Ref(name) => Some(name),
        Type::List { of, .. } => reference(of),
        _ => None,
    }
}
