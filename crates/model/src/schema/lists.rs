//! Bodies of Sellers that write an object where the standard wants a list of one.

use serde_json::Value;

use crate::pointer::join;
use crate::shape::{Kind, Shapes, Type};

/// Makes lists of them, in place; where.
pub(super) fn mend(shapes: &Shapes, shape: &str, body: &mut Value) -> Vec<String> {
    let mut mended = Vec::new();
    shaped(shapes, (shape, ""), body, &mut mended);
    mended
}

fn shaped(shapes: &Shapes, (shape, at): (&str, &str), value: &mut Value, mended: &mut Vec<String>) {
    match shapes.get(shape).map(|shape| &shape.kind) {
        Some(Kind::Object(_)) => {
            for property in shapes.properties(shape) {
                if let Some(member) = value.get_mut(&property.name) {
                    typed(shapes, (&property.kind, &join(at, &property.name)), member, mended);
                }
            }
        }
        Some(Kind::Choice(choice)) => {
            let tag = value.get(&choice.tag).and_then(Value::as_str);
            let option = choice.options.iter().find(|option| Some(option.value.as_str()) == tag);
            if let Some(option) = option {
                shaped(shapes, (&option.shape, at), value, mended);
            }
        }
        Some(Kind::Alias(kind)) => typed(shapes, (kind, at), value, mended),
        Some(Kind::Enum(_)) | None => {}
    }
}

fn typed(shapes: &Shapes, (kind, at): (&Type, &str), value: &mut Value, mended: &mut Vec<String>) {
    match kind {
        Type::List { of, .. } => {
            if value.is_object() {
                *value = Value::Array(vec![value.take()]);
                mended.push(at.to_owned());
            }
            for (index, element) in value.as_array_mut().into_iter().flatten().enumerate() {
                typed(shapes, (of, &join(at, index)), element, mended);
            }
        }
        Type::Ref(name) => shaped(shapes, (name, at), value, mended),
        Type::Text(_) | Type::Whole { .. } | Type::Number { .. } | Type::Flag | Type::Object | Type::Any => {}
    }
}
