//! What the tester has as a Seller: resources by their collection, in the order of their making.

use std::collections::BTreeMap;

use serde_json::Value;

/// See the module.
#[derive(Debug, Default)]
pub struct Shelf {
    /// By name of the collection (`quote`).
    all: BTreeMap<&'static str, Vec<Value>>,
    made: usize,
}

impl Shelf {
    /// An id that nothing has had. It tells what it is of, for people who drive a Buyer by hand.
    pub fn id(&mut self, of: &str) -> String {
        self.made += 1;
        format!("certify-{of}-{}", self.made)
    }

    /// Keeps a resource, in place of the one with its id.
    pub fn put(&mut self, collection: &'static str, body: Value) {
        let list = self.all.entry(collection).or_default();
        match list.iter_mut().find(|kept| kept["id"] == body["id"]) {
            Some(kept) => *kept = body,
            None => list.push(body),
        }
    }

    /// All of a collection.
    pub fn list(&self, collection: &str) -> &[Value] {
        self.all.get(collection).map_or(&[], Vec::as_slice)
    }

    /// One of a collection.
    pub fn get(&self, collection: &str, id: &str) -> Option<&Value> {
        self.list(collection).iter().find(|kept| kept["id"] == id)
    }

    /// One of a collection, to be changed.
    pub fn change(&mut self, collection: &str, id: &str) -> Option<&mut Value> {
        let list = self.all.get_mut(collection)?;
        list.iter_mut().find(|kept| kept["id"] == id)
    }

    /// Takes one off.
    pub fn remove(&mut self, collection: &str, id: &str) {
        if let Some(list) = self.all.get_mut(collection) {
            list.retain(|kept| kept["id"] != id);
        }
    }
}
