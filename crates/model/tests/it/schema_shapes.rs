//! The shape notation: what is read, and what is refused with its line.

use segue_model::shape::{Choice, ChoiceOption, Kind, Shapes, Text, Type};

fn shapes(texts: &[&str]) -> Shapes {
    Shapes::parse(texts).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn check_property(line: &str, expected: &Type, required: bool) {
    let shapes = shapes(&[&format!("Thing\n  {line}\nOther = a | b")]);
    let property = &shapes.properties("Thing")[0];
    assert_eq!(&property.kind, expected, "{line}");
    assert_eq!(property.required, required, "{line}");
}

#[track_caller]
fn check_error(texts: &[&str], text: usize, line: usize, what: &str) {
    let error = Shapes::parse(texts).unwrap_err();
    assert_eq!((error.text, error.line), (text, line), "{error}");
    assert!(error.what.contains(what), "{error}");
}

fn text(change: impl FnOnce(&mut Text)) -> Type {
    let mut text = Text::default();
    change(&mut text);
    Type::Text(text)
}

#[test]
fn every_type_of_the_notation_is_read() {
    check_property("a string", &text(|_| ()), false);
    check_property(
        "a! string date-time",
        &text(|t| t.format = Some("date-time".into())),
        true,
    );
    check_property("a string ..255", &text(|t| t.max = Some(255)), false);
    check_property(
        "a string /^[A-Z]{2}$/",
        &text(|t| t.pattern = Some("^[A-Z]{2}$".into())),
        false,
    );
    check_property(
        "@type string {A | in work}",
        &text(|t| t.values = vec!["A".into(), "in work".into()]),
        false,
    );
    check_property(
        "a int 0..",
        &Type::Whole {
            min: Some(0),
            max: None,
        },
        false,
    );
    check_property(
        "a number 0..0.5",
        &Type::Number {
            min: Some(0.0),
            max: Some(0.5),
        },
        false,
    );
    check_property("a bool", &Type::Flag, false);
    check_property("a object", &Type::Object, false);
    check_property("a! any # whatever", &Type::Any, true);
    let of = Box::new(Type::Ref("Other".into()));
    let list = Type::List {
        of,
        min: Some(1),
        max: Some(5),
        unique: true,
    };
    check_property("a! [Other] 1..5 unique", &list, true);
}

#[test]
fn an_enumeration_may_go_on_in_the_next_line() {
    let shapes = shapes(&["State = one | two # meaning\n  | three.four\n"]);
    let state = shapes.get("State").unwrap();
    assert_eq!(
        state.kind,
        Kind::Enum(vec!["one".into(), "two".into(), "three.four".into()])
    );
    assert_eq!(state.meaning, "meaning");
}

#[test]
fn a_choice_names_its_tag_and_its_branches() {
    let shapes = shapes(&["Place by @type = A | bee: B\nA\nB"]);
    let option = |value: &str, shape: &str| ChoiceOption {
        value: value.into(),
        shape: shape.into(),
    };
    let options = vec![option("A", "A"), option("bee", "B")];
    let expected = Kind::Choice(Choice {
        tag: "@type".into(),
        options,
        common: Vec::new(),
    });
    assert_eq!(shapes.get("Place").unwrap().kind, expected);
}

#[test]
fn properties_are_flattened_and_what_was_required_stays_required() {
    let shapes = shapes(&["Base 2.. open x\n  x! string\n  y string\nUpper < Base\n  x string {u}\n  y!\n  z bool"]);
    let flat: Vec<_> = shapes
        .properties("Upper")
        .into_iter()
        .map(|p| (p.name, p.required))
        .collect();
    assert_eq!(
        flat,
        [("x".to_owned(), true), ("y".to_owned(), true), ("z".to_owned(), false)]
    );
    assert_eq!(
        shapes.properties("Upper")[0].kind,
        text(|t| t.values = vec!["u".into()])
    );
    assert_eq!(shapes.open("Upper"), Some("x"));
    assert_eq!(shapes.min_properties("Upper"), Some(2));
}

#[test]
fn a_later_text_replaces_and_removes_shapes() {
    let shapes = shapes(&["A\n  x string\nB", "-B\nA\n  x int"]);
    assert_eq!(shapes.names().collect::<Vec<_>>(), ["A"]);
    assert_eq!(shapes.properties("A")[0].kind, Type::Whole { min: None, max: None });
}

#[test]
fn a_later_text_changes_a_shape_line_by_line() {
    let before = "A < P\n  x string\n  y string\n  z string\n  p!\nP\n  p string\nQ\n  q string";
    let shapes = shapes(&[before, "~A < Q\n  y! int\n  -x\n  -p\n  n bool"]);
    let all: Vec<_> = shapes
        .properties("A")
        .into_iter()
        .map(|p| (p.name, p.required))
        .collect();
    let names = |names: [(&str, bool); 4]| names.map(|(name, required)| (name.to_owned(), required));
    assert_eq!(all, names([("q", false), ("y", true), ("z", false), ("n", false)]));
    assert_eq!(shapes.properties("A")[1].kind, Type::Whole { min: None, max: None });
}

#[test]
fn branches_may_extend_their_choice_and_have_what_is_common() {
    let shapes = shapes(&["C by t = D | E\n  t! string\n  of D\nD < C\n  d! int\nE < C"]);
    let all: Vec<_> = shapes.properties("D").into_iter().map(|p| p.name).collect();
    assert_eq!(all, ["t", "of", "d"]);
    assert_eq!(shapes.reachable(["E"]).len(), 3);
    check_error(&["C by t = D\n  t! string\nD < C\n  x!"], 0, 3, "not inherited");
}

#[test]
fn only_what_is_spoken_of_is_reachable() {
    let shapes = shapes(&["A < B\n  x [C]\nB\nC by t = D | E\nD\nE\nF is A"]);
    assert_eq!(
        shapes.reachable(["A"]).into_iter().collect::<Vec<_>>(),
        ["A", "B", "C", "D", "E"]
    );
    assert_eq!(shapes.reachable(["F"]).len(), 6);
}

#[test]
fn mistakes_are_told_with_text_and_line() {
    check_error(&["A\n  x strang"], 0, 2, "no such type");
    check_error(&["A\n", "\nB\n  x C"], 1, 2, "C, which is not known");
    check_error(&["A", "-B"], 1, 1, "cannot be removed");
    check_error(&["A\n  x!"], 0, 1, "not inherited");
    check_error(&["A < B\nB < A"], 0, 1, "extends itself");
    check_error(&["A = x |"], 0, 1, "empty value");
    check_error(&["A = x\n  y string"], 0, 2, "under an object");
    check_error(&["A\nA"], 0, 2, "stated twice");
    check_error(&["a"], 0, 1, "capital");
    check_error(&["A\n  x [string"], 0, 2, "closed");
    check_error(&["A\n  x int", "~B"], 1, 1, "cannot be changed");
    check_error(&["A\n  x int", "~A\n  -y"], 1, 2, "no property of A itself");
    check_error(&["A = x", "~A\n  y int"], 1, 2, "under an object");
    check_error(&["A two"], 0, 1, "not understood");
}
