//! The companies of a scenario that names none.

use super::{Company, Role};

/// Those of a role.
pub fn companies(role: Role) -> Vec<Company> {
    let company = |id: &str, name: &str, sells: bool, from: &[&str]| Company {
        id: id.into(),
        name: Some(name.into()),
        sells,
        buys_from: from.iter().map(|id| (*id).to_owned()).collect(),
    };
    match role {
        Role::Seller => vec![company("acme", "Acme Access Networks", true, &[])],
        Role::Buyer => vec![
            company("acme", "Acme Access Networks", true, &[]),
            company("beta", "Beta Business Telecom", false, &["acme"]),
        ],
        Role::Chain => vec![
            company("acme", "Acme Access Networks", true, &[]),
            company("carrier", "Carrier Backbone", true, &["acme"]),
            company("beta", "Beta Business Telecom", false, &["carrier"]),
        ],
    }
}
