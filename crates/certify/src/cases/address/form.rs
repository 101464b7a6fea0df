//! What an address looks like: the values that are fixed, and requests in which they are wrong.

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, case};
use crate::cases::common::{REFUSED, each_is_needed, should_be_refused, spoiled};
use crate::lab::Lab;
use crate::lab::expect::{Answer, Part};

use super::{F, VALIDATION, addresses, read, validated};

/// Every fielded representation of the two ways to get an address.
async fn fielded(lab: &mut Lab) -> Result<Vec<(Answer, Part)>, crate::case::Stop> {
    let (validated, read) = (validated(lab).await?, read(lab).await?);
    let list = "fieldedAddressRepresentation/*";
    let found = addresses(&validated)
        .into_iter()
        .flat_map(|part| validated.each(&format!("{}/{list}", part.pointer)));
    let mut all: Vec<(Answer, Part)> = found.map(|part| (validated.clone(), part)).collect();
    all.extend(
        read.each(&format!("/{list}"))
            .into_iter()
            .map(|part| (read.clone(), part)),
    );
    Ok(all)
}

/// A validation of the good place with one more representation or another field.
fn with(lab: &Lab, pointer: &str, value: Value) -> Value {
    let good = body::validation(true, &lab.profile.places.good.fielded);
    spoiled(&good, pointer, Some(value))
}

const FIELDS: &str = "/submittedGeographicAddress/fieldedAddressRepresentation/0";

async fn refuses(lab: &mut Lab, list: &str, entry: Value) -> Check {
    let asked = with(lab, &format!("/submittedGeographicAddress/{list}"), json!([entry]));
    lab.post(F, VALIDATION, &asked).await?.refusal(&REFUSED).map(|_| ())
}

/// Values that are fixed by other standards, and what each kind of representation needs.
pub fn cases() -> Vec<Case> {
    [values(), kinds(), spellings()].into_iter().flatten().collect()
}

fn values() -> Vec<Case> {
    vec![
        case("address.form.country")
            .shows(&["121.1 R9"])
            .given("addresses that the Seller tells")
            .when("the Buyer reads their country, and then asks with a code of three letters")
            .then("each country is a code of ISO 3166 with two letters; the other is odd when it is taken")
            .wrong("two parties mean different countries")
            .run(async |lab| {
                for (answer, part) in fielded(lab).await? {
                    let country = answer.at(&format!("{}/countryCode", part.pointer));
                    let known = rust_iso3166::from_alpha2(&country.text().to_uppercase()).is_some();
                    country.so(
                        country.value.is_null() || known,
                        "to be an ISO 3166 code of two letters",
                    )?;
                }
                let asked = with(lab, &format!("{FIELDS}/countryCode"), json!("DEU"));
                should_be_refused(lab, (F, VALIDATION), &asked, "a country of three letters").await
            }),
        case("address.form.language")
            .shows(&["121.1 R4"])
            .given("addresses that the Seller tells")
            .when("the Buyer reads their language, and then asks in a language that does not exist")
            .then("each language is a code of ISO 639 with two letters; the other is odd when it is taken")
            .wrong("a form cannot be shown to people in their language")
            .run(async |lab| {
                for (answer, part) in fielded(lab).await? {
                    let language = answer.at(&format!("{}/language", part.pointer));
                    let known = isolang::Language::from_639_1(&language.text().to_lowercase()).is_some();
                    language.so(
                        language.value.is_null() || known,
                        "to be an ISO 639 code of two letters",
                    )?;
                }
                let asked = with(lab, &format!("{FIELDS}/language"), json!("qqq"));
                should_be_refused(lab, (F, VALIDATION), &asked, "a language of three letters").await
            }),
        case("address.form.last-suffix")
            .shows(&["121.1 R6"])
            .given("addresses that the Seller tells")
            .when("the Buyer reads their house numbers, and then asks with the suffix of a last number alone")
            .then("no suffix stands without its number; the request is odd when it is taken")
            .wrong("a range without an end is no range")
            .run(async |lab| {
                for (answer, part) in fielded(lab).await? {
                    let suffix = answer.at(&format!("{}/streetNrLastSuffix", part.pointer));
                    if !suffix.value.is_null() {
                        answer.at(&format!("{}/streetNrLast", part.pointer)).given()?;
                    }
                }
                let asked = with(lab, &format!("{FIELDS}/streetNrLastSuffix"), json!("b"));
                should_be_refused(lab, (F, VALIDATION), &asked, "a last suffix without a last number").await
            }),
    ]
}

fn kinds() -> Vec<Case> {
    vec![
        case("address.form.formatted")
            .shows(&["121.1 R10"])
            .negative()
            .given("a formatted representation without its text")
            .when("the Buyer has it validated")
            .then("400 or 422")
            .wrong("the Seller looks for an address that nobody named")
            .run(async |lab| refuses(lab, "formattedAddressRepresentation", json!({ "language": "en" })).await),
        case("address.form.label")
            .shows(&["121.1 R12"])
            .negative()
            .given("a label without the authority that gave it, and one without the label")
            .when("the Buyer has each validated")
            .then("400 or 422")
            .wrong("labels of two authorities are mixed up")
            .run(async |lab| {
                refuses(lab, "labelRepresentation", json!({ "label": "X1" })).await?;
                refuses(lab, "labelRepresentation", json!({ "administrativeAuthority": "A" })).await
            }),
        case("address.form.point")
            .shows(&["121.1 R14"])
            .negative()
            .given("a point without its reference system, its latitude or its longitude")
            .when("the Buyer has each validated")
            .then("400 or 422")
            .wrong("a point in an unknown system is somewhere else")
            .run(async |lab| {
                let point = json!({ "spatialRef": "EPSG:4326", "latitude": "52.5", "longitude": "13.4" });
                for member in ["/spatialRef", "/latitude", "/longitude"] {
                    refuses(lab, "geographicPointRepresentation", spoiled(&point, member, None)).await?;
                }
                Ok(())
            }),
        case("address.form.required")
            .shows(&["121.1 R26"])
            .negative()
            .given("a validation without its flag or its address, and one whose address has only a type")
            .when("the Buyer sends each")
            .then("400 or 422 that points at what is missing")
            .wrong("the Seller answers a question that was not asked")
            .run(async |lab| {
                let good = body::validation(true, &lab.profile.places.good.fielded.clone());
                let members = ["/instantSyncValidation", "/submittedGeographicAddress"];
                each_is_needed(lab, (F, VALIDATION), &good, &members).await?;
                let bare = spoiled(&good, "/submittedGeographicAddress/fieldedAddressRepresentation", None);
                lab.post(F, VALIDATION, &bare).await?.refusal(&REFUSED).map(|_| ())
            }),
    ]
}

/// The good place on a street with a direction on either side of its name.
async fn directions(lab: &mut Lab) -> Check {
    let good = lab.profile.places.good.fielded.clone();
    let fields = spoiled(&good, "/streetPreDirection", Some(json!("NE")));
    let fields = spoiled(&fields, "/streetPostDirection", Some(json!("SW")));
    let answer = lab.post(F, VALIDATION, &body::validation(true, &fields)).await?;
    answer.status(&[200, 201, 422])?;
    if answer.is_success() {
        for (member, value) in [
            ("streetPreDirection", json!("NE")),
            ("streetPostDirection", json!("SW")),
            ("streetName", good["streetName"].clone()),
        ] {
            answer.at(&format!("{FIELDS}/{member}")).is(value)?;
        }
    }
    Ok(())
}

fn spellings() -> Vec<Case> {
    vec![
        case("address.form.directions")
            .shows(&["121.1 R7", "121.1 R8"])
            .given("an address on a street with a direction before and after its name")
            .when("the Buyer has it validated with both in their fields")
            .then("the form is taken, and what was asked comes back with each direction in its own field")
            .wrong("North Street and the north of the Street are one to the Seller")
            .run(async |lab| directions(lab).await),
        case("address.form.street-type")
            .shows(&["121.1 O1"])
            .given("an address whose street type can be written into the name")
            .when("the Buyer has it validated with both in one field")
            .then("the form is taken; whether it matches is the Seller's choice")
            .wrong("one of the two spellings that the standard allows is refused")
            .run(async |lab| {
                let mut fields = lab.profile.places.good.fielded.clone();
                let parts = [fields["streetName"].as_str(), fields["streetType"].as_str()];
                let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
                fields = spoiled(
                    &spoiled(&fields, "/streetName", Some(json!(joined))),
                    "/streetType",
                    None,
                );
                let answer = lab.post(F, VALIDATION, &body::validation(true, &fields)).await?;
                answer.status(&[200, 201, 422]).map(|_| ())
            }),
        case("address.form.range")
            .shows(&["121.1 O2"])
            .given("an address with a range of house numbers")
            .when("the Buyer has it validated with first and last number in their fields")
            .then("the form is taken; whether it matches is the Seller's choice")
            .wrong("one of the two spellings that the standard allows is refused")
            .run(async |lab| {
                let fields = spoiled(&lab.profile.places.good.fielded, "/streetNrLast", Some(json!("9999")));
                let answer = lab.post(F, VALIDATION, &body::validation(true, &fields)).await?;
                answer.status(&[200, 201, 422]).map(|_| ())
            }),
    ]
}
