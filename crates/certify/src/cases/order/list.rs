//! Lists of orders.

use crate::case::{Case, Stop, case};
use crate::cases::common::{between, narrows, none_is_empty, pages, same_row, tells_truncation, too_many};
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::{F, ORDER, new_order, ordered};

/// The list with the order of this run in it.
async fn page(lab: &mut Lab) -> Result<Answer, Stop> {
    let name = ordered(lab).await?.text_at("/externalId")?;
    let answer = lab.get(F, format!("{ORDER}?externalId={name}")).await?;
    answer.status(&[200])?;
    answer.list()?;
    Ok(answer)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    vec![
        case("order.list.rows")
            .shows(&["123.1 R1", "123.1 R60"])
            .given("an order that is over")
            .when("the Buyer finds it in the list")
            .then("its row says the same as itself")
            .wrong("two answers about one order contradict each other")
            .run(async |lab| {
                let whole = super::completed(lab).await?;
                let page = page(lab).await?;
                let members = [
                    "id",
                    "state",
                    "orderDate",
                    "completionDate",
                    "cancellationDate",
                    "externalId",
                    "projectId",
                ];
                same_row(&page, &whole, &members)
            }),
        case("order.list.none")
            .shows(&["123.1 R61"])
            .given("a name that no order has")
            .when("the Buyer lists orders of that project")
            .then("200 with an empty list")
            .wrong("no match is an answer, no error")
            .run(async |lab| none_is_empty(lab, F, &format!("{ORDER}?projectId")).await),
        case("order.list.filters")
            .shows(&["123.1 O10"])
            .given("an order")
            .when("the Buyer narrows the list by its name and its date, one after the other")
            .then("it is in each list, and every row fits")
            .wrong("a filter that does nothing hides that nothing was found")
            .run(async |lab| {
                let whole = ordered(lab).await?;
                let (id, date) = (whole.text_at("/id")?, whole.text_at("/orderDate")?);
                narrows(
                    lab,
                    (F, ORDER),
                    ("externalId", &whole.text_at("/externalId")?),
                    ("externalId", &id),
                )
                .await?;
                between(lab, (F, ORDER), ("orderDate", "orderDate"), (&id, &date)).await?;
                let failed = lab.get(F, format!("{ORDER}?state=failed")).await?;
                failed.each("/*/state").iter().try_for_each(|part| part.is("failed"))
            }),
        case("order.list.pages")
            .shows(&["123.1 D5"])
            .given("at least two orders")
            .when("the Buyer lists them one by one")
            .then("each page has another one (a SHOULD)")
            .wrong("the Buyer sees one twice and another never")
            .run(async |lab| {
                ordered(lab).await?;
                new_order(lab).await?;
                pages(lab, F, ORDER).await.map(|_| ())
            }),
        case("order.list.truncation")
            .shows(&["123.1 CR7"])
            .given("more orders than a page has")
            .when("the Buyer reads the first page")
            .then("a header shows that there are more")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| {
                ordered(lab).await?;
                new_order(lab).await?;
                let first = pages(lab, F, ORDER).await?;
                tells_truncation(&first)
            }),
        case("order.list.too-many")
            .shows(&["123.1 R62"])
            .negative()
            .given("a Seller that says above how many rows it refuses a list")
            .when("the Buyer asks for more")
            .then("422 with the code tooManyRecords")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| too_many(lab, F, ORDER).await),
    ]
}
