//! The same Seller with other settings.

use std::sync::Arc;

use segue_gate::front;
use segue_model::api;
use segue_net::outbound::{Outbound, OutboundOptions};
use segue_seller::{Parts, Seller};

use super::World;

impl World {
    /// From now on lists with more matches are refused.
    pub fn list_at_most(&mut self, list_max: u64) {
        self.seller = Seller::new(Parts {
            store: self.store.clone(),
            business: self.business.clone(),
            wall: self.wall.clone(),
            schemas: Arc::clone(&self.schemas),
            products: Arc::clone(&self.products),
            outbound: Arc::new(Outbound::new(OutboundOptions::default()).unwrap()),
            connectors: Vec::new(),
            list_max,
            rules: api::rules,
        });
        self.router = Arc::clone(&self.gate)
            .router()
            .merge(front::routes(&self.gate, &self.seller))
            .fallback(front::nowhere);
    }
}
