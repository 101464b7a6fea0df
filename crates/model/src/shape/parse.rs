//! Reads the notation of [`super`]. Guarantees: what comes out has no dangling reference.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{Choice, ChoiceOption, Kind, ObjectShape, Property, Shape, ShapeError, Text, Type};

/// The deepest chain of `extends`; a longer one is a circle.
const EXTENDS_MAX: usize = 16;

/// A statement: one line with the lines that continue it.
struct Line {
    text: usize,
    number: usize,
    indented: bool,
    content: String,
    meaning: String,
}

impl Line {
    fn error(&self, what: impl Into<String>) -> ShapeError {
        ShapeError {
            text: self.text,
            line: self.number,
            what: what.into(),
        }
    }
}

type Parsed<T> = Result<T, String>;

/// Reads and checks all texts.
pub(super) fn read(texts: &[&str]) -> Result<BTreeMap<String, Shape>, ShapeError> {
    let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
    let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (index, text) in texts.iter().enumerate() {
        // The shape whose lines follow, and whether they change it.
        let mut current: Option<(String, bool)> = None;
        for line in lines(index, text) {
            if line.indented {
                let shape = current.as_ref().and_then(|(name, _)| shapes.get_mut(name));
                let amends = current.as_ref().is_some_and(|(_, amends)| *amends);
                if amends {
                    amend(shape, &line).map_err(|what| line.error(what))?;
                } else {
                    add_property(shape, &line).map_err(|what| line.error(what))?;
                }
            } else if let Some(change) = line.content.strip_prefix('~') {
                let name = change_heading(&mut shapes, change).map_err(|what| line.error(what))?;
                if places
                    .insert(name.to_owned(), (index, line.number))
                    .is_some_and(|place| place.0 == index)
                {
                    return Err(line.error(format!("{name} is stated twice")));
                }
                current = Some((name.to_owned(), true));
            } else if let Some(name) = line.content.strip_prefix('-') {
                shapes
                    .remove(name)
                    .ok_or_else(|| line.error(format!("{name} is not known and cannot be removed")))?;
                current = None;
            } else {
                let shape = heading(&line).map_err(|what| line.error(what))?;
                if places.get(&shape.name).is_some_and(|place| place.0 == index) {
                    return Err(line.error(format!("{} is stated twice", shape.name)));
                }
                places.insert(shape.name.clone(), (index, line.number));
                current = Some((shape.name.clone(), false));
                shapes.insert(shape.name.clone(), shape);
            }
        }
    }
    check(&shapes).map_err(|(name, what)| {
        let (text, line) = places.get(&name).copied().unwrap_or_default();
        ShapeError { text, line, what }
    })?;
    Ok(shapes)
}

/// Statements of one text: comments and blank lines gone, continuations joined.
fn lines(text: usize, content: &str) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for (number, raw) in content.lines().enumerate() {
        let (statement, meaning) = raw.split_once(" # ").unwrap_or((raw, ""));
        let trimmed = statement.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        match out.last_mut() {
            Some(last) if trimmed.starts_with('|') => {
                last.content.push(' ');
                last.content.push_str(trimmed);
            }
            _ => out.push(Line {
                text,
                number: number + 1,
                indented: raw.starts_with([' ', '\t']),
                content: trimmed.to_owned(),
                meaning: meaning.trim().to_owned(),
            }),
        }
    }
    out
}

/// A line that begins a shape.
fn heading(line: &Line) -> Parsed<Shape> {
    let (name, rest) = line
        .content
        .split_once(char::is_whitespace)
        .unwrap_or((line.content.as_str(), ""));
    let rest = rest.trim();
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Err(format!("the name of a shape begins with a capital: {name}"));
    }
    let kind = if let Some(values) = rest.strip_prefix("= ") {
        Kind::Enum(values_of(values)?)
    } else if let Some(kind) = rest.strip_prefix("is ") {
        Kind::Alias(type_of(kind.trim())?)
    } else if let Some(choice) = rest.strip_prefix("by ") {
        Kind::Choice(choice_of(choice)?)
    } else {
        Kind::Object(object_of(rest)?)
    };
    Ok(Shape {
        name: name.to_owned(),
        meaning: line.meaning.clone(),
        kind,
    })
}

fn values_of(text: &str) -> Parsed<Vec<String>> {
    let values: Vec<String> = text.split('|').map(|value| value.trim().to_owned()).collect();
    if values.iter().any(String::is_empty) {
        return Err("an empty value in a list of values".to_owned());
    }
    Ok(values)
}

fn choice_of(text: &str) -> Parsed<Choice> {
    let (tag, options) = text.split_once(" = ").ok_or("a choice is `Name by property = A | B`")?;
    let options = values_of(options)?.into_iter().map(|option| {
        let (value, shape) = option.split_once(": ").unwrap_or((&option, &option));
        ChoiceOption {
            value: value.trim().to_owned(),
            shape: shape.trim().to_owned(),
        }
    });
    Ok(Choice {
        tag: tag.trim().to_owned(),
        options: options.collect(),
        common: Vec::new(),
    })
}

/// The rest of an object's heading: `< A, B 2.. open @type`, each part optional.
fn object_of(text: &str) -> Parsed<ObjectShape> {
    let mut object = ObjectShape::default();
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
    if words.next_if_eq(&"<").is_some() {
        while let Some(parent) = words.next_if(|word| word.starts_with(|c: char| c.is_ascii_uppercase())) {
            object.extends.push(parent.to_owned());
        }
    }
    while let Some(word) = words.next() {
        if word == "open" {
            object.open = Some(words.next().ok_or("`open` names a property")?.to_owned());
        } else if let Some((min, None)) = bounds::<u64>(word)? {
            object.min_properties = min;
        } else {
            return Err(format!("not understood after the name of a shape: {word}"));
        }
    }
    Ok(object)
}

fn add_property(shape: Option<&mut Shape>, line: &Line) -> Parsed<()> {
    let (properties, also_required) = lists(shape)?;
    let (name, kind) = line
        .content
        .split_once(char::is_whitespace)
        .unwrap_or((line.content.as_str(), ""));
    let (name, required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
    if kind.is_empty() {
        if !required {
            return Err(format!("{name} needs a type"));
        }
        let inherits = "only an object can require what it inherits";
        also_required.ok_or(inherits)?.push(name.to_owned());
        return Ok(());
    }
    if properties.iter().any(|property| property.name == name) {
        return Err(format!("{name} is stated twice"));
    }
    properties.push(Property {
        name: name.to_owned(),
        required,
        kind: type_of(kind.trim())?,
        meaning: line.meaning.clone(),
    });
    Ok(())
}

/// The rest of a line `~Name` or `~Name < Parent`: its name. Parents that are said replace those
/// there were; `<` alone leaves none.
fn change_heading<'a>(shapes: &mut BTreeMap<String, Shape>, text: &'a str) -> Parsed<&'a str> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let shape = shapes.get_mut(name);
    let shape = shape.ok_or_else(|| format!("{name} is not known and cannot be changed"))?;
    if !rest.is_empty() {
        let Kind::Object(object) = &mut shape.kind else {
            return Err(format!("{name} is no object and extends nothing"));
        };
        object.extends = object_of(rest.trim())?.extends;
    }
    Ok(name)
}

/// A line under `~Name`.
fn amend(shape: Option<&mut Shape>, line: &Line) -> Parsed<()> {
    let Some(shape) = shape else {
        return Err("a change needs a shape".to_owned());
    };
    let word = line.content.split_whitespace().next().unwrap_or_default();
    let name = word.trim_start_matches('-').trim_end_matches('!');
    let (properties, also_required) = lists(Some(shape))?;
    let at = properties.iter().position(|property| property.name == name);
    if let Some(at) = at {
        properties.remove(at);
    } else if word.starts_with('-') {
        let inherited = also_required.and_then(|all| Some(all.remove(all.iter().position(|known| known == name)?)));
        inherited.ok_or_else(|| format!("{name} is no property of {} itself", shape.name))?;
    }
    if word.starts_with('-') {
        return Ok(());
    }
    add_property(Some(shape), line)?;
    let (properties, _) = lists(Some(shape))?;
    // A changed property stays where it was, so that documents keep their order.
    if let (Some(at), Some(last)) = (at, properties.len().checked_sub(1)) {
        properties[at..=last].rotate_right(1);
    }
    Ok(())
}

type Lists<'a> = (&'a mut Vec<Property>, Option<&'a mut Vec<String>>);

/// Where the lines under a heading go.
fn lists(shape: Option<&mut Shape>) -> Parsed<Lists<'_>> {
    match shape.map(|shape| &mut shape.kind) {
        Some(Kind::Object(object)) => Ok((&mut object.properties, Some(&mut object.also_required))),
        Some(Kind::Choice(choice)) => Ok((&mut choice.common, None)),
        Some(Kind::Enum(_) | Kind::Alias(_)) | None => {
            Err("a property stands under an object or a choice only".to_owned())
        }
    }
}

fn type_of(text: &str) -> Parsed<Type> {
    if let Some(list) = text.strip_prefix('[') {
        return list_of(list);
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    let kind = match word {
        "string" => return text_of(rest),
        "int" => {
            let (min, max) = optional_bounds(rest)?;
            return Ok(Type::Whole { min, max });
        }
        "number" => {
            let (min, max) = optional_bounds(rest)?;
            return Ok(Type::Number { min, max });
        }
        "bool" => Type::Flag,
        "object" => Type::Object,
        "any" => Type::Any,
        name if name.starts_with(|c: char| c.is_ascii_uppercase()) => Type::Ref(name.to_owned()),
        other => return Err(format!("no such type: {other}")),
    };
    if rest.is_empty() {
        Ok(kind)
    } else {
        Err(format!("not understood after {word}: {rest}"))
    }
}

fn list_of(text: &str) -> Parsed<Type> {
    let (of, rest) = text.rsplit_once(']').ok_or("a list is closed by `]`")?;
    let (mut min, mut max, mut unique) = (None, None, false);
    for word in rest.split_whitespace() {
        if word == "unique" {
            unique = true;
        } else {
            (min, max) = bounds(word)?.ok_or_else(|| format!("not understood after a list: {word}"))?;
        }
    }
    Ok(Type::List {
        of: Box::new(type_of(of.trim())?),
        min,
        max,
        unique,
    })
}

fn text_of(rest: &str) -> Parsed<Type> {
    let mut text = Text::default();
    // A brace inside a word belongs to a pattern.
    let (rest, values) = match rest.strip_prefix('{') {
        Some(values) => ("", Some(values)),
        None => rest
            .split_once(" {")
            .map_or((rest, None), |(before, values)| (before, Some(values))),
    };
    if let Some(values) = values {
        text.values = values_of(values.strip_suffix('}').ok_or("values are closed by `}`")?)?;
    }
    for word in rest.split_whitespace() {
        if let Some(pattern) = word.strip_prefix('/').and_then(|word| word.strip_suffix('/')) {
            text.pattern = Some(pattern.to_owned());
        } else if let Some((min, max)) = bounds(word)? {
            (text.min, text.max) = (min, max);
        } else if word.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
            text.format = Some(word.to_owned());
        } else {
            return Err(format!("not understood after string: {word}"));
        }
    }
    Ok(Type::Text(text))
}

type Bounds<T> = (Option<T>, Option<T>);

fn optional_bounds<T: FromStr>(rest: &str) -> Parsed<Bounds<T>> {
    if rest.is_empty() {
        return Ok((None, None));
    }
    bounds(rest)?.ok_or_else(|| format!("bounds are like 2..5, not {rest}"))
}

/// `2..5`, `2..` or `..5`; none if the word has no `..`.
fn bounds<T: FromStr>(word: &str) -> Parsed<Option<Bounds<T>>> {
    let Some((min, max)) = word.split_once("..") else {
        return Ok(None);
    };
    let read = |text: &str| match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| format!("not a number: {text}")),
    };
    Ok(Some((read(min)?, read(max)?)))
}

/// What is wrong, and the shape it is wrong in.
fn check(shapes: &BTreeMap<String, Shape>) -> Result<(), (String, String)> {
    for shape in shapes.values() {
        let fault = |what: String| (shape.name.clone(), what);
        for name in shape.references() {
            if !shapes.contains_key(name) {
                return Err(fault(format!("{} speaks of {name}, which is not known", shape.name)));
            }
        }
        let Kind::Object(object) = &shape.kind else { continue };
        let inherited = inherited(shapes, object, 0)
            .ok_or_else(|| fault(format!("{} extends itself, or what is no object", shape.name)))?;
        for name in &object.also_required {
            if !inherited.contains(&name.as_str()) {
                return Err(fault(format!("{name} is required in {} but not inherited", shape.name)));
            }
        }
    }
    Ok(())
}

/// Names of inherited properties; none if a parent is no object or the chain has no end.
fn inherited<'a>(shapes: &'a BTreeMap<String, Shape>, object: &'a ObjectShape, depth: usize) -> Option<Vec<&'a str>> {
    if depth > EXTENDS_MAX {
        return None;
    }
    let mut names = Vec::new();
    for parent in &object.extends {
        let parent = match &shapes.get(parent)?.kind {
            Kind::Object(parent) => parent,
            Kind::Choice(choice) => {
                names.extend(choice.common.iter().map(|property| property.name.as_str()));
                continue;
            }
            Kind::Enum(_) | Kind::Alias(_) => return None,
        };
        names.extend(parent.properties.iter().map(|property| property.name.as_str()));
        names.extend(inherited(shapes, parent, depth + 1)?);
    }
    Some(names)
}
