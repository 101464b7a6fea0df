//! Two loops take the same jobs: each takes effect once, as if there were one loop.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_model::document::Side;
use segue_model::time::Clock;
use segue_seller::Jobs;
use tokio::sync::watch;

use crate::bodies::{Circuit, ORDER, QUOTE};
use crate::world::{PATIENCE, PLACE, World};

const CIRCUITS: usize = 6;

/// Lets so many loops side by side do all work, however late it is due.
async fn work(world: &World, loops: usize) {
    while let Some(due) = world.store.next_due().await.unwrap() {
        world.business.set(due.max(world.business.now()));
        let (stop, stopped) = watch::channel(false);
        let mut changes = world.store.changes();
        let running: Vec<_> = (0..loops)
            .map(|_| tokio::spawn(Jobs::new(Arc::clone(&world.seller)).run(stopped.clone())))
            .collect();
        while world.store.next_due().await.unwrap() == Some(due) {
            let change = tokio::time::timeout(PATIENCE, changes.changed()).await;
            change.expect("due work is done").unwrap();
        }
        stop.send(true).unwrap();
        for one in running {
            one.await.unwrap();
        }
    }
}

/// What all came to: states and revisions of each kind of document, decisions, rows of the audit.
async fn outcome(loops: usize) -> (BTreeMap<String, usize>, usize, u64) {
    let world = World::new().await;
    let circuit = Circuit {
        products: &world.products,
        buyer: &world.bravo,
        place: PLACE,
    };
    for _ in 0..CIRCUITS {
        world
            .post(&world.bravo, QUOTE, &circuit.deferred_quote())
            .await
            .created();
        world.post(&world.bravo, ORDER, &circuit.order()).await.created();
    }
    work(&world, loops).await;
    let (mut found, mut decisions) = (BTreeMap::new(), 0);
    let company = &world.bravo.scope.company;
    for resource in ["quote", "productOrder", "product"] {
        let listed = world
            .store
            .company_documents(company, Side::Seller, resource, None, 1_000)
            .await;
        for document in listed.unwrap() {
            let what = format!("{resource} {} {}", document.state, document.revision);
            *found.entry(what).or_default() += 1;
            decisions += world.store.decisions(company, &document.id).await.unwrap().len();
        }
    }
    let stats = world.store.stats(world.business.now()).await.unwrap();
    assert_eq!((stats.jobs_waiting, stats.jobs_parked), (0, 0));
    (found, decisions, stats.audit_rows)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_that_two_loops_take_have_the_effect_of_one() {
    let one = outcome(1).await;
    let products: usize = one
        .0
        .iter()
        .filter(|(what, _)| what.starts_with("product active"))
        .map(|(_, count)| count)
        .sum();
    // Two for each circuit, and the ENNI of each Buyer.
    assert_eq!(products, 2 * CIRCUITS + 2, "{one:?}");
    assert_eq!(outcome(2).await, one);
}
