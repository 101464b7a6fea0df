//! Business time that is moved on: not in one jump, but from one thing that is due to the next, so
//! that everything happens at its time, as if the days had passed.

use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;
use segue_model::api::errand::ASK;
use segue_model::time::Clock;

use super::world::World;

/// A request that moves the clock has an answer before the server gives up on it.
const WALL_MAX: Duration = Duration::from_secs(50);

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// More errands do not wait in a test.
const ERRANDS_MAX: u32 = 10_000;

/// So often nothing may be to do, one look after the other, before time goes on.
const QUIET_LOOKS: u32 = 3;

/// Moves business time on to `to`; false when that took too long, and only a part of the way was gone.
pub async fn on(world: &World, to: Timestamp) -> Result<bool> {
    let until = Instant::now() + WALL_MAX;
    settled(world, until).await?;
    loop {
        let next = world.app.store.next_due().await?;
        let at = next.map_or(to, |next| next.min(to)).max(world.clock.now());
        world.clock.move_to(at);
        world.wake().await;
        if !settled(world, until).await? {
            return Ok(false);
        }
        // What an item or the next company had to do first may be done: no event tells the scenario.
        if ask_again(world).await? > 0 && !settled(world, until).await? {
            return Ok(false);
        }
        if at >= to {
            return Ok(true);
        }
    }
}

/// Waits until nothing is due, no question is open, and no event is on its way.
pub async fn settled(world: &World, until: Instant) -> Result<bool> {
    let mut quiet = 0;
    while quiet < QUIET_LOOKS {
        if Instant::now() > until {
            return Ok(false);
        }
        quiet = if busy(world).await? { 0 } else { quiet + 1 };
        tokio::time::sleep(LOOK).await;
    }
    Ok(true)
}

async fn busy(world: &World) -> Result<bool> {
    let store = &world.app.store;
    let due = !store.due_jobs(world.clock.now(), 1).await?.is_empty();
    let sending = store
        .next_delivery()
        .await?
        .is_some_and(|at| at <= world.app.wall.now());
    let heard = !store.inbox_pending(1).await?.is_empty();
    Ok(due || sending || heard || world.asked())
}

/// Questions that wait are asked again now, since something has changed; how many.
pub async fn ask_again(world: &World) -> Result<usize> {
    let store = &world.app.store;
    let now = world.clock.now();
    let mut asked = 0;
    for company in store.companies().await? {
        for errand in store.waiting_errands(&company.id, ERRANDS_MAX).await? {
            for job in store.pending_jobs_of(&errand.scope, &errand.id).await? {
                if job.kind == ASK {
                    store.replay_job(&job.id, now).await?;
                    asked += 1;
                }
            }
        }
    }
    world.wake().await;
    Ok(asked)
}
