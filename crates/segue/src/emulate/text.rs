//! What an emulator says to people when it begins.

use serde_json::Value;

/// What is played, how it is reached, and lines that work as they stand.
pub fn of(told: &Value) -> String {
    let of = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let mut lines = vec![
        format!("{} ({})", of(told, "title"), of(told, "scenario")),
        format!("Simulated: {}.", of(told, "simulated")),
        String::new(),
    ];
    for company in told["companies"].as_array().into_iter().flatten() {
        lines.push(format!("{:<14} {}", of(company, "id"), of(company, "url")));
    }
    for client in told["clients"].as_array().into_iter().flatten() {
        lines.push(format!(
            "{:<14} {} with secret {} at {}",
            "client",
            of(client, "clientId"),
            of(client, "clientSecret"),
            of(client, "tokenEndpoint")
        ));
    }
    let admin = of(told, "admin");
    lines.push(format!("{:<14} {admin}", "admin API"));
    let clock = &told["clock"];
    lines.push(format!(
        "{:<14} {}, {} times as fast as the wall",
        "business time",
        of(clock, "now"),
        clock["speed"]
    ));
    lines.extend([String::new(), "Try:".into()]);
    // What a Seller from outside may do here is to tell of events: nothing to try by hand.
    let buys = |client: &&Value| {
        let mut companies = told["companies"].as_array().into_iter().flatten();
        companies.any(|company| company["id"] == client["at"] && company["sells"] == true)
    };
    if let Some(client) = told["clients"].as_array().and_then(|clients| clients.iter().find(buys)) {
        let endpoint = of(client, "tokenEndpoint");
        let base = endpoint.trim_end_matches("/oauth2/token");
        lines.push(format!(
            "  TOKEN=$(curl -s -u '{}:{}' -d grant_type=client_credentials {endpoint} | jq -r .access_token)",
            of(client, "clientId"),
            of(client, "clientSecret")
        ));
        lines.push(format!(
            "  curl -s -H \"Authorization: Bearer $TOKEN\" '{base}/mefApi/sonata/quoteManagement/v10/quote?limit=5'"
        ));
    }
    lines.push(format!("  curl -s {admin}/exchanges"));
    lines.push(format!("  curl -s {admin}/clock -d '{{\"by\": \"1 businessDays\"}}'"));
    lines.push("Ctrl-C stops it; nothing is kept. docs/emulators.md tells more.".into());
    lines.join("\n")
}
