//! `/problems` and `/problems/{code}`: where the `type` of a problem resolves to.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCEPT, CONTENT_LANGUAGE, VARY},
    web::{self, Path, ServiceConfig},
};

use super::{
    Problem,
    catalogue::{self, Kind},
};

/// Serves the catalogue, to people as HTML and to programs as JSON.
pub fn configure(services: &mut ServiceConfig) {
    services
        .service(web::resource("/problems").route(web::get().to(list)).route(web::head().to(list)))
        .service(web::resource("/problems/{code}").route(web::get().to(one)).route(web::head().to(one)));
}

async fn list(request: HttpRequest) -> HttpResponse {
    if wants_html(&request) {
        let rows: String = catalogue::all().iter().map(row).collect();
        let table = format!(
            "<table><caption>Every code this service can answer</caption><thead><tr><th scope=\"col\">Code</th>\
             <th scope=\"col\">Status</th><th scope=\"col\">Title</th></tr></thead><tbody>{rows}</tbody></table>"
        );
        html("Problems", &table)
    } else {
        negotiated().json(serde_json::json!({ "problems": catalogue::all() }))
    }
}

async fn one(request: HttpRequest, code: Path<String>) -> Result<HttpResponse, Problem> {
    let kind = catalogue::find(&code).ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    if !wants_html(&request) {
        return Ok(negotiated().json(kind));
    }
    let text = format!(
        "<p><code>{}</code>, HTTP status {}</p><h2>What happened</h2><p>{}</p><h2>What to do</h2><p>{}</p>\
         <p><a href=\"/problems\">All problems</a></p>",
        kind.code,
        kind.status,
        escape(kind.explanation),
        escape(kind.remedy)
    );
    Ok(html(kind.title, &text))
}

fn row(kind: &Kind) -> String {
    let (code, status, title) = (kind.code, kind.status, escape(kind.title));
    format!("<tr><td><a href=\"/problems/{code}\">{code}</a></td><td>{status}</td><td>{title}</td></tr>")
}

fn html(title: &str, main: &str) -> HttpResponse {
    let title = escape(title);
    negotiated().insert_header((CONTENT_LANGUAGE, "en")).content_type("text/html; charset=utf-8").body(
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} · Safar</title></head>\
         <body><main><h1>{title}</h1>{main}</main></body></html>"
        ),
    )
}

fn negotiated() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "Accept"));
    response
}

/// Browsers name `text/html`; nobody else gets it.
fn wants_html(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
