//! Items that wait for each other, from the order to the moment they begin or end.

use serde_json::{Value, json};

use super::desk::Desk;
use super::world::World;
use crate::api::order::rules::{fail_item, fail_needs};
use crate::failure::ProblemCode::{self, InvalidValue, ReferenceNotFound};

fn action(dependency: &str, item: &str, days: u32) -> Value {
    json!({
        "coordinationDependency": dependency, "itemId": item,
        "coordinatedActionDelay": { "amount": days, "units": "calendarDays" },
    })
}

/// A third item, `two`: a UNI that nothing relates to.
fn add_second(order: &mut Value) -> &mut Value {
    let items = order["productOrderItem"].as_array_mut().unwrap();
    let mut two = items[0].clone();
    two["id"] = json!("two");
    items.push(two);
    items.last_mut().unwrap()
}

fn date(desk: &Desk, item: usize, name: &str) -> String {
    let date = desk.at(&format!("/productOrderItem/{item}/{name}"));
    date.as_str().unwrap_or_default().chars().take(10).collect()
}

fn started(desk: &Desk, item: usize) -> String {
    let steps = desk.at(&format!("/productOrderItem/{item}/milestone"));
    let mut steps = steps.as_array().into_iter().flatten();
    let step = steps.find(|step| step["name"] == "WORK_STARTED");
    step.map_or("", |step| step["date"].as_str().unwrap())
        .chars()
        .take(10)
        .collect()
}

/// `two` with `on_two`, and the UNI with `on_uni`: when `two` began and ended.
#[track_caller]
fn check_begin((on_two, on_uni): (Value, Value), begin: &str, end: &str) {
    let mut desk = Desk::started(|order| {
        order["productOrderItem"][0]["coordinatedAction"] = on_uni;
        let two = add_second(order);
        two["coordinatedAction"] = on_two;
        two["requestedCompletionDate"] = json!("2026-12-04T08:00:00Z");
    });
    assert_eq!(date(&desk, 2, "expectedCompletionDate"), end);
    assert_eq!(started(&desk, 2), "");
    desk.until("2026-12-31T08:00:00Z");
    assert_eq!(desk.at("/state"), "completed");
    assert_eq!(date(&desk, 0, "completionDate"), "2026-11-30");
    assert_eq!(
        (started(&desk, 2), date(&desk, 2, "completionDate")),
        (begin.into(), end.into())
    );
}

#[test]
fn an_item_begins_after_the_start_or_the_end_of_another_and_a_delay() {
    let none = || json!([]);
    check_begin(
        (json!([action("startToFinish", "uni", 2)]), none()),
        "2026-12-02",
        "2026-12-07",
    );
    check_begin(
        (none(), json!([action("finishToStart", "two", 4)])),
        "2026-12-04",
        "2026-12-09",
    );
    check_begin(
        (json!([action("startToStart", "uni", 3)]), none()),
        "2026-11-27",
        "2026-12-04",
    );
    // Whatever comes last decides.
    let both = json!([action("startToStart", "uni", 3), action("startToFinish", "uni", 0)]);
    check_begin((both, none()), "2026-11-30", "2026-12-05");
}

#[test]
fn items_that_finish_together_do_so_in_the_same_moment_what_others_need_first() {
    let mut desk = Desk::started(|order| {
        order["productOrderItem"][0]["coordinatedAction"] = json!([action("finishToFinish", "ovc", 0)]);
        let two = add_second(order);
        // It has to be built, and costs.
        two["product"]["place"][0]["place"]["id"] = json!("addr-2");
        two["coordinatedAction"] = json!([action("finishToFinish", "ovc", 0)]);
    });
    for item in 0..3 {
        assert_eq!(date(&desk, item, "expectedCompletionDate"), "2027-01-23");
    }
    desk.answer("accepted");
    desk.until("2027-03-01T08:00:00Z");
    assert_eq!(desk.at("/state"), "completed");
    let ends = [0, 1, 2].map(|item| desk.at(&format!("/productOrderItem/{item}/completionDate")));
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    let ovc = desk.at("/productOrderItem/1/product/id");
    let ovc = desk.document("product", ovc.as_str().unwrap());
    let uni = desk.at("/productOrderItem/0/product/id");
    assert!(
        ovc.body["productRelationship"]
            .as_array()
            .unwrap()
            .iter()
            .any(|to| to["id"] == uni)
    );
}

#[test]
fn an_item_waits_as_long_as_the_other_takes_and_its_date_is_told_again() {
    let mut desk = Desk::started(|order| {
        add_second(order)["coordinatedAction"] = json!([action("startToFinish", "uni", 0)]);
        order["productOrderItem"][0]["product"]["place"][0]["place"]["id"] = json!("addr-2");
        order["productOrderItem"][2]["requestedCompletionDate"] = json!("2027-01-01T08:00:00Z");
    });
    assert_eq!(date(&desk, 2, "expectedCompletionDate"), "2027-01-28");
    desk.answer("accepted");
    let body = json!({
        "productOrderItem": { "productOrderId": desk.order, "productOrderItemId": "uni" },
        "requestedCompletionDate": "2027-02-10T08:00:00Z",
    });
    desk.create("modifyProductOrderItemRequestedDeliveryDate", body)
        .unwrap();
    desk.until("2026-11-26T08:00:00Z");
    assert_eq!(date(&desk, 0, "expectedCompletionDate"), "2027-02-10");
    assert_eq!(date(&desk, 2, "expectedCompletionDate"), "2027-02-15");
    desk.until("2027-03-01T08:00:00Z");
    assert_eq!(desk.at("/state"), "completed");
    assert_eq!(
        (started(&desk, 2), date(&desk, 2, "completionDate")),
        ("2027-02-10".into(), "2027-02-15".into())
    );
}

#[test]
fn who_waits_for_what_fails_fails_too_but_not_the_other_way_round() {
    for (failing, states) in [
        ("uni", ["failed", "failed", "failed"]),
        ("two", ["inProgress", "inProgress", "failed"]),
    ] {
        let mut desk = Desk::started(|order| {
            add_second(order)["coordinatedAction"] = json!([action("startToFinish", "uni", 0)]);
        });
        let order = desk.document("productOrder", &desk.order).clone();
        let commit = desk.decide(fail_needs(&order.id), |found, ctx| {
            fail_item(&order, (failing, "No duct."), found, ctx)
        });
        desk.apply(commit.unwrap());
        let seen = [0, 1, 2].map(|item| desk.at(&format!("/productOrderItem/{item}/state")));
        assert_eq!(seen, states, "{failing}");
    }
}

#[test]
fn who_has_begun_does_not_need_the_other_any_more() {
    let mut desk = Desk::started(|order| {
        add_second(order)["coordinatedAction"] = json!([action("startToStart", "uni", 1)]);
    });
    desk.until("2026-11-26T08:00:00Z");
    let order = desk.document("productOrder", &desk.order).clone();
    let commit = desk.decide(fail_needs(&order.id), |found, ctx| {
        fail_item(&order, ("uni", "No duct."), found, ctx)
    });
    desk.apply(commit.unwrap());
    desk.until("2026-12-31T08:00:00Z");
    assert_eq!(desk.at("/state"), "partial");
    assert_eq!(desk.at("/productOrderItem/2/state"), "completed");
}

#[test]
fn a_cancellation_costs_nothing_for_what_has_not_begun() {
    let mut desk = Desk::started(|order| {
        let two = add_second(order);
        two["coordinatedAction"] = json!([action("startToFinish", "uni", 0)]);
    });
    desk.until("2026-11-26T08:00:00Z");
    let contact = json!({"role": "cancelProductOrderContact", "name": "Bo", "number": "+2 2", "emailAddress": "b@b.b"});
    let body = json!({ "productOrder": { "productOrderId": desk.order }, "relatedContactInformation": [contact] });
    desk.create("cancelProductOrder", body).unwrap();
    desk.run("assess");
    assert_eq!(desk.charge().at("/chargeItem").unwrap().as_array().unwrap().len(), 1);
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut Value), expected: &[(ProblemCode, &str)]) {
    let world = World::new();
    let mut order = world.free_order();
    add_second(&mut order);
    change(&mut order["productOrderItem"]);
    world.check_refused(&order, expected);
}

#[test]
fn coordination_is_with_another_item_of_the_order_once_and_without_contradiction() {
    let at = "/productOrderItem/2/coordinatedAction";
    let two = |actions: Value| move |items: &mut Value| items[2]["coordinatedAction"] = actions;
    check_refused(
        two(json!([action("startToStart", "no", 0)])),
        &[(ReferenceNotFound, &format!("{at}/0/itemId"))],
    );
    check_refused(
        two(json!([action("startToStart", "two", 0)])),
        &[(InvalidValue, &format!("{at}/0/itemId"))],
    );
    let twice = json!([action("startToStart", "uni", 0), action("startToStart", "uni", 3)]);
    check_refused(two(twice), &[(InvalidValue, &format!("{at}/1"))]);
    let late = json!([action("finishToFinish", "uni", 1)]);
    check_refused(two(late), &[(InvalidValue, &format!("{at}/0/coordinatedActionDelay"))]);
    // Both are requested for the same day.
    let after = json!([action("startToFinish", "uni", 1)]);
    check_refused(two(after), &[(InvalidValue, &format!("{at}/0/coordinationDependency"))]);
    let other_day = |items: &mut Value| {
        items[2]["requestedCompletionDate"] = json!("2026-12-24T08:00:00Z");
        items[2]["coordinatedAction"] = json!([action("finishToFinish", "uni", 0)]);
    };
    check_refused(other_day, &[(InvalidValue, &format!("{at}/0/coordinationDependency"))]);
}

#[test]
fn nothing_waits_for_itself_over_others_or_over_relations() {
    let path = |item: u32| format!("/productOrderItem/{item}/coordinatedAction/0/itemId");
    let mutual = |items: &mut Value| {
        items[0]["coordinatedAction"] = json!([action("startToFinish", "two", 0)]);
        items[2]["coordinatedAction"] = json!([action("startToStart", "uni", 0)]);
    };
    check_refused(mutual, &[(InvalidValue, &path(0)), (InvalidValue, &path(2))]);
    // The OVC ends at the UNI, and is completed after it.
    let related = |items: &mut Value| items[0]["coordinatedAction"] = json!([action("startToFinish", "ovc", 0)]);
    check_refused(related, &[(InvalidValue, &path(0))]);
    // What ends together cannot wait for each other's end.
    let together = |items: &mut Value| {
        items[0]["coordinatedAction"] = json!([action("finishToFinish", "two", 0)]);
        items[2]["coordinatedAction"] = json!([action("startToFinish", "uni", 0)]);
    };
    check_refused(together, &[(InvalidValue, &path(2))]);
}
