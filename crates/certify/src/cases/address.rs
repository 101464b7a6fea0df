//! Geographic Address Management (Mplify 121.1).

mod form;
mod later;

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::Lab;
use crate::lab::expect::{Answer, Part};

use super::common::{self, unknown_is_404};

pub(super) const F: Function = Function::Address;
pub(super) const VALIDATION: &str = "/geographicAddressValidation";

/// Kinds of representation and the list that holds them.
const KINDS: [(&str, &str); 4] = [
    ("fielded", "fieldedAddressRepresentation"),
    ("formatted", "formattedAddressRepresentation"),
    ("geographicPoint", "geographicPointRepresentation"),
    ("label", "labelRepresentation"),
];

/// The good place, validated at once.
pub(super) async fn validated(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("an address validation at once", async |lab| {
        let asked = body::validation(true, &lab.profile.places.good.fielded.clone());
        lab.post(F, VALIDATION, &asked).await?.object()
    })
    .await
}

/// The good place, read by its id.
async fn read(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("an address read by its id", async |lab| {
        let id = lab.profile.places.good.id.clone();
        lab.get(F, format!("/geographicAddress/{id}")).await?.object()
    })
    .await
}

/// Best match and alternates of an answer.
fn addresses(answer: &Answer) -> Vec<Part> {
    let best = answer.at("/bestMatchGeographicAddress");
    let best = Some(best).filter(|best| !best.value.is_null());
    best.into_iter()
        .chain(answer.each("/alternateGeographicAddress/*"))
        .collect()
}

/// What every address has, wherever it stands in an answer.
fn is_address(answer: &Answer, at: &str) -> Check {
    for member in ["id", "@type", "hasPublicSite", "allowsNewSite"] {
        answer.at(&format!("{at}/{member}")).given()?;
    }
    let lists = KINDS.iter().map(|(_, list)| answer.at(&format!("{at}/{list}")));
    let some = lists
        .into_iter()
        .any(|list| list.value.as_array().is_some_and(|list| !list.is_empty()));
    answer.so(
        some,
        format!("{at} with at least one representation"),
        answer.at(at).told(),
    )
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [
        at_once(),
        matches(),
        by_id(),
        form::cases(),
        later::cases(),
        structure(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn at_once() -> Vec<Case> {
    vec![
        case("address.validate.at-once")
            .shows(&["121.1 R21", "121.1 R27", "121.1 R29"])
            .given("an address that the Seller knows")
            .when("the Buyer has it validated and demands the answer at once")
            .then("200 comes, never 201")
            .wrong("a Buyer that cannot wait is made to wait, or takes a result for a receipt")
            .run(async |lab| validated(lab).await?.status(&[200]).map(|_| ())),
        case("address.validate.state")
            .shows(&["121.1 R28", "121.1 R33"])
            .given("a validation answered at once")
            .when("the Buyer reads its state")
            .then("it is ready")
            .wrong("the Buyer cannot tell whether the result is complete")
            .run(async |lab| validated(lab).await?.at("/state").is("ready")),
        case("address.validate.no-id")
            .shows(&["121.1 R34"])
            .given("a validation answered at once")
            .when("the Buyer looks for an id of the validation")
            .then("there is none: nothing is kept to be read later")
            .wrong("the Buyer would come back for a resource that does not exist")
            .run(async |lab| validated(lab).await?.lacks(&["/id"])),
        case("address.validate.echo")
            .shows(&["121.1 R31"])
            .given("a validation answered at once")
            .when("the Buyer compares it with what it sent")
            .then("all it sent is there, unchanged")
            .wrong("the Buyer cannot tell which question was answered")
            .run(async |lab| {
                let answer = validated(lab).await?;
                answer.echoes(answer.sent.as_ref().unwrap_or(&Value::Null))
            }),
        case("address.validate.attributes")
            .shows(&["121.1 R32"])
            .given("a validation answered at once")
            .when("the Buyer reads the addresses found")
            .then("each has an id, its type, what is known of sites, and a representation")
            .wrong("an address that cannot be named or read is of no use")
            .run(async |lab| {
                let answer = validated(lab).await?;
                answer.at("/state").given()?;
                addresses(&answer)
                    .iter()
                    .try_for_each(|part| is_address(&answer, &part.pointer))
            }),
        case("address.validate.same-id")
            .shows(&["121.1 R22"])
            .given("an address that the Seller knows, with the id the profile has")
            .when("the Buyer has it validated again")
            .then("the best match has that id each time")
            .wrong("one address with two names cannot be recognised")
            .run(async |lab| {
                let known = lab.profile.places.good.id.clone();
                validated(lab)
                    .await?
                    .at("/bestMatchGeographicAddress/id")
                    .is(known.clone())?;
                let asked = body::validation(true, &lab.profile.places.good.fielded.clone());
                let again = lab.post(F, VALIDATION, &asked).await?;
                again.at("/bestMatchGeographicAddress/id").is(known)
            }),
        case("address.validate.spatial-ref")
            .shows(&["121.1 R15"])
            .given("an address read by its id, and the reference systems that were agreed")
            .when("the Buyer reads its points")
            .then("they use only what was agreed")
            .wrong("a point in an unknown system is somewhere else")
            .run(async |lab| {
                let agreed: Vec<String> = lab.profile.agreed.spatial_refs.clone();
                if agreed.is_empty() {
                    return Err(Stop::Blocked("the profile has no agreed.spatial-refs".to_owned()));
                }
                let agreed: Vec<&str> = agreed.iter().map(String::as_str).collect();
                let points = read(lab).await?.each("/geographicPointRepresentation/*/spatialRef");
                points.iter().try_for_each(|point| point.one_of(&agreed))
            }),
    ]
}

fn matches() -> Vec<Case> {
    vec![
        case("address.validate.best-alone")
            .shows(&["121.1 R37"])
            .given("a validation with a best match")
            .when("the Buyer reads the alternates")
            .then("the best match is not among them")
            .wrong("the Buyer would offer one address twice")
            .run(async |lab| {
                let answer = validated(lab).await?;
                let best = answer.text_at("/bestMatchGeographicAddress/id")?;
                let others = answer.each("/alternateGeographicAddress/*/id");
                others
                    .iter()
                    .try_for_each(|other| other.so(other.text() != best, "to be another id than the best match"))
            }),
        case("address.validate.no-match")
            .shows(&["121.1 R36"])
            .given("fields inside the Seller's area that lead to no address")
            .when("the Buyer has them validated")
            .then("the answer is a success without best match and with an empty list of alternates")
            .wrong("no match is an answer, no error")
            .run(async |lab| {
                let fields = lab.fields("unknown", lab.profile.places.unknown.as_ref())?;
                let answer = lab.post(F, VALIDATION, &body::validation(true, &fields)).await?;
                answer.status(&[200])?;
                answer.lacks(&["/bestMatchGeographicAddress"])?;
                answer.at("/alternateGeographicAddress").is(json!([]))
            }),
        case("address.validate.too-many")
            .shows(&["121.1 R38"])
            .negative()
            .given("fields so few that too many addresses match")
            .when("the Buyer has them validated")
            .then("422 with the code tooManyRecords")
            .wrong("the Buyer does not learn that it has to say more")
            .run(async |lab| {
                let fields = lab.fields("vague", lab.profile.places.vague.as_ref())?;
                let answer = lab.post(F, VALIDATION, &body::validation(true, &fields)).await?;
                answer.refusal(&[422])?.code("tooManyRecords")
            }),
        case("address.validate.outside")
            .shows(&["121.1 R39", "121.1 R40"])
            .negative()
            .given("an address outside the area in which the Seller validates")
            .when("the Buyer has it validated")
            .then("422 with the code otherIssue and a reason that explains")
            .wrong("an address that nobody looked for is taken for one that does not exist")
            .run(async |lab| {
                let fields = lab.fields("outside", lab.profile.places.outside.as_ref())?;
                let answer = lab.post(F, VALIDATION, &body::validation(true, &fields)).await?;
                answer.refusal(&[422])?.code("otherIssue")?;
                answer
                    .at("/0/reason")
                    .so(!answer.at("/0/reason").text().is_empty(), "to explain")
            }),
    ]
}

fn by_id() -> Vec<Case> {
    vec![
        case("address.get.attributes")
            .shows(&["121.1 R45"])
            .given("an address that the Seller knows")
            .when("the Buyer reads it by its id")
            .then("it has its id, its type, what is known of sites, and a representation")
            .wrong("an address that cannot be named or read is of no use")
            .run(async |lab| {
                let answer = read(lab).await?;
                answer.status(&[200])?;
                answer.at("/id").is(lab.profile.places.good.id.clone())?;
                is_address(&answer, "")
            }),
        case("address.get.representations")
            .shows(&["121.1 R44"])
            .given("an address of which the Seller knows every kind of representation agreed")
            .when("the Buyer reads it by its id")
            .then("every agreed kind is there")
            .wrong("the Buyer asks for the rest somewhere else, and gets another place")
            .run(async |lab| {
                let agreed = lab.profile.agreed.representations.clone();
                let answer = read(lab).await?;
                let lists = KINDS
                    .iter()
                    .filter(|(kind, _)| agreed.iter().any(|agreed| agreed == kind));
                lists
                    .into_iter()
                    .try_for_each(|(_, list)| answer.at(&format!("/{list}")).filled())
            }),
        case("address.get.unknown")
            .shows(&["121.1 R43"])
            .negative()
            .given("an id that nobody has")
            .when("the Buyer reads the address of that id")
            .then("404 with the code notFound")
            .wrong("the Buyer cannot tell a wrong id from a fault")
            .run(async |lab| unknown_is_404(lab, F, "/geographicAddress").await),
        case("address.validation.unknown")
            .shows(&["121.1 R42"])
            .negative()
            .given("an id that nobody has")
            .when("the Buyer reads the validation of that id")
            .then("404 with the code notFound, or 501 from a Seller that answers only at once")
            .wrong("the Buyer cannot tell a wrong id from a fault")
            .run(async |lab| unknown_is_404(lab, F, VALIDATION).await),
    ]
}

fn structure() -> Vec<Case> {
    vec![
        case("address.structure")
            .shows(&["121.1 R3", "121.1 R18"])
            .given("all answers of this run from the address API")
            .when("they are compared with its OpenAPI")
            .then("each has what is required, and every value is one of its type")
            .wrong("a Buyer built on the OpenAPI cannot read the answer")
            .run(async |lab| {
                validated(lab).await?;
                read(lab).await?;
                common::conform(lab, F)
            }),
        case("address.nothing-else")
            .shows(&["121.1 R19"])
            .given("all answers of this run from the address API")
            .when("they are compared with its OpenAPI")
            .then("nothing is in them that the standard does not have")
            .wrong("a Buyer that depends on a private attribute cannot change its Seller")
            .run(async |lab| {
                validated(lab).await?;
                read(lab).await?;
                common::nothing_undefined(lab, F)
            }),
    ]
}
