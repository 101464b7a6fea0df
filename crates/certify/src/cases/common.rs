//! What is asked of every API alike.

use serde_json::Value;

use crate::case::{Check, Finding, Function, Stop};
use crate::lab::expect::Answer;
use crate::lab::{Lab, NOBODY};

/// The standard leaves open whether what is wrong in form is answered with 400 or 422.
pub const REFUSED: [u16; 2] = [400, 422];

/// Nothing of this function's answers is against the description, in what it has.
pub fn conform(lab: &Lab, function: Function) -> Check {
    let of_it = lab.log.iter().filter(|exchange| exchange.function == function);
    for exchange in of_it {
        if let Some(fault) = exchange.faults.first() {
            let expected = format!("an answer to {} as its OpenAPI describes it", exchange.title());
            return Err(Stop::Failed(Finding {
                expected,
                came: fault.clone(),
                exchange: Some(exchange.number),
            }));
        }
    }
    Ok(())
}

/// Nothing in this function's answers is beside the description.
pub fn nothing_undefined(lab: &Lab, function: Function) -> Check {
    let of_it = lab.log.iter().filter(|exchange| exchange.function == function);
    for exchange in of_it {
        if let Some(member) = exchange.unexpected.first() {
            let expected = format!(
                "nothing in the answer to {} that the standard does not have",
                exchange.title()
            );
            return Err(Stop::Failed(Finding {
                expected,
                came: member.clone(),
                exchange: Some(exchange.number),
            }));
        }
    }
    Ok(())
}

/// Every answer of this function has a status that its operation declares. Others are allowed where
/// HTTP has them, but never for success.
pub fn statuses(lab: &mut Lab, function: Function) -> Check {
    let log = lab.log.clone();
    for exchange in log.iter().filter(|exchange| exchange.function == function) {
        let Some(operation) = &exchange.operation else { continue };
        let (answers, errors) = (operation.statuses.answers, operation.statuses.errors);
        if answers.contains(&exchange.status) || errors.contains(&exchange.status) {
            continue;
        }
        let finding = Finding {
            expected: format!("{} answered with one of {answers:?} or {errors:?}", exchange.title()),
            came: format!("HTTP {}", exchange.status),
            exchange: Some(exchange.number),
        };
        if exchange.is_success() || exchange.status == 0 {
            return Err(Stop::Failed(finding));
        }
        lab.warnings.push(finding);
    }
    Ok(())
}

/// A body without one of its members, or with another value there.
pub fn spoiled(body: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    match (body.pointer_mut(parent), value) {
        (Some(Value::Object(object)), Some(value)) => {
            object.insert(name.to_owned(), value);
        }
        (Some(Value::Object(object)), None) => {
            object.remove(name);
        }
        (Some(Value::Array(list)), Some(value)) => {
            if let Some(place) = name.parse::<usize>().ok().and_then(|index| list.get_mut(index)) {
                *place = value;
            }
        }
        (Some(Value::Array(list)), None) => {
            if let Some(index) = name.parse().ok().filter(|index| *index < list.len()) {
                list.remove(index);
            }
        }
        _ => {}
    }
    body
}

/// Each body without one of the members is refused in the form of the standard.
pub async fn each_is_needed(
    lab: &mut Lab,
    (function, path): (Function, &str),
    body: &Value,
    members: &[&str],
) -> Check {
    for member in members {
        let answer = lab.post(function, path, &spoiled(body, member, None)).await?;
        answer.refusal(&REFUSED)?;
        answer.problem_at(member)?;
    }
    Ok(())
}

/// A body that is wrong by the rules of the standard, where no rule binds the Seller to refuse it:
/// taken, it is odd; refused, the refusal has to be one of the standard.
pub async fn should_be_refused(lab: &mut Lab, (function, path): (Function, &str), body: &Value, what: &str) -> Check {
    let answer = lab.post(function, path, body).await?;
    if answer.is_success() {
        lab.warn(&answer, format!("{what} to be refused"), answer.told());
        return Ok(());
    }
    answer.refusal(&REFUSED).map(|_| ())
}

/// An id that nobody has is not found.
pub async fn unknown_is_404(lab: &mut Lab, function: Function, collection: &str) -> Check {
    let answer = lab.get(function, format!("{collection}/{NOBODY}")).await?;
    answer.refusal(&[404])?.code("notFound")
}

/// What a list says of its pages: at least one of the two headers, and true.
pub fn tells_truncation(page: &Answer) -> Check {
    let (total, throttled) = (page.header("x-total-count"), page.header("x-pagination-throttled"));
    let more = total
        .and_then(|text| text.parse::<usize>().ok())
        .is_some_and(|total| total > page.body.as_array().map_or(0, Vec::len));
    let told = more || throttled == Some("true");
    page.so(
        told,
        "X-Total-Count or X-Pagination-Throttled to show that the page was cut",
        format!("{total:?} and {throttled:?}"),
    )
}

/// Two pages of one element each: different ones, each alone, the first with a sign that more follow.
pub async fn pages(lab: &mut Lab, function: Function, list: &str) -> Result<Answer, Stop> {
    let join = if list.contains('?') { '&' } else { '?' };
    let first = lab.get(function, format!("{list}{join}limit=1")).await?;
    let second = lab.get(function, format!("{list}{join}limit=1&offset=1")).await?;
    first.status(&[200])?;
    second.status(&[200])?;
    let (one, two) = (first.list()?.clone(), second.list()?);
    if two.is_empty() {
        return Err(Stop::Blocked(format!("{list} has fewer than two elements")));
    }
    if one.len() != 1 || two.len() != 1 {
        lab.warn(
            &first,
            "pages of one element (pagination is a SHOULD)",
            format!("{} elements", one.len()),
        );
    } else {
        second.so(
            one[0]["id"] != two[0]["id"],
            "another element on the second page",
            "the same one",
        )?;
    }
    Ok(first)
}

/// A list narrowed by one value: the resource is in it, and every row has that value.
pub async fn narrows(
    lab: &mut Lab,
    (function, list): (Function, &str),
    (filter, value): (&str, &str),
    (member, id): (&str, &str),
) -> Check {
    let page = lab
        .get(function, format!("{list}?{filter}={}", in_query(value)))
        .await?;
    page.status(&[200])?;
    page.each(&format!("/*/{member}"))
        .iter()
        .try_for_each(|part| part.is(value))?;
    has_row(&page, id, &format!("{filter}={value}"))
}

/// A list narrowed to a second before and after a date: the resource is in it, and every row lies
/// between. A list narrowed to a time long past is empty.
pub async fn between(
    lab: &mut Lab,
    (function, list): (Function, &str),
    (filter, member): (&str, &str),
    (id, date): (&str, &str),
) -> Check {
    let date: jiff::Timestamp = date.parse().map_err(|_| Stop::Blocked(format!("{date} is no date")))?;
    let (before, after) = (
        date - jiff::SignedDuration::from_secs(1),
        date + jiff::SignedDuration::from_secs(1),
    );
    let query = format!(
        "{filter}.gt={}&{filter}.lt={}",
        in_query(&before.to_string()),
        in_query(&after.to_string())
    );
    let page = lab.get(function, format!("{list}?{query}")).await?;
    page.status(&[200])?;
    for part in page.each(&format!("/*/{member}")) {
        let row: Option<jiff::Timestamp> = part.text().parse().ok();
        part.so(
            row.is_some_and(|row| (before..=after).contains(&row)),
            format!("to be between {before} and {after}"),
        )?;
    }
    has_row(&page, id, &query)?;
    let past = lab
        .get(function, format!("{list}?{filter}.lt=2001-01-01T00:00:00Z"))
        .await?;
    past.status(&[200])?;
    past.so(
        past.list()?.is_empty(),
        "an empty list of what was before 2001",
        past.told(),
    )
}

fn has_row(page: &Answer, id: &str, query: &str) -> Check {
    let has = page.list()?.iter().any(|row| row["id"] == id);
    page.so(has, format!("{id} in the list with {query}"), page.told())
}

/// A value in a query.
pub fn in_query(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// A list without a match is 200 with nothing in it.
pub async fn none_is_empty(lab: &mut Lab, function: Function, list: &str) -> Check {
    let page = lab.get(function, format!("{list}={NOBODY}")).await?;
    page.status(&[200])?;
    page.so(page.list()?.is_empty(), "an empty list", page.told())
}

/// A Seller that says above how many matches it refuses a list does so.
pub async fn too_many(lab: &mut Lab, function: Function, list: &str) -> Check {
    if lab.profile.agreed.too_many_records.is_none() {
        return Err(Stop::NotOffered(
            "no limit was agreed (agreed.too-many-records)".to_owned(),
        ));
    }
    lab.get(function, list).await?.refusal(&[422])?.code("tooManyRecords")
}

/// A row of a list says the same as the resource itself, in every member that both have.
pub fn same_row(page: &Answer, whole: &Answer, members: &[&str]) -> Check {
    let id = whole.text_at("/id")?;
    let index = page.list()?.iter().position(|row| row["id"] == id.as_str());
    let Some(index) = index else {
        return Err(page.fail(format!("{id} in the list"), page.told()));
    };
    for member in members {
        let value = whole.at(&format!("/{member}")).value;
        if !value.is_null() {
            page.at(&format!("/{index}/{member}")).is(value)?;
        }
    }
    Ok(())
}

/// A contact of this role is there.
pub fn has_contact(answer: &Answer, at: &str, role: &str) -> Check {
    let roles = answer.each(&format!("{at}/relatedContactInformation/*/role"));
    let has = roles.iter().any(|part| part.text() == role);
    answer.so(
        has,
        format!("a contact with the role {role} at {at}/relatedContactInformation"),
        answer.told(),
    )
}

/// The items of an answer are those that were asked for, each once.
pub fn same_items(answer: &Answer, list: &str) -> Check {
    let ids = |body: &Value| -> Vec<String> {
        let items = body.pointer(list).and_then(Value::as_array);
        let mut ids: Vec<String> = items.into_iter().flatten().map(|item| item["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let (asked, came) = (answer.sent.as_ref().map(ids).unwrap_or_default(), ids(&answer.body));
    answer.so(
        asked == came,
        format!("the items {}", asked.join(", ")),
        came.join(", "),
    )
}

/// Every body of a function's log that looks like one of its resources.
pub fn seen(lab: &Lab, function: Function, list: &str) -> Vec<Answer> {
    let of_it = lab
        .log
        .iter()
        .filter(|exchange| exchange.function == function && exchange.is_success());
    of_it
        .filter(|exchange| exchange.body.pointer(list).is_some_and(Value::is_array))
        .map(Answer::of)
        .collect()
}
