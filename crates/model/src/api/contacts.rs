//! Contacts in requests: which roles must be there, which may, and what each must say.
//!
//! The Seller refuses a role it does not know and names those it does: the guides prefer that to
//! ignoring a contact nobody will ever call.

use serde_json::{Value, json};

use crate::document::Object;
use crate::failure::Problem;
use crate::party::Contact;
use crate::pointer;

/// The property that holds contacts, everywhere.
const PROPERTY: &str = "relatedContactInformation";

/// The roles of one place where contacts stand (a request or an item of it).
#[derive(Clone, Copy, Debug)]
pub struct Roles {
    /// One contact of each must be there.
    pub required: &'static [&'static str],
    /// These may be there too.
    pub optional: &'static [&'static str],
}

impl Roles {
    /// Nothing required, nothing known.
    pub const NONE: Self = Self {
        required: &[],
        optional: &[],
    };

    fn knows(&self, role: &str) -> bool {
        self.required.contains(&role) || self.optional.contains(&role)
    }
}

/// Checks the contacts of `owner`, which stands at `base` (`""` for the request itself).
pub fn check(roles: &Roles, owner: &Object, base: &str) -> Vec<Problem> {
    let list = pointer::join(base, PROPERTY);
    let contacts = owner
        .get(PROPERTY)
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let role_of = |contact: &Value| {
        contact
            .get("role")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut problems = Vec::new();
    for role in roles.required {
        if !contacts.iter().any(|contact| role_of(contact) == *role) {
            problems.push(Problem::missing(
                &list,
                format!("A contact with the role {role} is required."),
            ));
        }
    }
    for (index, contact) in contacts.iter().enumerate() {
        let at = pointer::join(&list, index);
        let role = role_of(contact);
        if !roles.knows(&role) {
            let accepted: Vec<&str> = roles.required.iter().chain(roles.optional).copied().collect();
            let reason = if accepted.is_empty() {
                "No contacts are expected here.".to_owned()
            } else {
                format!("Roles accepted here: {}.", accepted.join(", "))
            };
            problems.push(Problem::invalid(pointer::join(&at, "role"), reason));
        }
        problems.extend(check_person(contact, &at));
    }
    problems
}

/// Checks that the person or desk at `at` can be reached (Mplify 87.1 R27, R36).
pub fn check_person(contact: &Value, at: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in ["name", "number", "emailAddress"] {
        let path = pointer::join(at, name);
        match contact.get(name).and_then(Value::as_str).map(str::trim) {
            None => problems.push(Problem::missing(path, format!("A contact needs {name}."))),
            Some("") => problems.push(Problem::invalid(path, format!("{name} is empty."))),
            Some(text) if name == "emailAddress" && !looks_like_email(text) => {
                problems.push(Problem::invalid(
                    path,
                    "This is no e-mail address: name@domain is expected.",
                ));
            }
            Some(_) => {}
        }
    }
    problems
}

/// Adds our contact under `role`, behind those of the Buyer, which stay as they are.
pub fn add_ours(body: &mut Object, role: &str, contact: &Contact) {
    let ours = json!({
        "role": role,
        "name": contact.name,
        "number": contact.phone,
        "emailAddress": contact.email,
    });
    match body.get_mut(PROPERTY).and_then(Value::as_array_mut) {
        Some(list) => list.push(ours),
        None => {
            body.insert(PROPERTY.to_owned(), json!([ours]));
        }
    }
}

/// Only what no address can do without: mail systems know better than we what is an address.
fn looks_like_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ProblemCode;

    const ROLES: Roles = Roles {
        required: &["buyerContactInformation"],
        optional: &["buyerFaultContact"],
    };

    #[track_caller]
    fn check_contacts(contacts: Value, expected: &[(ProblemCode, &str)]) {
        let owner = json!({ "relatedContactInformation": contacts });
        let problems = check(&ROLES, owner.as_object().unwrap(), "/item/0");
        let seen: Vec<(ProblemCode, &str)> = problems.iter().map(|p| (p.code, p.property_path.as_str())).collect();
        assert_eq!(seen, expected);
    }

    fn contact(role: &str) -> Value {
        json!({"role": role, "name": "Ann", "number": "+49 30 1", "emailAddress": "ann@buyer.example"})
    }

    #[test]
    fn a_required_role_is_enough_and_an_optional_one_welcome() {
        check_contacts(
            json!([contact("buyerContactInformation"), contact("buyerFaultContact")]),
            &[],
        );
    }

    #[test]
    fn a_missing_role_points_to_the_list() {
        let path = "/item/0/relatedContactInformation";
        check_contacts(json!([]), &[(ProblemCode::MissingProperty, path)]);
    }

    #[test]
    fn an_unknown_role_is_refused_with_the_roles_accepted() {
        let path = "/item/0/relatedContactInformation/1/role";
        check_contacts(
            json!([contact("buyerContactInformation"), contact("friend")]),
            &[(ProblemCode::InvalidValue, path)],
        );
    }

    #[test]
    fn a_contact_nobody_can_reach_is_refused() {
        let unreachable = json!({"role": "buyerContactInformation", "name": " ", "emailAddress": "ann"});
        let at = "/item/0/relatedContactInformation/0";
        check_contacts(
            json!([unreachable]),
            &[
                (ProblemCode::InvalidValue, &format!("{at}/name")),
                (ProblemCode::MissingProperty, &format!("{at}/number")),
                (ProblemCode::InvalidValue, &format!("{at}/emailAddress")),
            ],
        );
    }

    #[test]
    fn our_contact_comes_behind_the_buyers() {
        let us = Contact {
            name: "Desk".into(),
            email: "desk@seller.example".into(),
            phone: "+1 1".into(),
        };
        let mut body = json!({"relatedContactInformation": [contact("buyerContactInformation")]});
        add_ours(body.as_object_mut().unwrap(), "sellerContactInformation", &us);
        assert_eq!(body["relatedContactInformation"][0], contact("buyerContactInformation"));
        assert_eq!(body["relatedContactInformation"][1]["role"], "sellerContactInformation");
    }
}
