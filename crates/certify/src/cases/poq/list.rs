//! Lists of qualifications.

use crate::case::{Case, Stop, case};
use crate::cases::common::{between, narrows, none_is_empty, pages, same_row, tells_truncation, too_many};
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::{F, POQ, at_once, read};

/// The list with the qualification of this run in it.
async fn page(lab: &mut Lab) -> Result<Answer, Stop> {
    let name = at_once(lab).await?.text_at("/externalId")?;
    let answer = lab.get(F, format!("{POQ}?externalId={name}")).await?;
    answer.status(&[200])?;
    answer.list()?;
    Ok(answer)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    vec![
        case("poq.list.rows")
            .shows(&["87.1 R57"])
            .given("a qualification")
            .when("the Buyer finds it in the list")
            .then("its row says the same as itself")
            .wrong("two answers about one qualification contradict each other")
            .run(async |lab| {
                let (whole, page) = (read(lab).await?, page(lab).await?);
                let members = [
                    "id",
                    "state",
                    "creationDate",
                    "externalId",
                    "projectId",
                    "requestedPOQCompletionDate",
                ];
                same_row(&page, &whole, &members)
            }),
        case("poq.list.none")
            .shows(&["87.1 R56"])
            .given("a name that no qualification has")
            .when("the Buyer lists qualifications of that name")
            .then("200 with an empty list")
            .wrong("no match is an answer, no error")
            .run(async |lab| {
                page(lab).await?;
                none_is_empty(lab, F, &format!("{POQ}?externalId")).await
            }),
        case("poq.list.filters")
            .shows(&["87.1 O9"])
            .given("a qualification")
            .when("the Buyer narrows the list by its state, its name and its date, one after the other")
            .then("it is in each list, and every row fits")
            .wrong("a filter that does nothing hides that nothing was found")
            .run(async |lab| {
                let whole = read(lab).await?;
                page(lab).await?;
                let (id, date) = (whole.text_at("/id")?, whole.text_at("/creationDate")?);
                narrows(
                    lab,
                    (F, POQ),
                    ("externalId", &whole.text_at("/externalId")?),
                    ("externalId", &id),
                )
                .await?;
                between(lab, (F, POQ), ("creationDate", "creationDate"), (&id, &date)).await?;
                let by_state = lab.get(F, format!("{POQ}?state={}", whole.text_at("/state")?)).await?;
                by_state
                    .each("/*/state")
                    .iter()
                    .try_for_each(|part| part.is(whole.at("/state").value))
            }),
        case("poq.list.two-filters")
            .shows(&["87.1 O10"])
            .given("a qualification that is done")
            .when("the Buyer narrows the list by its name and its state together, and by its name and another state")
            .then("it is in the first list, and the second one is empty")
            .wrong("narrowing a list makes it longer")
            .run(async |lab| {
                let (whole, page) = (read(lab).await?, page(lab).await?);
                let name = whole.text_at("/externalId")?;
                let both = lab.get(F, format!("{POQ}?externalId={name}&state=done")).await?;
                both.so(both.list()?.len() == page.list()?.len(), "the same list", both.told())?;
                let none = lab.get(F, format!("{POQ}?externalId={name}&state=rejected")).await?;
                none.so(none.list()?.is_empty(), "an empty list", none.told())
            }),
        case("poq.list.pages")
            .shows(&["87.1 D4"])
            .given("at least two qualifications")
            .when("the Buyer lists them one by one")
            .then("each page has another one (a SHOULD)")
            .wrong("the Buyer sees one twice and another never")
            .run(async |lab| {
                at_once(lab).await?;
                pages(lab, F, POQ).await.map(|_| ())
            }),
        case("poq.list.truncation")
            .shows(&["87.1 CR3"])
            .given("more qualifications than a page has")
            .when("the Buyer reads the first page")
            .then("a header shows that there are more")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| {
                at_once(lab).await?;
                let first = pages(lab, F, POQ).await?;
                tells_truncation(&first)
            }),
        case("poq.list.too-many")
            .shows(&["87.1 R58"])
            .negative()
            .given("a Seller that says above how many rows it refuses a list")
            .when("the Buyer asks for more")
            .then("422 with the code tooManyRecords")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| too_many(lab, F, POQ).await),
    ]
}
