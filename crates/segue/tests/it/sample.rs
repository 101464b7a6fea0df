//! A book as small as books can be, and what a partner without Segue sends.

use std::path::Path;

use segue_model::products::{OPERATOR_UNI, Products};
use serde_json::{Value, json};

pub const ENNI: &str = include_str!("../../../../samples/enni.json");

pub const BOOK: &str = r#"currency = "EUR"
quote-validity = "30 calendarDays"
zones = ["town"]

[[offering]]
id = "port"
name = "Port"
product = "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all"
place = true
ports = 1
default-bandwidth = "1 Gbit/s"
interval = "1 calendarDay"
milestones = [{ name = "PLANNING_COMPLETE", after = "1 calendarHour" }]

[[offering.term]]
name = "36 months"
duration = "36 months"
end-of-term-action = "roll"
roll-interval = "1 month"

[[offering.charge]]
name = "Port rental"
every = "1 month"
rows = [{ amount = 100.00 }]

[[offering]]
id = "line"
name = "Line"
product = "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all"
interval = "1 calendarDay"

[[offering.term]]
name = "36 months"
duration = "36 months"
end-of-term-action = "roll"
roll-interval = "1 month"

[[offering.charge]]
name = "Bandwidth"
every = "1 month"
rows = [{ up-to = "1 Gbit/s", amount = 50.00 }]
"#;

pub const PLACES: &str = "\
id,streetNr,streetName,city,postcode,countryCode,zone,delivery,ports
HILL-1,1,Hillside,Bristol,BS1,GB,town,onNetWithoutBuild,1000000
HILL-2,2,Hillside,Bristol,BS1,GB,,offNet,0
";

/// Writes a book into `folder`; its path.
pub fn book(folder: &Path, book: &str, places: &str) -> String {
    let path = folder.join("book");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("book.toml"), book).unwrap();
    std::fs::write(path.join("places.csv"), places).unwrap();
    path.display().to_string()
}

/// Where the partners of these samples read mail.
pub const EMAIL: &str = "desk@gamma.example";

/// A person of the partner.
pub fn contact(role: &str) -> Value {
    json!({ "role": role, "name": "Gamma desk", "number": "+44 20 5550100", "emailAddress": EMAIL })
}

/// `Quote_Create` of one port that is acknowledged first and answered later, so that it has events.
pub fn deferred_quote(external_id: &str, email: &str) -> Value {
    let contact =
        |role: &str| json!({ "role": role, "name": "Gamma desk", "number": "+44 20 5550100", "emailAddress": email });
    json!({
        "externalId": external_id,
        "instantSyncQuote": false,
        "requestedQuoteCompletionDate": "2090-01-01T00:00:00.000Z",
        "buyerRequestedQuoteLevel": "firm",
        "relatedContactInformation": [contact("buyerContactInformation")],
        "quoteItem": [{
            "id": "uni",
            "action": "add",
            "requestedQuoteItemTerm": {
                "name": "36 months",
                "duration": { "amount": 36, "units": "months" },
                "endOfTermAction": "roll",
                "rollInterval": { "amount": 1, "units": "months" },
            },
            "relatedContactInformation": [contact("quoteItemTechnicalContact")],
            "product": {
                "productOffering": { "id": "port" },
                "productConfiguration": Products::builtin().sample(OPERATOR_UNI).unwrap(),
                "place": [{
                    "place": { "@type": "GeographicAddressRef", "id": "HILL-1" },
                    "role": "INSTALL_LOCATION",
                    "contact": [{ "name": "Gamma desk", "number": "+44 20 5550100", "emailAddress": email }],
                }],
            },
        }],
    })
}
