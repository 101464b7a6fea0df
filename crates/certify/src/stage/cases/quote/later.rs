//! Quotes that are answered later, events, the end of a quote, lists.

use serde_json::Value;

use super::{F, ITEMS};
use crate::case::{Case, Check, Stop, case};
use crate::lab::expect::Answer;
use crate::stage::Stage;
use crate::stage::cases::{common, hub};

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.quote.later.contacts")
            .shows(&["115.1 R17", "115.1 R20"])
            .given("A Buyer that knows an address of the tester.")
            .when("It is to ask for a quote that may be answered later.")
            .then("It names a contact for the quote, and a technical one for each item.")
            .wrong("Nobody could be asked while the quote is worked on.")
            .watch(async |stage| {
                let request = waiting(stage).await?;
                has_contact(&request, "", "buyerContactInformation")?;
                let items = request.each(&format!("{ITEMS}/*"));
                items
                    .iter()
                    .try_for_each(|item| has_contact(&request, &item.pointer, "quoteItemTechnicalContact"))
            }),
        case("buyer.quote.later.date")
            .shows(&["115.1 R18"])
            .given("A Buyer that knows an address of the tester.")
            .when("It is to ask for a quote that may be answered later.")
            .then("It says by when it wants the answer.")
            .wrong("The Seller could take any time.")
            .watch(async |stage| {
                let request = waiting(stage).await?;
                request.at("/requestedQuoteCompletionDate").given()
            }),
        case("buyer.quote.events.register")
            .shows(&["115.1 R56"])
            .given("A Buyer that wants to hear of quotes.")
            .when("It registers at the hub.")
            .then("It says where to call.")
            .wrong("Nobody could call it.")
            .watch(async |stage| hub::has_callback(stage, F).await),
        case("buyer.quote.events.taken")
            .shows(&["115.1 R15"])
            .given("A quote that is answered later, and a Buyer that has registered.")
            .when("The Seller begins to work on it, and tells so.")
            .then("The listener of the Buyer answers 204 with nothing in it.")
            .wrong("The Seller would tell it again and again.")
            .watch(async |stage| hub::takes(stage, F).await),
        case("buyer.quote.events.doubled")
            .shows(&["115.1 R15"])
            .given("A Buyer that has registered for events of quotes.")
            .when("The same event comes twice.")
            .then("The listener answers 204 both times.")
            .wrong("A repeat after a lost answer would never end.")
            .watch(async |stage| hub::takes_twice(stage, F).await),
        case("buyer.quote.events.reordered")
            .shows(&["115.1 R15"])
            .given("A Buyer that has registered for events of quotes.")
            .when("An older event comes after a newer one, and late.")
            .then("The listener answers 204 to both.")
            .wrong("Events are not promised to come in order.")
            .watch(async |stage| hub::takes_in_any_order(stage, F).await),
        case("buyer.quote.events.unknown")
            .shows(&["115.1 R15"])
            .negative()
            .given("A Buyer that has registered for events of quotes.")
            .when("An event comes about a quote that it does not know.")
            .then("The listener takes or refuses it; it does not fail.")
            .wrong("Anybody with a token could break the listener.")
            .watch(async |stage| hub::survives_unknown(stage, F).await),
        case("buyer.quote.events.fetch")
            .shows(&["115.1 R15"])
            .given("A quote that is answered later, and a Buyer that has registered.")
            .when("The quote is answered, and the Buyer is told.")
            .then("The listener answers 204; it is odd if the Buyer does not fetch the quote.")
            .wrong("The price would never reach the Buyer.")
            .watch(async |stage| {
                let end = ("approved.orderable", "approved.orderable");
                hub::fetches(stage, F, ("retrieveQuote", end)).await
            }),
        case("buyer.quote.events.unregister")
            .shows(&["115.1 R59"])
            .given("A Buyer that has registered.")
            .when("It ends its registration.")
            .then("It names the id that the Seller gave it.")
            .wrong("The registration would go on, or that of somebody else end.")
            .watch(async |stage| hub::ends(stage, F, "unregister-quote").await),
        case("buyer.quote.list")
            .shows(&["115.1 O6", "115.1 O7"])
            .given("Quotes of the Buyer.")
            .when("It lists them.")
            .then("It uses filters that there are, if any.")
            .wrong("A misspelt filter is refused, or lists everything.")
            .watch(async |stage| {
                common::quoted(stage).await?;
                let request = stage.step("quote-list", &[], "listQuote").await?;
                request.so(
                    request.unexpected.is_empty(),
                    "filters of the standard only",
                    request.unexpected.join(", "),
                )
            }),
    ]
}

/// A quote that may be answered later.
async fn waiting(stage: &mut Stage) -> Result<Answer, Stop> {
    let request = hub::followed(stage, F).await?;
    request.at("/instantSyncQuote").is(false)?;
    Ok(request)
}

fn has_contact(request: &Answer, at: &str, role: &str) -> Check {
    crate::cases::common::has_contact(request, at, role)
}

/// Mplify 115.1 R24.
pub async fn poq_interval(stage: &mut Stage) -> Check {
    let address = common::address(stage).await?;
    let poq = common::qualified(stage).await?;
    let id = common::id_of(&poq)?;
    let request = stage
        .step("quote-poq", &[("poq", &id), ("address", &address)], "createQuote")
        .await?;
    let mut seen = false;
    for item in request.each(&format!("{ITEMS}/*")) {
        let wanted = item.value.get("requestedQuoteItemInstallationInterval").and_then(days);
        let told = item.value.get("productOfferingQualificationItem");
        seen |= told.is_some();
        if let (Some(wanted), Some(_)) = (wanted, told) {
            // The tester tells ten business days of everything.
            item.so(
                wanted >= 10.0,
                "to want it no sooner than the 10 business days it was told",
            )?;
        }
    }
    if seen {
        return Ok(());
    }
    Err(Stop::NotOffered("the quote names no qualification".to_owned()))
}

/// About how many business days an interval is; none where it is no interval.
fn days(interval: &Value) -> Option<f64> {
    let amount = interval["amount"].as_f64()?;
    Some(match interval["units"].as_str()? {
        "seconds" => amount / 86_400.0,
        "minutes" => amount / 1_440.0,
        "businessHours" => amount / 8.0,
        "calendarHours" => amount / 24.0,
        "businessDays" | "calendarDays" => amount,
        "months" => amount * 20.0,
        "years" => amount * 250.0,
        _ => return None,
    })
}
