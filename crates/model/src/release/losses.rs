//! What a translation says otherwise or not at all, by the member it is said in: the whole list, a
//! test sees to it. Towards the newest version what the partner sent is kept beside the document,
//! and told again as it was sent.

/// A member and what becomes of it.
pub type Loss = (&'static str, &'static str);

/// Towards the newest version.
pub const UP: &[Loss] = &[
    (
        "country",
        "names of countries become codes of ISO 3166; one that is no country is refused",
    ),
    ("@schemaLocation", "gone"),
    (
        "role",
        "contacts of a place have none any more, nor have postal addresses; `billingContact` is `buyerBillingContact`",
    ),
    (
        "geographicSubAddress",
        "flat now; empty, or with an identifier only, it is nothing",
    ),
    (
        "levelType",
        "with `levelNumber` the first sub unit; alone it is left out",
    ),
    (
        "levelNumber",
        "with `levelType` the first sub unit; alone it is left out",
    ),
    ("subUnit", "begins with the level; an empty list is none"),
    (
        "addrLine1",
        "a formatted address is one line, in which all its members stand",
    ),
    ("addrLine2", "in that line"),
    ("locality", "in that line"),
    ("city", "in that line"),
    ("stateOrProvince", "in that line"),
    ("postcode", "in that line"),
    ("postcodeExtension", "of a formatted address: left out"),
    (
        "associatedGeographicAddress",
        "of a formatted or fielded address: left out",
    ),
    (
        "submittedGeographicAddress",
        "flags, identifier and link of an address that is only asked for: left out",
    ),
    (
        "groupingKey",
        "gone: one kind of relation several times means candidates",
    ),
    (
        "relatedContactInformation",
        "contacts of places go to the places, to each the same, and come back behind the others; where an item has no place, or its contacts have no place there, they are left out",
    ),
    ("amount", "minutes of business are whole hours, rounded up"),
    ("units", "minutes of business are hours"),
    ("instantSyncQualification", "false unless it is said"),
    (
        "provideAlternative",
        "of a validation: always meant; of a qualification: false unless it is said",
    ),
    (
        "requestedCompletionDate",
        "of a whole order (Billie): that of each item which has none",
    ),
    ("description", "of an order (Billie): gone"),
    (
        "orderVersion",
        "Billie: the number of the change, kept beside the order",
    ),
    ("note", "of a cancellation (Billie): gone"),
    ("billingContact", "of a billing account (Billie): gone"),
    ("agreementName", "of a billing account (Billie): gone"),
];

/// Towards an older version.
pub const DOWN: &[Loss] = &[
    ("language", "of an address: gone"),
    ("poBox", "gone"),
    ("streetPreDirection", "gone"),
    (
        "subUnit",
        "of a place of an item, beside its address: left out; an empty list is none",
    ),
    ("streetName", "had to be there: an empty text where it is not known"),
    ("city", "had to be there: an empty text"),
    (
        "fieldedAddressRepresentation",
        "one representation is told: that of the kind asked for, else the first that is whole",
    ),
    (
        "formattedAddressRepresentation",
        "as above; alone it is one line, with empty city and country",
    ),
    ("geographicPointRepresentation", "as above"),
    ("labelRepresentation", "as above"),
    ("role", "a contact may come back under its newer name"),
    ("contact", "of a place: goes to the item"),
    ("relatedContactInformation", "ends with the contacts of the places"),
    ("amount", "years are months, seconds are minutes, rounded up"),
    ("units", "years are months, seconds are minutes"),
    (
        "recurringChargePeriod",
        "hour, day, week, month, year; another length has no word and is left out",
    ),
    (
        "state",
        "a qualification's item that missed its deadline is `done.abandoned`; a charge that timed out is `completed` (Billie); a validation has none",
    ),
    ("stateChange", "items of quotes had no history"),
    ("id", "of a validation: none, it was answered at once"),
    ("href", "links of a relation lead to the older version"),
    ("instantSyncValidation", "always true"),
    ("deliveryType", "gone"),
    ("3rdPartyProvider", "gone"),
    ("3rdPartyProviderProductOffering", "gone"),
    ("serviceabilityConfidence", "of an alternate: gone"),
    ("serviceabilityConfidenceReason", "of an alternate: gone"),
    ("guaranteedUntilDate", "of an alternate: gone"),
    ("endCustomerName", "of a qualification's item: gone"),
    (
        "creationDate",
        "of a qualification: the first change of its state; of a charge as it is",
    ),
    ("agreementName", "of a product, and of an order's item (Billie): gone"),
    ("place", "of a product: sites only, as `relatedSite`"),
    ("networkType", "gone"),
    ("milestone", "Billie: none"),
    ("cancellationCharge", "Billie: none"),
    ("cancellationDeniedReason", "Billie: none"),
    ("charge", "of a cancellation (Billie): none"),
    ("note", "of a charge's item (Billie): none"),
    ("priceCategory", "`description` (Billie)"),
    ("productOrder", "of a charge (Billie): as an item without identifier"),
    ("productOrderItem", "as above"),
    ("expediteIndicator", "of another date (Billie): false unless it is said"),
    (
        "cancellationReasonType",
        "commercial unless it is said, where rows of a list demand it",
    ),
];

/// What a request of ours to an older Seller may lose: it is told, and leaves. All other losses of a
/// request are refused before it leaves.
pub const UNIMPORTANT: &[Loss] = &[
    ("amount", "years are months, seconds are minutes, rounded up"),
    ("units", "years are months, seconds are minutes"),
    ("language", "not said"),
    ("role", "said under its older name"),
    ("contact", "a contact of one place is said of all places of the item"),
    ("endCustomerName", "not said"),
    ("instantSyncValidation", "it is answered at once all the same"),
    (
        "fieldedAddressRepresentation",
        "one representation of the address is said",
    ),
    (
        "formattedAddressRepresentation",
        "one representation of the address is said",
    ),
    (
        "geographicPointRepresentation",
        "one representation of the address is said",
    ),
    ("labelRepresentation", "one representation of the address is said"),
];
