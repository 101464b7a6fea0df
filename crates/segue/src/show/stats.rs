//! Statistics for people: what flowed, what was lost, who waits.

use serde_json::{Value, json};

/// Three tables: a row each for a period, partner and step.
pub fn view(value: &Value) -> Value {
    let flows = value["steps"].as_array().map_or(&[][..], Vec::as_slice);
    let mut steps = Vec::new();
    let mut lost = Vec::new();
    for flow in flows {
        steps.push(json!({
            "period": flow["period"],
            "partner": flow["partner"],
            "step": flow["step"],
            "asked": flow["asked"],
            "answered": flow["answered"],
            "without person": flow["withoutPerson"],
            "zero-touch": percent(&flow["zeroTouch"]),
            "p50": seconds(&flow["answerSecondsP50"]),
            "p99": seconds(&flow["answerSecondsP99"]),
            "waiting": flow["waiting"],
            "withdrawn": flow["withdrawn"],
        }));
        for row in flow["fallOut"].as_array().into_iter().flatten() {
            lost.push(json!({
                "period": flow["period"],
                "partner": flow["partner"],
                "step": flow["step"],
                "count": row["count"],
                "state": row["state"],
                "reason": row["reason"],
            }));
        }
    }
    let errands = value["errands"].as_array().into_iter().flatten().map(errands).collect();
    let note = if steps.is_empty() {
        json!("nothing was asked in this time")
    } else {
        Value::Null
    };
    json!({
        "since": value["since"],
        "until": value["until"],
        "note": note,
        "steps": steps,
        "fall-out": lost,
        "errands": Value::Array(errands),
    })
}

fn errands(row: &Value) -> Value {
    json!({
        "partner": row["partner"],
        "step": row["step"],
        "open": row["open"],
        "late": row["late"],
        "< 1 hour": row["underHour"],
        "< 1 day": row["underDay"],
        "< 1 week": row["underWeek"],
        "older": row["older"],
        "oldest": seconds(&row["oldestSeconds"]),
    })
}

fn percent(share: &Value) -> String {
    share
        .as_f64()
        .map_or_else(String::new, |share| format!("{:.1} %", share * 100.0))
}

/// `0.4 s`, `12 min`, `3.5 h`, `2.0 d`
fn seconds(value: &Value) -> String {
    match value.as_f64() {
        None => String::new(),
        Some(0.0) => "0 s".into(),
        Some(s) if s < 120.0 => format!("{s:.1} s"),
        Some(s) if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        Some(s) if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        Some(s) => format!("{:.1} d", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares_read_like_people_write_them() {
        assert_eq!(seconds(&json!(0.0)), "0 s");
        assert_eq!(seconds(&json!(0.44)), "0.4 s");
        assert_eq!(seconds(&json!(900)), "15 min");
        assert_eq!(seconds(&json!(12_600)), "3.5 h");
        assert_eq!(seconds(&json!(864_000)), "10.0 d");
        assert_eq!(seconds(&Value::Null), "");
        assert_eq!(percent(&json!(0.875)), "87.5 %");
    }
}
