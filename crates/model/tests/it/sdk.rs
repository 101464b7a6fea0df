//! The official files, where they are: at `$SEGUE_SDK`, else beside the checkout.

use std::path::PathBuf;

/// The folder of the official files; none, said plainly, where they are not.
pub fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/sdk");
    let folder = PathBuf::from(std::env::var("SEGUE_SDK").unwrap_or_else(|_| beside.to_owned()));
    if folder.join("kylie/api").is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no official files at {}; set SEGUE_SDK", folder.display());
    None
}
