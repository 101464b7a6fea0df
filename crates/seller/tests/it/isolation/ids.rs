//! What another Buyer's id is, for every property that holds one.

use segue_model::describe::Operation;
use segue_model::id::new_id;

use super::stage::Stage;
use crate::world::PLACE;

/// What becomes of a request with somebody's id at a spot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Means {
    /// A document, or something inside one: `referenceNotFound` at the very spot.
    Reference,
    /// As [`Means::Reference`], but the Buyer has none of its own yet.
    ReferenceToNothing,
    /// A word of the Buyer's own: taken, whatever it is.
    Word,
    /// A word of the Buyer's own that is added to what is there, and so is taken once.
    Added,
    /// Not taken here at all, whatever it is.
    NotTaken,
    /// The product that a change is about; not taken in an item that adds one.
    Changed,
    /// The Seller's own places: every Buyer may name them, and 121.1 R39 and R40 want a place
    /// outside of the agreement told apart from none.
    Place,
    /// A list by a body: finds nothing.
    Search,
}

/// Own, foreign, unknown.
pub struct Ids(pub String, pub String, pub String, pub Means);

/// The values for a spot. Nothing means that the test does not know the property: say here what
/// another Buyer's id would be.
pub fn ids(stage: &Stage, operation: &Operation, (owner, property): (&str, &str)) -> Option<Ids> {
    let (world, alpha, bravo) = (&stage.world, &stage.alpha, &stage.bravo);
    let id =
        |own: &str, foreign: &str, means| Some(Ids(own.to_owned(), foreign.to_owned(), unknown_like(foreign), means));
    let reference = |own: &str, foreign: &str| id(own, foreign, Means::Reference);
    let item = |means| id("ovc-of-bravo", "ovc-of-alpha", means);
    let (ours, theirs) = (&world.bravo.enni, &world.alpha.enni);
    match (owner, property) {
        (_, "externalId") => id("mine", &format!("{}-of-alpha", "order"), Means::Word),
        (_, "projectId") => id("mine", "project-of-alpha", Means::Word),
        // Notes only grow: the second one would have to bring the first.
        ("Note", "id") if operation.id == "patchProductOrder" => id("1", &new_id(), Means::Added),
        ("Note", "id") => id("1", &new_id(), Means::Word),
        ("GeographicAddressRef", "id") if operation.id == "listGeographicSite" => id(PLACE, "FR-00153", Means::Search),
        ("GeographicAddressRef", "id") => id(PLACE, "FR-00153", Means::Place),
        ("GeographicSiteRef", "id") => id("SITE-001", "SITE-006", Means::Place),
        ("ProductOfferingRef", "id") => reference("access-eline", "eline-for-alpha"),
        ("ProductSpecificationRef", "id") => id("urn:one", "urn:two", Means::NotTaken),
        ("ProductRelationship", "id") => reference(ours, theirs),
        ("MEFProductRefOrValue" | "MEFProductRefOrValueQuote" | "MEFProductRefOrValueOrder", "id") => id(
            bravo.product["id"].as_str().unwrap(),
            alpha.product["id"].as_str().unwrap(),
            Means::Changed,
        ),
        ("ProductOfferingQualificationItemRef", "productOfferingQualificationId") => reference(&bravo.poq, &alpha.poq),
        ("ProductOfferingQualificationItemRef" | "MEFQuoteItemRef", "id") => item(Means::Reference),
        ("ProductOfferingQualificationItemRef", "alternateProductOfferingProposalId") => {
            id("", &new_id(), Means::ReferenceToNothing)
        }
        ("MEFQuoteItemRef", "quoteId") => reference(&bravo.quote(), &alpha.quote()),
        ("MEFBillingAccountRef", "id") => reference("bravo-main", "alpha-main"),
        ("QualificationItemRelationship" | "QuoteItemRelationship" | "OrderItemRelationship", "id") => {
            reference("uni-of-bravo", "uni-of-alpha")
        }
        ("MEFOrderItemCoordinatedAction", "itemId") => id("uni-of-bravo", "uni-of-alpha", Means::NotTaken),
        ("ProductOfferingQualificationItem_Create" | "MEFQuoteItem_Create" | "MEFProductOrderItem_Create", "id") => {
            item(Means::Word)
        }
        ("QuoteOperationData", "quoteId") => reference(&bravo.quote(), &alpha.quote()),
        // Operations that are not offered yet.
        ("MEFProductOrderRef" | "MEFProductOrderItemRef", "productOrderId") => reference(&bravo.order, &alpha.order),
        ("MEFProductOrderItemRef", "productOrderItemId") | ("MEFProductOrderItem_Update", "id") => {
            item(Means::Reference)
        }
        ("MEFProductOrderChargeItem_Update", "id") => id("", &new_id(), Means::ReferenceToNothing),
        _ => None,
    }
}

/// A value of the same form that nobody has.
pub fn unknown_like(id: &str) -> String {
    if id.len() == 36 && id.matches('-').count() == 4 {
        return new_id();
    }
    // Letters and digits become others; what separates them stays.
    let other = |c: char| match c {
        'a'..='z' => 'q',
        'A'..='Z' => 'Q',
        '0'..='9' => '7',
        c => c,
    };
    let (head, tail) = id.split_at(id.len() / 2);
    format!("{head}{}", tail.chars().map(other).collect::<String>())
}
