//! What a Buyer can be told to do: the names under which a profile has commands, and the sentence
//! for a person. `{quote}` and the like are filled in by the tester.

/// Name and sentence.
pub type Step = (&'static str, &'static str);

/// All of them, in the order in which one needs what the other made.
pub const ALL: &[Step] = &[
    ("validate", "validate an address, to be answered at once"),
    (
        "validate-later",
        "validate an address, to be answered later by an event",
    ),
    ("address", "fetch the address {address} by its id"),
    ("sites", "list the sites at the address {address}"),
    ("site", "fetch the site {site} by its id"),
    (
        "poq",
        "ask whether a product can be delivered at the address {address}, to be answered at once",
    ),
    (
        "poq-later",
        "ask whether a product can be delivered at the address {address}, to be answered later",
    ),
    (
        "poq-specification",
        "ask whether any product of a specification can be delivered at the address {address}",
    ),
    ("poq-modify", "ask whether the product {product} can be changed"),
    ("poq-read", "fetch the qualification {poq} by its id"),
    ("poq-list", "list your qualifications"),
    (
        "quote",
        "ask for a firm quote of a product at the address {address}, to be answered at once",
    ),
    (
        "quote-later",
        "ask for a firm quote of a product at the address {address}, to be answered later",
    ),
    (
        "quote-poq",
        "ask for a firm quote of what the qualification {poq} was about",
    ),
    (
        "quote-modify",
        "ask for a firm quote of a change of the product {product}",
    ),
    (
        "quote-delete",
        "ask for a firm quote of the end of the product {product}",
    ),
    ("quote-read", "fetch the quote {quote} by its id"),
    ("quote-list", "list your quotes"),
    ("quote-decline", "decline the quote {quote}"),
    ("quote-cancel", "cancel the quote {quote}, which is still worked on"),
    ("order", "order what the quote {quote} offers"),
    (
        "order-modify",
        "order the change of the product {product} that the quote {quote} offers",
    ),
    (
        "order-delete",
        "order the end of the product {product} that the quote {quote} offers",
    ),
    ("order-read", "fetch the order {order} by its id"),
    ("order-list", "list your orders"),
    (
        "order-update",
        "change something of the order {order} that can be changed: a note, a contact, a number of yours",
    ),
    (
        "order-date",
        "ask for a later date of the item {item} of the order {order}",
    ),
    ("order-expedite", "ask to expedite the item {item} of the order {order}"),
    ("order-cancel", "cancel the order {order}"),
    ("charges", "list the charges of the order {order}"),
    ("charge-accept", "accept the charge {charge}"),
    ("charge-decline", "decline the charge {charge}"),
    ("inventory", "list your products, without any filter"),
    ("product", "fetch the product {product} by its id"),
    ("unregister-address", "end your registration for events of addresses"),
    ("unregister-poq", "end your registration for events of qualifications"),
    ("unregister-quote", "end your registration for events of quotes"),
    ("unregister-order", "end your registration for events of orders"),
];

/// The sentence of a step.
pub fn sentence(name: &str) -> Option<&'static str> {
    ALL.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, sentence)| *sentence)
}

/// All names.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|(name, _)| *name).collect()
}
