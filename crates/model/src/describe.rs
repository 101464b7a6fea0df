//! One description of each API version. Server routes, client calls, request checks, index rows,
//! events and OpenAPI all come from it; nothing about an API is said anywhere else.
//!
//! A description is plain data: what cannot be said without a condition is a function in the
//! rules of the family. The descriptions are in [`crate::api`]; how to add one is told in
//! `docs/adding-an-api-version.md`, the oddities of the official files in `docs/quirks.md`.

mod build;
mod index;
mod operation;
mod query;

pub use build::errors;
pub use index::index_rows;
pub use operation::{Answer, Kind, Operation, Parameter, Place, Role};
pub use query::{Condition, Op, Query};

use std::sync::OnceLock;

use crate::lifecycle::Lifecycle;
use crate::shape::Shapes;

/// One API version. Its major number stands in every path.
#[derive(Clone, Debug)]
pub struct Api {
    /// The segment of its base path (`quoteManagement`).
    pub name: &'static str,
    /// Major version.
    pub version: u32,
    /// Full version, as the OpenAPI document carries it (`10.0.0`).
    pub full_version: &'static str,
    /// For people.
    pub title: &'static str,
    /// The SDK release that has it (`kylie`).
    pub release: &'static str,
    /// Who serves it.
    pub served_by: Lifeline,
    /// What the API is about; empty for a notification API.
    pub resources: &'static [Resource],
    /// Requests that are no resource of their own.
    pub tasks: &'static [Task],
    /// Registration of listeners; none where the API has no events.
    pub hub: Option<Hub>,
    /// What a listener takes; empty for a management API.
    pub listeners: &'static [Listener],
    /// Its shapes in the notation of [`crate::shape`]; later texts override earlier ones.
    pub shapes: &'static [&'static str],
    /// The same, read once.
    pub parsed: Parsed,
}

/// Shapes that are read when they are first asked for. A clone starts anew, because it may get
/// other texts.
#[derive(Debug, Default)]
pub struct Parsed(OnceLock<Shapes>);

impl Parsed {
    /// Nothing read yet.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }
}

impl Clone for Parsed {
    fn clone(&self) -> Self {
        Self::new()
    }
}

/// The side that serves an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifeline {
    /// Management APIs.
    Seller,
    /// Notification APIs.
    Buyer,
}

/// A collection and its elements.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// Last segment of the collection's path.
    pub name: &'static str,
    /// The name documents are stored under: that of the newest version.
    pub stored: &'static str,
    /// Shape of an element.
    pub full: &'static str,
    /// GET of one element.
    pub get: Option<Call>,
    /// Whether that GET takes `fields`, the members that are wanted.
    pub selects: bool,
    /// The request that lists.
    pub list: Option<List>,
    /// POST that makes an element.
    pub create: Option<Submit>,
    /// PATCH of an element.
    pub patch: Option<Submit>,
    /// POSTs on one element.
    pub actions: &'static [Action],
    /// What a list can be narrowed by: also the index rows of a document.
    pub filters: &'static [Filter],
    /// States of the whole; none where the resource has no state.
    pub lifecycle: Option<&'static Lifecycle>,
    /// States of its items.
    pub items: Option<Items>,
}

/// What is true of any operation: its name and the statuses it declares.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// operationId: also the OAuth scope. Literal, because it follows no rule.
    pub id: &'static str,
    /// Statuses of success.
    pub answers: &'static [u16],
    /// Statuses of failure.
    pub errors: &'static [u16],
}

/// A list.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// Its operation.
    pub call: Call,
    /// Shape of the elements it answers with: the reduced one, where there is one.
    pub element: &'static str,
    /// Shape of the query, where the list is a POST with a body (`POST /geographicSite`).
    pub body: Option<&'static str>,
    /// Whether it takes `offset` and `limit`.
    pub paged: bool,
}

/// A request with a body that is answered with the full element.
#[derive(Clone, Copy, Debug)]
pub struct Submit {
    /// Its operation.
    pub call: Call,
    /// Shape of the body.
    pub shape: &'static str,
}

/// POST `/{resource}/{id}/{name}`.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// Last segment of its path.
    pub name: &'static str,
    /// Its operation.
    pub call: Call,
    /// Shape of the body.
    pub body: Option<&'static str>,
    /// Shape of the answer.
    pub answer: Option<&'static str>,
}

/// A POST that answers at once and is no resource (`cancelQuote`).
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// The segment of its path.
    pub name: &'static str,
    /// Another segment that it is reached by, where files and guides disagree; not in the document.
    pub also: Option<&'static str>,
    /// Its operation.
    pub call: Call,
    /// Shape of the body.
    pub body: &'static str,
    /// Shape of the answer.
    pub answer: &'static str,
}

/// Registration of listeners.
#[derive(Clone, Copy, Debug)]
pub struct Hub {
    /// The notification API its events go to, in the same major version (`quoteNotification`).
    pub notification: &'static str,
    /// POST `/hub`.
    pub create: Call,
    /// GET `/hub/{id}`; before Kylie not everywhere.
    pub get: Option<Call>,
    /// DELETE `/hub/{id}`.
    pub delete: Call,
}

/// POST `/listener/{event}` of a notification API.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    /// The `eventType`, which is also the last segment of the path.
    pub event: &'static str,
    /// Its operation.
    pub call: Call,
    /// Shape of the envelope.
    pub shape: &'static str,
    /// Where Buyer and Seller are named, where they have to be.
    pub parties: Parties,
    /// Media type of the body by its description.
    pub media: &'static str,
}

/// Where an event names Buyer and Seller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parties {
    /// In the query, as every request does.
    Query,
    /// In its payload: so it was before Kylie.
    Payload,
}

/// Items inside a resource that have states of their own.
#[derive(Clone, Copy, Debug)]
pub struct Items {
    /// JSON Pointer of the list (`/quoteItem`).
    pub path: &'static str,
    /// Their states.
    pub lifecycle: &'static Lifecycle,
}

/// One way to narrow a list.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Name of the query parameter, without `.gt` and `.lt`; also the name of the index row.
    pub name: &'static str,
    /// How it compares.
    pub kind: FilterKind,
    /// What its values are.
    pub value: FilterValue,
    /// Where the value stands in a stored document: a JSON Pointer in which `*` is every element
    /// of a list and `NAME=TEXT` passes only objects whose member `NAME` is `TEXT`. Where it may
    /// stand in several places, they are separated by `|`. Stored is the newest version: a filter
    /// of an older one leads through that, and is empty where that has no such value.
    pub path: &'static str,
}

/// How a filter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterKind {
    /// One parameter, equal.
    Equal,
    /// `name.gt` and `name.lt`, both without the named instant itself.
    Between,
    /// `name.gt` and `name.lt`, both with the named instant itself.
    BetweenInclusive,
}

/// What the values of a query parameter are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterValue {
    /// Any text: an identifier, mostly.
    Text,
    /// RFC 3339.
    DateTime,
    /// `true` or `false`.
    Flag,
    /// A whole number, zero or more.
    Count,
    /// A value of the enumeration shape of this name.
    OneOf(&'static str),
}

impl Api {
    /// Its shapes, read.
    ///
    /// # Panics
    /// If they are not in the notation: they are part of the program, and a test reads them all.
    pub fn parsed(&self) -> &Shapes {
        self.parsed.0.get_or_init(|| {
            Shapes::parse(self.shapes)
                .unwrap_or_else(|error| panic!("shapes of {} v{}: {error}", self.name, self.version))
        })
    }

    /// `/mefApi/sonata/quoteManagement/v10`: what follows the base address of a company.
    pub fn base_path(&self) -> String {
        format!("/mefApi/sonata/{}/v{}", self.name, self.version)
    }

    /// The resource of this name.
    pub fn resource(&self, name: &str) -> Option<&'static Resource> {
        self.resources.iter().find(|resource| resource.name == name)
    }

    /// The operation of this operationId.
    pub fn operation(&'static self, id: &str) -> Option<Operation> {
        self.operations().into_iter().find(|operation| operation.id == id)
    }

    /// The listener of this event type.
    pub fn listener(&self, event: &str) -> Option<&'static Listener> {
        self.listeners.iter().find(|listener| listener.event == event)
    }

    /// The notification API of its hub.
    pub fn notification(&self) -> Option<&'static Self> {
        crate::api::find_served(self.hub?.notification, self.version)
    }
}

impl Resource {
    /// The filter of this name.
    pub fn filter(&self, name: &str) -> Option<&'static Filter> {
        self.filters.iter().find(|filter| filter.name == name)
    }
}

/// The resource of this name in the newest version that has it. Names are unique over all APIs.
pub fn resource_by_name(name: &str) -> Option<(&'static Api, &'static Resource)> {
    crate::api::all()
        .iter()
        .filter_map(|api| Some((*api, api.resource(name)?)))
        .max_by_key(|(api, _)| api.version)
}
