//! Lists of quotes.

use crate::case::{Case, Stop, case};
use crate::cases::common::{between, narrows, none_is_empty, pages, same_row, tells_truncation, too_many};
use crate::lab::Lab;
use crate::lab::expect::Answer;

use super::{F, QUOTE, firm, read};

/// The list with the quote of this run in it.
async fn page(lab: &mut Lab) -> Result<Answer, Stop> {
    let name = firm(lab).await?.text_at("/externalId")?;
    let answer = lab.get(F, format!("{QUOTE}?externalId={name}")).await?;
    answer.status(&[200])?;
    answer.list()?;
    Ok(answer)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    vec![
        case("quote.list.offered")
            .shows(&["115.1 O1"])
            .given("a quote")
            .when("the Buyer lists its quotes")
            .then("200 with a list, or 501: a Seller may have none")
            .wrong("the Buyer takes a missing function for a fault")
            .run(async |lab| {
                page(lab).await?;
                none_is_empty(lab, F, &format!("{QUOTE}?externalId")).await
            }),
        case("quote.list.rows")
            .shows(&["115.1 R49"])
            .given("a quote")
            .when("the Buyer finds it in the list")
            .then("its row says the same as itself")
            .wrong("two answers about one quote contradict each other")
            .run(async |lab| {
                let whole = read(lab).await?;
                let page = page(lab).await?;
                let fixed = [
                    "id",
                    "externalId",
                    "projectId",
                    "quoteDate",
                    "quoteLevel",
                    "effectiveQuoteCompletionDate",
                ];
                same_row(&page, &whole, &fixed)
            }),
        case("quote.list.filters")
            .shows(&["115.1 O6"])
            .given("a quote")
            .when("the Buyer narrows the list by its name, level and dates, one after the other")
            .then("it is in each list, and every row fits")
            .wrong("a filter that does nothing hides that nothing was found")
            .run(async |lab| {
                let whole = read(lab).await?;
                page(lab).await?;
                let (id, date) = (whole.text_at("/id")?, whole.text_at("/quoteDate")?);
                narrows(
                    lab,
                    (F, QUOTE),
                    ("externalId", &whole.text_at("/externalId")?),
                    ("externalId", &id),
                )
                .await?;
                between(lab, (F, QUOTE), ("quoteDate", "quoteDate"), (&id, &date)).await?;
                let level = whole.text_at("/quoteLevel")?;
                let page = lab.get(F, format!("{QUOTE}?quoteLevel={level}")).await?;
                page.each("/*/quoteLevel")
                    .iter()
                    .try_for_each(|part| part.is(level.clone()))
            }),
        case("quote.list.two-filters")
            .shows(&["115.1 O7"])
            .given("a firm quote")
            .when("the Buyer narrows the list by its name and its level together, and by its name and another level")
            .then("it is in the first list, and the second one is empty")
            .wrong("narrowing a list makes it longer")
            .run(async |lab| {
                let (whole, page) = (read(lab).await?, page(lab).await?);
                let (name, level) = (whole.text_at("/externalId")?, whole.text_at("/quoteLevel")?);
                let both = lab
                    .get(F, format!("{QUOTE}?externalId={name}&quoteLevel={level}"))
                    .await?;
                both.so(both.list()?.len() == page.list()?.len(), "the same list", both.told())?;
                let none = lab
                    .get(F, format!("{QUOTE}?externalId={name}&quoteLevel=budgetary"))
                    .await?;
                none.so(none.list()?.is_empty(), "an empty list", none.told())
            }),
        case("quote.list.pages")
            .shows(&["115.1 D5"])
            .given("at least two quotes")
            .when("the Buyer lists them one by one")
            .then("each page has another one (a SHOULD)")
            .wrong("the Buyer sees one twice and another never")
            .run(async |lab| {
                firm(lab).await?;
                pages(lab, F, QUOTE).await.map(|_| ())
            }),
        case("quote.list.truncation")
            .shows(&["115.1 CR1"])
            .given("more quotes than a page has")
            .when("the Buyer reads the first page")
            .then("a header shows that there are more")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| {
                firm(lab).await?;
                let first = pages(lab, F, QUOTE).await?;
                tells_truncation(&first)
            }),
        case("quote.list.too-many")
            .shows(&["115.1 R50"])
            .negative()
            .given("a Seller that says above how many rows it refuses a list")
            .when("the Buyer asks for more")
            .then("422 with the code tooManyRecords")
            .wrong("the Buyer takes a part for the whole")
            .run(async |lab| too_many(lab, F, QUOTE).await),
    ]
}
