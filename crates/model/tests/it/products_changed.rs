//! All products of a release are judged after their import as by the official files themselves:
//! samples with one to three changes by chance.

use serde_json::Value;

use crate::official::both::Both;
use crate::official::random::Source;

/// Changed documents of each product in the plain run; `SEGUE_DOCUMENTS` asks for more.
const DOCUMENTS: u64 = 150;

#[test]
fn changed_samples_of_imported_products_are_judged_as_by_the_official_files() {
    let asked = std::env::var("SEGUE_DOCUMENTS").ok();
    let count = asked.map_or(DOCUMENTS, |text| text.parse().unwrap());
    let all = Both::imported();
    assert!(all.is_empty() || all.len() == 17, "{} products", all.len());
    for mut both in all {
        let sample = both.sample();
        assert_eq!(both.judge(&sample).official, [], "{}", both.name);
        let mut taken = 0;
        for seed in 0..count {
            let mut source = Source::new(seed);
            let mut document = sample.clone();
            for _ in 0..=seed % 3 {
                source.change(&mut document);
            }
            // Without a type of its own it would be no document of this product.
            let document: Value = both.typed(document);
            taken += u64::from(both.judge(&document).official.is_empty());
        }
        println!(
            "{}: changed {count}, taken {taken}, disagreements {}, quirks {:?}",
            both.name,
            both.disagreements.len(),
            both.quirks
        );
        let few: Vec<&String> = both.disagreements.iter().take(5).collect();
        assert!(few.is_empty(), "{}: {few:#?}", both.name);
        assert!((1..count).contains(&taken), "all alike proves nothing");
    }
}
