//! Requests that must be refused before any rule is asked: tokens, times, addresses, methods, framing, haste.

use std::num::NonZeroU32;

use safar_tests::http::{Engine, Settings, TestApp};
use serde_json::json;

use crate::{
    scene::{self, GALABA, OUTREACH, note},
    unchanged::Unchanged,
};

pub(crate) async fn one_bearer_token_is_what_opens_the_door(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let unchanged = Unchanged::from_here(&app).await;
    let galaba = app.as_(GALABA);
    let token = galaba.token().to_owned();
    let with = |value: &str| app.anonymously().get("/v1/me").header("authorization", value);
    with(&format!("bearer {token}")).send().await.expect(200);
    let (head, rest) = token.split_once('.').expect("it is well formed");
    let (claims, signature) = rest.split_once('.').expect("it is well formed");
    for (bad, what) in [
        ("Bearer".to_owned(), "an empty token"),
        ("Bearer ".to_owned(), "an empty token"),
        (format!("Basic {token}"), "another scheme"),
        (token.clone(), "no scheme"),
        ("Bearer MARKERq7Zt".to_owned(), "no token"),
        (format!("Bearer {head}.{claims}."), "no signature"),
        (format!("Bearer {head}.{claims}.{signature}x"), "a longer signature"),
        (format!("Bearer {head}.{claims}.{signature}.x"), "four parts"),
        (format!("Bearer eyJhbGciOiJub25lIn0.{claims}."), "alg none"),
        (format!("Bearer {}", "a".repeat(5_000)), "a long token"),
        (format!("Bearer {token} {token}"), "two tokens"),
    ] {
        unchanged.refuses(with(&bad), 401, "token_refused", what).await;
    }
    let twice = galaba.get("/v1/me").also("authorization", &format!("Bearer {token}"));
    unchanged.refuses(twice, 400, "duplicate_header", "two tokens").await;
    let in_query = app.anonymously().get(&format!("/v1/me?access_token={token}"));
    unchanged.refuses(in_query, 401, "token_missing", "a token in the address").await;
    app.clock.advance(jiff::SignedDuration::from_mins(20));
    unchanged.refuses(galaba.get("/v1/me"), 401, "token_refused", "an old token").await;
    Ok(())
}

pub(crate) async fn a_moment_is_a_day_or_an_instant_with_its_offset(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let at = |moment: &str| {
        let ask = app.as_(GALABA).post(&opened.path("/notes"), &note("A note.")).on_any();
        ask.header("safar-occurred-at", moment)
    };
    for bad in [
        "2026-05-03T09:30:00",
        "2026-02-30",
        "2026-13-01",
        "10000-01-01",
        "-0001-01-01",
        "1777777777",
        "MARKERq7Zt",
        "Sun, 03 May 2026 09:30:00 +0500",
        "03.05.2026",
        "",
        "2026-05-03T25:00:00Z",
        "2026-W18-7",
    ] {
        unchanged.refuses(at(bad), 400, "bad_request", bad).await;
    }
    unchanged.refuses(at("2026-05-04T06:06:00Z"), 422, "occurs_in_the_future", "6 minutes ahead").await;
    unchanged.refuses(at("2026-05-05"), 422, "occurs_in_the_future", "tomorrow").await;
    unchanged.refuses(at("2021-04-01"), 422, "occurs_too_long_ago", "more than five years ago").await;
    unchanged
        .refuses(at("2026-05-03").also("safar-occurred-at", "2026-05-02"), 400, "duplicate_header", "two")
        .await;
    for good in ["2026-05-04T06:04:00Z", "2026-05-03", "2026-05-03T09:30:00+05:00"] {
        at(good).send().await.expect(200);
    }
    app.settle().await;
    let timeline = app.as_(GALABA).get(&opened.path("/timeline")).send().await.expect(200).json();
    let last: Vec<_> =
        timeline["items"].as_array().expect("it is well formed").iter().rev().take(3).collect();
    assert_eq!(
        (&last[0]["occurred_at"], &last[0]["occurred_precision"]),
        (&json!("2026-05-03T04:30:00Z"), &json!("instant"))
    );
    // A day begins at midnight in Dushanbe, five hours before it does in Greenwich.
    assert_eq!(
        (&last[1]["occurred_at"], &last[1]["occurred_precision"]),
        (&json!("2026-05-02T19:00:00Z"), &json!("day"))
    );
    Ok(())
}

pub(crate) async fn an_endless_address_or_head_is_turned_away(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let unchanged = Unchanged::from_here(&app).await;
    let long = app.as_(GALABA).get(&format!("/v1/cases?cursor={}", "a".repeat(10_000)));
    unchanged.refuses(long, 414, "uri_too_long", "10 KB of address").await;
    let host = app.host();
    let begin = format!("GET /v1/me HTTP/1.1\r\nHost: {host}\r\n");
    let large = format!("{begin}X-Large: {}\r\n\r\n", "a".repeat(200_000));
    let many = "X-Many: a\r\n".repeat(200);
    for (request, what) in [(large, "200 KB of headers"), (format!("{begin}{many}\r\n"), "200 headers")] {
        let answer = app.raw(request.as_bytes()).await;
        assert!(answer.is_none_or(|answer| matches!(answer.status, 400 | 431)), "{what}");
    }
    Ok(())
}

pub(crate) async fn a_body_that_says_it_is_endless_is_not_waited_for(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {}\r\nIf-Match: any\r\n\
         Content-Type: application/json\r\n",
        opened.path("/notes"),
        app.host(),
        app.as_(GALABA).token(),
        app.app.ids.mint()
    );
    let endless = format!("{head}Content-Length: 10737418240\r\n\r\n{{");
    let answer = app.raw(endless.as_bytes()).await.expect("an answer before the body");
    unchanged.refused(&answer, 413, "body_too_large", "10 GiB").await;
    assert_eq!(answer.header("connection"), "close");
    Ok(())
}

pub(crate) async fn ambiguous_framing_ends_the_connection(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let before = app.head().await;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {}\r\nIf-Match: any\r\n\
         Content-Type: application/json\r\n",
        opened.path("/notes"),
        app.host(),
        app.as_(GALABA).token(),
        app.app.ids.mint()
    );
    let body = r#"{"text":"smuggled"}"#;
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let length = body.len();
    for (lines, body) in [
        (format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"), &chunked),
        (format!("Content-Length: {length}\r\nContent-Length: {}\r\n", length + 1), &body.to_owned()),
        (format!("Content-Length: +{length}\r\n"), &body.to_owned()),
        ("Transfer-Encoding: xchunked\r\n".to_owned(), &chunked),
        (format!("Content-Length : {length}\r\n"), &body.to_owned()),
        ("Transfer-Encoding: chunked\r\n".to_owned(), &format!("0x13\r\n{body}\r\n0\r\n\r\n")),
    ] {
        let answer = app.raw(format!("{head}{lines}\r\n{body}").as_bytes()).await;
        assert!(answer.is_none_or(|answer| answer.status == 400), "{lines}");
        assert_eq!(app.head().await, before, "{lines}");
    }
    Ok(())
}

pub(crate) async fn no_method_is_taken_from_a_header_and_no_origin_gets_a_permission(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let galaba = app.as_(GALABA);
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        galaba.get("/v1/me").header(name, "DELETE").send().await.expect(200);
    }
    let preflight = app.anonymously().ask("OPTIONS", "/v1/cases").header("origin", "https://evil.example");
    let answer = preflight.header("access-control-request-method", "GET").send().await.expect(405);
    let crossing = galaba.get("/v1/me").header("origin", "https://evil.example").send().await.expect(200);
    for answer in [answer, crossing] {
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")));
    }
    Ok(())
}

pub(crate) async fn a_hurried_user_is_asked_to_wait_and_others_are_not(engine: Engine) -> anyhow::Result<()> {
    let mut settings = Settings::on(engine);
    settings.limits.burst = NonZeroU32::new(5).expect("not zero");
    settings.limits.requests_per_second = NonZeroU32::MIN;
    let app = TestApp::start(settings).await?;
    let asks = (0..40).map(|_| app.as_(GALABA).get("/v1/me").send());
    let answers = futures_util::future::join_all(asks).await;
    let (late, served): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 429);
    assert!(served.len() >= 5 && late.len() > 5, "{} served, {} late", served.len(), late.len());
    for answer in late {
        let answer = answer.problem(429, "too_many_requests");
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    }
    app.as_(OUTREACH).get("/v1/me").send().await.expect(200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_names_its_request_and_continues_its_trace() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let id = "0190a000-0000-7000-8000-00000000000e";
    let answer = app.as_(GALABA).get("/v1/nothing").header("x-request-id", id).send().await;
    let answer = answer.problem(404, "not_found");
    assert_eq!(
        (answer.header("x-request-id"), &answer.json()["instance"]),
        (id, &json!(format!("urn:uuid:{id}")))
    );
    let marked = app.as_(GALABA).get("/v1/me").header("x-request-id", "MARKERq7Zt").send().await.expect(200);
    assert_eq!(marked.header("x-request-id").len(), 36);
    Ok(())
}
