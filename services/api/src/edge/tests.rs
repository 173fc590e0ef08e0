use actix_web::{
    App, HttpResponse,
    http::Method,
    middleware::from_fn,
    test::{self as call, TestRequest},
    web,
};
use serde_json::Value;

use super::{Edge, around, services};
use crate::{
    clock::Clock,
    config::Config,
    http::accept,
    ids::Ids,
    problem::{Problem, catalogue},
    testing::header,
};

const ID: &str = "0190a000-0000-7000-8000-000000000000";

async fn ok() -> &'static str {
    "ok"
}

async fn refused() -> Result<&'static str, Problem> {
    Err(Problem::of(catalogue::STALE_REVISION).with("state", "open"))
}

async fn bare() -> HttpResponse {
    HttpResponse::ServiceUnavailable().body("database password is hunter2")
}

struct Answer {
    status: u16,
    headers: actix_web::http::header::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        header(&self.headers, name)
    }
}

async fn ask(request: TestRequest, in_flight: usize) -> Answer {
    let mut limits = Config::development().limits;
    limits.in_flight = in_flight;
    let edge = web::Data::new(Edge::new(Ids::new(Clock::system()), &limits));
    let json = web::scope("/v1").wrap(from_fn(accept::require_json)).route("", web::get().to(ok));
    let app = App::new()
        .app_data(edge)
        .configure(services(&limits))
        .service(web::resource("/ok").route(web::get().to(ok)).route(web::head().to(ok)))
        .route("/refused", web::get().to(refused))
        .route("/bare", web::get().to(bare))
        .service(json)
        .wrap(from_fn(around));
    let app = call::init_service(app).await;
    let response = call::call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: call::read_body(response).await.to_vec() }
}

async fn get(path: &str) -> Answer {
    ask(TestRequest::get().uri(path), 10).await
}

#[actix_web::test]
async fn every_answer_has_the_headers_that_keep_it_private() {
    for path in ["/ok", "/refused", "/nowhere"] {
        let answer = get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[actix_web::test]
async fn a_problem_names_its_request() {
    let answer = ask(TestRequest::get().uri("/refused").insert_header(("x-request-id", ID)), 10).await;
    assert_eq!((answer.status, answer.header("x-request-id")), (412, ID));
    assert_eq!(answer.json()["instance"], format!("urn:uuid:{ID}"));
    assert_eq!(answer.json()["state"], "open");
    let own = get("/refused").await;
    assert_eq!(own.json()["instance"], format!("urn:uuid:{}", own.header("x-request-id")));
    let named = ask(TestRequest::get().uri("/ok").insert_header(("x-request-id", "Anna Petrova")), 10).await;
    assert_eq!(named.header("x-request-id").len(), 36);
}

#[actix_web::test]
async fn an_error_of_the_framework_is_told_in_the_callers_language_too() {
    for path in ["/bare", "/nowhere", "/refused"] {
        let answer = ask(TestRequest::get().uri(path).insert_header(("accept-language", "kk")), 10).await;
        assert_eq!((answer.header("content-language"), answer.header("vary")), ("kk", "accept-language"));
        assert!(!answer.json()["title"].as_str().unwrap().is_ascii(), "{path}");
    }
    assert_eq!(get("/refused").await.header("content-language"), "en");
    assert!(!get("/ok").await.headers.contains_key("content-language"));
}

#[actix_web::test]
async fn a_bare_error_becomes_a_problem_without_its_text() {
    let answer = get("/bare").await;
    assert_eq!((answer.status, answer.header("content-type")), (503, "application/problem+json"));
    assert!(!String::from_utf8_lossy(&answer.body).contains("hunter2"));
    assert_eq!(get("/nowhere").await.json()["code"], "not_found");
    assert_eq!(get("/ok").await.body, b"ok");
}

#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let answer = ask(TestRequest::delete().uri("/ok"), 10).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (405, Some("method_not_allowed")));
    assert!(answer.header("allow").contains("GET") && answer.header("allow").contains("HEAD"));
    for method in [Method::TRACE, Method::CONNECT] {
        assert_eq!(ask(TestRequest::default().method(method).uri("/ok"), 10).await.status, 405);
    }
    let propfind = Method::from_bytes(b"PROPFIND").unwrap();
    assert_eq!(ask(TestRequest::default().method(propfind).uri("/ok"), 10).await.status, 405);
}

#[actix_web::test]
async fn a_method_override_is_ignored_and_a_preflight_gets_no_permission() {
    let overridden = TestRequest::get().uri("/ok").insert_header(("x-http-method-override", "DELETE"));
    assert_eq!(ask(overridden, 10).await.status, 200);
    let preflight = TestRequest::default().method(Method::OPTIONS).uri("/ok");
    let preflight = preflight.insert_header(("origin", "https://evil.example"));
    let answer = ask(preflight.insert_header(("access-control-request-method", "GET")), 10).await;
    assert_eq!(answer.status, 405);
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")));
}

#[actix_web::test]
async fn what_is_too_much_is_turned_away_at_once() {
    let answer = ask(TestRequest::get().uri("/ok"), 0).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.json()["code"], "busy");
    assert_eq!(ask(TestRequest::get().uri("/ok"), 1).await.status, 200);
}

#[actix_web::test]
async fn a_refusal_by_a_middleware_is_finished_too() {
    let xml = TestRequest::get().uri("/v1").insert_header(("accept", "application/xml"));
    let answer = ask(xml, 10).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (406, Some("not_acceptable")));
    assert!(answer.json()["instance"].is_string());
    assert_eq!(get("/v1").await.status, 200);
}

#[actix_web::test]
async fn an_endless_address_is_not_looked_at() {
    let long = |letters: usize| format!("/ok?{}", "a".repeat(letters));
    assert_eq!(get(&long(8_000)).await.status, 200);
    assert_eq!(get(&long(10_000)).await.json()["code"], "uri_too_long");
}
