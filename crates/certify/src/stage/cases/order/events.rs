//! How a Buyer takes events about its orders.

use super::F;
use crate::case::{Case, case};
use crate::stage::Stage;
use crate::stage::cases::hub;

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.order.events.taken")
            .shows(&["123.1 R7"])
            .given("An order, and a Buyer that has registered.")
            .when("The order is worked on, and the Buyer is told.")
            .then("The listener of the Buyer answers 204 with nothing in it.")
            .wrong("The Seller would tell it again and again.")
            .watch(async |stage| hub::takes(stage, F).await),
        case("buyer.order.events.doubled")
            .shows(&["123.1 R7"])
            .given("A Buyer that has registered for events of orders.")
            .when("The same event comes twice.")
            .then("The listener answers 204 both times.")
            .wrong("A repeat after a lost answer would never end.")
            .watch(async |stage| hub::takes_twice(stage, F).await),
        case("buyer.order.events.reordered")
            .shows(&["123.1 R7"])
            .given("A Buyer that has registered for events of orders.")
            .when("An older event comes after a newer one, and late.")
            .then("The listener answers 204 to both.")
            .wrong("Events are not promised to come in order.")
            .watch(async |stage| hub::takes_in_any_order(stage, F).await),
        case("buyer.order.events.unregister")
            .shows(&["123.1 R106"])
            .given("A Buyer that has registered.")
            .when("It ends its registration.")
            .then("It names the id that the Seller gave it.")
            .wrong("The registration would go on, or that of somebody else end.")
            .watch(async |stage| hub::ends(stage, F, "unregister-order").await),
    ]
}
