//! Short forms for what nearly every description says.

use super::{Call, Filter, FilterKind, FilterValue, Hub, List, Listener, Parties, Resource, Submit};
use crate::openapi::MEDIA_TYPE;

/// Sets of error statuses that come again and again; what differs is written out where it is used.
pub mod errors {
    /// GET of one element.
    pub const READ: &[u16] = &[400, 401, 403, 404, 500];
    /// GET of one element, which a Seller need not offer.
    pub const READ_OPTIONAL: &[u16] = &[400, 401, 403, 404, 500, 501];
    /// Lists, creates and tasks.
    pub const SUBMIT: &[u16] = &[400, 401, 403, 422, 500];
    /// Lists, creates and tasks that a Seller need not offer.
    pub const SUBMIT_OPTIONAL: &[u16] = &[400, 401, 403, 422, 500, 501];
    /// PATCH.
    pub const PATCH: &[u16] = &[400, 401, 403, 404, 409, 422, 500, 501];
    /// Lists before Kylie: that a list is too long had no status.
    pub const LIST_WITHOUT_422: &[u16] = &[400, 401, 403, 500];
    /// The same, where a Seller need not offer them; registrations of listeners too.
    pub const LIST_OPTIONAL_WITHOUT_422: &[u16] = &[400, 401, 403, 500, 501];
    /// PATCH before Kylie.
    pub const PATCH_WITHOUT_422: &[u16] = &[400, 401, 403, 404, 409, 500, 501];
    /// Listeners of ordering before Kylie.
    pub const EVENT_TIMED: &[u16] = &[400, 401, 403, 408, 500];
    /// DELETE `/hub/{id}`.
    pub const UNREGISTER: &[u16] = &[400, 401, 403, 404, 422, 500, 501];
    /// Listeners.
    pub const EVENT: &[u16] = &[400, 401, 403, 500];
}

/// 200
const OK: &[u16] = &[200];
/// 201
const CREATED: &[u16] = &[201];
/// 204
const EMPTY: &[u16] = &[204];

impl Call {
    /// Answered with 200.
    pub const fn ok(id: &'static str, errors: &'static [u16]) -> Self {
        Self {
            id,
            answers: OK,
            errors,
        }
    }

    /// Answered with 201.
    pub const fn created(id: &'static str, errors: &'static [u16]) -> Self {
        Self {
            id,
            answers: CREATED,
            errors,
        }
    }

    /// Answered with 204 and no body.
    pub const fn empty(id: &'static str, errors: &'static [u16]) -> Self {
        Self {
            id,
            answers: EMPTY,
            errors,
        }
    }
}

impl Resource {
    /// A resource that can do nothing yet: for descriptions, which add what it has.
    pub const fn of(name: &'static str, full: &'static str) -> Self {
        Self {
            name,
            stored: name,
            full,
            get: None,
            selects: false,
            list: None,
            create: None,
            patch: None,
            actions: &[],
            filters: &[],
            lifecycle: None,
            items: None,
        }
    }
}

impl List {
    /// GET with filters.
    pub const fn by_filters(call: Call, element: &'static str) -> Self {
        Self {
            call,
            element,
            body: None,
            paged: true,
        }
    }
}

impl Submit {
    /// `call` with a body of `shape`.
    pub const fn of(call: Call, shape: &'static str) -> Self {
        Self { call, shape }
    }
}

impl Hub {
    /// The hub as nearly all APIs have it.
    pub const fn to(notification: &'static str) -> Self {
        Self {
            notification,
            create: Call::created("registerListener", errors::SUBMIT_OPTIONAL),
            get: Some(Call::ok("retrieveHub", errors::READ_OPTIONAL)),
            delete: Call::empty("unregisterListener", errors::UNREGISTER),
        }
    }
}

impl Hub {
    /// The hub as it was before Kylie: a subscription could not be read.
    pub const fn before_kylie(notification: &'static str) -> Self {
        Self {
            notification,
            create: Call::created("registerListener", errors::LIST_OPTIONAL_WITHOUT_422),
            get: None,
            delete: Call::empty("unregisterListener", errors::READ_OPTIONAL),
        }
    }
}

impl Listener {
    /// A listener as all APIs have it; `id` is its operationId.
    pub const fn of(event: &'static str, id: &'static str, shape: &'static str) -> Self {
        Self {
            event,
            call: Call::empty(id, errors::EVENT),
            shape,
            parties: Parties::Query,
            media: MEDIA_TYPE,
        }
    }
}

impl Filter {
    /// Equal, any text.
    pub const fn text(name: &'static str, path: &'static str) -> Self {
        Self {
            name,
            kind: FilterKind::Equal,
            value: FilterValue::Text,
            path,
        }
    }

    /// Equal, `true` or `false`.
    pub const fn flag(name: &'static str, path: &'static str) -> Self {
        Self {
            name,
            kind: FilterKind::Equal,
            value: FilterValue::Flag,
            path,
        }
    }

    /// Equal, a value of an enumeration.
    pub const fn one_of(name: &'static str, shape: &'static str, path: &'static str) -> Self {
        Self {
            name,
            kind: FilterKind::Equal,
            value: FilterValue::OneOf(shape),
            path,
        }
    }

    /// Between two instants, which do not belong to it.
    pub const fn between(name: &'static str, path: &'static str) -> Self {
        Self {
            name,
            kind: FilterKind::Between,
            value: FilterValue::DateTime,
            path,
        }
    }

    /// Between two instants, which belong to it.
    pub const fn between_inclusive(name: &'static str, path: &'static str) -> Self {
        Self {
            name,
            kind: FilterKind::BetweenInclusive,
            value: FilterValue::DateTime,
            path,
        }
    }
}
