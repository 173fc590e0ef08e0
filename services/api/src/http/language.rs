//! `Accept-Language`: in which language the caller is answered.

use actix_web::{
    HttpResponse,
    http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, HeaderMap, HeaderValue, VARY},
};
use safar_domain::language::Language;

/// The language that the caller asks for, or English.
pub fn language(headers: &HeaderMap) -> Language {
    let asked: Vec<&str> = headers.get_all(ACCEPT_LANGUAGE).filter_map(|value| value.to_str().ok()).collect();
    safar_language::accepted(&asked.join(","))
}

/// Says of an answer in which language it is, and that another may be had at the same address.
pub(crate) fn speak<B>(response: &mut HttpResponse<B>, language: Language) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    headers.append(VARY, HeaderValue::from_static("accept-language"));
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn every_line_of_the_header_counts() {
        let request = TestRequest::get().append_header((ACCEPT_LANGUAGE, "ru;q=0.3"));
        let request = request.append_header((ACCEPT_LANGUAGE, "tg")).to_http_request();
        assert_eq!(language(request.headers()), Language::Tg);
        assert_eq!(language(&HeaderMap::new()), Language::En);
    }
}
