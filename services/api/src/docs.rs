//! `/docs`: the `OpenAPI` document as a page, with nothing from outside: the assets of Swagger UI are compiled in.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION},
    web::{self, Path, ServiceConfig},
};
use swagger_ui_redist::SwaggerUi;

use crate::problem::{Problem, catalogue};

const PAGE: &str = include_str!("docs/page.html");
const START: &str = include_str!("docs/start.js");

/// Everything from here and nothing inline; Swagger UI's icons are `data:` images.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Serves `/docs/`; the page asks this server, and only this server, for `/openapi.json`.
pub fn configure(services: &mut ServiceConfig) {
    services
        .service(web::resource("/docs").route(web::get().to(redirect)).route(web::head().to(redirect)))
        .service(web::resource("/docs/").route(web::get().to(page)).route(web::head().to(page)))
        .service(web::resource("/docs/{file}").route(web::get().to(file)).route(web::head().to(file)));
}

async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

async fn page() -> HttpResponse {
    answer("text/html; charset=utf-8", PAGE.as_bytes())
}

async fn file(name: Path<String>) -> Result<HttpResponse, Problem> {
    if *name == "start.js" {
        return Ok(answer("text/javascript; charset=utf-8", START.as_bytes()));
    }
    let known = SwaggerUi::static_files().iter().find(|(file, _)| file.file_name() == *name);
    let (file, content) = known.ok_or_else(|| Problem::of(catalogue::NOT_FOUND))?;
    Ok(answer(media_type(file.file_name()), content))
}

fn answer(media_type: &'static str, content: &'static [u8]) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(content)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        test::{self as call, TestRequest},
    };

    use super::*;
    use crate::testing::header;

    async fn get(path: &str) -> (u16, String, String, String) {
        let app = call::init_service(App::new().configure(configure)).await;
        let response = call::call_service(&app, TestRequest::get().uri(path).to_request()).await;
        let kind = header(response.headers(), "content-type").to_owned();
        let policy = header(response.headers(), "content-security-policy").to_owned();
        let status = response.status().as_u16();
        let body = call::read_body(response).await;
        (status, kind, policy, String::from_utf8_lossy(&body).into_owned())
    }

    /// What a page asks for by `src` and `href`.
    fn asked_for(page: &str) -> Vec<&str> {
        let after =
            |word| page.split(word).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>();
        [after("src=\""), after("href=\"")].concat()
    }

    #[actix_web::test]
    async fn everything_the_page_asks_for_is_here() {
        let (status, kind, policy, page) = get("/docs/").await;
        assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"));
        let assets = asked_for(&page);
        assert!(assets.len() >= 4);
        for asset in assets.into_iter().filter(|asset| *asset != "/openapi.json") {
            let path = format!("/docs/{}", asset.strip_prefix("/docs/").expect("only our own files"));
            assert_eq!(get(&path).await.0, 200, "{asset}");
        }
    }

    #[actix_web::test]
    async fn the_page_has_no_script_or_style_of_its_own_inline() {
        let (_, _, _, page) = get("/docs/").await;
        assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains("onload"));
        assert!(
            page.split("<script")
                .skip(1)
                .all(|script| script.starts_with(" src=\"") || script.starts_with(" defer src=\""))
        );
        assert!(page.contains("lang=\"en\"") && page.contains("<noscript>"));
    }

    #[actix_web::test]
    async fn nothing_else_is_served() {
        for path in ["/docs/../Cargo.toml", "/docs/%2e%2e", "/docs/nothing.js", "/docs/a/b"] {
            assert_eq!(get(path).await.0, 404, "{path}");
        }
        assert_eq!(get("/docs").await.0, 308);
    }
}
