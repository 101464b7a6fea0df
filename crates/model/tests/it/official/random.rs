//! Documents by chance, right or with a few faults, the same for the same seed.

use serde_json::{Value, json};

use super::tree::{Node, TAG};
use super::{broken, valid};

/// Out of a thousand members that may be there, how many are.
const THERE: u64 = 350;

/// A source of documents.
pub struct Source {
    state: u64,
    /// Out of a thousand values, how many are wrong.
    wrong: u64,
    /// Whether a member that no schema knows is in the document.
    pub unknown: bool,
}

impl Source {
    /// Documents of `seed`: of three seeds one gives faultless ones.
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            wrong: [0, 4, 30][(seed % 3) as usize],
            unknown: false,
        }
    }

    /// A value for `node`.
    pub fn value(&mut self, node: &Node) -> Value {
        if !node.branches.is_empty() {
            let branch = self.below(node.branches.len());
            let mut value = self.value(&node.branches[branch]);
            if self.happens(self.wrong)
                && let Some(members) = value.as_object_mut()
            {
                members.shift_remove(TAG);
            }
            return value;
        }
        if self.happens(self.wrong) {
            return self.wrong(node);
        }
        match node.kind().unwrap_or("object") {
            "object" => self.object(node),
            "array" => {
                let least = node.count("minItems").unwrap_or(0);
                let most = node.count("maxItems").unwrap_or(least + 2).min(least + 2);
                let count = least + self.below(most - least + 1);
                let mut list = valid::list(node, count);
                // All but a few elements by chance: equal ones would be refused.
                for element in list.as_array_mut().unwrap() {
                    if !self.happens(THERE) {
                        *element = self.value(node.items.as_deref().unwrap());
                    }
                }
                list
            }
            _ => {
                let variants = valid::variants(node);
                variants[self.below(variants.len())].clone()
            }
        }
    }

    /// Changes one place of a document, whatever its schema: a member goes or comes under another
    /// name, an element goes or comes twice, a value becomes a similar one or one of another type.
    pub fn change(&mut self, value: &mut Value) {
        let at = self.below(8);
        match value {
            Value::Object(members) if at > 1 && !members.is_empty() => {
                let index = self.below(members.len());
                self.change(members.values_mut().nth(index).unwrap());
            }
            Value::Object(members) if at == 1 && !members.is_empty() => {
                let index = self.below(members.len());
                let name = members.keys().nth(index).unwrap().clone();
                let member = members.shift_remove(&name).unwrap();
                if self.happens(500) {
                    members.insert(format!("{name}X"), member);
                }
            }
            Value::Array(elements) if at > 1 && !elements.is_empty() => {
                let index = self.below(elements.len());
                self.change(&mut elements[index]);
            }
            Value::Array(elements) if at == 1 && !elements.is_empty() => {
                let element = elements.swap_remove(0);
                if self.happens(500) {
                    elements.extend([element.clone(), element]);
                }
            }
            Value::Number(number) if at > 1 => {
                let steps = [-1e9, -1.0, -0.5, 0.5, 1.0, 1e9];
                *value = json!(number.as_f64().unwrap() + steps[self.below(steps.len())]);
            }
            Value::String(text) if at > 1 => {
                let texts = [String::new(), format!("{text}x"), text.to_lowercase(), "é".repeat(60)];
                *value = json!(texts[self.below(texts.len())]);
            }
            _ => *value = broken::one_of_each_type()[self.below(7)].clone(),
        }
    }

    fn object(&mut self, node: &Node) -> Value {
        let mut object = json!({});
        if node.again {
            return valid::nth(node, self.below(1000));
        }
        for (name, member) in &node.members {
            if name == TAG || node.requires(name) || self.happens(THERE) {
                object[name] = self.value(member);
            }
        }
        if self.happens(self.wrong) {
            object["notKnown"] = json!("here");
            self.unknown = true;
        }
        object
    }

    /// A value that one keyword, or the type at least, refuses.
    fn wrong(&mut self, node: &Node) -> Value {
        let good = valid::sparse(node);
        let keywords = node.keywords.iter();
        let mut values: Vec<Value> = keywords.flat_map(|k| broken::candidates(node, k, &good)).collect();
        if values.is_empty() {
            values = broken::one_of_each_type().to_vec();
        }
        values[self.below(values.len())].clone()
    }

    /// True `thousandths` times out of a thousand.
    fn happens(&mut self, thousandths: u64) -> bool {
        self.next() % 1000 < thousandths
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
