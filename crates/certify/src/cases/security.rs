//! Who may call at all (Mplify 128.1): tokens, scopes, and what one Buyer must not see of another.
//! Tried at the quote API, where the profile has it.

mod id_token;
mod jose;

use crate::body;
use crate::case::{Case, Check, Function, Stop, case};
use crate::lab::expect::Answer;
use crate::lab::tokens::{Token, claim};
use crate::lab::{Ask, Lab};

/// Which API the tokens are tried at: the first one that lists.
fn api(lab: &Lab) -> Result<(Function, &'static str), Stop> {
    let lists = [
        (Function::Quote, "/quote"),
        (Function::Poq, "/productOfferingQualification"),
        (Function::Order, "/productOrder"),
    ];
    let found = lists
        .into_iter()
        .find(|(function, _)| function.api().is_some_and(|api| lab.profile.versions.contains_key(api)));
    found.ok_or_else(|| Stop::Blocked("the profile has no API with a list".to_owned()))
}

async fn listed_with(lab: &mut Lab, token: Token) -> Result<Answer, Stop> {
    let (function, list) = api(lab)?;
    lab.ask(Ask::new(function, "GET", format!("{list}?limit=1")).token(token))
        .await
}

/// A caller that nobody knows is told so, and nothing else.
async fn is_nobody(lab: &mut Lab, token: Token, code: &str) -> Check {
    listed_with(lab, Token::Ours).await?.status(&[200])?;
    listed_with(lab, token).await?.refusal(&[401])?.code(code)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [tokens(), scopes(), tenants(), id_token::cases(), jose::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// The hint leads to the listener of the tester: whoever follows it is seen there.
async fn hinted(lab: &mut Lab) -> Check {
    const KEYS: &str = "/listener/certify-keys";
    let keys = format!("{}{KEYS}", lab.listener()?.callback);
    let token = crate::lab::tokens::hinted(&lab.our_token().await?, &keys);
    let answer = listed_with(lab, Token::Text(token)).await?;
    answer.refusal(&[401])?;
    let heard = lab.listen_on().await?;
    let followed = heard.iter().any(|event| event.path.ends_with(KEYS));
    answer.so(!followed, "no request for the key", format!("a request to {keys}"))
}

fn tokens() -> Vec<Case> {
    vec![
        case("security.token.missing")
            .shows(&["128.1 R2"])
            .negative()
            .given("a list that the Buyer may read")
            .when("somebody reads it without a token")
            .then("401 with the code missingCredentials")
            .wrong("anybody reads what a Buyer was offered")
            .run(async |lab| is_nobody(lab, Token::Missing, "missingCredentials").await),
        case("security.token.nonsense")
            .shows(&["128.1 R2"])
            .negative()
            .given("a list that the Buyer may read")
            .when("somebody reads it with a token that is none")
            .then("401 with the code invalidCredentials")
            .wrong("anybody reads what a Buyer was offered")
            .run(async |lab| is_nobody(lab, Token::Text("nonsense".to_owned()), "invalidCredentials").await),
        case("security.token.altered")
            .shows(&["128.1 R42"])
            .negative()
            .given("a list that the Buyer may read")
            .when("somebody reads it with a token whose signature is another one")
            .then("401 with the code invalidCredentials")
            .wrong("anybody makes tokens of their own")
            .run(async |lab| is_nobody(lab, Token::Altered, "invalidCredentials").await),
        case("security.token.unsigned")
            .shows(&["128.1 R46", "128.1 R54"])
            .negative()
            .given("a list that the Buyer may read")
            .when("somebody reads it with a token that says it needs no signature")
            .then("401 with the code invalidCredentials")
            .wrong("anybody makes tokens of their own")
            .run(async |lab| is_nobody(lab, Token::Unsigned, "invalidCredentials").await),
        case("security.token.hint")
            .shows(&["128.1 D8"])
            .negative()
            .given("a list that the Buyer may read")
            .when("somebody reads it with a token that says where its key is to be fetched")
            .then("401, and nobody comes to fetch the key")
            .wrong("whoever has a web server makes tokens of their own")
            .run(async |lab| hinted(lab).await),
        case("security.token.header")
            .shows(&["128.1 R45"])
            .given("a token of the Seller's authorization server")
            .when("the Buyer reads its header, where it is a JWT")
            .then("it says by which algorithm and with which key it was signed")
            .wrong("a key that was changed locks everybody out")
            .run(async |lab| {
                let answer = listed_with(lab, Token::Ours).await?;
                let token = lab.our_token().await?;
                if claim(&token, "exp").is_none() {
                    return Err(Stop::NotOffered(
                        "the token is no JWT: nothing of it is for the Buyer to read".to_owned(),
                    ));
                }
                let header = crate::lab::tokens::header(&token);
                let both = header["alg"].is_string() && header["kid"].is_string();
                answer.so(both, "alg and kid in the header of the token", header.to_string())
            }),
    ]
}

fn scopes() -> Vec<Case> {
    vec![
        case("security.scope.narrow")
            .shows(&["128.1 R2"])
            .negative()
            .given("a token for reading one quote only")
            .when("the Buyer asks for a new one with it")
            .then("403 with the code accessDenied")
            .wrong("who may look may also order")
            .run(async |lab| {
                let function = Function::Quote;
                if lab.operation(function, "retrieveQuote").is_none() {
                    return Err(Stop::Blocked("the profile has no quote API".to_owned()));
                }
                let asked = body::quote(lab, true, "firm")?;
                let narrow = Token::Scoped("retrieveQuote".to_owned());
                let answer = lab
                    .ask(Ask::new(function, "POST", "/quote").json(&asked).token(narrow))
                    .await?;
                answer.refusal(&[403])?.code("accessDenied")
            }),
        case("security.scope.unknown")
            .shows(&["128.1 R24"])
            .negative()
            .given("a scope that nobody has")
            .when("the Buyer asks for a token with it")
            .then("the token endpoint refuses, or grants less and says so")
            .wrong("a client grants itself what it wants")
            .run(async |lab| {
                let pairs = [("grant_type", "client_credentials"), ("scope", "certifyNoSuchScope")];
                let (status, answer) = lab.token_request(&pairs, None).await?;
                let narrowed = status == 200
                    && answer["scope"]
                        .as_str()
                        .is_some_and(|scope| !scope.contains("certifyNoSuchScope"));
                told(
                    status == 400 && answer["error"].is_string() || narrowed,
                    "400 invalid_scope, or another scope",
                    (status, &answer),
                )
            }),
        case("security.secret.wrong")
            .shows(&["128.1 R2"])
            .negative()
            .given("the client id of the Buyer")
            .when("somebody asks for a token with another secret")
            .then("the token endpoint refuses: 400 or 401 with an error")
            .wrong("anybody is the Buyer")
            .run(async |lab| {
                let pairs = [("grant_type", "client_credentials")];
                let (status, answer) = lab.token_request(&pairs, Some("certify-wrong-secret")).await?;
                told(
                    [400, 401].contains(&status) && answer["error"].is_string(),
                    "400 or 401 with an error",
                    (status, &answer),
                )
            }),
    ]
}

fn told(holds: bool, expected: &str, (status, answer): (u16, &serde_json::Value)) -> Check {
    if holds {
        return Ok(());
    }
    let came = format!("HTTP {status}: {}", crate::lab::mask::masked(answer));
    Err(Stop::Failed(crate::case::Finding {
        expected: expected.to_owned(),
        came,
        exchange: None,
    }))
}

/// A quote of ours; its id.
async fn quote(lab: &mut Lab) -> Result<(Answer, String), Stop> {
    let answer = lab
        .made("a quote that another Buyer must not see", async |lab| {
            let asked = body::quote(lab, true, "firm")?;
            lab.post(Function::Quote, "/quote", &asked).await?.object()
        })
        .await?;
    let id = answer.text_at("/id")?;
    Ok((answer, id))
}

fn tenants() -> Vec<Case> {
    vec![
        case("security.other-buyer.read")
            .shows(&["128.1 R2"])
            .negative()
            .given("a quote of the Buyer")
            .when("another Buyer reads it by its id")
            .then("404 with the code notFound, as for an id that nobody has")
            .wrong("one Buyer sees the prices of another")
            .run(async |lab| {
                let (_, id) = quote(lab).await?;
                let ask = Ask::new(Function::Quote, "GET", format!("/quote/{id}")).token(Token::Other);
                lab.ask(ask).await?.refusal(&[404])?.code("notFound")
            }),
        case("security.other-buyer.list")
            .shows(&["128.1 R2"])
            .negative()
            .given("a quote of the Buyer")
            .when("another Buyer lists quotes of its name")
            .then("200 with an empty list")
            .wrong("one Buyer sees what another one asks for")
            .run(async |lab| {
                let (made, _) = quote(lab).await?;
                let path = format!("/quote?externalId={}", made.text_at("/externalId")?);
                let page = lab
                    .ask(Ask::new(Function::Quote, "GET", path).token(Token::Other))
                    .await?;
                page.status(&[200])?;
                page.so(page.list()?.is_empty(), "an empty list", page.told())
            }),
        case("security.other-buyer.change")
            .shows(&["128.1 R2"])
            .negative()
            .given("a quote of the Buyer")
            .when("another Buyer declines it")
            .then("422 with the code referenceNotFound, as for an id that nobody has; the quote stays as it was")
            .wrong("one Buyer spoils what another one was offered")
            .run(async |lab| {
                let (_, id) = quote(lab).await?;
                let body = serde_json::json!({ "quoteId": id, "reason": "none" });
                let ask = Ask::new(Function::Quote, "POST", "/declineQuote")
                    .json(&body)
                    .token(Token::Other);
                lab.ask(ask).await?.refusal(&[422, 404])?;
                let after = lab.get(Function::Quote, format!("/quote/{id}")).await?;
                after
                    .at("/state")
                    .so(after.at("/state").text() != "declined", "not to be declined")
            }),
    ]
}
