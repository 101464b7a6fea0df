//! How a profile is asked: in which function, for which action.

use serde::{Deserialize, Serialize};

/// Where an attribute is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Function {
    /// Qualification.
    Poq,
    /// Quote.
    Quote,
    /// Order.
    Order,
    /// Products in service.
    Inventory,
}

/// What is wanted. The end of a product has no attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// A new product.
    Add,
    /// Another state of one in service.
    Modify,
}

/// Function and action of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where.
    pub function: Function,
    /// For what.
    pub action: Action,
}

/// What the inventory is asked: nothing in it is a change.
pub const IN_SERVICE: Asked = Asked {
    function: Function::Inventory,
    action: Action::Add,
};

impl Function {
    /// All, in the order of a product's life.
    pub const ALL: [Self; 4] = [Self::Poq, Self::Quote, Self::Order, Self::Inventory];

    /// As the book spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Poq => "poq",
            Self::Quote => "quote",
            Self::Order => "order",
            Self::Inventory => "inventory",
        }
    }
}

impl Action {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Add, Self::Modify];

    /// As the book and the standard spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Modify => "modify",
        }
    }
}
