//! The operations of an API: what a router, a client or a document is built from.

use super::{Action, Api, Call, Filter, FilterKind, FilterValue, Hub, List, Listener, Op, Parties, Resource, Task};

/// The shape of a subscription as a Buyer asks for it.
const SUBSCRIPTION_INPUT: &str = "EventSubscriptionInput";
/// The shape of a subscription.
const SUBSCRIPTION: &str = "EventSubscription";

/// What an operation does. There is no other kind: see [`super`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Many elements, by filters or by a body.
    List,
    /// One element.
    Get,
    /// A new element.
    Create,
    /// A change of one element.
    Patch,
    /// A request on one element.
    Act,
    /// A request that answers at once and leaves no element.
    Task,
    /// Registers a listener.
    HubCreate,
    /// Shows a subscription.
    HubGet,
    /// Ends a subscription.
    HubDelete,
    /// Takes an event.
    Listener,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The API it belongs to.
    pub api: &'static Api,
    /// operationId: also the OAuth scope it needs.
    pub id: &'static str,
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// After the base path: `/quote/{id}`.
    pub path: String,
    /// Another path it is reached by, where files and guides disagree.
    pub also: Option<String>,
    /// What it does.
    pub kind: Kind,
    /// What it is about; none for tasks, hub and listeners.
    pub resource: Option<&'static Resource>,
    /// The event a listener takes.
    pub listener: Option<&'static Listener>,
    /// Shape of the body, where it has one.
    pub request: Option<&'static str>,
    /// Body of a successful answer; none where it is empty.
    pub answer: Option<Answer>,
    /// Statuses it declares.
    pub statuses: Call,
    /// Path and query parameters.
    pub parameters: Vec<Parameter>,
}

/// Body of a successful answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Shape of it, or of its elements.
    pub shape: &'static str,
    /// Whether it is a list of them.
    pub list: bool,
}

/// A path or query parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// As it is written in a request (`quoteDate.gt`).
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// What its values are.
    pub value: FilterValue,
    /// What it is for.
    pub role: Role,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path; required.
    Path,
    /// In the query; optional.
    Query,
}

/// What a parameter is for.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// Names the element.
    Id,
    /// Narrows a list.
    Filter(&'static Filter, Op),
    /// Index of the first element of a page.
    Offset,
    /// Most elements of a page.
    Limit,
    /// The members wanted of an element, with commas between them.
    Fields,
    /// The Buyer, where the caller stands for several.
    BuyerId,
    /// The Seller, where the server stands for several.
    SellerId,
}

impl Api {
    /// All operations: resources, tasks, hub, listeners.
    pub fn operations(&'static self) -> Vec<Operation> {
        let mut all = Vec::new();
        for resource in self.resources {
            self.add_resource(resource, &mut all);
        }
        all.extend(self.tasks.iter().map(|task| self.task(task)));
        if let Some(hub) = &self.hub {
            self.add_hub(hub, &mut all);
        }
        all.extend(self.listeners.iter().map(|listener| self.listen(listener)));
        all
    }

    fn add_resource(&'static self, resource: &'static Resource, all: &mut Vec<Operation>) {
        let collection = format!("/{}", resource.name);
        let element = format!("/{}/{{id}}", resource.name);
        let full = Some(Answer {
            shape: resource.full,
            list: false,
        });
        let about = |operation: Operation| Operation {
            resource: Some(resource),
            ..operation
        };
        if let Some(list) = &resource.list {
            let method = if list.body.is_some() { "POST" } else { "GET" };
            let mut operation = about(self.new_operation(Kind::List, method, &collection, list.call));
            operation.request = list.body;
            operation.answer = Some(Answer {
                shape: list.element,
                list: true,
            });
            operation
                .parameters
                .splice(0..0, list_parameters(resource.filters, list));
            all.push(operation);
        }
        if let Some(create) = &resource.create {
            let operation = about(self.new_operation(Kind::Create, "POST", &collection, create.call));
            all.push(Operation {
                request: Some(create.shape),
                answer: full,
                ..operation
            });
        }
        if let Some(call) = resource.get {
            let mut operation = about(self.new_operation(Kind::Get, "GET", &element, call));
            if resource.selects {
                let fields = Parameter::new("fields", Place::Query, FilterValue::Text, Role::Fields);
                operation.parameters.push(fields);
            }
            all.push(Operation {
                answer: full,
                ..operation
            });
        }
        if let Some(patch) = &resource.patch {
            let operation = about(self.new_operation(Kind::Patch, "PATCH", &element, patch.call));
            all.push(Operation {
                request: Some(patch.shape),
                answer: full,
                ..operation
            });
        }
        for action in resource.actions {
            all.push(about(self.act(action, &element)));
        }
    }

    fn act(&'static self, action: &'static Action, element: &str) -> Operation {
        let path = format!("{element}/{}", action.name);
        Operation {
            request: action.body,
            answer: action.answer.map(|shape| Answer { shape, list: false }),
            ..self.new_operation(Kind::Act, "POST", &path, action.call)
        }
    }

    fn task(&'static self, task: &'static Task) -> Operation {
        Operation {
            also: task.also.map(|name| format!("/{name}")),
            request: Some(task.body),
            answer: Some(Answer {
                shape: task.answer,
                list: false,
            }),
            ..self.new_operation(Kind::Task, "POST", &format!("/{}", task.name), task.call)
        }
    }

    fn add_hub(&'static self, hub: &Hub, all: &mut Vec<Operation>) {
        let subscription = Some(Answer {
            shape: SUBSCRIPTION,
            list: false,
        });
        all.push(Operation {
            request: Some(SUBSCRIPTION_INPUT),
            answer: subscription,
            ..self.new_operation(Kind::HubCreate, "POST", "/hub", hub.create)
        });
        all.extend(hub.get.map(|get| Operation {
            answer: subscription,
            ..self.new_operation(Kind::HubGet, "GET", "/hub/{id}", get)
        }));
        all.push(self.new_operation(Kind::HubDelete, "DELETE", "/hub/{id}", hub.delete));
    }

    fn listen(&'static self, listener: &'static Listener) -> Operation {
        let path = format!("/listener/{}", listener.event);
        let mut operation = self.new_operation(Kind::Listener, "POST", &path, listener.call);
        operation.listener = Some(listener);
        operation.request = Some(listener.shape);
        if listener.parties == Parties::Payload {
            operation.parameters.clear();
        }
        operation
    }

    fn new_operation(&'static self, kind: Kind, method: &'static str, path: &str, statuses: Call) -> Operation {
        let id = path
            .contains("{id}")
            .then(|| Parameter::new("id", Place::Path, FilterValue::Text, Role::Id));
        let party = |name, role| Parameter::new(name, Place::Query, FilterValue::Text, role);
        Operation {
            api: self,
            id: statuses.id,
            method,
            path: path.to_owned(),
            also: None,
            kind,
            resource: None,
            listener: None,
            request: None,
            answer: None,
            statuses,
            parameters: id
                .into_iter()
                .chain([party("buyerId", Role::BuyerId), party("sellerId", Role::SellerId)])
                .collect(),
        }
    }
}

impl Operation {
    /// The first status of success: what an answer has unless the rules say otherwise.
    pub fn success(&self) -> u16 {
        self.statuses.answers.first().copied().unwrap_or(200)
    }
}

impl Parameter {
    fn new(name: impl Into<String>, place: Place, value: FilterValue, role: Role) -> Self {
        Self {
            name: name.into(),
            place,
            value,
            role,
        }
    }
}

fn list_parameters(filters: &'static [Filter], list: &List) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = filters.iter().flat_map(filter_parameters).collect();
    if !list.paged {
        return all;
    }
    for (name, role) in [("offset", Role::Offset), ("limit", Role::Limit)] {
        all.push(Parameter::new(name, Place::Query, FilterValue::Count, role));
    }
    all
}

fn filter_parameters(filter: &'static Filter) -> Vec<Parameter> {
    let parameter = |name: String, op| Parameter::new(name, Place::Query, filter.value, Role::Filter(filter, op));
    match filter.kind {
        FilterKind::Equal => vec![parameter(filter.name.to_owned(), Op::Equal)],
        FilterKind::Between | FilterKind::BetweenInclusive => vec![
            parameter(format!("{}.gt", filter.name), Op::Gt),
            parameter(format!("{}.lt", filter.name), Op::Lt),
        ],
    }
}
