use serde_json::json;

use super::*;

fn told(told: &[Told]) -> Vec<String> {
    told.iter()
        .map(|told| format!("{}: {}", told.line, told.what))
        .collect()
}

#[test]
fn a_list_is_read_in_any_usual_form_and_what_is_taken_otherwise_is_told() {
    let text = "\u{feff}# from the spreadsheet\nStandort;Land;PLZ;Ort;Straße;Nr\n\
                Shop 1;Germany;D-10115;Berlin;Invalidenstraße;43\n;\n;DE;10115;Berlin;Ahornstraße 20;\n";
    let read = read_sites(text);
    assert_eq!(told(&read.problems), [""; 0]);
    let [first, second] = read.sites.as_slice() else {
        panic!("{read:?}")
    };
    assert_eq!((first.line, first.name.as_str()), (3, "Shop 1"));
    assert_eq!((first.country.as_str(), first.postcode.as_str()), ("DE", "10115"));
    assert_eq!(second.name, "Ahornstraße 20 Berlin");
    let fields = &second.query["fieldedAddressRepresentation"][0];
    assert_eq!(
        (&fields["streetName"], &fields["streetNr"]),
        (&json!("Ahornstraße"), &json!("20"))
    );
    let changes = told(&read.changes);
    assert!(
        changes
            .iter()
            .any(|told| told.contains("Germany") && told.starts_with("3:")),
        "{changes:?}"
    );
}

#[test]
fn points_and_addresses_in_one_text_are_places_too() {
    let read =
        read_sites("site,address,lat,lon,address id\nA,\"Hillside 1, Bristol\",,,\nB,,52.5,13.4,\nC,,,,HILL-1\n");
    assert_eq!(told(&read.problems), [""; 0]);
    assert!(read.sites[0].query["formattedAddressRepresentation"].is_array());
    assert_eq!(
        read.sites[1].query["geographicPointRepresentation"][0]["latitude"],
        "52.5"
    );
    assert_eq!(
        (read.sites[2].address_id.as_deref(), &read.sites[2].query),
        (Some("HILL-1"), &Value::Null)
    );
}

#[test]
fn every_bad_line_is_told_with_its_number() {
    let read = read_sites("country,city,street,lat,lon\nDE,Berlin,,,\nAtlantis,X,Y 1,,\nDE,,,52.5,\n,Berlin,Weg 1,,\n");
    let problems = told(&read.problems);
    assert_eq!(read.sites, []);
    for (line, part) in [
        (2, "no place"),
        (3, "Atlantis"),
        (4, "belong together"),
        (5, "country is missing"),
    ] {
        let found = problems
            .iter()
            .any(|told| told.starts_with(&format!("{line}:")) && told.contains(part));
        assert!(found, "{line} {part}: {problems:?}");
    }
    assert!(!read_sites("").problems.is_empty());
    assert!(!read_sites("x,y\n1,2\n").problems.is_empty());
}

#[test]
fn offers_are_called_by_what_they_are_also_at_sellers_with_dashes() {
    let id: OfferId = "1-17-acme-two-100-36".parse().unwrap();
    assert_eq!(
        (id.site, id.seller.as_str(), id.bandwidth, id.term),
        (17, "acme-two", 100, 36)
    );
    assert_eq!(id.to_string(), "1-17-acme-two-100-36");
    assert!("quote-7".parse::<OfferId>().is_err());
}

fn quote(state: &str, monthly: f64, once: f64) -> Value {
    let amount = |value: f64| json!({ "dutyFreeAmount": { "unit": "EUR", "value": value } });
    json!({
        "id": "q", "state": state, "quoteLevel": "firm", "validFor": { "endDateTime": "2026-12-01T00:00:00.000Z" },
        "quoteItem": [
            { "quoteItemInstallationInterval": { "amount": 3, "units": "businessDays" }, "quoteItemPrice": [
                { "name": "Set-up", "priceType": "nonRecurring", "price": amount(once) },
                { "name": "Traffic", "priceType": "usageBased", "price": amount(1.0) },
            ]},
            { "quoteItemInstallationInterval": { "amount": 10, "units": "businessDays" }, "quoteItemPrice": [
                { "name": "Rent", "priceType": "recurring", "price": amount(monthly * 12.0), "recurringChargePeriod": { "amount": 1, "units": "years" } },
            ]},
        ],
    })
}

#[test]
fn what_a_quote_costs_over_its_term_is_summed_up_and_what_cannot_be_is_named() {
    let offer = Offer::read(&quote("approved.orderable", 10.5, 100.0), 36);
    assert_eq!(
        (offer.per_month.to_string(), offer.once.normalize().to_string()),
        ("10.5".into(), "100".into())
    );
    assert_eq!(offer.total.normalize().to_string(), "478");
    assert_eq!(offer.beside, ["Traffic"]);
    assert_eq!(offer.interval.map(|span| span.amount), Some(10));
}

fn tender() -> Tender {
    Tender {
        number: 1,
        key: "k".into(),
        sites: read_sites("name,address id\nA,HILL-1\n").sites,
        sellers: ["dear", "cheap", "none"]
            .map(|id| Asked {
                seller: PartnerId::new(id),
                enni: None,
            })
            .to_vec(),
        terms: vec![12],
        bandwidths: vec![100],
        later: None,
    }
}

#[test]
fn offers_stand_side_by_side_the_cheapest_first_and_what_is_not_offered_says_why() {
    let tender = tender();
    let mut visits = tender.visits();
    for (visit, monthly) in visits.iter_mut().zip([20.0, 10.0]) {
        visit.address_id = Some("HILL-1".into());
        let rate = &mut visit.rates[0];
        rate.qualification = Request {
            progress: Progress::Done,
            confidence: "green".into(),
            ..Request::default()
        };
        let made = quote("approved.orderable", monthly, 5.0);
        rate.quotes[0].request.quoted(&made);
        rate.quotes[0].offer = Some(Offer::read(&made, 12));
        assert!(visit.is_done());
    }
    visits[2].why_not = Some("The agreement does not open places in DE.".into());
    let at = |now: &str| -> Vec<Value> {
        let rows = rows(&tender, &visits, now.parse().unwrap());
        rows.into_iter().map(Value::Object).collect()
    };
    let rows = at("2026-11-30T23:59:59Z");
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row["seller"].as_str().unwrap(), row.get("rank").and_then(Value::as_u64)))
        .collect();
    assert_eq!(told, [("cheap", Some(1)), ("dear", Some(2)), ("none", None)]);
    assert_eq!(
        (&rows[0]["offer"], &rows[0]["total"]),
        (&json!("1-1-cheap-100-12"), &json!(125))
    );
    // The end of a time is no part of it.
    for row in &at("2026-12-01T00:00:00Z")[..2] {
        assert_eq!(row["state"], "expired", "{row}");
        assert_eq!((row.get("offer"), row.get("rank")), (None, None), "{row}");
        assert!(row["total"].is_number(), "{row}");
    }
    let csv = csv(&rows);
    assert!(csv.starts_with("offer,site,line,seller,"), "{csv}");
    assert!(csv.lines().last().unwrap().contains("does not open places"), "{csv}");
}

#[test]
fn a_red_qualification_ends_a_rate_and_a_yellow_one_goes_on_with_its_reason() {
    let poq = |confidence: &str| {
        json!({ "id": "p", "state": "done", "productOfferingQualificationItem": [
            { "serviceabilityConfidence": "green" },
            { "serviceabilityConfidence": confidence, "serviceabilityConfidenceReason": "A line has to be built." },
        ]})
    };
    let mut rate = tender().visits().remove(0).rates.remove(0);
    rate.qualification.qualified(&poq("red"));
    assert!(rate.is_done());
    rate.qualification.qualified(&poq("yellow"));
    assert!(!rate.is_done());
    assert_eq!(rate.qualification.reason.as_deref(), Some("A line has to be built."));
}
