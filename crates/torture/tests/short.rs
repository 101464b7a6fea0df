//! The short form of the run: a minute against the program that the other tests have built.
//! `SEGUE_TORTURE_SECONDS` makes it longer, `SEGUE_SEED` another one.

use std::path::Path;
use std::process::Command;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn a_seller_that_is_killed_frozen_and_robbed_of_its_disk_keeps_its_promises() {
    let torture = Path::new(env!("CARGO_BIN_EXE_torture"));
    let segue = torture.with_file_name("segue");
    if !segue.exists() {
        println!(
            "skipped: {} is not built; `cargo test --workspace` builds it",
            segue.display()
        );
        return;
    }
    let (seconds, seed) = (number("SEGUE_TORTURE_SECONDS", 60), number("SEGUE_SEED", 20_261_201));
    let minutes = format!("{}", seconds as f64 / 60.0);
    let ended = Command::new(torture)
        .args(["run", "--minutes", &minutes, "--seed", &seed.to_string(), "--segue"])
        .arg(&segue)
        .status()
        .unwrap();
    assert!(
        ended.success(),
        "seed {seed}: see above for what was found and where all of it is"
    );
}
