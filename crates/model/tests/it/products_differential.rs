//! Our product schemas and the official ones take and refuse the same documents. Each keyword at
//! each place of the unfolded official schemas is broken by documents made for it, and each value,
//! bound and branch is met by documents that are right.

use std::collections::BTreeSet;

use segue_model::failure::Problem;
use segue_model::products::SHAPES;
use serde_json::{Value, json};

use crate::official::both::{Both, QUIRKS, with};
use crate::official::random::Source;
use crate::official::tree::{Keyword, Node, TAG};
use crate::official::{Refusal, broken, valid};

/// What the other branches of a choice have against a document of one branch.
const OTHERS: &str = "/properties/mapType/enum";

/// Goes over the whole tree of one product.
struct Walk {
    both: Both,
    /// Keywords by where they stand in the files, over all places they are used at.
    files: BTreeSet<String>,
    keywords: usize,
    /// Keywords that refuse nothing (a least number of 0).
    idle: usize,
    /// Keywords broken by a document that breaks nothing else.
    alone: usize,
    unhit: Vec<String>,
    /// Documents that should be right and are not, and faults told at another place.
    wrong: Vec<String>,
}

impl Walk {
    /// Everything there is to try with a product.
    fn over(both: Both) -> Self {
        let (tree, least) = (both.tree.clone(), both.least());
        let mut walk = Self {
            both,
            files: BTreeSet::new(),
            keywords: 0,
            idle: 0,
            alone: 0,
            unhit: Vec::new(),
            wrong: Vec::new(),
        };
        walk.visit(&tree, &least, "");
        // Everything at once, with each branch of the widest choice.
        for n in 0..4 {
            let document = walk.both.typed(valid::full(&tree, n));
            walk.accept(&document);
        }
        walk
    }

    /// What went wrong: keywords not hit, documents judged otherwise than meant, disagreements.
    fn faults(&self) -> Vec<&String> {
        let lists = [&self.unhit, &self.wrong, &self.both.disagreements];
        lists.into_iter().flatten().collect()
    }

    /// `base` is right, and has `good` at `at`, which is the place of `node`.
    fn visit(&mut self, node: &Node, base: &Value, at: &str) {
        if node.again {
            return;
        }
        for keyword in &node.keywords {
            self.break_keyword(node, keyword, (base, at));
        }
        for branch in &node.branches {
            self.visit(branch, &with(base, at, valid::sparse(branch)), at);
        }
        for value in self.both.values_too_many(node) {
            self.both.judge(&with(base, at, value));
        }
        for value in valid::variants(node) {
            self.accept(&with(base, at, value));
        }
        if node.keywords.iter().all(|keyword| keyword.name != "type") {
            for value in broken::one_of_each_type() {
                self.both.judge(&with(base, at, value));
            }
        }
        if !node.members.is_empty() {
            self.close(base, at);
        }
        for (name, member) in &node.members {
            let at = format!("{at}/{name}");
            self.visit(member, &with(base, &at, valid::sparse(member)), &at);
        }
        if let Some(items) = node.items.as_deref() {
            let mut list = valid::list(node, node.count("minItems").unwrap_or(0).max(1));
            list[0] = valid::sparse(items);
            self.visit(items, &with(base, at, list), &format!("{at}/0"));
        }
    }

    fn break_keyword(&mut self, node: &Node, keyword: &Keyword, (base, at): (&Value, &str)) {
        self.keywords += 1;
        self.files.insert(keyword.place.clone());
        let good = base.pointer(at).unwrap();
        let candidates = broken::candidates(node, keyword, good);
        if candidates.is_empty() {
            self.idle += 1;
            return;
        }
        let wanted = Refusal {
            keyword: keyword.place.clone(),
            at: at.to_owned(),
        };
        let pointer = broken::pointer(keyword, at);
        let (mut hit, mut alone) = (false, false);
        for value in candidates {
            let document = with(base, at, value);
            let verdicts = self.both.judge(&document);
            if !verdicts.official.contains(&wanted) {
                continue;
            }
            hit = true;
            // A choice adds that no branch fits, and why the others do not.
            let of_choice =
                |refusal: &&Refusal| refusal.keyword.ends_with("oneOf") || refusal.keyword.ends_with(OTHERS);
            let others = verdicts.official.iter().filter(|refusal| !of_choice(refusal));
            alone |= others.filter(|refusal| **refusal != wanted).count() == 0;
            // An imported choice is told of as a whole, where no branch is meant.
            let whole = pointer
                .strip_suffix(&format!("/{TAG}"))
                .filter(|_| !self.both.is_ours());
            let told = |problem: &Problem| problem.property_path == pointer || Some(&*problem.property_path) == whole;
            if !at.is_empty() && !verdicts.ours.iter().any(told) {
                self.wrong
                    .push(format!("{document}\n  ours tells not {pointer}: {:?}", verdicts.ours));
            }
        }
        self.alone += usize::from(alone);
        if !hit {
            self.unhit.push(format!("{} at {at}", keyword.place));
        }
    }

    /// Both take a document of known members, also when read strictly.
    fn accept(&mut self, document: &Value) {
        let verdicts = self.both.judge(document);
        let ours = [verdicts.ours, verdicts.unexpected].concat();
        if !verdicts.official.is_empty() || !ours.is_empty() {
            let official = verdicts.official;
            self.wrong
                .push(format!("{document}\n  refused by official {official:?}, ours {ours:?}"));
        }
    }

    /// A member nobody knows: both take it, and ours says where it is.
    fn close(&mut self, base: &Value, at: &str) {
        let pointer = format!("{at}/notKnown");
        let document = with(base, &pointer, json!(1));
        let verdicts = self.both.judge(&document);
        let told: Vec<&str> = verdicts.unexpected.iter().map(|p| p.property_path.as_str()).collect();
        if told != [pointer.as_str()] || !verdicts.official.is_empty() {
            self.wrong
                .push(format!("{document}\n  unexpected are {told:?}, not {pointer}"));
        }
    }
}

/// Walks over all of a product, tells what it did, and finds no fault.
fn check(both: Both) -> usize {
    let walk = Walk::over(both);
    let (both, unhit, faults) = (&walk.both, walk.unhit.len(), walk.faults());
    println!(
        "{}: keywords {} ({} in the files), hit {}, alone {}, idle {}, unhit {unhit}, documents {}, \
         disagreements {}, quirks {:?}",
        both.name,
        walk.keywords,
        walk.files.len(),
        walk.keywords - walk.idle - unhit,
        walk.alone,
        walk.idle,
        both.documents,
        both.disagreements.len(),
        both.quirks,
    );
    let few: Vec<&&String> = faults.iter().take(5).collect();
    assert!(few.is_empty(), "{}: {few:#?}", both.name);
    walk.files.len()
}

#[test]
fn every_keyword_of_the_official_schemas_refuses_something_and_ours_refuse_it_too() {
    for both in Both::all(SHAPES) {
        assert!(check(both) > 30, "most of the files was not read");
    }
}

#[test]
fn every_keyword_of_other_ethernet_products_holds_after_their_import() {
    let mut all = Both::imported();
    all.retain(|both| !both.tree.members.is_empty());
    assert!(all.is_empty() || all.len() > 10, "{} products only", all.len());
    // Trees have the schemas of private and virtual LANs under other names.
    for both in all.into_iter().filter(|both| !both.name.contains("tree")) {
        assert!(check(both) > 30, "most of the files was not read");
    }
}

/// Documents by chance in the plain run; `SEGUE_DOCUMENTS` asks for more, `SEGUE_SEED` for others.
const DOCUMENTS: u64 = 400;

#[test]
fn documents_by_chance_are_judged_alike() {
    let asked = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let (count, first) = (
        asked("SEGUE_DOCUMENTS").unwrap_or(DOCUMENTS),
        asked("SEGUE_SEED").unwrap_or(1),
    );
    for mut both in Both::all(SHAPES) {
        let tree = both.tree.clone();
        let mut taken = 0;
        for seed in first..first + count {
            let mut source = Source::new(seed);
            let document = both.typed(source.value(&tree));
            let verdicts = both.judge(&document);
            let known = verdicts.unexpected.is_empty();
            // Ours notes members nobody knows, and no others.
            let unknown = document.is_object() && source.unknown && verdicts.official.is_empty();
            if verdicts.official.is_empty() && verdicts.ours.is_empty() {
                taken += 1;
                assert_eq!(known, !unknown, "seed {seed}: {document}\n{:?}", verdicts.unexpected);
            }
        }
        println!(
            "{}: documents by chance {count}, taken {taken}, disagreements {}, quirks {:?}",
            both.name,
            both.disagreements.len(),
            both.quirks,
        );
        let few: Vec<&String> = both.disagreements.iter().take(5).collect();
        assert!(few.is_empty(), "{}: {few:#?}", both.name);
        assert!(
            (count / 10..count - count / 10).contains(&taken),
            "all alike proves nothing"
        );
    }
}

/// One slip in our shapes.
#[track_caller]
fn check_slip(before: &str, after: &str) {
    let texts: Vec<String> = SHAPES.iter().map(|text| text.replacen(before, after, 1)).collect();
    assert_ne!(texts, SHAPES, "{before} is not there");
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    // The smaller products have all kinds of keywords too.
    let mut smaller = Both::all(&texts).into_iter().skip(1).peekable();
    let skipped = smaller.peek().is_none();
    let noticed = smaller.any(|both| !Walk::over(both).faults().is_empty());
    assert!(skipped || noticed, "nobody notices {after} for {before}");
}

#[test]
fn a_slip_of_ours_is_noticed() {
    check_slip(
        "maximumServiceFrameSize int 1522..",
        "maximumServiceFrameSize int 1521..",
    );
    check_slip("defaultCeVlanId int 1..4094", "defaultCeVlanId int 1..");
    check_slip("| 400GBASE_SR8", "");
    check_slip("= CTA | CTB", "= CTA | CTD | CTB");
    check_slip("[BwpFlow] ..1 unique", "[BwpFlow] unique");
    check_slip(
        "aggregationLinkMap [ConversationIdToAggregationLinkMap] unique",
        "aggregationLinkMap [ConversationIdToAggregationLinkMap]",
    );
    check_slip("[UniPhysicalLink] 1.. unique", "[UniPhysicalLink] unique");
    check_slip("tokenRequestOffset int", "tokenRequestOffset number");
    check_slip("irValue number 0..", "irValue int 0..");
    check_slip("peeringIdentifier string 1..45", "peeringIdentifier string 1..46");
    check_slip(" /[0-9a-fA-F][0-9a-fA-F]([-][0-9a-fA-F][0-9a-fA-F]){5}/", "");
    check_slip("linkOAM EnabledDisabled", "linkOam EnabledDisabled");
    check_slip("couplingFlag bool", "couplingFlag! bool");
    check_slip("couplingFlagForIndexZero bool", "couplingFlagForIndexZero int");
}

#[test]
fn each_way_in_which_we_differ_on_purpose_is_a_difference() {
    let documents = [
        (1, json!("no object"), QUIRKS[0].0),
        (
            0,
            json!({ "uniEp": { "ingressClassOfServiceMap": { "map_M": "gold" } } }),
            QUIRKS[1].0,
        ),
        (
            0,
            json!({ "uniEp": { "ovcEgressMap": [
                { "mapType": "CN_PCP_CC_DEI", "cnPcpCcDeiEntries": [{ "cosName": "gold", "pcpValue": "99" }] },
            ] } }),
            QUIRKS[2].0,
        ),
        (
            0,
            json!({ "carrierEthernetSls": [{ "slsCosNameEntry": [{ "oneWayGroupAvailabilityPmMetric": [
                { "minimumNumberOfSetsAvailableK": 0 },
            ] }] }] }),
            QUIRKS[3].0,
        ),
    ];
    for (product, document, quirk) in documents {
        let Some(mut both) = Both::all(SHAPES).into_iter().nth(product) else {
            return;
        };
        let mut whole = both.least();
        match document {
            Value::Object(members) => whole.as_object_mut().unwrap().extend(members),
            other => whole = other,
        }
        // The ends are required.
        if product == 0 && whole["enniEp"].is_null() {
            whole["enniEp"] = json!({});
        }
        both.judge(&whole);
        assert_eq!(both.quirks.keys().collect::<Vec<_>>(), [&quirk], "{whole}");
    }
}
