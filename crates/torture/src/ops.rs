//! The operations of a run: which are chosen, where they go, what they carry. The choice comes from
//! the seed alone.

use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// Quotes, below the base address.
pub const QUOTE: &str = "quoteManagement/v10/quote";
/// Orders.
pub const ORDER: &str = "productOrderingManagement/v11/productOrder";
const CANCEL_QUOTE: &str = "quoteManagement/v10/cancelQuote";
const DECLINE_QUOTE: &str = "quoteManagement/v10/declineQuote";
const CANCEL_ORDER: &str = "productOrderingManagement/v11/cancelProductOrder";

/// What a Buyer does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A firm quote answered at once.
    Quote,
    /// A quote answered later.
    Deferred,
    /// An order of a quote.
    Order,
    /// Cancels a deferred quote.
    CancelQuote,
    /// Declines a quote.
    DeclineQuote,
    /// Cancels an order.
    CancelOrder,
    /// Looks at something of its own.
    Get,
    /// Lists the newest of its own.
    List,
    /// Looks at something of the other Buyer.
    Foreign,
    /// Sends once more what was acknowledged.
    Repeat,
}

impl Op {
    /// The next one.
    pub fn choose(random: &mut StdRng) -> Self {
        match random.random_range(0..100_u32) {
            0..24 => Self::Quote,
            24..42 => Self::Deferred,
            42..58 => Self::Order,
            58..62 => Self::CancelQuote,
            62..65 => Self::DeclineQuote,
            65..69 => Self::CancelOrder,
            69..85 => Self::Get,
            85..87 => Self::List,
            87..91 => Self::Foreign,
            _ => Self::Repeat,
        }
    }

    /// How it is called in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Deferred => "deferred",
            Self::Order => "order",
            Self::CancelQuote => "cancelQuote",
            Self::DeclineQuote => "declineQuote",
            Self::CancelOrder => "cancelOrder",
            Self::Get => "get",
            Self::List => "list",
            Self::Foreign => "foreign",
            Self::Repeat => "repeat",
        }
    }

    /// Where a change of this kind is posted.
    pub fn path(self) -> &'static str {
        match self {
            Self::Order => ORDER,
            Self::CancelQuote => CANCEL_QUOTE,
            Self::DeclineQuote => DECLINE_QUOTE,
            Self::CancelOrder => CANCEL_ORDER,
            Self::Quote | Self::Deferred | Self::Get | Self::List | Self::Foreign | Self::Repeat => QUOTE,
        }
    }
}

/// The body of a change; `about` is the id of what it is about, `wanted` when an order is wanted.
pub fn body(op: Op, ext: &str, about: &str, wanted: &str) -> Value {
    match op {
        Op::Order => {
            let mut body = sample(include_str!("../samples/order.json"));
            body["externalId"] = json!(ext);
            body["productOrderItem"][0]["requestedCompletionDate"] = json!(wanted);
            body["productOrderItem"][0]["quoteItem"]["quoteId"] = json!(about);
            body
        }
        Op::CancelQuote | Op::DeclineQuote => json!({ "quoteId": about, "reason": "torture" }),
        Op::CancelOrder => json!({
            "cancellationReason": "torture",
            "productOrder": { "productOrderId": about },
            "relatedContactInformation": [{
                "role": "cancelProductOrderRequesterContact", "name": "Desk", "number": "+1 555 0100",
                "emailAddress": "desk@gamma.example",
            }],
        }),
        Op::Quote | Op::Deferred | Op::Get | Op::List | Op::Foreign | Op::Repeat => {
            let mut body = sample(include_str!("../samples/quote.json"));
            body["externalId"] = json!(ext);
            if op == Op::Deferred {
                body["instantSyncQuote"] = json!(false);
                body["requestedQuoteCompletionDate"] = json!("2190-01-01T00:00:00.000Z");
            }
            body
        }
    }
}

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
