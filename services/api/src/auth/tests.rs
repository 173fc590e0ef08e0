//! Every row of the catalogue of bad tokens, each beside the good token that passes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use actix_web::{App, test as call, web};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{
    DevIssuer, Fetch, FetchError, Limiter, TokenFault, Verified, Verifier,
    dev::{AUDIENCE, ISSUER},
};
use crate::{
    clock::{Clock, ClockHand},
    config::{Auth, Config, SigningAlgorithm},
};

mod bad_tokens;
mod issuers;

const NOW: i64 = 1_790_000_000;

struct Bench {
    issuer: DevIssuer,
    verifier: Verifier,
    hand: ClockHand,
}

impl Bench {
    fn new() -> Self {
        let issuer = DevIssuer::ephemeral();
        let (verifier, hand) = verifier(Auth { issuers: vec![issuer.config()], ..rules() }, no_fetch());
        Self { issuer, verifier, hand }
    }

    async fn judge(&self, token: &str) -> Result<Verified, TokenFault> {
        self.verifier.verify(token).await
    }

    /// The fault of a token with these claims, changed.
    async fn claims(&self, change: impl FnOnce(&mut Value)) -> Option<TokenFault> {
        let mut claims = good();
        change(&mut claims);
        self.judge(&self.issuer.sign(&claims)).await.err()
    }

    /// The fault of a token with this header, given as raw JSON and properly signed.
    async fn header(&self, change: impl FnOnce(&mut Value)) -> Option<TokenFault> {
        let mut header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": self.issuer.key_id()});
        change(&mut header);
        self.judge(&self.issuer.sign_raw(&header.to_string(), &good().to_string())).await.err()
    }
}

impl DevIssuer {
    /// Signs a header that the library would not write.
    fn sign_raw(&self, header: &str, claims: &str) -> String {
        let message =
            format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = self.sign_bytes(message.as_bytes());
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn rules() -> Auth {
    Config::development().auth
}

fn verifier(rules: Auth, fetch: Fetch) -> (Verifier, ClockHand) {
    let (clock, hand) = Clock::settable(Timestamp::from_second(NOW).unwrap());
    (Verifier::new(rules, fetch, clock).unwrap(), hand)
}

fn no_fetch() -> Fetch {
    counted(Arc::default(), Err(FetchError("nothing is fetched here".to_owned())))
}

/// A network that counts and always answers the same.
fn counted(count: Arc<AtomicUsize>, answer: Result<Vec<u8>, FetchError>) -> Fetch {
    Arc::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(answer.clone()))
    })
}

fn good() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "anna", "jti": "t-1", "iat": NOW, "nbf": NOW, "exp": NOW + 300})
}

#[actix_web::test]
async fn a_good_token_says_who_by_whom_and_when() {
    let bench = Bench::new();
    let token =
        bench.issuer.mint("anna", Timestamp::from_second(NOW).unwrap(), 300, uuid::Uuid::from_u128(1));
    let verified = bench.judge(&token).await.unwrap();
    assert_eq!((verified.subject.as_str(), verified.issuer.as_str()), ("anna", ISSUER));
    assert_eq!(verified.expires_at.as_second(), NOW + 300);
    assert_eq!(verified.auth_time.map(Timestamp::as_second), Some(NOW));
    assert!(!format!("{verified:?}").contains("anna"));
}

#[actix_web::test]
async fn the_self_test_passes() {
    Verifier::self_test(&rules(), &Clock::system()).await.unwrap();
}

#[actix_web::test]
async fn a_remembered_token_still_expires() {
    let bench = Bench::new();
    let token = bench.issuer.sign(&good());
    assert!(bench.judge(&token).await.is_ok());
    bench.hand.advance(SignedDuration::from_secs(304));
    assert!(bench.judge(&token).await.is_ok());
    bench.hand.advance(SignedDuration::from_secs(1));
    assert_eq!(bench.judge(&token).await, Err(TokenFault::Expired));
}

async fn whoami(caller: Verified) -> String {
    caller.subject
}

async fn status(headers: &[&str], limit: u32) -> Vec<u16> {
    let bench = Bench::new();
    let token = bench.issuer.sign(&good());
    let mut limits = Config::development().limits;
    limits.burst = limit.try_into().unwrap();
    let app =
        App::new().app_data(web::Data::new(bench.verifier)).app_data(web::Data::new(Limiter::new(&limits)));
    let app = call::init_service(app.route("/", web::get().to(whoami))).await;
    let mut seen = Vec::new();
    for _ in 0..=limit {
        let mut request = call::TestRequest::get();
        for header in headers {
            request = request.append_header(("authorization", header.replace("TOKEN", &token)));
        }
        seen.push(call::call_service(&app, request.to_request()).await.status().as_u16());
    }
    seen
}

#[actix_web::test]
async fn one_bearer_header_is_asked_for() {
    assert_eq!(status(&["Bearer TOKEN"], 5).await[0], 200);
    assert_eq!(status(&["bearer TOKEN"], 5).await[0], 200);
    assert_eq!(status(&["Bearer TOKEN", "Bearer TOKEN"], 5).await[0], 400);
    for bad in
        [&[][..], &["Basic TOKEN"], &["TOKEN"], &["Bearer "], &["Bearer"], &["Bearer TOKEN x"], &["Bearer x"]]
    {
        assert_eq!(status(bad, 5).await[0], 401, "{bad:?}");
    }
}

#[actix_web::test]
async fn a_user_who_asks_more_than_their_share_waits() {
    assert_eq!(status(&["Bearer TOKEN"], 3).await, [200, 200, 200, 429]);
}

#[test]
fn one_users_share_is_not_anothers() {
    let mut limits = Config::development().limits;
    limits.burst = 1.try_into().unwrap();
    let limiter = Limiter::new(&limits);
    assert!(limiter.check("anna").is_ok());
    assert_eq!(limiter.check("anna").unwrap_err().status(), 429);
    assert!(limiter.check("bek").is_ok());
}
