//! What the agreement does not open is not ordered, unless it was quoted before.

use serde_json::{Value, json};

use super::desk::Desk;
use super::world::World;
use crate::api::bench::check_problems;
use crate::failure::Problem;
use crate::failure::ProblemCode::InvalidValue;

fn problems(world: &World, order: &Value) -> Vec<Problem> {
    world.create(order).map(drop).err().unwrap_or_default()
}

#[test]
fn an_order_that_was_not_quoted_keeps_within_places_and_time_of_the_agreement() {
    let mut world = World::new();
    let order = world.free_order();
    assert_eq!(problems(&world, &order), []);
    world.agreement.countries = vec!["NL".into()];
    let refused = problems(&world, &order);
    check_problems(&refused, &[(InvalidValue, "/productOrderItem/0/product")]);
    assert!(refused[0].reason.starts_with("The agreement does not open places"));
    world.agreement.countries.clear();
    world.agreement.pilot.requests.until = Some(world.now.get());
    let expected = [0, 1].map(|item| format!("/productOrderItem/{item}/product"));
    let expected: Vec<_> = expected.iter().map(|path| (InvalidValue, path.as_str())).collect();
    check_problems(&problems(&world, &order), &expected);
}

#[test]
fn what_was_quoted_bindingly_can_be_ordered_after_the_pilot() {
    let mut world = World::new();
    world.agreement.pilot.requests.until = Some(world.now.get());
    assert_eq!(problems(&world, &world.order()), []);
}

#[test]
fn a_completion_date_outside_the_agreement_is_refused_quoted_or_not() {
    let mut world = World::new();
    let late = json!("2027-03-01T00:00:00Z");
    let mut order = world.order();
    order["productOrderItem"][1]["requestedCompletionDate"] = late.clone();
    assert_eq!(problems(&world, &order), []);
    world.agreement.pilot.completion.until = Some("2027-03-01T00:00:00Z".parse().unwrap());
    let refused = problems(&world, &order);
    check_problems(
        &refused,
        &[(InvalidValue, "/productOrderItem/1/requestedCompletionDate")],
    );
}

#[test]
fn a_running_order_is_not_moved_out_of_the_agreement() {
    let mut desk = Desk::started(|_| {});
    desk.world.agreement.pilot.completion.until = Some("2027-03-01T00:00:00Z".parse().unwrap());
    let request = json!({
        "productOrderItem": {"productOrderId": desk.order, "productOrderItemId": "uni"},
        "requestedCompletionDate": "2027-03-02T00:00:00Z",
    });
    let refused = desk
        .create("modifyProductOrderItemRequestedDeliveryDate", request)
        .unwrap_err();
    check_problems(&refused, &[(InvalidValue, "/requestedCompletionDate")]);
}
