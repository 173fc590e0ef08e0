use aws_lc_rs::{encoding::AsDer, rsa, signature};
use jsonwebtoken::jwk::Jwk;

use super::*;
use crate::config::IssuerConfig;

fn remote(issuer: &DevIssuer) -> (IssuerConfig, Vec<u8>) {
    let config = issuer.config();
    let keys = config.jwks.clone().unwrap().into_bytes();
    (IssuerConfig { jwks: None, jwks_url: Some("https://login.example/keys".to_owned()), ..config }, keys)
}

#[actix_web::test]
async fn an_unknown_key_causes_one_fetch_per_minute_at_most() {
    let (issuer, count) = (DevIssuer::ephemeral(), Arc::new(AtomicUsize::new(0)));
    let (config, keys) = remote(&issuer);
    let (verifier, hand) =
        verifier(Auth { issuers: vec![config], ..rules() }, counted(count.clone(), Ok(keys)));
    assert!(verifier.verify(&issuer.sign(&good())).await.is_ok());
    let stranger = DevIssuer::ephemeral();
    for _ in 0..100 {
        assert_eq!(verifier.verify(&stranger.sign(&good())).await, Err(TokenFault::UnknownKey));
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    hand.advance(SignedDuration::from_secs(60));
    assert_eq!(verifier.verify(&stranger.sign(&good())).await, Err(TokenFault::UnknownKey));
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[actix_web::test]
async fn many_at_once_cause_one_fetch() {
    let (issuer, count) = (DevIssuer::ephemeral(), Arc::new(AtomicUsize::new(0)));
    let (config, keys) = remote(&issuer);
    let (verifier, _hand) =
        verifier(Auth { issuers: vec![config], ..rules() }, counted(count.clone(), Ok(keys)));
    let tokens: Vec<String> = (0..50).map(|n| issuer.sign(&with_id(n))).collect();
    let judged = futures_util::future::join_all(tokens.iter().map(|token| verifier.verify(token))).await;
    assert!(judged.iter().all(Result::is_ok));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

fn with_id(n: u32) -> Value {
    let mut claims = good();
    claims["jti"] = json!(n.to_string());
    claims
}

#[actix_web::test]
async fn known_keys_go_on_working_while_the_provider_is_down() {
    let issuer = DevIssuer::ephemeral();
    let (config, keys) = remote(&issuer);
    let up = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let network: Fetch = {
        let up = up.clone();
        Arc::new(move |_| {
            let answer =
                if up.load(Ordering::SeqCst) { Ok(keys.clone()) } else { Err(FetchError("down".to_owned())) };
            Box::pin(std::future::ready(answer))
        })
    };
    let (verifier, _hand) = verifier(Auth { issuers: vec![config], ..rules() }, network);
    assert!(verifier.refresh().await);
    up.store(false, Ordering::SeqCst);
    assert!(!verifier.refresh().await);
    assert!(verifier.verify(&issuer.sign(&good())).await.is_ok());
}

/// A provider that describes itself, and the addresses that were asked for.
fn described(
    issuer: &DevIssuer,
    jwks_uri: &str,
) -> (IssuerConfig, Fetch, Arc<std::sync::Mutex<Vec<String>>>) {
    let name = "https://login.example".to_owned();
    let config = IssuerConfig { issuer: name.clone(), jwks: None, discover: true, ..issuer.config() };
    let (asked, keys) = (Arc::<std::sync::Mutex<Vec<String>>>::default(), issuer.config().jwks.unwrap());
    let description = json!({"issuer": name, "jwks_uri": jwks_uri}).to_string();
    let seen = asked.clone();
    let fetch: Fetch = Arc::new(move |url| {
        let answer = if url.contains(".well-known") { description.clone() } else { keys.clone() };
        seen.lock().unwrap().push(url);
        Box::pin(std::future::ready(Ok(answer.into_bytes())))
    });
    (config, fetch, asked)
}

#[actix_web::test]
async fn an_issuer_that_describes_itself_is_asked_where_its_keys_are() {
    let issuer = DevIssuer::ephemeral();
    let mut claims = good();
    claims["iss"] = json!("https://login.example");
    let token = issuer.sign(&claims);
    for (jwks_uri, good, asks) in [("https://login.example/k", true, 2), ("https://evil.example/k", false, 1)]
    {
        let (config, fetch, asked) = described(&issuer, jwks_uri);
        let (verifier, _hand) = verifier(Auth { issuers: vec![config], ..rules() }, fetch);
        for _ in 0..20 {
            assert_eq!(verifier.verify(&token).await.is_ok(), good, "{jwks_uri}");
        }
        assert_eq!(asked.lock().unwrap().len(), asks, "{asked:?}");
    }
}

#[actix_web::test]
async fn a_fetch_follows_no_redirect_and_ends_at_its_limit() {
    let keys = || async { actix_web::HttpResponse::Ok().body("{}") };
    let away = || async { actix_web::HttpResponse::Found().append_header(("location", "/keys")).finish() };
    let large = || async { actix_web::HttpResponse::Ok().body(vec![b' '; 256 * 1024 + 1]) };
    let server = actix_web::HttpServer::new(move || {
        let app = App::new().route("/keys", web::get().to(keys)).route("/away", web::get().to(away));
        app.route("/large", web::get().to(large))
    });
    let server = server.workers(1).bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let running = server.run();
    let handle = running.handle();
    actix_web::rt::spawn(running);
    let fetch = super::super::fetch_by_http().unwrap();
    let get = |path: &str| fetch(format!("http://{address}{path}"));
    assert_eq!(get("/keys").await.as_deref(), Ok(b"{}".as_slice()));
    assert_eq!(get("/away").await, Err(FetchError("it was answered with 302".to_owned())));
    assert!(get("/large").await.unwrap_err().to_string().contains("256 KiB"));
    assert!(get("/nothing").await.is_err());
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_key_that_was_taken_back_stops_working_even_for_remembered_tokens() {
    let (issuer, folder) = (DevIssuer::ephemeral(), tempfile::tempdir().unwrap());
    let path = folder.path().join("jwks.json");
    std::fs::write(&path, issuer.config().jwks.unwrap()).unwrap();
    let config = IssuerConfig { jwks: None, jwks_file: Some(path.clone()), ..issuer.config() };
    let (verifier, _hand) = verifier(Auth { issuers: vec![config], ..rules() }, no_fetch());
    let token = issuer.sign(&good());
    assert!(verifier.verify(&token).await.is_ok());
    assert!(verifier.verify(&token).await.is_ok());
    std::fs::write(&path, r#"{"keys": []}"#).unwrap();
    assert!(verifier.refresh().await);
    assert_eq!(verifier.verify(&token).await, Err(TokenFault::UnknownKey));
}

#[actix_web::test]
async fn a_key_is_good_for_its_own_issuer_only() {
    let (ours, theirs) = (DevIssuer::ephemeral(), DevIssuer::ephemeral());
    let other = IssuerConfig { issuer: "https://other.example".to_owned(), ..theirs.config() };
    let (verifier, _hand) = verifier(Auth { issuers: vec![ours.config(), other], ..rules() }, no_fetch());
    let mut claims = good();
    assert!(verifier.verify(&ours.sign(&claims)).await.is_ok());
    assert_eq!(verifier.verify(&theirs.sign(&claims)).await, Err(TokenFault::UnknownKey));
    claims["iss"] = json!("https://other.example");
    assert!(verifier.verify(&theirs.sign(&claims)).await.is_ok());
    assert_eq!(verifier.verify(&ours.sign(&claims)).await, Err(TokenFault::UnknownKey));
    claims["iss"] = json!("https://unknown.example");
    assert_eq!(verifier.verify(&ours.sign(&claims)).await, Err(TokenFault::UnknownIssuer));
}

/// A verifier for one key, and a token that it signed.
async fn with_key(
    key: &EncodingKey,
    algorithm: Algorithm,
    allowed: SigningAlgorithm,
) -> Result<Verified, TokenFault> {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some("k1".to_owned());
    let config = DevIssuer::ephemeral().config();
    let config =
        IssuerConfig { algorithms: vec![allowed], jwks: Some(json!({"keys": [jwk]}).to_string()), ..config };
    let (verifier, _hand) = verifier(Auth { issuers: vec![config], ..rules() }, no_fetch());
    let header =
        Header { typ: Some("at+jwt".to_owned()), kid: Some("k1".to_owned()), ..Header::new(algorithm) };
    verifier.verify(&jsonwebtoken::encode(&header, &good(), key).unwrap()).await
}

#[actix_web::test]
async fn es256_and_rs256_are_verified_where_they_are_allowed() {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = signature::EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
    let key = EncodingKey::from_ec_der(pair.as_ref());
    assert!(with_key(&key, Algorithm::ES256, SigningAlgorithm::ES256).await.is_ok());
    let refused = with_key(&key, Algorithm::ES256, SigningAlgorithm::EdDSA).await;
    assert_eq!(refused, Err(TokenFault::AlgorithmNotAllowed));

    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let body = base64::prelude::BASE64_STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    assert!(with_key(&key, Algorithm::RS256, SigningAlgorithm::RS256).await.is_ok());
}

#[test]
fn secrets_private_keys_and_encryption_keys_are_not_verification_keys() {
    let ours: Value = serde_json::from_str(&DevIssuer::ephemeral().config().jwks.unwrap()).unwrap();
    let count = |change: fn(&mut Value)| {
        let mut set = ours.clone();
        change(&mut set["keys"][0]);
        super::super::keys::read(set.to_string().as_bytes()).map(|keys| keys.len()).ok()
    };
    assert_eq!(count(|_| ()), Some(1));
    assert_eq!(count(|key| key["use"] = json!("enc")), Some(0));
    assert_eq!(count(|key| key["d"] = json!("AAAA")), Some(0));
    assert_eq!(count(|key| key["alg"] = json!("ES256")), Some(0));
    assert_eq!(count(|key| key["kid"] = json!("../x")), Some(0));
    assert_eq!(count(|key| *key = json!({"kty": "oct", "k": "AAAA", "kid": "a"})), Some(0));
    assert!(super::super::keys::read(b"{}").is_err());
    let twice = json!({"keys": [ours["keys"][0], ours["keys"][0]]}).to_string();
    assert!(super::super::keys::read(twice.as_bytes()).is_err());
}
