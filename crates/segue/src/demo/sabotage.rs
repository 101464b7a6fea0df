//! A Seller with a broken state machine, for the test that proves the demo would notice.

use segue_model::api;
use segue_model::commit::{Commit, Job};
use segue_model::document::{Checked, Document};
use segue_model::failure::Problem;
use segue_model::rules::{Context, Found, Outcome, Ref, Rules};

/// The rules of the standard, but orders fall back to `acknowledged` instead of being completed.
pub fn rules(name: &str) -> Option<&'static dyn Rules> {
    if name == "productOrder" {
        Some(&Broken)
    } else {
        api::rules(name)
    }
}

struct Broken;

impl Broken {
    fn whole(&self) -> &'static dyn Rules {
        &api::order::rules::OrderRules
    }
}

impl Rules for Broken {
    fn name(&self) -> &'static str {
        self.whole().name()
    }

    fn needs(&self, input: &Checked, ctx: &Context<'_>) -> Vec<Ref> {
        self.whole().needs(input, ctx)
    }

    fn on_create(&self, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        self.whole().on_create(input, found, ctx)
    }

    fn job_needs(&self, document: &Document, job: &Job, ctx: &Context<'_>) -> Vec<Ref> {
        self.whole().job_needs(document, job, ctx)
    }

    fn on_job(&self, document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        let mut commit = self.whole().on_job(document, job, found, ctx);
        for order in commit
            .documents
            .iter_mut()
            .filter(|document| document.state == "completed")
        {
            order.state = "acknowledged".into();
            order.body.insert("state".into(), "acknowledged".into());
        }
        commit
    }
}
