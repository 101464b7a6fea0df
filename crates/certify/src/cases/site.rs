//! Geographic Site Management (Mplify 122.1).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::body;
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::common::{self, each_is_needed, unknown_is_404};

const F: Function = Function::Site;
const SITES: &str = "/geographicSite";

/// What every site has.
const MEMBERS: [&str; 8] = [
    "id",
    "name",
    "administrativeAuthority",
    "customerName",
    "siteRestrictionType",
    "networkType",
    "subUnit",
    "place",
];

/// The sites at the place of the profile that has one.
async fn listed(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a list of sites", async |lab| {
        let place = lab.place("with-site", lab.profile.places.with_site.as_ref())?;
        let answer = lab
            .post(F, SITES, &json!({ "place": body::address(&place.id) }))
            .await?;
        answer.status(&[200])?;
        answer.list()?;
        answer.so(
            !answer.list()?.is_empty(),
            "the site of places.with-site",
            "an empty list",
        )?;
        Ok(answer)
    })
    .await
}

/// A list with more said about it; every site of it is in the list without.
async fn narrowed(lab: &mut Lab, filter: &str, value: &Value) -> Result<Answer, Stop> {
    let all = listed(lab).await?;
    let mut asked = all.sent.clone().unwrap_or_default();
    asked[filter] = value.clone();
    let answer = lab.post(F, SITES, &asked).await?;
    answer.status(&[200])?;
    let ids = |list: &[Value]| list.iter().map(|site| site["id"].to_string()).collect::<BTreeSet<_>>();
    let (few, many) = (ids(answer.list()?), ids(all.list()?));
    answer.so(
        few.is_subset(&many),
        format!("with {filter} no site that is not there without"),
        answer.told(),
    )?;
    Ok(answer)
}

fn has_members(answer: &Answer, at: &str) -> Check {
    MEMBERS
        .iter()
        .flat_map(|member| answer.each(&format!("{at}/{member}")))
        .try_for_each(|part| part.given())
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [lists(), forms(), by_id()].into_iter().flatten().collect()
}

fn lists() -> Vec<Case> {
    vec![
        case("site.list.attributes")
            .shows(&["122.1 R13"])
            .given("an address with a site")
            .when("the Buyer lists the sites there")
            .then("each has its eight attributes")
            .wrong("the Buyer cannot choose between sites")
            .run(async |lab| has_members(&listed(lab).await?, "/*")),
        case("site.list.ids")
            .shows(&["122.1 R14"])
            .given("an address with a site")
            .when("the Buyer lists the sites there")
            .then("no id comes twice")
            .wrong("an order for one site goes to another one")
            .run(async |lab| {
                let answer = listed(lab).await?;
                let ids: BTreeSet<String> = answer.list()?.iter().map(|site| site["id"].to_string()).collect();
                answer.so(
                    ids.len() == answer.list()?.len(),
                    "an id of its own for each site",
                    answer.told(),
                )
            }),
        case("site.list.exact-address")
            .shows(&["122.1 R9", "122.1 R15"])
            .given("an address with a site")
            .when("the Buyer lists the sites of that address, by reference")
            .then("each lies at that very address, which is told by reference")
            .wrong("a technician goes to the house next door")
            .run(async |lab| {
                let answer = listed(lab).await?;
                let place = lab.place("with-site", lab.profile.places.with_site.as_ref())?;
                for part in answer.each("/*/place/@type") {
                    part.is("GeographicAddressRef")?;
                }
                answer
                    .each("/*/place/id")
                    .iter()
                    .try_for_each(|part| part.is(place.id.clone()))
            }),
        case("site.list.by-representation")
            .shows(&["122.1 R16"])
            .given("an address with a site")
            .when("the Buyer lists the sites there by the fields of the address")
            .then("the same sites come, and their place is told by representations")
            .wrong("a Buyer without address ids cannot read the answer")
            .run(async |lab| {
                let place = lab.place("with-site", lab.profile.places.with_site.as_ref())?;
                let answer = lab
                    .post(F, SITES, &json!({ "place": body::query(&place.fielded) }))
                    .await?;
                answer.status(&[200])?;
                answer.so(!answer.list()?.is_empty(), "the sites of that address", "an empty list")?;
                answer
                    .each("/*/place/@type")
                    .iter()
                    .try_for_each(|part| part.is("GeographicAddress_Query"))
            }),
        case("site.list.ambiguous")
            .shows(&["122.1 R10"])
            .given("fields that lead to more than one address")
            .when("the Buyer lists the sites there")
            .then("200 with an empty list")
            .wrong("sites of many addresses are taken for those of one")
            .run(async |lab| {
                let fields = lab.fields("vague", lab.profile.places.vague.as_ref())?;
                let answer = lab.post(F, SITES, &json!({ "place": body::query(&fields) })).await?;
                answer.status(&[200])?;
                answer.so(answer.list()?.is_empty(), "an empty list", answer.told())
            }),
        case("site.list.none")
            .shows(&["122.1 R11"])
            .given("an address without a site")
            .when("the Buyer lists the sites there")
            .then("200 with an empty list")
            .wrong("no site is an answer, no error")
            .run(async |lab| {
                let place = lab.place("unserved", lab.profile.places.unserved.as_ref())?;
                let answer = lab
                    .post(F, SITES, &json!({ "place": body::address(&place.id) }))
                    .await?;
                answer.status(&[200])?;
                answer.so(answer.list()?.is_empty(), "an empty list", answer.told())
            }),
        case("site.list.too-many")
            .shows(&["122.1 R12"])
            .negative()
            .given("a Seller that says above how many sites it refuses a list")
            .when("the Buyer asks for more")
            .then("422 with the code tooManyRecords")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| {
                if lab.profile.agreed.too_many_records.is_none() {
                    return Err(Stop::NotOffered(
                        "no limit was agreed (agreed.too-many-records)".to_owned(),
                    ));
                }
                let place = lab.place("with-site", lab.profile.places.with_site.as_ref())?;
                let answer = lab
                    .post(F, SITES, &json!({ "place": body::address(&place.id) }))
                    .await?;
                answer.refusal(&[422])?.code("tooManyRecords")
            }),
    ]
}

fn forms() -> Vec<Case> {
    vec![
        case("site.list.needs-place")
            .shows(&["122.1 R6"])
            .negative()
            .given("a search that names no place")
            .when("the Buyer sends it")
            .then("400 or 422")
            .wrong("the Seller would have to tell all its sites")
            .run(async |lab| {
                let good = json!({ "place": body::address(&lab.profile.places.good.id) });
                each_is_needed(lab, (F, SITES), &good, &["/place"]).await
            }),
        case("site.list.filters")
            .shows(&["122.1 O1"])
            .given("an address with a site")
            .when("the Buyer narrows the list by each attribute in turn, with the values of a site")
            .then("the list never grows, and every site has the restriction and network that were asked for")
            .wrong("a filter that does nothing hides that nothing was found")
            .run(async |lab| {
                let first = listed(lab).await?.list()?[0].clone();
                for filter in [
                    "name",
                    "administrativeAuthority",
                    "customerName",
                    "siteRestrictionType",
                    "networkType",
                ] {
                    let answer = narrowed(lab, filter, &first[filter]).await?;
                    if filter.ends_with("Type") {
                        answer
                            .each(&format!("/*/{filter}"))
                            .iter()
                            .try_for_each(|part| part.is(first[filter].clone()))?;
                    }
                }
                narrowed(lab, "subUnit", &first["subUnit"]).await.map(|_| ())
            }),
        case("site.list.two-filters")
            .shows(&["122.1 O2"])
            .given("an address with a site")
            .when("the Buyer narrows the list by two attributes")
            .then("every site has both values")
            .wrong("narrowing a list makes it longer")
            .run(async |lab| {
                let first = listed(lab).await?.list()?[0].clone();
                let place = listed(lab).await?.sent.clone().unwrap_or_default();
                let both = ["siteRestrictionType", "networkType"];
                let asked = json!({ "place": place["place"], both[0]: first[both[0]], both[1]: first[both[1]] });
                let answer = lab.post(F, SITES, &asked).await?;
                answer.status(&[200])?;
                for filter in both {
                    answer
                        .each(&format!("/*/{filter}"))
                        .iter()
                        .try_for_each(|part| part.is(first[filter].clone()))?;
                }
                Ok(())
            }),
        case("site.structure")
            .shows(&["122.1 R4"])
            .given("all answers of this run from the site API")
            .when("they are compared with its OpenAPI")
            .then("each has what is required, and every value is one of its type")
            .wrong("a Buyer built on the OpenAPI cannot read the answer")
            .run(async |lab| {
                listed(lab).await?;
                common::conform(lab, F)
            }),
        case("site.nothing-else")
            .shows(&["122.1 R5"])
            .given("all answers of this run from the site API")
            .when("they are compared with its OpenAPI")
            .then("nothing is in them that the standard does not have")
            .wrong("a Buyer that depends on a private attribute cannot change its Seller")
            .run(async |lab| {
                listed(lab).await?;
                common::nothing_undefined(lab, F)
            }),
    ]
}

/// A site read by its id.
async fn read(lab: &mut Lab) -> Result<Answer, Stop> {
    lab.made("a site read by its id", async |lab| {
        let id = listed(lab).await?.text_at("/0/id")?;
        lab.get(F, format!("{SITES}/{id}")).await?.object()
    })
    .await
}

fn by_id() -> Vec<Case> {
    vec![
        case("site.get.attributes")
            .shows(&["122.1 R17"])
            .given("a site that was listed")
            .when("the Buyer reads it by its id")
            .then("it has its eight attributes, with the values of the list")
            .wrong("two answers about one site contradict each other")
            .run(async |lab| {
                let (row, site) = (listed(lab).await?, read(lab).await?);
                has_members(&site, "")?;
                let same = MEMBERS.iter().filter(|member| **member != "place");
                same.into_iter()
                    .try_for_each(|member| site.at(&format!("/{member}")).is(row.at(&format!("/0/{member}")).value))
            }),
        case("site.get.place")
            .shows(&["122.1 R18"])
            .given("a site that was listed")
            .when("the Buyer reads it by its id")
            .then("its place is told in one of the two forms; which one is settled by contract")
            .wrong("the Buyer cannot tell where the site is")
            .run(async |lab| {
                let site = read(lab).await?;
                site.at("/place/@type")
                    .one_of(&["GeographicAddressRef", "GeographicAddress_Query"])
            }),
        case("site.get.unknown")
            .shows(&["122.1 R19"])
            .negative()
            .given("an id that nobody has")
            .when("the Buyer reads the site of that id")
            .then("404 with the code notFound, or 501 where sites cannot be read one by one")
            .wrong("the Buyer cannot tell a wrong id from a fault")
            .run(async |lab| unknown_is_404(lab, F, SITES).await),
    ]
}
