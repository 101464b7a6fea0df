//! What is the same for all visits with one Seller: agreement, ENNI, S-VLANs that are free.

use std::sync::{Arc, Mutex};

use segue_model::id::Scope;
use segue_model::party::Agreement;
use segue_model::tender::{Asked, Visit};

use super::Shop;
use super::visit::Snag;
use crate::{Composer, vlan};

/// One Seller.
pub(super) struct Desk {
    pub(super) shop: Arc<Shop>,
    pub(super) scope: Scope,
    pub(super) agreement: Agreement,
    /// What circuits are handed over at.
    pub(super) enni: String,
    /// The next one last.
    free: Mutex<Vec<i64>>,
}

impl Desk {
    /// Finds out what is needed before anything can be asked.
    pub(super) async fn open(shop: &Arc<Shop>, asked: &Asked, open: &[Visit]) -> Result<Self, Snag> {
        let scope = Scope {
            company: shop.company.id.clone(),
            partner: asked.seller.clone(),
        };
        let buyer = &shop.buyer;
        let agreement = buyer.agreement(&scope).await?;
        let enni = match &asked.enni {
            Some(enni) => enni.clone(),
            None => {
                let mut ennis = buyer.ennis(&scope).await?;
                match (ennis.pop(), ennis.len()) {
                    (Some(one), 0) => one,
                    (Some(_), others) => {
                        let why = format!(
                            "we have {} ENNIs there: say which with --enni {}=ID",
                            others + 1,
                            asked.seller
                        );
                        return Err(Snag::No(why));
                    }
                    (None, _) => return Err(Snag::No("we have no ENNI there to hand a circuit over at".into())),
                }
            }
        };
        if shop.tender.later.is_some() {
            // Without events the answers are fetched, which takes longer: no reason to stop.
            for api in ["productOfferingQualification", "quoteManagement"] {
                if let Err(error) = buyer.subscribe(&scope, api).await {
                    tracing::warn!(partner = %scope.partner, api, %error, "no events will come");
                }
            }
        }
        let mut used = buyer.used_s_vlans(&scope, &enni).await?;
        used.extend(open.iter().flat_map(Visit::s_vlans));
        let mut free: Vec<i64> = vlan::all().filter(|id| !used.contains(id)).collect();
        free.reverse();
        Ok(Self {
            shop: Arc::clone(shop),
            scope,
            agreement,
            enni,
            free: Mutex::new(free),
        })
    }

    pub(super) fn composer(&self) -> Composer<'_> {
        Composer {
            company: &self.shop.company,
            agreement: &self.agreement,
            products: &self.shop.products,
        }
    }

    /// An S-VLAN that nothing of ours has.
    pub(super) fn take_s_vlan(&self) -> Option<i64> {
        self.free.lock().ok()?.pop()
    }

    /// One that nothing came of is free again.
    pub(super) fn give_back(&self, s_vlan: Option<i64>) {
        if let (Ok(mut free), Some(id)) = (self.free.lock(), s_vlan) {
            free.push(id);
        }
    }
}
