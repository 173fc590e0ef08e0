use super::*;

#[actix_web::test]
async fn the_algorithm_is_ours_to_choose() {
    let bench = Bench::new();
    assert_eq!(bench.header(|_| ()).await, None);
    for algorithm in ["none", "None", "nOnE", "HS256", "HS512", "RS384", "PS256", "ES384", "eddsa", ""] {
        let fault = bench.header(|header| header["alg"] = json!(algorithm)).await;
        assert_eq!(fault, Some(TokenFault::AlgorithmNotAllowed), "{algorithm}");
    }
    // Not among this issuer's algorithms, and not what its key is for.
    assert_eq!(
        bench.header(|header| header["alg"] = json!("ES256")).await,
        Some(TokenFault::AlgorithmNotAllowed)
    );
    let unsigned = bench.issuer.sign(&good());
    let unsigned = unsigned.rsplit_once('.').unwrap().0;
    assert_eq!(bench.judge(&format!("{unsigned}.")).await, Err(TokenFault::Malformed));
}

#[actix_web::test]
async fn a_secret_made_of_the_public_key_signs_nothing() {
    let bench = Bench::new();
    let mut header = Header::new(Algorithm::HS256);
    (header.typ, header.kid) = (Some("at+jwt".to_owned()), Some(bench.issuer.key_id()));
    let forged = EncodingKey::from_secret(bench.issuer.public_key());
    let forged = jsonwebtoken::encode(&header, &good(), &forged).unwrap();
    assert_eq!(bench.judge(&forged).await, Err(TokenFault::AlgorithmNotAllowed));
}

#[actix_web::test]
async fn a_changed_token_or_a_strangers_signature_is_refused() {
    let bench = Bench::new();
    let (token, other) = (bench.issuer.sign(&good()), bench.issuer.sign(&json!({"sub": "eve"})));
    let parts: Vec<&str> = token.split('.').collect();
    let claims = other.split('.').nth(1).unwrap();
    assert!(bench.judge(&format!("{}.{claims}.{}", parts[0], parts[2])).await.is_err());
    let mut richer = good();
    richer["sub"] = json!("boss");
    let richer = BASE64_URL_SAFE_NO_PAD.encode(richer.to_string());
    assert_eq!(
        bench.judge(&format!("{}.{richer}.{}", parts[0], parts[2])).await,
        Err(TokenFault::BadSignature)
    );
    let header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": bench.issuer.key_id()}).to_string();
    let stranger = DevIssuer::ephemeral().sign_raw(&header, &good().to_string());
    assert_eq!(bench.judge(&stranger).await, Err(TokenFault::BadSignature));
}

#[actix_web::test]
async fn the_key_id_is_there_known_and_harmless() {
    let bench = Bench::new();
    let long = "k".repeat(10_000);
    let bad = ["", "../../etc/passwd", "' OR 1=1--", "a\u{0}b", "a\r\nb", "ключ", &"k".repeat(65), &long];
    for id in bad {
        assert!(bench.header(|header| header["kid"] = json!(id)).await.is_some(), "{id}");
    }
    for id in [json!(null), json!(1), json!(["a"])] {
        assert_eq!(bench.header(|header| header["kid"] = id).await, Some(TokenFault::BadKeyId));
    }
    assert_eq!(bench.header(|header| header["kid"] = json!("unknown")).await, Some(TokenFault::UnknownKey));
}

#[actix_web::test]
async fn a_token_may_not_bring_keys_or_extensions_along() {
    let bench = Bench::new();
    for name in ["crit", "jku", "jwk", "x5u", "x5c", "zip", "b64"] {
        for value in [json!(["exp"]), json!("https://evil.example/keys"), json!({}), json!(null)] {
            let fault = bench.header(|header| header[name] = value).await;
            assert_eq!(fault, Some(TokenFault::ForbiddenHeader), "{name}");
        }
    }
    assert_eq!(bench.header(|header| header["x5t"] = json!("harmless")).await, None);
}

#[actix_web::test]
async fn only_access_tokens_are_access_tokens() {
    let bench = Bench::new();
    for kind in [json!("JWT"), json!("id+jwt"), json!("logout+jwt"), json!(""), json!(1), json!(null)] {
        assert_eq!(bench.header(|header| header["typ"] = kind).await, Some(TokenFault::WrongType));
    }
    assert_eq!(bench.header(|header| header["typ"] = json!("application/at+JWT")).await, None);
}

#[actix_web::test]
async fn the_shape_is_three_parts_of_strict_json() {
    let bench = Bench::new();
    let good_token = bench.issuer.sign(&good());
    let parts: Vec<&str> = good_token.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    for bad in [
        String::new(),
        "..".to_owned(),
        format!("{header}.{claims}"),
        format!("{good_token}.{signature}"),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}.{signature} "),
        format!(" {good_token}"),
    ] {
        assert!(bench.judge(&bad).await.is_err(), "{bad}");
    }
    let head = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": bench.issuer.key_id()}).to_string();
    let twice = good().to_string().replacen('{', "{\"sub\":\"eve\",", 1);
    assert_eq!(bench.judge(&bench.issuer.sign_raw(&head, &twice)).await, Err(TokenFault::NotStrictJson));
    let padded = format!("{{\"x\":\"{}\",{}", "x".repeat(4096), &good().to_string()[1..]);
    assert_eq!(bench.judge(&bench.issuer.sign_raw(&head, &padded)).await, Err(TokenFault::TooLong));
}

#[actix_web::test]
async fn every_claim_is_there() {
    let bench = Bench::new();
    assert_eq!(bench.claims(|_| ()).await, None);
    for name in ["iss", "aud", "sub", "jti", "iat", "nbf", "exp"] {
        let fault = bench.claims(|claims| drop(claims.as_object_mut().unwrap().remove(name))).await;
        assert!(fault.is_some(), "{name}");
        assert!(bench.claims(|claims| claims[name] = json!(null)).await.is_some(), "{name}");
    }
}

#[actix_web::test]
async fn the_audience_is_us() {
    let bench = Bench::new();
    for bad in [
        json!(1),
        json!("other"),
        json!([]),
        json!(["other"]),
        json!([1]),
        json!([AUDIENCE, 1]),
        json!({}),
        json!(""),
    ] {
        assert!(bench.claims(|claims| claims["aud"] = bad.clone()).await.is_some(), "{bad}");
    }
    assert_eq!(bench.claims(|claims| claims["aud"] = json!(["other", AUDIENCE])).await, None);
}

#[actix_web::test]
async fn times_are_whole_seconds_in_their_order() {
    let bench = Bench::new();
    for name in ["iat", "nbf", "exp"] {
        for bad in [
            json!("1790000000"),
            json!(1.5),
            json!(-1),
            json!(u64::MAX),
            json!([NOW]),
            json!(1e30),
            json!(true),
        ] {
            assert!(bench.claims(|claims| claims[name] = bad.clone()).await.is_some(), "{name} {bad}");
        }
    }
    for (name, at, fault) in [
        ("exp", NOW - 5, Some(TokenFault::Expired)),
        ("exp", i64::MAX, Some(TokenFault::BadClaims)),
        ("exp", NOW + 901, Some(TokenFault::LivesTooLong)),
        ("exp", NOW + 900, None),
        ("nbf", NOW + 6, Some(TokenFault::NotYetValid)),
        ("nbf", NOW + 5, None),
        ("iat", NOW + 6, Some(TokenFault::NotYetValid)),
        ("iat", NOW - 700, Some(TokenFault::LivesTooLong)),
        ("iat", NOW - 600, None),
        ("auth_time", NOW - 10_000, None),
        ("auth_time", NOW + 5, None),
        ("auth_time", NOW + 6, Some(TokenFault::NotYetValid)),
    ] {
        assert_eq!(bench.claims(|claims| claims[name] = json!(at)).await, fault, "{name} {}", at - NOW);
    }
    assert!(bench.claims(|claims| claims["auth_time"] = json!("now")).await.is_some());
}

#[actix_web::test]
async fn the_subject_is_a_worker_id() {
    let bench = Bench::new();
    for bad in [
        json!(""),
        json!("Anna"),
        json!("-anna"),
        json!("anna petrova"),
        json!("a/b"),
        json!(1),
        json!("a".repeat(65)),
    ] {
        assert_eq!(
            bench.claims(|claims| claims["sub"] = bad.clone()).await,
            Some(TokenFault::BadSubject),
            "{bad}"
        );
    }
    assert_eq!(bench.claims(|claims| claims["sub"] = json!("0-a".repeat(21))).await, None);
}
