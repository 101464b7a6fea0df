//! What is done to the Seller while Buyers work with it: a plan made from the seed, and its doing.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::driver::Shared;
use crate::run::Faults;
use crate::site::Server;

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// kill -9
    Kill,
    /// kill -9, and again so many milliseconds after the new one serves.
    KillTwice(u64),
    /// SIGTERM
    Terminate,
    /// SIGSTOP, and SIGCONT after so many milliseconds.
    Freeze(u64),
    /// The business clock moves by so many seconds, over a kill.
    Jump(f64),
    /// Each write finds the disk full for so many milliseconds.
    Full(u64),
    /// Each flush fails for so many milliseconds.
    BadFlush(u64),
    /// Each flush takes a tenth of a second, for so many milliseconds.
    SlowFlush(u64),
}

/// Faults from a seed: so long lives the process, then this happens.
pub struct Plan(StdRng);

impl Plan {
    /// The same seed, the same plan.
    pub fn of(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed ^ 0xFA17))
    }

    /// The same with nothing but writes and flushes that fail.
    pub fn next_of_disk(&mut self) -> (Duration, Fault) {
        let (life, length) = (self.0.random_range(20..400), self.0.random_range(50..400));
        let is_full = self.0.random_bool(0.5);
        let fault = if is_full {
            Fault::Full(length)
        } else {
            Fault::BadFlush(length)
        };
        (Duration::from_millis(life), fault)
    }

    /// How long until the next one, and what it is.
    pub fn next(&mut self) -> (Duration, Fault) {
        let life = Duration::from_millis(self.0.random_range(20..400));
        let fault = match self.0.random_range(0..100_u32) {
            0..70 => Fault::Kill,
            70..76 => Fault::KillTwice(self.0.random_range(1..100)),
            76..82 => Fault::Terminate,
            82..89 => Fault::Freeze(self.0.random_range(50..1_500)),
            89..93 => Fault::Jump(self.0.random_range(-86_400.0..86_400.0)),
            93..95 => Fault::Full(self.0.random_range(50..400)),
            95..98 => Fault::BadFlush(self.0.random_range(50..400)),
            _ => Fault::SlowFlush(self.0.random_range(200..800)),
        };
        (life, fault)
    }
}

/// The faulty hand: it keeps the Seller running and breaks it.
pub struct Hand {
    shared: Arc<Shared>,
    log: Faults,
    server: Server,
    can_trace: bool,
    /// How often it was killed.
    pub kills: u64,
    /// Faults of all kinds.
    pub done: u64,
    /// From each start until it served.
    pub recoveries: Vec<Duration>,
}

impl Hand {
    /// Starts the Seller.
    pub fn start(shared: &Arc<Shared>, log: Faults) -> Result<Self> {
        let server = serve(shared)?;
        Ok(Self {
            shared: Arc::clone(shared),
            log,
            server,
            can_trace: Command::new("strace").arg("-V").output().is_ok(),
            kills: 0,
            done: 0,
            recoveries: Vec::new(),
        })
    }

    /// Whether faults of the disk can be made here.
    pub fn can_trace(&self) -> bool {
        self.can_trace
    }

    /// Lets the process live for a while, then does what is planned.
    pub fn act(&mut self, (life, fault): (Duration, Fault)) -> Result<()> {
        std::thread::sleep(life);
        let since = self.shared.clock.now();
        self.done += 1;
        match fault {
            Fault::Kill => self.kill()?,
            Fault::KillTwice(after) => {
                self.kill()?;
                std::thread::sleep(Duration::from_millis(after));
                self.kill()?;
            }
            Fault::Terminate => self.terminate()?,
            Fault::Freeze(ms) => {
                self.server.signal("-STOP")?;
                std::thread::sleep(Duration::from_millis(ms));
                self.server.signal("-CONT")?;
            }
            Fault::Jump(seconds) => {
                self.shared.site.shift(seconds);
                self.kill()?;
            }
            Fault::Full(ms) => self.inject("pwrite64:error=ENOSPC", ms)?,
            Fault::BadFlush(ms) => self.inject("fdatasync,fsync:error=EIO", ms)?,
            Fault::SlowFlush(ms) => self.inject("fdatasync,fsync:delay_enter=100000", ms)?,
        }
        self.log.add(name(fault), since, &json!(format!("{fault:?}")))
    }

    fn kill(&mut self) -> Result<()> {
        self.kills += 1;
        self.server.kill();
        self.restart()
    }

    fn restart(&mut self) -> Result<()> {
        self.server = serve(&self.shared)?;
        self.recoveries.push(self.server.recovery);
        Ok(())
    }

    fn terminate(&mut self) -> Result<()> {
        self.server.signal("-TERM")?;
        if !self.server.ends_within(Duration::from_secs(30)) {
            bail!("SIGTERM did not end segue serve within 30 seconds");
        }
        self.restart()
    }

    /// Lets system calls fail for a while. A process that ends of it is started again.
    fn inject(&mut self, what: &str, ms: u64) -> Result<()> {
        if !self.can_trace {
            return Ok(());
        }
        let mut tracer = trace(self.server.pid(), what)?;
        std::thread::sleep(Duration::from_millis(ms));
        let _ = Command::new("kill").args(["-TERM", &tracer.id().to_string()]).status();
        let _ = tracer.wait();
        if self.server.is_dead() {
            self.restart()?;
        }
        Ok(())
    }

    /// Ends the last process in order.
    pub fn end(mut self) -> Result<()> {
        self.terminate()?;
        self.server.kill();
        Ok(())
    }

    /// A process that ended though nobody wanted it to.
    pub fn revive(&mut self) -> Result<bool> {
        let was_dead = self.server.is_dead();
        if was_dead {
            self.restart()?;
        }
        Ok(was_dead)
    }

    /// Waits until nothing is under way any more, sending again what is held back, as long as there is less and less
    /// of it. Tells what stays.
    pub fn settle(&mut self, patience: Duration) -> Result<Option<String>> {
        let (mut least, mut since) = (u64::MAX, Instant::now());
        loop {
            self.replay();
            let status = self.shared.site.command(&["status"])?;
            let store = &status["store"];
            let waiting: u64 = ["jobsWaiting", "jobsParked", "eventsWaiting", "eventsParked"]
                .iter()
                .map(|name| {
                    store[*name]
                        .as_u64()
                        .with_context(|| format!("segue status tells no {name}"))
                })
                .sum::<Result<u64>>()?;
            if waiting == 0 {
                return Ok(None);
            }
            if waiting < least {
                (least, since) = (waiting, Instant::now());
            }
            if since.elapsed() > patience {
                return Ok(Some(format!("the store still says {store}")));
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Has events that wait for another try sent now: pauses are on the clock of the wall.
    pub fn replay(&self) {
        let _ = self.shared.site.command(&["notification", "replay"]);
    }

    /// Tells how far the run is.
    pub fn progress(&self) -> String {
        format!(
            "{} faults, {} kills, {} changes acknowledged, {} reads",
            self.done,
            self.kills,
            self.shared.acknowledged.load(Ordering::Relaxed),
            self.shared.read.load(Ordering::Relaxed)
        )
    }
}

fn serve(shared: &Shared) -> Result<Server> {
    shared.site.serve()
}

fn trace(pid: u32, inject: &str) -> Result<Child> {
    let calls = inject.split(':').next().unwrap_or_default();
    Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-p", &pid.to_string()])
        .args(["-e", &format!("trace={calls}"), "-e", &format!("inject={inject}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting strace")
}

fn name(fault: Fault) -> &'static str {
    match fault {
        Fault::Kill => "kill",
        Fault::KillTwice(_) => "kill twice",
        Fault::Terminate => "terminate",
        Fault::Freeze(_) => "freeze",
        Fault::Jump(_) => "clock",
        Fault::Full(_) => "disk full",
        Fault::BadFlush(_) => "disk flush",
        Fault::SlowFlush(_) => "slow disk",
    }
}
