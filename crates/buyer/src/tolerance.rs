//! How answers are read that are not quite as the standard has them: what deviates is told, and used
//! as far as it can be understood.

use segue_model::describe::Operation;
use segue_model::failure::Problem;
use serde_json::Value;

use crate::Buyer;

impl Buyer {
    /// An object where a list is due is read as a list of one; it stays a deviation.
    pub(crate) fn mend(&self, operation: &Operation, body: &mut Value) {
        let Some(answer) = &operation.answer else { return };
        if answer.list && body.is_object() {
            *body = Value::Array(vec![body.take()]);
        }
        let mend = |element: &mut Value| drop(self.parts.schemas.mend_lists(operation.api, answer.shape, element));
        match body {
            Value::Array(elements) if answer.list => elements.iter_mut().for_each(mend),
            body => mend(body),
        }
    }

    pub(crate) fn deviations(&self, operation: &Operation, body: &Value) -> Vec<Problem> {
        let Some(answer) = &operation.answer else {
            return Vec::new();
        };
        match body {
            Value::Object(_) if answer.list => vec![Problem::invalid("", "The body must be a list.")],
            Value::Array(elements) if answer.list => {
                let checks = elements.iter().enumerate().flat_map(|(index, element)| {
                    let mut problems = self.parts.schemas.check_answer(operation.api, answer.shape, element);
                    for problem in &mut problems {
                        problem.property_path = format!("/{index}{}", problem.property_path);
                    }
                    problems
                });
                checks.collect()
            }
            body => self.parts.schemas.check_answer(operation.api, answer.shape, body),
        }
    }
}
